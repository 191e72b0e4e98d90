"""The raw that is put together from parts says what the whole mail says: on real structures of a real server."""

import imaplib
import random
from contextlib import suppress
from dataclasses import replace
from itertools import islice

import pytest
from hub_email.imap import selection, structure
from hub_email.imap.grammar import values
from hub_email.imap.selection import Incomplete, selected
from hub_email.imap.wire import Reply
from hub_email.message import Parsed, parse
from hub_email.prune import prune


@pytest.fixture
def compared(dovecot, address, opened, monkeypatch):
    """For each of these mails: the raw put together from parts, and the whole mail. However small its files."""
    monkeypatch.setattr(selection, "_SMALL", 0)

    def compare(mails):
        for number, mail in enumerate(mails):
            dovecot.deliver(address, "INBOX", mail, name=f"1772435100.{number:06}.mail")
        settings = {
            "host": "127.0.0.1", "port": dovecot.port, "security": "none", "address": address,
            "password": dovecot.password,
        }  # fmt: skip
        with opened(**settings) as source, imaplib.IMAP4("127.0.0.1", dovecot.port) as client:
            client.login(address, dovecot.password)
            client.select("INBOX", readonly=True)
            for page in source.pull(f"{address}/INBOX", None):
                for raw in page.raws:
                    uid = raw.external_id.rpartition("-")[2]
                    whole = client.uid("FETCH", uid, "(BODY.PEEK[])")[1][0][1]
                    yield raw.body(), whole

    return compare


def test_of_the_sample_mails_the_raw_is_what_pruning_the_whole_gives(compared, samples):
    pairs = [(made, prune(whole)) for made, whole in compared(samples)]
    assert len(pairs) == len(samples)
    assert [whole for made, whole in pairs if parse(made) != parse(whole)] == []
    assert sum(made == whole for made, whole in pairs) >= len(samples) - 3


def test_what_a_raw_was_put_together_from_says_what_it_says_itself(compared, samples, fuzz):
    mails = [*samples, *islice(fuzz.mutants(3, samples), 300)]
    differing = [made for made, _ in compared(mails) if not _reads_as_made(made)]
    assert differing == []


def _reads_as_made(raw):
    """Whether what is known of it from its making says what reading it does."""
    return parse(raw) == parse(raw)  # the first time by what it was put together from


TEXT = b"We send you the offer for forty pumps, valid until the end of the month.\r\n"
PLAIN = b"Content-Type: text/plain\r\n\r\n"


@pytest.mark.parametrize(
    ("head", "text"),
    [
        (PLAIN, TEXT + b"-- \r\nAnna"),
        (PLAIN, TEXT + b"--b7\r\n--b-- 7\r\n"),
        (PLAIN, TEXT + b"--b\r\n" + TEXT),
        (PLAIN, TEXT + b"--c--\r\n" + TEXT),
        (PLAIN, b"--c \r\n" + TEXT),
        (b"--c: d\r\n" + PLAIN, TEXT),
        (b"X-Note: 7\r\n\r\n", TEXT),
        (b"\r\n", TEXT),
        (b"", TEXT),
        (b"No field\r\n" + PLAIN, TEXT),
        (PLAIN + PLAIN, TEXT),
        (PLAIN.replace(b"\r", b""), TEXT),
        (b"X-Hub-Omitted: 7\r\n" + PLAIN, TEXT),
        (b"X-Long: " + b"x" * 9000 + b"\r\n" + PLAIN, TEXT),
        (b"Content-Type: multipart/mixed; boundary=d\r\n\r\n", b"--d\r\n\r\n" + TEXT + b"--d--\r\n"),
        (b"Content-Type: message/rfc822\r\n\r\n", PLAIN + TEXT),
    ],
)
@pytest.mark.parametrize(
    "within",
    [
        b'Content-Type: multipart/mixed; boundary="c"\r\n\r\n',
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n',
        b'Content-Type: multipart/mixed; boundary="b--"\r\n\r\n',
        b'Content-Type: multipart/mixed; boundary="c: d"\r\n\r\n',
        b'Content-Type: multipart/digest; boundary="c"\r\n\r\n',
        b'Content-Type: text/plain; boundary="c"\r\n\r\n',
        b'X-Hub-Omitted: 7\r\nContent-Type: multipart/mixed; boundary="c"\r\n\r\n',
    ],
)
def test_whatever_a_server_says_the_tree_is_that_of_the_bytes(within, head, text):
    leaf = [b"text", b"plain", None, None, None, b"7bit", b"500", b"7"]
    file = [b"application", b"pdf", None, None, None, b"base64", b"9000"]
    chosen_parts = selected(structure.tree([[leaf, file, b"mixed"], b"mixed"]), 10_000)
    header = b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    came = {
        b"BODY[1.MIME]": within, b"BODY[1.1.MIME]": head, b"BODY[1.1]": text,
        b"BODY[1.2.MIME]": b"Content-Type: application/pdf\r\n\r\n", b"BODY[1.2]<0>": b"AAAA", b"BODY[1.2]<8920>": b"AAAA",
    }  # fmt: skip
    with suppress(Incomplete):
        raw = chosen_parts.raw(header, came)
        assert _reads_as_made(raw)
        assert prune(raw) == raw


