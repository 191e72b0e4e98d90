"""What mails of an open folder say: their raws, one part of one mail. Only PEEK: nothing is changed.

It takes all that reads a mail: a folder without news is told apart without it.
"""

import errno
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TypeAlias

import hub
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

Said: TypeAlias = Mapping[bytes, Value]
"""The attributes of a mail that an answer names (`grammar.fetched`)."""

_AHEAD = 8_000
"""Bytes of questions that are sent ahead of their answers: what surely fits into the buffers in between."""
_SHORT_HEADER = 100_000
_FIRST = f"UID RFC822.SIZE BODYSTRUCTURE BODY.PEEK[HEADER]<0.{_SHORT_HEADER}>"


@dataclass(slots=True)
class _Found:
    """What the first answer says of a mail; `before` stands before its header. `sections` are still to be fetched."""

    selection: Selection
    header: bytes
    before: bytes = b""
    sections: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        is_long = len(self.header) >= _SHORT_HEADER
        self.sections = (*self.selection.sections, *((f"HEADER<0.{caps.HEADER}>",) if is_long else ()))

    def mark(self, uid: int) -> Mark:
        told = fields(self.header, caps.LINES)
        said = [str(self.selection.size), *told.get("message-id", ()), *told.get("date", ())]
        return uid, blake2b("\n".join(said).encode("utf-8", "replace"), digest_size=6).hexdigest()


class _Questions:
    """Questions to a server, as many of them ahead of their answers as surely fit into the buffers in between."""

    def __init__(self, wire: Wire, commands: Iterable[str]) -> None:
        self._wire = wire
        self._waiting = deque(commands)
        self._sent: deque[tuple[bytes, int]] = deque()
        self._ahead = 0
        self._are_new = True
        self._send()

    def are_open(self, wire: Wire) -> bool:
        """Whether the answers to all of them are still to be heard, on this connection."""
        return self._are_new and self._wire is wire and all(wire.awaits(tag) for tag, _ in self._sent)

    @property
    def leave_room(self) -> bool:
        """Whether something else may be asked behind them."""
        return not self._waiting and self._ahead <= _AHEAD

    def answers(self) -> Iterator[Reply]:
        """The answers to all, once; the next are sent while the server is at the first."""
        self._are_new = False
        while self._sent:
            tag, length = self._sent.popleft()
            yield from self._wire.answer(tag)
            self._ahead -= length
            if self._ahead <= _AHEAD // 2:
                self._send()

    def _send(self) -> None:
        """Those that go together are one piece for the network."""
        commands: list[str] = []
        while self._waiting and (not self._ahead or self._ahead + len(self._waiting[0]) <= _AHEAD):
            commands.append(self._waiting.popleft())
            self._ahead += len(commands[-1])
        self._sent += zip(self._wire.ask_all(commands), map(len, commands), strict=True)


