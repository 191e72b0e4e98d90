"""The tree of a mail."""

import pytest
from hub_email import caps, mime
from hub_email.mime import Part


def shape(part: Part) -> object:
    return [shape(child) for child in part.children] if part.children else f"{part.id} {part.kind}"


def mail(*lines: str) -> bytes:
    return ("From: a@b.example\n" + "\n".join(lines) + "\n").encode()


NESTED = mail(
    "Content-Type: multipart/mixed; boundary=b", "", "preamble", "--b", "Content-Type: multipart/alternative; boundary=bb", "",
    "--bb", "", "text", "--bb  ", "Content-Type: text/html", "", "<p>", "--bb--", "--b", "Content-Type: image/png", "", "x", "--b--", "epilogue",
)  # fmt: skip


def test_parts_are_numbered_as_imap_numbers_them() -> None:
    assert shape(mime.read(NESTED).root) == [["1.1 text/plain", "1.2 text/html"], "2 image/png"]


def test_a_mail_of_one_part_has_part_1() -> None:
    assert shape(mime.read(mail("Content-Type: TEXT/HTML ; charset=x", "", "x")).root) == "1 text/html"


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
def test_any_line_break_will_do(newline: bytes) -> None:
    read = mime.read(NESTED.replace(b"\n", newline))
    assert shape(read.root) == [["1.1 text/plain", "1.2 text/html"], "2 image/png"]
    assert [read.body(leaf) for leaf in read.leaves] == [b"text", b"<p>", b"x"]


def test_a_boundary_is_not_its_own_prefix() -> None:
    read = mime.read(
        mail("Content-Type: multipart/mixed; boundary=b", "", "--b", "", "--bx", "--b-", "--b--x", "--b--")
    )
    assert [read.body(leaf) for leaf in read.leaves] == [b"--bx\n--b-\n--b--x"]


def test_an_inner_multipart_that_never_ends_ends_with_the_outer() -> None:
    read = mime.read(
        mail(
            "Content-Type: multipart/mixed; boundary=o",
            "",
            "--o",
            "Content-Type: multipart/mixed; boundary=i",
            "",
            "--i",
            "",
            "x",
            "--o",
            "",
            "y",
            "--o--",
        )
    )
    assert shape(read.root) == [["1.1 text/plain"], "2 text/plain"]


def test_a_multipart_without_its_boundary_is_text() -> None:
    for kind in ("multipart/mixed; boundary=none", "multipart/mixed", 'multipart/mixed; boundary=""'):
        read = mime.read(mail(f"Content-Type: {kind}", "", "text"))
        assert shape(read.root) == "1 text/plain"
        assert read.body(read.root) == b"text\n"


def test_parts_of_a_digest_are_mails() -> None:
    read = mime.read(mail("Content-Type: multipart/digest; boundary=b", "", "--b", "", "Subject: x", "", "y", "--b--"))
    assert shape(read.root) == ["1 message/rfc822"]


def test_a_forwarded_mail_is_not_looked_into() -> None:
    read = mime.read(
        mail(
            "Content-Type: message/rfc822", "", "Content-Type: multipart/mixed; boundary=b", "", "--b", "", "x", "--b--"
        )
    )
    assert shape(read.root) == "1 message/rfc822"


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n\r\nFrom: a@b.example\r\nSubject: x\r\n\r\nbody",
        b"\xef\xbb\xbfFrom: a@b.example\r\nSubject: x\r\n\r\nbody",
        b"From a@b.example Mon Nov 16 10:05:00 2026\nFrom: a@b.example\nSubject: x\n\nbody",
        b">From a@b.example Mon Nov 16\nFrom: a@b.example\nSubject: x\n\nbody",
        b"250 OK\r\njunk\r\nFrom: a@b.example\r\nSubject: x\r\n\r\nbody",
        b"From: a@b.example\nSubject: x\nbody",
        b"From : a@b.example\nSubject\t: x\n\nbody",
        b"From: a@b.example\njunk line\nSubject: x\n\nbody",
        b"From: a@b.example\nSubject:\n x\n\nbody",
    ],
)
def test_a_header_is_found(data: bytes) -> None:
    read = mime.read(data)
    assert read.is_mail
    assert read.root.field("from").startswith("a@b.example")
    assert read.root.field("subject") == "x"
    assert read.body(read.root) == b"body"


@pytest.mark.parametrize(
    "data", [b"", b"\n\n\n", b"just text\nand more\n", b"\x00\x01\x02", b'{"json": 1}', b"\x1f\x8b gzip"]
)
def test_what_has_no_header_is_no_mail(data: bytes) -> None:
    assert not mime.read(data).is_mail


def test_one_plausible_header_line_makes_a_mail() -> None:
    assert mime.read(b"X-Odd: 1").is_mail


def test_what_is_too_deep_is_cut_and_the_mail_says_so() -> None:
    inside = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(caps.DEPTH + 2))
    read = mime.read(b"From: a@b.example\n" + inside.encode() + b"\nx\n")
    assert [leaf.kind for leaf in read.leaves] == [mime.CUT]


def test_parts_beyond_the_cap_are_cut_and_the_mail_says_so() -> None:
    body = "--b\n\nx\n" * (caps.PARTS + 10)
    leaves = mime.read(mail("Content-Type: multipart/mixed; boundary=b", "", body)).leaves
    assert len(leaves) == caps.PARTS + 1
    assert leaves[-1].kind == mime.CUT


def test_a_part_without_transfer_encoding_is_decoded_as_it_is() -> None:
    assert mime.decoded(b"=D0", "") == b"=D0"
    assert mime.decoded(b"=D0", " Quoted-Printable ") == b"\xd0"
    assert mime.decoded(b"AAEC", "BASE64;") == b"\0\1\2"


@pytest.mark.parametrize("size", [0, 1, 2, 3, 56, 57, 58, 1000])
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_the_size_of_base64_is_known_without_decoding(size: int, newline: bytes) -> None:
    import base64

    body = base64.encodebytes(bytes(size)).replace(b"\n", newline)
    assert mime.decoded_size(body, "base64") == size
    assert mime.decoded_size(body.rstrip(), "base64") == size
