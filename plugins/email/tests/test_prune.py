"""What of a mail is kept as its raw."""

from datetime import date
from email import message_from_bytes
from email.message import EmailMessage

import pytest
from hub_email import caps, mime
from hub_email.mapping import to_records
from hub_email.message import Parsed, parse
from hub_email.prune import header_only, prune

import hub


def letter() -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Пётр <petr@romashka.example>"
    mail["Subject"] = "Договор"
    mail["Date"] = "Mon, 16 Nov 2026 10:05:00 +0300"
    mail["Message-ID"] = "<1@romashka.example>"
    mail.set_content("Добрый день! Высылаем договор на подпись.")
    mail.add_alternative("<p>Добрый день!</p>", subtype="html")
    mail.add_attachment(bytes(range(256)) * 40, maintype="application", subtype="pdf", filename="Договор.pdf")
    mail.add_attachment("name;price\nchair;1\n", subtype="csv", filename="price.csv")
    return mail


def email(data: bytes) -> hub.Email:
    parsed = parse(data)
    assert isinstance(parsed, Parsed)
    return parsed.mail


def test_texts_stay_byte_for_byte_and_files_go() -> None:
    whole = letter().as_bytes()
    raw = prune(whole)
    before, after = mime.read(whole), mime.read(raw)
    assert [before.body(leaf) for leaf in before.leaves][:2] == [after.body(leaf) for leaf in after.leaves][:2]
    assert [after.body(leaf) for leaf in after.leaves][2:] == [b"", b""]
    assert len(raw) < len(whole) / 4


def test_a_file_is_still_known_by_name_type_and_size() -> None:
    assert email(prune(letter().as_bytes())).attachments == (
        hub.Attachment("2", "Договор.pdf", "application/pdf", 10_240),
        hub.Attachment("3", "price.csv", "text/csv", 19),
    )


def test_the_raw_is_a_mail_that_others_read_too() -> None:
    tree = message_from_bytes(prune(letter().as_bytes()))
    assert [part.get_content_type() for part in tree.walk()] == [part.get_content_type() for part in letter().walk()]
    assert [part["X-Hub-Omitted"] for part in tree.walk() if not part.is_multipart()] == [None, None, "10240", "19"]
    assert not any(part.defects for part in tree.walk())


def test_a_raw_is_not_read_again_to_be_mapped(monkeypatch: pytest.MonkeyPatch) -> None:
    mail = email(letter().as_bytes())
    raw = prune(letter().as_bytes())
    with monkeypatch.context() as patched:
        patched.delattr("hub_email.prune.read")
        assert email(raw) == mail
    assert email(raw) == mail


def test_a_false_mark_keeps_no_file() -> None:
    whole = (
        letter()
        .as_bytes()
        .replace(b"Content-Type: application/pdf", b"X-Hub-Omitted: 7\nContent-Type: application/pdf")
    )
    raw = prune(whole)
    assert len(raw) < len(whole) / 4
    assert email(raw) == email(whole)


def test_of_a_forwarded_mail_the_header_stays() -> None:
    mail = letter()
    inner = EmailMessage()
    inner["Subject"] = "Внутри"
    inner.set_content("secret inside")
    mail.add_attachment(inner)
    raw = prune(mail.as_bytes())
    assert b"secret inside" not in raw
    assert email(raw).attachments[-1].name == "Внутри.eml"


def test_a_text_of_many_megabytes_is_a_file() -> None:
    mail = b"From: a@b.example\nMessage-ID: <1@b>\nDate: Mon, 16 Nov 2026 10:05:00 +0300\n\n" + b"x" * (
        caps.TEXT_PART + 1
    )
    assert len(prune(mail)) < 1_000
    assert email(prune(mail)).attachments == (hub.Attachment("1", "part-1.txt", "text/plain", caps.TEXT_PART + 1),)


def test_of_a_mail_beyond_the_cap_the_header_stays_and_the_record_says_so() -> None:
    raw = header_only(letter().as_bytes()[:2_000], 60_000_000)
    mail = email(raw)
    assert prune(raw) == raw
    assert (mail.subject, mail.text, mail.attachments) == ("Договор", "", ())
    assert mail.defects == ("The mail is larger than 50 MB: only its header was read.",)


def test_of_what_is_no_mail_the_beginning_stays() -> None:
    raw = prune(bytes(1_000_000))
    assert raw == bytes(caps.RUBBISH)
    assert isinstance(to_records(raw, None, date(2027, 1, 1)), hub.Unreadable)


@pytest.mark.parametrize("tail", [b"", b"\n", b"\r\n"])
def test_a_header_without_a_body_is_a_mail(tail: bytes) -> None:
    raw = prune(b"From: a@b.example" + tail)
    assert raw == b"From: a@b.example" + (tail or b"\r\n") + b"\r\n"
    assert prune(raw) == raw


@pytest.mark.parametrize(
    "head",
    [
        b"X-B: z\r\n" * 199 + b"Content-Type: application/pdf\r\n",
        b"X-B: z\r\n" * 200 + b"Content-Type: application/pdf\r\n",
        b"X-Long: " + b"x" * 7_930 + b"\r\nContent-Type: application/pdf; name=a.pdf\r\n",
        b"Content-Type: application/pdf\n",
        b"Content-Type: application/pdf\r\nno field\r\n",
    ],
)
@pytest.mark.parametrize("boundary", [b"b", b"b-", b"b--"])
def test_a_raw_is_mapped_at_once_as_it_will_be_when_it_is_read_again(head: bytes, boundary: bytes) -> None:
    raw = prune(
        b'From: a@b.example\r\nContent-Type: multipart/mixed; boundary="%s"\r\n\r\n' % boundary
        + b"--%s\r\nContent-Type: text/plain\r\n\r\nForty pumps.\r\n-- \r\nAnna\r\n" % boundary
        + b"--%s\r\n%s\r\nAAAA\r\n--%s--\r\n" % (boundary, head, boundary)
    )
    assert parse(raw) == parse(raw)  # the first time by what it was cut from
