"""The calendars of a connection as `hub.Source`: a stream for each, what is recent first.

no cursor ──> walk: what is recent, then all else ──> changes since the walk began ──> changes since then ──> …
              (ETags of everything, page by page)     (RFC 6578; without it, a walk whenever the ctag is another)
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fnmatch import fnmatchcase
from functools import partial
from typing import TypeVar

import hub
from hub_calendar.caldav.cursor import Place, place_of
from hub_calendar.caldav.dav import Dav, Server
from hub_calendar.caldav.discovery import Calendar, calendars, sign_in
from hub_calendar.caldav.resources import (
    Batch,
    Resource,
    body_at,
    changes,
    listed,
    recent,
    revision_of,
)

PAGE = 100
_OPEN_AT_ONCE = 24
_MOST_ROUNDS = 10_000
"""Parts in which a server may tell one change of a calendar."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which calendars are read: `only` these patterns, or all; and how long ago is `recent`."""

    only: Sequence[str] = ()
    recent: timedelta

    def takes(self, calendar: Calendar) -> bool:
        names = (calendar.name.casefold(), calendar.title.casefold())
        return not self.only or any(fnmatchcase(name, one.casefold()) for one in self.only for name in names)


@dataclass(slots=True)
class _Shelf:
    """A calendar as one run sees it, or the `trouble` of a user whose calendars cannot be told.

    `names` are all its resources, where they had to be asked for in this run; `place` is where its pull has come to.
    """

    stream: hub.Stream
    calendar: Calendar | None = None
    trouble: hub.HubError | None = None
    names: set[str] | None = None
    place: Place | None = None


