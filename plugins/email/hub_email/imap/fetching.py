"""What mails of an open folder say: their raws, one part of one mail. Only PEEK: nothing is changed.

It takes all that reads a mail: a folder without news is told apart without it.
"""

import errno
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from hub_email import caps
from hub_email.headers import fields
from hub_email.imap import gmail, structure
from hub_email.imap.cursor import Mark
from hub_email.imap.grammar import Value, fetched, number
from hub_email.imap.reading import as_set
from hub_email.imap.selection import Incomplete, Sections, Selection, selected
from hub_email.imap.wire import Refusal, Reply, Wire
from hub_email.mime import decoded
from hub_email.parts import file_in, part_of
from hub_email.prune import prune

_AHEAD = 8_000
"""Bytes of questions that are sent ahead of their answers: what surely fits into the buffers in between."""
_SHORT_HEADER = 100_000
_FIRST = f"UID RFC822.SIZE BODYSTRUCTURE BODY.PEEK[HEADER]<0.{_SHORT_HEADER}>"


@dataclass(slots=True)
class _Found:
    """What the first answer says of a mail; `before` stands before its header."""

    selection: Selection
    header: bytes
    before: bytes = b""

    def mark(self, uid: int) -> Mark:
        told = fields(self.header, caps.LINES)
        said = [str(self.selection.size), *told.get("message-id", ()), *told.get("date", ())]
        return uid, blake2b("\n".join(said).encode("utf-8", "replace"), digest_size=6).hexdigest()


@dataclass(slots=True)
class Batch:
    """The raws of some mails of a folder, fetched together when the first of them is wanted.

    `ready` gives the connection, with the folder open. Once these are fetched, the headers of `following` are asked for, so
    that the server is at work while the hub stores.
    """

    ready: Callable[[], Wire]
    uids: Sequence[int]
    following: "Batch | None" = None
    _asked: bytes = b""
    _found: dict[int, _Found] | None = field(default=None, repr=False)
    _bodies: dict[int, bytes | OSError] | None = field(default=None, repr=False)

    def body(self, uid: int) -> bytes:
        """The raw of a mail, handed out once. Raises `FileNotFoundError` for one that went meanwhile, `OSError` for one that
        the server does not give.
        """
        if self._bodies is None:
            self._bodies = self._load()
        found = self._bodies.pop(uid, None)
        if found is None:
            raise FileNotFoundError(uid)
        if isinstance(found, OSError):
            raise found
        return found

    def marks(self, wire: Wire) -> list[Mark]:
        """What tells these mails from others, of those that are there. What was heard for it is not asked for again."""
        return [one.mark(uid) for uid, one in sorted(self._headers(wire).items())]

    def _headers(self, wire: Wire) -> dict[int, _Found]:
        if self._found is None:
            self.ask(wire)
            self._found = _heads(wire.answer(self._asked))
        return self._found

    def _load(self) -> dict[int, bytes | OSError]:
        wire = self.ready()
        try:
            found: dict[int, bytes | OSError] = dict(_raws(wire, dict(self._headers(wire))))
        except Refusal:
            return {uid: body for uid in self.uids for body in _alone(wire, uid)}
        self._found = None  # a batch lives as long as its pull
        if self.following:
            self.following.ask(wire)
        return found

    def ask(self, wire: Wire) -> None:
        """Ask for the headers, unless that is done; they are heard when a raw is wanted."""
        if not wire.awaits(self._asked):
            self._asked = wire.ask(f"UID FETCH {as_set(sorted(self.uids))} {_first(wire)}")


def _first(wire: Wire) -> str:
    return f"({gmail.ITEMS if gmail.EXTENSION in wire.features else ''}{_FIRST})"


def _heads(replies: Iterable[Reply]) -> dict[int, _Found]:
    found = {}
    for reply in replies:
        said = fetched(reply)
        header = said.get(b"BODY[HEADER]<0>", said.get(b"BODY[HEADER]"))
        if (uid := number(said.get(b"UID"))) and isinstance(header, bytes):
            root = structure.tree(said.get(b"BODYSTRUCTURE"))
            found[uid] = _Found(selected(root, number(said.get(b"RFC822.SIZE"))), header, gmail.header(said))
    return found


