"""Mails made to burn time and memory: what each of them is, built when it is asked for."""

import base64
from collections.abc import Callable
from itertools import pairwise

HEAD = b"From: evil@orlov.example\r\nTo: anna@my.example\r\nDate: Wed, 18 Nov 2026 07:12:33 +0000\r\nMessage-ID: <b@orlov.example>\r\n"
BODY = b"\r\nbody of the mail, long enough to be seen\r\n"
MANY = 100_000
HUGE = 20_000_000


def _field(name: str, value: bytes) -> Callable[[], bytes]:
    return lambda: HEAD + name.encode() + b": " + value + b"\r\n" + BODY


def _multipart(inside: bytes, boundary: bytes = b"b", kind: bytes = b"mixed") -> bytes:
    return HEAD + b"Content-Type: multipart/" + kind + b"; boundary=" + boundary + b"\r\n\r\n" + inside


def _nested(depth: int, *, closed: bool = True, same: bool = False) -> bytes:
    names = [b"b" if same else b"b%d" % level for level in range(depth)]
    opening = b"".join(b"--%s\r\nContent-Type: multipart/mixed; boundary=%s\r\n\r\n" % pair for pair in pairwise(names))
    closing = b"".join(b"\r\n--%s--" % name for name in reversed(names)) if closed else b""
    return _multipart(opening + b"--" + names[-1] + b"\r\n\r\ndeep inside\r\n" + closing, names[0])


def _forwarded(depth: int) -> bytes:
    return HEAD + b"Content-Type: message/rfc822\r\n\r\n" * depth + BODY


def _html(inside: str) -> Callable[[], bytes]:
    return lambda: HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + inside.encode()


def _calendar(inside: bytes) -> Callable[[], bytes]:
    head = b"Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\n"
    return lambda: HEAD + head + inside + b"END:VCALENDAR\r\n"


def _event(lines: bytes, uid: bytes = b"u") -> bytes:
    return b"BEGIN:VEVENT\r\nUID:" + uid + b"\r\nDTSTART:19900101T000000Z\r\n" + lines + b"END:VEVENT\r\n"


def _tnef(length: int) -> bytes:
    data = b"\x78\x9f\x3e\x22\x01\x00" + b"\x02\x02\x90\x06\x00\x00\x00\x00\x00\x00\x00" * length
    return (
        HEAD
        + b"Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(data)
    )


ZONE = (
    b"BEGIN:VTIMEZONE\r\nTZID:Z\r\n"
    + b"BEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nTZOFFSETTO:+0300\r\nRRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=1\r\nEND:STANDARD\r\n"
    * 20
    + b"END:VTIMEZONE\r\n"
)