@dataclass(slots=True)
class CalDav:
    """Reads the calendars of `users` on `server`, `page` resources at a time."""

    server: Server
    users: Callable[[], Sequence[hub.Account]]
    choice: Choice
    tools: hub.Tools
    page: int = PAGE
    _sessions: OrderedDict[str, Dav] = field(default_factory=OrderedDict, init=False, repr=False)
    _shelves: dict[str, _Shelf] = field(default_factory=dict, init=False, repr=False)
    _names: dict[str, frozenset[str]] = field(default_factory=dict, init=False, repr=False)
    """The calendars of every user who was let in, also those that are not read."""
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1), init=False, repr=False)

    def close(self) -> None:
        self._thread.shutdown(cancel_futures=True)
        while self._sessions:
            self._sessions.popitem()[1].close()

    def check(self) -> None:
        """Sign in as the first user who is let in."""
        refusals: list[hub.HubError] = []
        for account in self._accounts():
            try:
                sign_in(self._dav(account))
            except hub.AuthFailed as refusal:
                refusals.append(refusal)
            else:
                return
        raise refusals[0]

    def streams(self) -> Iterable[hub.Stream]:
        self._names.clear()
        shelves: dict[str, _Shelf] = {}
        seen: set[str] = set()
        for account in self._accounts():
            for shelf in self._shelves_of(account):
                url = shelf.calendar.url if shelf.calendar else shelf.stream.name
                if url not in seen:  # a calendar that several users see is read once
                    seen.add(url)
                    shelves[shelf.stream.name] = shelf
        self._shelves = shelves
        return [shelf.stream for shelf in shelves.values()]

    def covers(self, stream: str) -> bool:
        """Whether the user was let in and has no such calendar; one that is only not read has not vanished."""
        address, _, name = stream.partition("/")
        return address in self._names and name not in self._names[address]

    # --- pulling ---

    def quiet(self, cursors: Mapping[str, str], /) -> Iterable[str]:
        """The calendars that stand as they were when all was read, and of which nothing is owed to `ids`."""
        today = self._today.isoformat()
        for name, cursor in cursors.items():
            shelf, place = self._shelves.get(name), _known(cursor)
            calendar = shelf.calendar if shelf else None
            if calendar and place and place.cursor == cursor and _is_as_read(calendar, place, today):
                yield name

    def pull(self, stream: str, cursor: str | None, /) -> Iterator[hub.Page]:
        shelf, place = self._shelf(stream), place_of(cursor)
        calendar = self._calendar(shelf)
        if place is None or _is_to_be_walked(calendar, place):
            since = f"{self._today - self.choice.recent:%Y%m%d}" if place is None and self.choice.recent else ""
            place = Place(token=calendar.token, ctag=calendar.ctag, walking=True, since=since, recent=bool(since))
        shelf.place = place
        for page in self._pages(shelf, calendar, place):
            if page.raws or page.cursor != cursor:
                cursor, shelf.place = page.cursor, place_of(page.cursor)
                yield page
                if self.tools.stopping():
                    return

    def _pages(self, shelf: _Shelf, calendar: Calendar, place: Place) -> Iterator[hub.Page]:
        if place.walking:
            yield from self._walk(shelf, calendar, place)
            place = _walked(place)
        if place.token and place.token != calendar.token:
            yield from self._changes(shelf, calendar, place)
        else:
            yield hub.Page(listed=0, raws=(), cursor=place.cursor)

    def _walk(self, shelf: _Shelf, calendar: Calendar, place: Place) -> Iterator[hub.Page]:
        """Everything that is there, from where the walk has come to."""
        found = listed(calendar)
        shelf.names = set(found)
        new = recent(calendar, place.since) & found.keys() if place.since and len(found) > self.page else set()
        first = [name for name in sorted(new) if place.recent and name > place.after]
        rest = [name for name in sorted(found.keys() - new) if place.recent or name > place.after]
        steps = [(True, chunk) for chunk in _chunks(first, self.page)]
        steps += [(False, chunk) for chunk in _chunks(rest, self.page)]
        batches = self._batches(calendar, [[found[name] for name in chunk] for _, chunk in steps])
        for is_recent, chunk in steps:
            batch = batches.popleft()
            reached = replace(place, recent=is_recent, after=chunk[-1]) if batches else _walked(place)
            yield _page(batch, reached, total=len(first) + len(rest))

    def _changes(self, shelf: _Shelf, calendar: Calendar, place: Place) -> Iterator[hub.Page]:
        """What has changed since the token of the place, from its beginning: a repeat costs nothing."""
        place = replace(place, step=0)
        for _round in range(_MOST_ROUNDS):
            found = changes(calendar, place.token)
            if found.gone:
                place = replace(place, owed=True)
            if shelf.names is not None:
                shelf.names = (shelf.names | {one.name for one in found.there}) - set(found.gone)
            batches = self._batches(calendar, _chunks(found.there, self.page) or [()])
            while len(batches) > 1:
                place = replace(place, step=place.step + 1)
                yield _page(batches.popleft(), place, total=len(found.there))
            token, stays = found.token or calendar.token, found.token == place.token
            place = replace(place, token=token, ctag=calendar.ctag, step=place.step + 1 if found.more else 0)
            yield _page(batches.popleft(), place, total=len(found.there))
            if not found.more or stays:
                return

    def _batches(self, calendar: Calendar, steps: Sequence[Sequence[Resource]]) -> deque[Batch]:
        """A batch for each step, which knows the one after it. Whoever is through with one lets go of it."""
        made: deque[Batch] = deque()
        for step in reversed(steps):
            made.appendleft(Batch(calendar, step, self._thread, made[0] if made else None))
        return made

    # --- listing and fetching ---

    def ids(self, stream: str) -> hub.Listing:
        """All names, where the server has told of deletions that the hub has not yet made sure of, where everything was
        listed anyway, and once a day.
        """
        shelf = self._shelf(stream)
        calendar, place, today = self._calendar(shelf), shelf.place, self._today.isoformat()
        if place and not place.owed and place.listed == today:
            return hub.Listing(complete=False, ids=())
        if shelf.names is None:
            shelf.names = set(listed(calendar))
        sure = replace(place, owed=False, listed=today).cursor if place else ""
        return hub.Listing(complete=True, ids=sorted(shelf.names), cursor=sure)

    def size(self, stream: str) -> hub.Size:
        return hub.Size(len(listed(self._calendar(self._shelf(stream)))))

    def fetch(self, stream: str, external_id: str, part: str) -> bytes:
        if part:
            raise KeyError(part)
        try:
            return body_at(self._calendar(self._shelf(stream)), external_id)
        except FileNotFoundError as error:
            raise KeyError(external_id) from error

    # --- users and calendars ---

    @property
    def _today(self) -> date:
        return self.tools.clock().date()

    def _accounts(self) -> Sequence[hub.Account]:
        found = self.users()
        if not found:
            fix = hub.sentence("name one with `address`, several with `users` or `users_file`")
            raise hub.Misconfigured(hub.sentence("no user is named"), setting="users", fix=fix)
        return found

    def _shelves_of(self, account: hub.Account) -> list[_Shelf]:
        """The calendars of a user; of one who is not let in a stream that says why when it is pulled."""
        try:
            found = calendars(self._dav(account))
        except (hub.AuthFailed, hub.Unreachable, hub.Misconfigured) as trouble:
            self.tools.log.warning(
                "user's calendars cannot be told", extra={"action": "caldav.user", "user": account.address}
            )
            return [_Shelf(hub.Stream(account.address), trouble=trouble)]
        self._names[account.address] = frozenset(calendar.name for calendar in found)
        return [_Shelf(calendar.stream, calendar) for calendar in found if self.choice.takes(calendar)]

    def _shelf(self, stream: str) -> _Shelf:
        if stream not in self._shelves:
            self.streams()
        if stream not in self._shelves:
            text = hub.sentence('the calendar "{name}" does not exist any more')
            fix = hub.sentence("put it back, or take it off the connection")
            raise hub.Unreachable(text.format(name=stream), fix=fix)
        return self._shelves[stream]

    def _calendar(self, shelf: _Shelf) -> Calendar:
        if shelf.calendar is None:
            assert shelf.trouble is not None
            raise shelf.trouble
        self._dav(shelf.calendar.dav.account)
        return shelf.calendar

    def _dav(self, account: hub.Account) -> Dav:
        """The user's sessions; those of whom was not needed for long are closed until they are."""
        dav = self._sessions.pop(account.address, None) or Dav(self.server, account)
        self._sessions[account.address] = dav
        if len(self._sessions) > _OPEN_AT_ONCE:
            self._sessions.popitem(last=False)[1].close()
        return dav