@dataclass(slots=True)
class Batch:
    """The raws of some mails of a folder, fetched together when the first of them is wanted.

        headers asked -> heard, the rest asked -> heard, put together

    `ready` gives the connection, with the folder open. Once these are fetched, the rest of `following` is asked for, and the
    headers of those after it: the server is at work while the hub stores, and a slow line is never waited for.
    """

    ready: Callable[[], Wire]
    uids: Sequence[int]
    following: "Batch | None" = None
    _early: dict[int, _Found] = field(default_factory=dict, repr=False)
    _headers: _Questions | None = field(default=None, repr=False)
    _found: dict[int, _Found] | None = field(default=None, repr=False)
    _rest: _Questions | None = field(default=None, repr=False)
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
        return [one.mark(uid) for uid, one in sorted(self._heard(wire).items())]

    def _load(self) -> dict[int, bytes | OSError]:
        wire, after, bodies = self.ready(), self.following, dict[int, bytes | OSError]()
        broken: dict[int, bytes] = {}
        try:
            rest, found = self._asked(wire), self._heard(wire)
            bodies.update(_raws(found, self._own(found, rest.answers()), broken))
            if after is not None:
                after.hear(wire)  # before anything else is said that would pass it over
            for uid, before in broken.items():
                bodies.update(_whole(wire, uid, before))
        except Refusal:
            bodies = {uid: body for uid in self.uids for body in _alone(wire, uid)}
        self._found = self._headers = self._rest = None  # a batch lives as long as its pull
        if after is not None:
            after.ask_ahead(wire)
        return bodies

    def hear(self, wire: Wire) -> None:
        """Hear the headers, if they are asked for; whatever goes wrong concerns those before it not."""
        if self._headers is not None and self._headers.are_open(wire):
            with suppress(Refusal, hub.Unreachable):
                self._heard(wire)

    def ask_ahead(self, wire: Wire) -> None:
        """Ask for what will be wanted next; what goes wrong now does so again, or not, when it is."""
        with suppress(Refusal, hub.Unreachable):
            self._asked(wire)

    def ask(self, wire: Wire) -> _Questions:
        """Ask for the headers, unless that is done."""
        if self._headers is None or not self._headers.are_open(wire):
            self._headers = _Questions(wire, [f"UID FETCH {as_set(sorted(self.uids))} {_first(wire)}"])
        return self._headers

    def _heard(self, wire: Wire) -> dict[int, _Found]:
        if self._found is None:
            self._found = {**self._early, **dict(_heads(map(fetched, self.ask(wire).answers())))}
            self._early = {}
        return self._found

    def _asked(self, wire: Wire) -> _Questions:
        """The questions for the rest, asked unless that is done, and behind them the headers of those after it."""
        if self._rest is None or not self._rest.are_open(wire):
            self._rest = _Questions(wire, _commands(self._heard(wire)))
            if self.following is not None and self._found and self._rest.leave_room:
                self.following.ask(wire)
        return self._rest

    def _own(self, found: Mapping[int, _Found], answers: Iterable[Reply]) -> Iterator[Said]:
        """What is said of these mails. A server may begin with the next answer before it says that this one is complete
        (RFC 3501, 5.5), and Dovecot does: what of that are headers of those after it is kept for them.
        """
        after = self.following
        for said in map(fetched, answers):
            if number(said.get(b"UID")) in found:
                yield said
            elif after is not None:
                after._early.update((uid, one) for uid, one in _heads([said]) if uid in after.uids)  # noqa: SLF001 - one of us


def _first(wire: Wire) -> str:
    return f"({gmail.ITEMS if gmail.EXTENSION in wire.features else ''}{_FIRST})"


def _heads(answers: Iterable[Said]) -> Iterator[tuple[int, _Found]]:
    for said in answers:
        header = said.get(b"BODY[HEADER]<0>", said.get(b"BODY[HEADER]"))
        if (uid := number(said.get(b"UID"))) and isinstance(header, bytes):
            root = structure.tree(said.get(b"BODYSTRUCTURE"))
            yield uid, _Found(selected(root, number(said.get(b"RFC822.SIZE"))), header, gmail.header(said))


def _commands(found: Mapping[int, _Found]) -> list[str]:
    """What to ask for beside the headers; mails of which the same is wanted are asked for together."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for uid, one in found.items():
        if one.sections:
            groups.setdefault(one.sections, []).append(uid)
    return [f"UID FETCH {as_set(sorted(members))} {_items(sections)}" for sections, members in groups.items()]


def _raws(
    found: Mapping[int, _Found], answers: Iterable[Said], broken: dict[int, bytes]
) -> Iterator[tuple[int, bytes]]:
    """The raws, put together from headers and the answers to the rest. Those of which something is missing, or contradicts
    the rest, are put into `broken`, with what stands before their headers.
    """
    left = dict(found)
    for uid, one in found.items():
        if not one.sections:
            yield uid, _raw(left.pop(uid), {})
    for said in answers:
        uid = number(said.get(b"UID"))
        if uid not in left or len(said) < 2:
            continue
        came = {name: value for name, value in said.items() if isinstance(value, bytes)}
        one = left.pop(uid)
        one.header = came.get(b"BODY[HEADER]<0>", one.header)
        try:
            yield uid, _raw(one, came)
        except Incomplete:
            broken[uid] = one.before


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
        found = dict(_heads(map(fetched, wire.talk(f"UID FETCH {uid} {_first(wire)}"))))
        answers = _Questions(wire, _commands(found)).answers()
        broken: dict[int, bytes] = {}
        yield from (body for _, body in _raws(found, map(fetched, answers), broken))
        yield from (body for one, before in broken.items() for _, body in _whole(wire, one, before))
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