def _raws(wire: Wire, found: dict[int, _Found]) -> Iterator[tuple[int, bytes]]:
    groups: dict[tuple[str, ...], list[int]] = {}
    for uid, one in found.items():
        sections = one.selection.sections
        if len(one.header) >= _SHORT_HEADER:
            sections = (*sections, f"HEADER<0.{caps.HEADER}>")
        groups.setdefault(sections, []).append(uid)
    yield from ((uid, _raw(found[uid], {})) for uid in groups.pop((), ()))
    broken: dict[int, bytes] = {}
    commands = [f"UID FETCH {as_set(sorted(members))} {_items(sections)}" for sections, members in groups.items()]
    for reply in _pipelined(wire, commands):
        said = fetched(reply)
        uid = number(said.get(b"UID"))
        if uid not in found or len(said) < 2:
            continue
        came = {name: value for name, value in said.items() if isinstance(value, bytes)}
        one = found.pop(uid)
        one.header = came.get(b"BODY[HEADER]<0>", one.header)
        try:
            yield uid, _raw(one, came)
        except Incomplete:
            broken[uid] = one.before
    for uid, before in broken.items():
        yield from _whole(wire, uid, before)


def _raw(one: _Found, came: Sections) -> bytes:
    header = one.header + b"\r\n\r\n" if len(one.header) >= caps.HEADER else one.header
    return one.selection.raw(one.before + header, came)


def _items(sections: Iterable[str]) -> str:
    """Sections as the items of a FETCH."""
    items = []
    for section in sections:
        name, angle, span = section.partition("<")
        items.append(f"BODY.PEEK[{name}]{angle}{span}")
    return f"(UID {' '.join(items)})"


def _pipelined(wire: Wire, commands: Iterable[str]) -> Iterator[Reply]:
    """The answers to all commands; the next are sent while the server is at the first."""
    waiting: deque[tuple[bytes, int]] = deque()
    ahead = 0
    for command in commands:
        while waiting and ahead + len(command) > _AHEAD:
            tag, length = waiting.popleft()
            ahead -= length
            yield from wire.answer(tag)
        waiting.append((wire.ask(command), len(command)))
        ahead += len(command)
    for tag, _ in waiting:
        yield from wire.answer(tag)


def _whole(wire: Wire, uid: int, before: bytes = b"") -> Iterator[tuple[int, bytes]]:
    for reply in wire.talk(f"UID FETCH {uid} (UID BODY.PEEK[]<0.{caps.MESSAGE}>)"):
        said = fetched(reply)
        body = said.get(b"BODY[]<0>", said.get(b"BODY[]"))
        if number(said.get(b"UID")) == uid and isinstance(body, bytes):
            yield uid, prune(before + body)
            return


def _alone(wire: Wire, uid: int) -> Iterator[bytes | OSError]:
    """A mail of a batch that the server would not give."""
    try:
        found = _heads(wire.talk(f"UID FETCH {uid} {_first(wire)}"))
        yield from (body for _, body in _raws(wire, found))
    except Refusal:
        try:
            yield from (body for _, body in _whole(wire, uid))
        except Refusal as refusal:
            yield OSError(errno.EIO, refusal.text)


# --- one of them -----------------------------------------------------------------------------------------------------


def content(wire: Wire, uid: int, part: str) -> bytes:
    """A part without its transfer encoding; "2/1" is the first file in the winmail.dat that is part 2.

    Raises `KeyError` when there is no such mail or part.
    """
    section, _, inner = part.partition("/")
    said = _said(wire, uid, "BODYSTRUCTURE")
    root = structure.tree(said.get(b"BODYSTRUCTURE"))
    leaf = next((leaf for leaf in structure.leaves(root) if leaf.id == section), None) if root else None
    if leaf is None:
        return part_of(_bytes(_said(wire, uid, f"BODY.PEEK[]<0.{caps.MESSAGE}>"), part), part)
    body = decoded(_bytes(_said(wire, uid, f"BODY.PEEK[{section}]"), part), leaf.encoding)
    return file_in(body, inner) if inner else body


def _said(wire: Wire, uid: int, item: str) -> dict[bytes, Value]:
    for reply in wire.talk(f"UID FETCH {uid} (UID {item})"):
        said = fetched(reply)
        if number(said.get(b"UID")) == uid and len(said) > 1:
            return said
    raise KeyError(uid)


def _bytes(said: dict[bytes, Value], part: str) -> bytes:
    """The one section that was asked for."""
    found = next((value for name, value in said.items() if name.startswith(b"BODY[")), None)
    if not isinstance(found, bytes):
        raise KeyError(part)
    return found