def _is_to_be_walked(calendar: Calendar, place: Place) -> bool:
    """Whether only a look at everything can tell what has changed."""
    if place.walking or (place.token and calendar.token):
        return False
    return bool(calendar.token) or not calendar.ctag or place.ctag != calendar.ctag


def _is_as_read(calendar: Calendar, place: Place, today: str) -> bool:
    stands = not _is_to_be_walked(calendar, place) and not place.walking and place.token in ("", calendar.token)
    return stands and not place.owed and place.listed == today


def _known(cursor: str) -> Place | None:
    """The place of a cursor; None for one that is not ours, which a pull then says."""
    with suppress(hub.CursorLost):
        return place_of(cursor)
    return None


def _walked(place: Place) -> Place:
    """The place once everything was delivered."""
    return Place(token=place.token, ctag=place.ctag, listed=place.listed, owed=place.owed)


def _chunks(found: Sequence[_T], size: int) -> list[Sequence[_T]]:
    return [found[start : start + size] for start in range(0, len(found), size)]


def _page(batch: Batch, place: Place, *, total: int) -> hub.Page:
    raws = [raw for one in batch.resources if (raw := _raw(batch, one))]
    return hub.Page(listed=len(raws), raws=raws, cursor=place.cursor, total=total)


def _raw(batch: Batch, resource: Resource) -> hub.Raw | None:
    """The resource; where a server gives no ETag, only its body tells whether it has changed."""
    if resource.etag:
        return hub.Raw(resource.name, resource.etag, partial(batch.body, resource))
    try:
        body = batch.body(resource)
    except FileNotFoundError:
        return None
    return hub.Raw(resource.name, revision_of(body), body)