def test_of_mutated_mails_hardly_one_is_read_differently(compared, samples, fuzz):
    mutants = list(islice(fuzz.mutants(1, samples), 300))
    differing = [whole for made, whole in compared(mutants) if _without_sizes(made) != _without_sizes(prune(whole))]
    assert len(differing) <= 3, "server and hub may see other parts in rubbish, but seldom"


def _without_sizes(data):
    """What a mail says; how long a broken file is, is an estimate."""
    parsed = parse(data)
    if not isinstance(parsed, Parsed):
        return parsed
    files = tuple(replace(one, size=0) for one in parsed.mail.attachments)
    return replace(parsed, mail=replace(parsed.mail, attachments=files))


@pytest.mark.parametrize("length", [0, 1, 2, 3, 57, 58, 100, 5000, 5001, 5002])
@pytest.mark.parametrize("line", [76, 60, 4, 0])
def test_the_size_of_a_file_is_known_without_reading_it(compared, length, line):
    from base64 import b64encode

    content = random.Random(length).randbytes(length)
    text = b64encode(content)
    if line:
        text = b"\r\n".join(text[at : at + line] for at in range(0, len(text), line))
    mail = (
        b"From: a@b.example\r\nMessage-ID: <x@y>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n"
        b"--b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + text
        + b"\r\n--b--\r\n"
    )
    ((made, _),) = compared([mail])
    assert [one.size for one in parse(made).mail.attachments] == [length]


def test_small_files_are_not_worth_a_question(monkeypatch):
    leaf = [b"image", b"png", None, None, None, b"base64", b"900"]
    text = [b"text", b"plain", None, None, None, b"7bit", b"5", b"1"]
    root = structure.tree([text, leaf, b"mixed"])
    assert selected(root, 2_000).sections == ("TEXT",)
    monkeypatch.setattr(selection, "_SMALL", 0)
    assert selected(root, 2_000).sections == ("1.MIME", "1", "2.MIME", "2<0.128>", "2<820.80>")


def test_of_a_mail_beyond_all_bounds_only_the_header_is_fetched():
    leaf = structure.tree([b"text", b"plain", None, None, None, b"7bit", b"5", b"1"])
    assert selected(leaf, 60_000_000).sections == ()
    assert selected(leaf, 60_000_000).raw(b"From: a@b\r\n\r\n", {}).startswith(b"X-Hub-Omitted: 60000000")


def test_any_structure_at_all_is_read_or_given_up():
    chance = random.Random(7)
    pieces = [b"(", b")", b'"text"', b"NIL", b"7", b'"plain"', b"mixed", b'"', b"{3}\r\n", b" "]
    for _ in range(2000):
        line = b" ".join(chance.choices(pieces, k=chance.randrange(1, 40)))
        found = values(Reply(line, (b"abc",)))
        assert selected(structure.tree(found[0]) if found else None, 100).sections
