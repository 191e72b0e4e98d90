"""What of a mail is kept as its raw: the header, the tree, the texts; not the files.

    prune(mail)  →  the same header blocks and boundaries; text, invitations, delivery reports and a small winmail.dat
                    byte for byte; of a forwarded mail the header; of every other part nothing but one more header
                    line, `X-Hub-Omitted: SIZE`, the decoded size

The result is itself a mail, and reads as the whole one does: `parse(prune(mail)) == parse(mail)`, and pruning twice is
pruning once. Preambles and epilogues are for readers without MIME and go. A text with a disposition `attachment` is a
file. The HTML of a mail that says the same in plain text is never read, so it goes, too (`X-Hub-Omitted: 0`): it is most of
what a mail without files weighs. Bytes that are no mail are cut to `caps.RUBBISH`.
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

ALTERNATIVE = "multipart/alternative"
_BEGINNING = 800
"""Bytes as sent in which two hundred are, however they are encoded."""


def prune(data: bytes) -> bytes:
    """The raw of a mail: without files, preambles and epilogues. Any bytes at all; never raises."""
    return pruned(read(data))


def pruned(mail: Mail, spare: frozenset[str] | None = None) -> bytes:
    """The raw of a mail that has been read, and of which the leaves `spare` (None: not known yet) need not be."""
    if not mail.is_mail:
        return mail.data[: caps.RUBBISH]
    spare = spared(mail) if spare is None else spare
    return b"".join(_pieces(mail, mail.root, kept(mail, spare), spare))


def header_only(head: bytes, size: int) -> bytes:
    """The raw of a mail too large to be read: `head` is how it begins, `size` its bytes."""
    return _cut(read(head).root.head, size) + _END


def kept(mail: Mail, spare: frozenset[str]) -> frozenset[str]:
    """The ids of the leaves whose bodies belong to the raw, whole or (forwarded mails) as far as their header; `spare`
    are those that nobody needs to read.
    """
    budget = caps.TEXT_PARTS
    found = []
    for part in mail.leaves:
        length = part.end - part.start
        if (
            part.id not in spare
            and OMITTED not in part.fields
            and length <= min(budget, room(part.kind, part.field("content-disposition")))
        ):
            budget -= length
            found.append(part.id)
    return frozenset(found)


def spared(mail: Mail) -> frozenset[str]:
    """The ids of HTML leaves that nobody needs to read: beside them stands one plain text that is more than a stub."""
    return frozenset(_spared(mail, mail.root)) if mail.root.children else frozenset()


def _spared(mail: Mail, part: Part) -> Iterator[str]:
    if part.kind == ALTERNATIVE:
        plain = [child for child in part.children if child.kind == "text/plain"]
        if len(plain) == 1 and _says_enough(mail, plain[0]):
            yield from (leaf.id for leaf in _below(part) if is_html_body(leaf.kind, _described(leaf)))
            return
    for child in part.children:
        yield from _spared(mail, child)


def is_html_body(kind: str, described: str) -> bool:
    """Whether a part is the HTML of the mail itself, and no file; `described` is what its header says of it."""
    return kind == "text/html" and "name" not in described and not described.startswith("attachment")


def _described(part: Part) -> str:
    return f"{part.field('content-disposition')};{part.field('content-type')}".lower()


def _below(part: Part) -> Iterator[Part]:
    if not part.children:
        yield part
    for child in part.children:
        yield from _below(child)


def _says_enough(mail: Mail, part: Part) -> bool:
    """Whether a plain text begins with eighty bytes of words within two hundred, so that it is no stub in any charset."""
    if OMITTED in part.fields or _described(part).startswith("attachment") or part.end - part.start > caps.TEXT_PART:
        return False
    return len(b"".join(mail.content(part, _BEGINNING)[:200].replace(b"\0", b"").split())) >= 80


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


def _pieces(mail: Mail, part: Part, kept: frozenset[str], spare: frozenset[str]) -> Iterator[bytes]:
    if part.children:
        yield _closed(part.head) + _END
        delimiter = b"--" + part.boundary.encode("latin-1")
        for child in part.children:
            yield delimiter + _END
            yield from _pieces(mail, child, kept, spare)
            yield _END
        yield delimiter + b"--" + _END
    elif part.id in kept:
        yield _closed(part.head) + _END
        yield mail.body(part)
    else:
        yield from _without_body(mail, part, spare)


def _without_body(mail: Mail, part: Part, spare: frozenset[str]) -> Iterator[bytes]:
    head = part.head
    if OMITTED in part.fields:
        yield _closed(head) + _END
    elif part.id in spare:
        yield _marked(head, 0) + _END
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
