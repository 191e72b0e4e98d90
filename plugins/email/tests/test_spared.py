"""The HTML of a mail that says the same in plain text is never read, so it is not kept, and not fetched."""

import pytest
from hub_email.message import parse
from hub_email.prune import prune

LONG = b"Good day! As agreed we send you the offer for forty pumps, valid until the end of the month. " * 3
MAIL = (
    b"From: petr@romashka.example\r\nDate: Mon, 02 Mar 2026 10:05:00 +0300\r\nMessage-ID: <a@b>\r\n"
    b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n%s\r\n"
    b"--b\r\n%s\r\n\r\n<p>The offer, in colours</p>\r\n--b--\r\n"
)
HTML = b"Content-Type: text/html"


def test_html_beside_a_plain_text_goes_and_leaves_no_file():
    pruned = prune(MAIL % (LONG, HTML))
    assert b"colours" not in pruned
    assert b"X-Hub-Omitted: 0" in pruned
    assert parse(pruned) == parse(MAIL % (LONG, HTML))
    assert parse(pruned).mail.attachments == ()
    assert parse(pruned).mail.text.startswith("Good day!")
    assert prune(pruned) == pruned


@pytest.mark.parametrize(
    ("plain", "html"),
    [
        (b"See the HTML.", HTML),
        (b" \t\r\n" * 200 + LONG, HTML),
        (LONG, b"Content-Type: text/html; name=offer.html"),
        (LONG, b"Content-Type: text/html\r\nContent-Disposition: attachment; filename=offer.html"),
    ],
)
def test_a_stub_spares_nothing_and_a_file_is_a_file(plain, html):
    whole = MAIL % (plain, html)
    assert b"X-Hub-Omitted: 0" not in prune(whole)
    assert parse(prune(whole)) == parse(whole)


def test_pictures_of_the_html_are_still_listed():
    html = (
        b"Content-Type: multipart/related; boundary=r\r\n\r\n--r\r\nContent-Type: text/html\r\n\r\n<p>colours</p>\r\n"
        b"--r\r\nContent-Type: image/png; name=logo.png\r\nContent-ID: <l>\r\n\r\nxxxx\r\n--r--"
    )
    pruned = prune(MAIL % (LONG, html))
    assert b"colours" not in pruned
    assert [one.name for one in parse(pruned).mail.attachments] == ["logo.png"]
