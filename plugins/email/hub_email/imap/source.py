"""The mailboxes of a connection as `hub.Source`: a stream for each folder, newest mail first."""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import hub
from hub_email.imap import gmail
from hub_email.imap.cursor import END, NOTHING, Place, Span, place_of, with_span
from hub_email.imap.directory import Directory
from hub_email.imap.folders import Folder, Status, chosen, folder_of, list_command, status_of
from hub_email.imap.grammar import HIGHEST
from hub_email.imap.reading import Opened, examine, oldest_since, size_of, uids, vanished
from hub_email.imap.renames import is_same, streams_of
from hub_email.imap.sessions import GIVEN_UP, OPEN_AT_ONCE, Sessions
from hub_email.imap.signin import Server
from hub_email.imap.waiting import wait
from hub_email.imap.wire import Refusal, Reply, Wire

if TYPE_CHECKING:
    from hub_email.imap.fetching import Batch

PAGE = 100
_MARKS = 2
RECENT = timedelta(days=90)
_TURN = 20
_REVISION = "1"
"""A mail on a server never changes (RFC 3501, 2.3.1.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which folders are read: `only` these patterns, or all but the usual, and `also` those of these roles."""

    only: Sequence[str] = ()
    also: Sequence[str] = ()


@dataclass(slots=True)
class Shelf:
    """A folder of a mailbox, as one run sees it, and the name of its stream. `trouble` stands where the mailbox cannot be
    opened.
    """

    mailbox: hub.Account
    folder: Folder
    name: str
    status: Status = field(default_factory=Status)
    trouble: hub.HubError | None = None

    @property
    def stream(self) -> hub.Stream:
        title = f"{self.mailbox.address}/{self.folder.name}"
        return hub.Stream(self.name, title, "" if self.mailbox.shared else self.mailbox.address)


@dataclass(frozen=True, slots=True)
class _Said:
    """What a mailbox answered to LIST: its folders and what state they are in, by name."""

    replies: Sequence[Reply]
    folders: Mapping[str, Folder]
    states: Mapping[str, Status]

    @classmethod
    def of(cls, replies: Sequence[Reply]) -> "_Said":
        states = dict(filter(None, map(status_of, replies)))
        found = {folder.name: folder for folder in filter(None, map(folder_of, replies))}
        return cls(replies, found, {name: states.get(folder.wire, Status()) for name, folder in found.items()})


