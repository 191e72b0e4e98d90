"""What of a mail is kept as its raw: the header, the tree, the texts; not the files.

    prune(mail)  →  the same header blocks and boundaries; text, invitations, delivery reports and a small winmail.dat
                    byte for byte; of a forwarded mail the header; of every other part nothing but one more header
                    line, `X-Hub-Omitted: SIZE`, the decoded size

The result is itself a mail, and reads as the whole one does: `parse(prune(mail)) == parse(mail)`, and pruning twice is
pruning once. Preambles and epilogues are for readers without MIME and go. A text with a disposition `attachment` is a
file. Bytes that are no mail are cut to `caps.RUBBISH`.
"""

from collections.abc import Iterator

from hub_email import caps
from hub_email.mime import CUT, FORWARDED, MARK, OMITTED, Mail, Part, decoded_size, read

_END = b"\r\n"
CALENDARS = frozenset({"text/calendar", "application/ics"})
TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
REPORTS = frozenset(
    {"message/delivery-status", "message/disposition-notification", "message/global-delivery-status"},
)


def prune(data: bytes) -> bytes:
    """The raw of a mail: without files, preambles and epilogues. Any bytes at all; never raises."""
    mail = read(data)
    if not mail.is_mail:
        return mail.data[: caps.RUBBISH]
    return b"".join(_pieces(mail, mail.root, kept(mail)))


def header_only(head: bytes, size: int) -> bytes:
    """The raw of a mail too large to be read: `head` is how it begins, `size` its bytes."""
    return _cut(read(head).root.head, size) + _END


def kept(mail: Mail) -> frozenset[str]:
    """The ids of the leaves whose bodies belong to the raw, whole or (forwarded mails) as far as their header."""
    budget = caps.TEXT_PARTS
    found = []
    for part in mail.leaves:
        length = part.end - part.start
        if OMITTED not in part.fields and length <= min(budget, room(part.kind, part.field("content-disposition"))):
            budget -= length
            found.append(part.id)
    return frozenset(found)


def room(kind: str, disposition: str) -> int:
    """How many bytes of such a part belong to the raw, -1 for none; `disposition` as its header says it."""
    if kind in CALENDARS:
        return caps.CALENDAR
    if kind.startswith("text/"):
        return -1 if disposition[:10].lower() == "attachment" else caps.TEXT_PART
    if kind in TNEF:
        return caps.TNEF
    return caps.FORWARDED if kind in REPORTS else -1


def forwarded_head(mail: Mail, part: Part) -> bytes:
    """The beginning of a forwarded mail, as sent: its header block, or some lines where it stands encoded."""
    body = mail.body(part, caps.FORWARDED)
    if part.field("content-transfer-encoding").lower() in ("base64", "quoted-printable"):
        return body[: body.rfind(b"\n") + 1] if len(body) == caps.FORWARDED else body
    ends = [at for at in (body.find(b"\n\n"), body.find(b"\n\r\n")) if at >= 0]
    return body[: min(ends) + 1] if ends else body


def omitted_size(mail: Mail, part: Part) -> int:
    """The decoded size of a part's content, kept or not."""
    marker = part.fields.get(OMITTED)
    if marker:
        digits = marker[-1].strip()
        return int(digits) if digits.isdecimal() and len(digits) < 16 else 0
    return decoded_size(mail.body(part), part.field("content-transfer-encoding"))


def _pieces(mail: Mail, part: Part, kept: frozenset[str]) -> Iterator[bytes]:
    if part.children:
        yield _closed(part.head) + _END
        delimiter = b"--" + part.boundary.encode("latin-1")
        for child in part.children:
            yield delimiter + _END
            yield from _pieces(mail, child, kept)
            yield _END
        yield delimiter + b"--" + _END
    elif part.id in kept:
        yield _closed(part.head) + _END
        yield mail.body(part)
    else:
        yield from _without_body(mail, part)


def _without_body(mail: Mail, part: Part) -> Iterator[bytes]:
    head = part.head
    if OMITTED in part.fields:
        yield _closed(head) + _END
    elif part.kind == CUT:
        yield _cut(head, omitted_size(mail, part)) + _END
    else:
        yield _marked(head, omitted_size(mail, part)) + _END
    if part.kind in FORWARDED:
        yield forwarded_head(mail, part)


def _marked(head: bytes, size: int) -> bytes:
    return MARK + b" " + str(size).encode() + _END + _closed(head)


def _cut(head: bytes, size: int) -> bytes:
    """With a Content-Type before all others: of repeated fields the first counts."""
    return _marked(b"Content-Type: " + CUT.encode() + _END + head, size)


def _closed(head: bytes) -> bytes:
    return head if not head or head.endswith(b"\n") else head + _END
