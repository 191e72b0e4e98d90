"""What of a mail is kept as its raw: the header, the tree, the texts; not the files.

    prune(mail)  →  the same header blocks and boundaries; text, invitations, delivery reports and a small winmail.dat
                    byte for byte; of a forwarded mail the header; of every other part nothing but one more header
                    line, `X-Hub-Omitted: SIZE`, the decoded size

The result is itself a mail, and reads as the whole one does: `parse(prune(mail)) == parse(mail)`, and pruning twice is
pruning once. Preambles and epilogues are for readers without MIME and go. A text with a disposition `attachment` is a
file. The HTML of a mail that says the same in plain text is never read, so it goes, too (`X-Hub-Omitted: 0`): it is most of
what a mail without files weighs. Bytes that are no mail are cut to `caps.RUBBISH`.
"""

from typing import NamedTuple

from hub_email import caps
from hub_email.mime import CUT, FORWARDED, MARK, OMITTED, Mail, Part, decoded_size, gather, is_header, read

_END = b"\r\n"
CALENDARS = frozenset({"text/calendar", "application/ics"})
TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
REPORTS = frozenset(
    {"message/delivery-status", "message/disposition-notification", "message/global-delivery-status"},
)

ALTERNATIVE, HTML = "multipart/alternative", "text/html"
LONG_HEADER = caps.RUBBISH - 1_000
LONG_PART_HEADER = caps.PART_HEADER - 1_000
"""So far a header is surely read whole."""
_BEGINNING = 800
"""Bytes as sent in which two hundred are, however they are encoded."""


def prune(data: bytes) -> bytes:
    """The raw of a mail: without files, preambles and epilogues. Any bytes at all; never raises."""
    return pruned(read(data))


def pruned(mail: Mail, spare: frozenset[str] | None = None, *, is_plain: bool = False) -> bytes:
    """The raw of a mail that has been read, and of which the leaves `spare` (None: not known yet) need not be. One that
    `is_plain` has nothing but fields, delimiters and bodies.
    """
    if not mail.is_mail:
        return mail.data[: caps.RUBBISH]
    spare = spared(mail) if spare is None else spare
    choice = Chosen(mail, kept(mail, spare), spare)
    if is_plain and all(part.id in choice.kept or _has_gone(part) for part in mail.leaves):
        _made.put(mail.data, choice)
        return mail.data
    return _Raw(mail, choice).joined()


def _has_gone(part: Part) -> bool:
    return part.start == part.end and OMITTED in part.fields


class Chosen(NamedTuple):
    """A mail, which of its leaves are kept, and which nobody needs to read."""

    mail: Mail
    kept: frozenset[str]
    spared: frozenset[str]


def chosen(data: bytes) -> Chosen:
    """What is kept of a mail; of a raw that was put together a moment ago, the mail that it says the same as."""
    known = _made.take(data) if len(data) < _SMALL else None
    if known is not None:
        return known
    mail = read(data)
    spare = spared(mail)
    return Chosen(mail, kept(mail, spare), spare)


_SMALL = 30_000
_LARGEST = 2_000_000
_MOST_MADE = 128
_MOST_BYTES = 8_000_000


class _Made:
    """Raws that were put together a moment ago: their mapping is near, and need not read them again."""

    def __init__(self) -> None:
        self._choices: dict[bytes, Chosen] = {}
        self._size = 0

    def put(self, raw: bytes, choice: Chosen) -> None:
        size = len(choice.mail.data)
        if len(raw) >= _SMALL or size >= _LARGEST:
            return
        if len(self._choices) >= _MOST_MADE or self._size + size > _MOST_BYTES:
            self._choices.clear()
            self._size = 0
        self._choices[raw] = choice
        self._size += size

    def take(self, raw: bytes) -> Chosen | None:
        choice = self._choices.pop(raw, None)
        if choice is not None:
            self._size -= len(choice.mail.data)
        return choice


_made = _Made()


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
    found: list[str] = []
    _spare(mail, mail.root, found)
    return frozenset(found)


def _spare(mail: Mail, part: Part, found: list[str]) -> None:
    if part.kind == ALTERNATIVE:
        plain = [child for child in part.children if child.kind == "text/plain"]
        if len(plain) == 1 and _says_enough(mail, plain[0]):
            leaves: list[Part] = []
            gather(part, leaves)
            found += [leaf.id for leaf in leaves if leaf.kind == HTML and not is_file(_described(leaf))]
            return
    for child in part.children:
        if child.children:
            _spare(mail, child, found)


def is_file(described: str) -> bool:
    """Whether HTML beside a plain text is a file, and not what the mail itself says; `described` by its header."""
    return "name" in described or described.startswith("attachment")


def _described(part: Part) -> str:
    return f"{part.field('content-disposition')};{part.field('content-type')}".lower()


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
    if part.id not in mail.sizes:
        mail.sizes[part.id] = decoded_size(mail.body(part), part.field("content-transfer-encoding"))
    return mail.sizes[part.id]


class _Raw:
    """A raw as it is put together."""

    def __init__(self, mail: Mail, choice: Chosen) -> None:
        self._mail = mail
        self._choice = choice
        self._pieces: list[bytes] = []
        self._is_sure = True

    def joined(self) -> bytes:
        root = self._mail.root
        self._part(root)
        raw = b"".join(self._pieces)
        if self._is_sure and is_header(root.head):
            _made.put(raw, self._choice)
        return raw

    def _part(self, part: Part) -> None:
        if not part.children:
            self._leaf(part)
            return
        self._begin(part, part.head)
        boundary = part.boundary.encode("latin-1")
        delimiter = b"--" + boundary + _END
        for child in part.children:
            self._pieces.append(delimiter)
            self._part(child)
            self._pieces.append(_END)
        self._pieces.append(b"--" + boundary + b"--" + _END)
        if boundary.endswith(b"-"):
            self._is_sure = False  # the end of one may be the beginning of another

    def _leaf(self, part: Part) -> None:
        is_kept = part.id in self._choice.kept
        self._begin(part, part.head if is_kept else self._without_body(part))
        if is_kept:
            self._pieces.append(self._mail.body(part))
        elif part.kind in FORWARDED:
            self._pieces.append(forwarded_head(self._mail, part))

    def _begin(self, part: Part, head: bytes) -> None:
        """Put the header block of a part, closed: one that is to be closed, or is long, may be read otherwise again."""
        closed = _closed(head)
        if self._pieces:
            is_whole = len(closed) < caps.PART_LINES or (
                len(closed) <= LONG_PART_HEADER and closed.count(b"\n") < caps.PART_LINES
            )
        else:
            is_whole = len(closed) <= LONG_HEADER and head is part.head
        self._is_sure = self._is_sure and is_whole and _closed(part.head) is part.head
        self._pieces.append(closed + _END)

    def _without_body(self, part: Part) -> bytes:
        if OMITTED in part.fields:
            return part.head
        if part.id in self._choice.spared:
            return _marked(part.head, 0)
        size = omitted_size(self._mail, part)
        return _cut(part.head, size) if part.kind == CUT else _marked(part.head, size)


def _marked(head: bytes, size: int) -> bytes:
    return MARK + b" " + str(size).encode() + _END + _closed(head)


def _cut(head: bytes, size: int) -> bytes:
    """With a Content-Type before all others: of repeated fields the first counts."""
    return _marked(b"Content-Type: " + CUT.encode() + _END + head, size)


def _closed(head: bytes) -> bytes:
    return head if not head or head.endswith(b"\n") else head + _END