@dataclass(slots=True)
class ImapMail:
    """Reads the mailboxes that `directory` names, `page` mails at a time."""

    server: Server
    directory: Directory
    choice: Choice
    tools: hub.Tools
    page: int = PAGE
    _sessions: Sessions = field(init=False, repr=False)
    _shelves: dict[str, Shelf] = field(default_factory=dict, init=False, repr=False)
    _names: dict[str, frozenset[str]] = field(default_factory=dict, init=False, repr=False)
    _reached: dict[str, Place] = field(default_factory=dict, init=False, repr=False)
    _said: dict[str, "_Said"] = field(default_factory=dict, init=False, repr=False)
    _heard: dict[str, list[Reply]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self._sessions = Sessions(self.server, self.tools)

    def close(self) -> None:
        self._sessions.close()

    def check(self) -> None:
        """Sign in to the first mailbox that lets us in."""
        refusals: list[hub.HubError] = []
        for mailbox in self.directory.mailboxes():
            try:
                self._sessions.of(mailbox)
            except (hub.AuthFailed, hub.Unreachable) as refusal:
                refusals.append(refusal)
                if len(self._sessions.failures) >= GIVEN_UP:
                    break
            else:
                return
        raise refusals[0]

    def stay(self) -> None:
        """Every mailbox that is signed in to is asked for its folders at once; who does not answer soon is left."""
        self._reached.clear()
        self._heard = self._sessions.stay(self.directory.mailboxes())

    def streams(self) -> Iterable[hub.Stream]:
        self._names.clear()
        self._sessions.failures.clear()
        known = self.tools.known()
        self._shelves = {
            shelf.name: shelf for mailbox in self.directory.mailboxes() for shelf in self._shelves_of(mailbox, known)
        }
        return [shelf.stream for shelf in self._shelves.values()]

    def covers(self, stream: str) -> bool:
        """Whether the mailbox was looked at and has no such folder; one that is only left out has not vanished."""
        address = stream.partition("/")[0]
        return address in self._names and stream not in self._names[address]

    def _shelves_of(self, mailbox: hub.Account, known: Mapping[str, hub.Known]) -> Iterable[Shelf]:
        """The folders of a mailbox; of one that cannot be opened its INBOX, which says why when it is pulled."""
        try:
            return self._folders(mailbox, known)
        except (hub.AuthFailed, hub.Unreachable) as trouble:
            self.tools.log.warning("mailbox %s cannot be opened: %s", mailbox.address, trouble)
            return [Shelf(mailbox, Folder(b"INBOX", "INBOX"), f"{mailbox.address}/INBOX", trouble=trouble)]

    def _folders(self, mailbox: hub.Account, known: Mapping[str, hub.Known]) -> list[Shelf]:
        wire = self._sessions.of(mailbox)
        replies, said = self._listed(wire, mailbox), self._said.get(mailbox.address)
        if said is None or said.replies != replies:
            said = self._said[mailbox.address] = _Said.of(replies)
        found, named = said.folders, said.states
        names = streams_of(mailbox.address, named, known, lambda name, place: is_same(wire, found[name], place))
        self._names[mailbox.address] = frozenset(names.values())
        is_gmail = gmail.EXTENSION in wire.features
        folders = chosen(found.values(), only=self.choice.only, also=self.choice.also, is_gmail=is_gmail)
        return [Shelf(mailbox, folder, names[folder.name], named[folder.name]) for folder in folders]

    def _listed(self, wire: Wire, mailbox: hub.Account) -> list[Reply]:
        """The answer to LIST, with what the server can tell beside; a server that cannot after all is asked for less."""
        if (heard := self._heard.pop(mailbox.address, None)) is not None:
            return heard
        try:
            return wire.talk(list_command(wire.features))
        except Refusal:
            try:
                return wire.talk(list_command(frozenset()))
            except Refusal as refusal:
                text = hub.sentence("{host} does not list the folders of {address}: {why}")
                fix = hub.sentence("nothing, if it passes; else ask whoever runs the server")
                said = text.format(host=self.server.host, address=mailbox.address, why=refusal.text)
                raise hub.Unreachable(said, fix=fix) from refusal

    # --- pulling ---

    def quiet(self, cursors: Mapping[str, str], /) -> Iterable[str]:
        """The folders that are, by what was said of all at once, as they were when all was read and all that went was marked."""
        for name, cursor in cursors.items():
            place, shelf = _known(cursor), self._shelves.get(name)
            if place and shelf and place.is_sure and _is_as_seen(shelf, place):
                yield name

    def pull(self, stream: str, cursor: str | None, /) -> Iterator[hub.Page]:
        place = place_of(cursor)
        shelf = self._shelf(stream)
        if place and place.is_whole and _is_as_seen(shelf, place):
            self._reached[stream] = place
            return
        with self._told(shelf):
            wire, opened = self._open(shelf)
            if place is None or place.validity != opened.validity:
                place = Place(validity=opened.validity)
            place = replace(place, mailbox=opened.mailbox)
            steps, empty = self._steps(wire, opened, place.gaps())
            rests = self._rests(wire, steps, begins=place.done == (NOTHING,))
            batches = self._batches(shelf, opened, steps, rests)
            place = _marked(wire, opened, _beside(place, empty), batches[0])
        for at, (page, reached) in enumerate(self._pages(opened, place, steps, batches)):
            self._reached[stream] = reached
            yield replace(page, rests=at in rests)
            if self.tools.stopping():
                return

    def _batches(self, shelf: Shelf, opened: Opened, steps: "list[Step]", rests: Set[int]) -> "list[Batch]":
        """What is fetched for each page. Nothing is asked for ahead where others may come first."""
        from hub_email.imap.fetching import Batch  # noqa: PLC0415 - there is news

        batches = [Batch(partial(self._ready, shelf, opened.validity), step.uids) for step in steps]
        for at, (batch, following) in enumerate(pairwise(batches)):
            if at not in rests:
                batch.following = following
        return batches

    def _rests(self, wire: Wire, steps: "Sequence[Step]", *, begins: bool) -> set[int]:
        """The pages after which others may come first: what is recent of all folders goes before what is old of any."""
        if len(steps) == 1:
            return set()
        border = oldest_since(wire, (self.tools.clock() - RECENT).date())
        recent = sum(step.uids[-1] >= border for step in steps)
        first = max(recent, 1) if begins else recent + _TURN
        return set(range(first - 1, len(steps) - 1, _TURN))

    def _pages(
        self, opened: Opened, begun: Place, steps: "list[Step]", batches: "Sequence[Batch]"
    ) -> Iterator[tuple[hub.Page, Place]]:
        total = sum(len(step.uids) for step in steps)
        place = begun
        for left, step, batch in zip(range(len(steps))[::-1], steps, batches, strict=True):
            place = place.after(step.span, len(step.uids))
            if not left:
                place = place.ended((opened.messages, opened.uid_next), opened.modseq)
            raws = [hub.Raw(f"{opened.validity}-{uid}", _REVISION, partial(batch.body, uid)) for uid in step.uids[::-1]]
            cursor, epoch = place.cursor, str(opened.validity)
            yield hub.Page(listed=len(raws), raws=raws, cursor=cursor, epoch=epoch, total=total), place

    def _steps(self, wire: Wire, opened: Opened, gaps: Iterable[Span]) -> "tuple[list[Step], list[Span]]":
        """What is to be delivered page by page, at least one, so that the cursor goes on; and where there is nothing."""
        steps: list[Step] = []
        empty: list[Span] = []
        for low, high in gaps:
            found = uids(wire, opened, (low, high))
            if found:
                steps += self._chunks(found, low, found[-1] + 1 if high == END else high)
            elif high < END:
                empty.append((low, high))
        return steps or [Step(array("I"), NOTHING)], empty

    def _chunks(self, found: "array[int]", low: int, high: int) -> "Iterator[Step]":
        for end in range(len(found), 0, -self.page):
            chunk = found[max(end - self.page, 0) : end]
            lower = chunk[0] if end > self.page else low
            yield Step(chunk, (lower, high))
            high = lower

    # --- listing and fetching ---

    def ids(self, stream: str) -> hub.Listing:
        """All mails of a folder; where the server says what went since the hub was sure of all, that; nothing where nothing did."""
        place = self._reached.get(stream)
        if place and place.is_sure:
            return hub.Listing(complete=False, ids=(), epoch=str(place.validity), total=place.count)
        shelf = self._shelf(stream)
        with self._told(shelf):
            wire, opened = self._open(shelf)
            place = place if place and place.validity == opened.validity else None
            gone = vanished(wire, opened, place) if place else None
            if place and gone is not None:
                cursor, names = place.without(len(gone), opened.modseq).cursor, _names(opened, gone)
                count, epoch = opened.messages, str(opened.validity)
                return hub.Listing(complete=False, ids=(), epoch=epoch, cursor=cursor, gone=names, total=count)
            found = uids(wire, opened)
        cursor = place.sure_of(found, opened.modseq).cursor if place else ""
        return hub.Listing(complete=True, ids=_names(opened, found), epoch=str(opened.validity), cursor=cursor)

    def size(self, stream: str) -> hub.Size:
        """How many mails a folder has; and their bytes, of a server that counts them (RFC 8438)."""
        shelf = self._shelf(stream)
        wire = self._wire(shelf)
        if "STATUS=SIZE" not in wire.features and shelf.status.messages >= 0:
            return hub.Size(shelf.status.messages)
        with self._told(shelf):
            return size_of(wire, shelf.folder)

    def fetch(self, stream: str, external_id: str, part: str) -> bytes:
        shelf = self._shelf(stream)
        validity, dash, number = external_id.partition("-")
        if not (dash and validity.isdecimal() and number.isdecimal() and 0 < int(number) <= HIGHEST):
            raise KeyError(external_id)
        from hub_email.imap.fetching import Batch, content  # noqa: PLC0415 - as above

        uid = int(number)
        with self._told(shelf):
            try:
                ready = partial(self._ready, shelf, int(validity))
                return content(ready(), uid, part) if part else Batch(ready, [uid]).body(uid)
            except FileNotFoundError as error:
                raise KeyError(external_id) from error

    def wait(self, deadline: datetime) -> None:
        """Until something may have changed in the INBOX of a mailbox; of more than can be kept open, of the first."""
        wires = []
        for mailbox in self.directory.mailboxes()[:OPEN_AT_ONCE]:
            with suppress(hub.AuthFailed, hub.Unreachable):
                wires.append(self._sessions.of(mailbox))
        wait(wires, (deadline - self.tools.clock()).total_seconds(), self.tools.stopping)

    # --- connections ---

    def _open(self, shelf: Shelf) -> tuple[Wire, Opened]:
        wire = self._wire(shelf)
        return wire, examine(wire, shelf.folder)

    def _wire(self, shelf: Shelf) -> Wire:
        if shelf.trouble:
            raise shelf.trouble
        return self._sessions.of(shelf.mailbox)

    def _ready(self, shelf: Shelf, validity: int) -> Wire:
        """A connection with the folder open. Raises `FileNotFoundError` when its mails have other numbers by now."""
        wire = self._sessions.of(shelf.mailbox)
        with self._told(shelf):
            if wire.selected != (shelf.folder.wire, validity) and examine(wire, shelf.folder).validity != validity:
                raise FileNotFoundError(shelf.folder.name)
        return wire

    @contextmanager
    def _told(self, shelf: Shelf) -> Iterator[None]:
        """What the server refuses, in words for people."""
        try:
            yield
        except Refusal as refusal:
            text = hub.sentence('{host} does not give the folder "{folder}": {why}')
            fix = hub.sentence("see whether the folder is still there, or leave it out with `folders`")
            said = text.format(host=self.server.host, folder=shelf.stream.title, why=refusal.text)
            raise hub.Unreachable(said, fix=fix) from refusal

    def _shelf(self, stream: str) -> Shelf:
        if stream not in self._shelves:
            self.streams()
        if stream not in self._shelves:
            text = hub.sentence('The folder "{name}" does not exist any more')
            fix = hub.sentence("put it back, or take it off the connection")
            raise hub.Unreachable(text.format(name=stream), fix=fix)
        return self._shelves[stream]


def _is_as_seen(shelf: Shelf, place: Place) -> bool:
    return (place.validity, place.seen) == (shelf.status.validity, shelf.status.seen)


def _known(cursor: str) -> Place | None:
    """The place of a cursor; None for one that is not ours, which a pull then says."""
    with suppress(hub.CursorLost):
        return place_of(cursor)
    return None


def _marked(wire: Wire, opened: Opened, place: Place, newest: "Batch") -> Place:
    """The place with marks of the newest mails, if they are new, where the server gives the folder no id."""
    if opened.mailbox or not newest.uids or newest.uids[-1] <= place.top:
        return place
    with suppress(Refusal):
        return place.marked(newest.marks(wire)[-_MARKS:])
    return place


def _names(opened: Opened, numbers: Iterable[int]) -> list[str]:
    return [f"{opened.validity}-{uid}" for uid in numbers]


def _beside(place: Place, empty: Iterable[Span]) -> Place:
    """A place, and that there is nothing in these spans."""
    for span in empty:
        place = replace(place, done=with_span(place.done, span))
    return place


@dataclass(frozen=True, slots=True)
class Step:
    """The mails of one page, ascending, and the span of UIDs that they are all of."""

    uids: "array[int]"
    span: Span