BOMBS: dict[str, Callable[[], bytes]] = {
    "subject of encoded words": _field("Subject", b" ".join([b"=?utf-8?B?0J/RgNC40LLQtdGC?="] * MANY)),
    "subject of encoded words in turns": _field("Subject", b" ".join([b"=?utf-8?B?0J8=?= =?koi8-r?Q?=F0?="] * (MANY // 2))),
    "encoded words that never end": _field("Subject", b"=?utf-8?B?" * MANY),
    "encoded words that hardly begin": _field("Subject", b"=?" * MANY * 3),
    "from of encoded words": _field("From", b"=?utf-8?Q?a_=3Ca=40b=2Ec=3E?= " * MANY),
    "a hundred thousand addresses": _field("Cc", b", ".join([b'"Name" <a@orlov.example>'] * MANY)),
    "addresses on a hundred thousand lines": lambda: HEAD + b"Cc: a@orlov.example\r\n" * MANY + BODY,
    "quotes": _field("Cc", b'"' * MANY * 3),
    "escaped quotes": _field("Cc", b'"' + b'\\"' * MANY * 3),
    "comments inside comments": _field("Cc", b"(" * MANY * 3),
    "closed comments inside comments": _field("Cc", b"(" * MANY + b")" * MANY),
    "brackets": _field("Cc", b"<" * MANY * 3),
    "at signs": _field("Cc", b"a@" * MANY * 3),
    "groups": _field("Cc", b"a:b;" * MANY),
    "parameters": _field("Content-Type", b"text/plain" + b"; a=b" * MANY),
    "pieces of a parameter": _field("Content-Disposition", b"attachment" + b"".join(b"; filename*%d*=%%D0" % n for n in range(MANY))),
    "parameter without end": _field("Content-Type", b'text/plain; name="' + b'\\"' * MANY),
    "a header of twenty megabytes": _field("X-Long", b"x" * HUGE),
    "a header folded a million times": _field("Subject", b"x" + b"\r\n " * 1_000_000),
    "a million header fields": lambda: HEAD + b"a:\r\n" * 1_000_000 + BODY,
    "a million lines that are no fields": lambda: HEAD + b"junk\r\n" * 1_000_000 + BODY,
    "references": _field("References", b"<a@b> " * MANY),
    "references without end": _field("References", b"<" * MANY * 3),
    "a date of a megabyte": _field("Date", b"Mon, " * MANY),
    "received a hundred thousand times": lambda: b"Received: by a; Mon, 16 Nov 1026 10:05:00 +0300\r\n" * MANY + HEAD.replace(b"2026", b"1026") + BODY,
    "fifty multiparts inside one another": lambda: _nested(50),
    "a hundred thousand multiparts inside one another": lambda: _nested(MANY),
    "the same boundary inside itself": lambda: _nested(MANY, same=True),
    "multiparts that nobody closes": lambda: _nested(MANY, closed=False),
    "forwarded ten thousand times": lambda: _forwarded(10_000),
    "a thousand parts": lambda: _multipart(b"--b\r\n\r\ntext\r\n" * 1_000),
    "a million parts": lambda: _multipart(b"--b\r\n\r\n\r\n" * 1_000_000),
    "a thousand attachments": lambda: _multipart(b'--b\r\nContent-Disposition: attachment; filename="a.bin"\r\n\r\nx\r\n' * 1_000),
    "parts with long headers": lambda: _multipart(b"--b\r\n" + b"".join(b"--b\r\n" + b"a:\r\n" * 20_000 + b"\r\n\r\n" for _ in range(300))),
    "lines that begin as the boundary does": lambda: _multipart(b"--bx\r\n" * (HUGE // 6)),
    "boundaries and nothing else": lambda: _multipart(b"--b\r\n" * (HUGE // 5)),
    "deep multiparts before twenty megabytes": lambda: _nested(51, closed=False) + b"\n--x" * (HUGE // 4),
    "nested boundaries that are prefixes": lambda: _multipart(b"--b\r\nContent-Type: multipart/mixed; boundary=bb\r\n\r\n" + b"--bb\r\n\r\n\r\n--b\r\n\r\n\r\n" * MANY),
    "alternatives": lambda: _multipart(b"--b\r\nContent-Type: text/html\r\n\r\n<p>x\r\n" * 1_000, kind=b"alternative"),
    "twenty megabytes of text": lambda: HEAD + b"\r\n" + b"text of the mail\r\n" * (HUGE // 18),
    "three megabytes of flowed text": lambda: HEAD + b"Content-Type: text/plain; format=flowed\r\n\r\n" + b"> a \r\n" * 500_000,
    "four megabytes of quoted-printable": lambda: HEAD + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=D0=9F" * 650_000,
    "four megabytes of unknown 8-bit text": lambda: HEAD + b"\r\n" + "слово ".encode("koi8-r") * 600_000,
    "a thousand unknown 8-bit texts": lambda: _multipart((b"--b\r\n\r\n" + bytes(range(128, 256)) * 20 + b"\r\n") * 1_000),
    "base64 that is none": lambda: HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"=" * 3_900_000,
    "base64 of padding and letters": lambda: HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"A=" * 1_900_000,
    "uuencode": lambda: HEAD + b"\r\nbegin 644 a.exe\r\n" + (b"M" + b"A" * 60 + b"\r\n") * 50_000 + b"end\r\n",
    "an attachment of twenty megabytes": lambda: HEAD + b"Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n" + (b"A" * 76 + b"\r\n") * (HUGE // 78),
    "zlib said to be a charset": lambda: HEAD + b"Content-Type: text/plain; charset=zlib_codec\r\n\r\n" + b"x\x9c\xff" * 1000,
    "utf-7 with surrogates": lambda: HEAD + b"Content-Type: text/plain; charset=utf-7\r\n\r\n" + b"+2AA- " * MANY,
    "html tags": _html("<div>" * 200_000),
    "html tags that never end": _html("<" * 1_000_000),
    "html attributes": _html("<a " + " ".join(f"x{n}=1" for n in range(MANY)) + ">"),
    "html quotes": _html("<a '\"" * 200_000),
    "html comments": _html("<!--" * 250_000),
    "html scripts": _html("<script>" * 120_000),
    "html that is not shown": _html("<p style='display:none'>" * 40_000),
    "html that says so in no tag": _html("display:none " * 75_000),
    "html entities": _html("&" * 500_000 + "&#" + "1" * 400_000),
    "html quotes of quotes": _html("<blockquote>a" * 70_000),
    "html preformatted": _html("<pre>" + "a\n" * 400_000),
    "a winmail.dat of attributes": lambda: _tnef(15_000),
    "a series every second": _calendar(_event(b"RRULE:FREQ=SECONDLY\r\n")),
    "a series that never meets": _calendar(_event(b"RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30\r\n") * 100),
    "a series that hardly meets": _calendar(_event(b"RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=40\r\n") * 100),
    "a hundred daily series": _calendar(b"".join(_event(b"RRULE:FREQ=DAILY\r\n", b"u%d" % n) for n in range(100))),
    "a daily series in a zone of its own": _calendar(ZONE + b"BEGIN:VEVENT\r\nUID:z\r\nDTSTART;TZID=Z:20200101T000000\r\nDTEND;TZID=Z:20200101T010000\r\nRRULE:FREQ=DAILY\r\nEND:VEVENT\r\n"),
    "events": _calendar(_event(b"") * 15_000),
    "dates": _calendar(_event(b"RRULE:FREQ=DAILY\r\nEXDATE:" + b"20260101T000000Z," * 50_000 + b"\r\n")),
    "attendees": _calendar(_event(b"ATTENDEE:mailto:a@b.example\r\n" * 30_000)),
    "components inside components": _calendar(b"BEGIN:VEVENT\r\nBEGIN:VALARM\r\n" * 20_000),
    "a calendar line without end": _calendar(_event(b"SUMMARY;X=" + b'"' * 500_000 + b"\r\n")),
    "calendar lines that are none": _calendar(_event(b"DESCRIPTION:x\r\n" + b"no colon here\r\n" * 60_000)),
    "newlines": lambda: b"\r\n" * (HUGE // 2),
    "carriage returns": lambda: HEAD.replace(b"\r\n", b"\r") + b"\r" * HUGE,
    "zeros": lambda: bytes(HUGE),
    "a from line without end": lambda: b"From " + b"x" * HUGE,
}  # fmt: skip
