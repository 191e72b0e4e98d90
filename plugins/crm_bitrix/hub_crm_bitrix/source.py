"""A portal as `hub.Source`: a stream for every kind of objects, what is recent first."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import chain, islice
from typing import Final

import hub
from hub_crm_bitrix import offline
from hub_crm_bitrix.client import LONGEST_CHAIN, Portal
from hub_crm_bitrix.files import Files
from hub_crm_bitrix.kinds import COMPANY, CONTACT, DEAL, INVOICE, KINDS, LEAD, QUOTE, process
from hub_crm_bitrix.offline import Queue
from hub_crm_bitrix.questions import PAGE, Command
from hub_crm_bitrix.readers import RAWS, Items, Reader, Users, chunks
from hub_crm_bitrix.settings import Settings
from hub_crm_bitrix.timeline import Activities, Calls, Comments
from hub_crm_bitrix.values import Row, identity, row, rows, text

_SIMPLE: Final = 2
"""crm.settings.mode.get: a portal without leads."""
_USERS: Final = frozenset({"user", "user_brief", "user_basic"})
_COMMENTED: Final = (COMPANY, CONTACT, DEAL, LEAD, QUOTE, INVOICE)
_DRIVE: Final = "disk"
_JUST: Final = timedelta(seconds=2)


@dataclass(slots=True)
class Bitrix24:
    """Reads the streams of a portal."""

    portal: Portal
    settings: Settings
    tools: hub.Tools
    _scopes: frozenset[str] = field(default_factory=frozenset, init=False)
    _readers: dict[str, Reader] = field(default_factory=dict, init=False)
    _queue: Queue | None = field(default=None, init=False)
    _places: dict[str, hub.Place] = field(default_factory=dict, init=False)

    def close(self) -> None:
        self.portal.close()

    def check(self) -> None:
        """Ask what we may do."""
        said = self.portal.call(Command("scope")).result
        self._scopes = frozenset(text(one) for one in said) if isinstance(said, list) else frozenset()
        if "crm" not in self._scopes:
            problem = hub.sentence("the webhook or application at {who} has not the right «CRM» (crm)")
            fix = hub.sentence("tick it at the webhook or application in Bitrix24")
            raise hub.Misconfigured(problem.format(who=self.settings.host), setting="webhook", fix=fix)

    def streams(self) -> Iterable[hub.Stream]:
        self._readers = dict(self._offered())
        if self.settings.events:
            self._queue = Queue(self.portal)
            self._queue.bind(self._readers)
        titles = self._titles() if self.settings.processes else {}
        return [hub.Stream(name, titles.get(name, "")) for name in self._readers]

    def _offered(self) -> Iterator[tuple[str, Reader]]:
        """What the settings want and the rights allow, those first who make clients."""
        if not self._scopes:
            self.check()
        wanted, recent, fields = set(self.settings.streams), self._recent, self.settings.fields
        if "users" in wanted and self._scopes & _USERS:
            yield "users", Users(self.portal)
        has_leads = bool(wanted & {"leads", "comments"}) and self._has_leads()
        for kind in KINDS:
            if kind.stream in wanted and (kind.number != LEAD or has_leads):
                yield kind.stream, Items(self.portal, kind.number, recent, tuple(fields.get(kind.stream, ())))
        for one in self.settings.processes:
            yield process(one.id), Items(self.portal, one.id, recent, tuple(fields.get(process(one.id), ())))
        if "activities" in wanted:
            yield "activities", Activities(self.portal, recent, _DRIVE in self._scopes)
        if "calls" in wanted and "telephony" in self._scopes:
            yield "calls", Calls(self.portal, recent)
        if "comments" in wanted:
            yield "comments", Comments(self.portal, recent, self._commented(has_leads=has_leads))

    def _commented(self, *, has_leads: bool) -> list[int]:
        """The kinds of objects whose comments are read: those that are there, and the smart processes that are wanted."""
        return [*(one for one in _COMMENTED if one != LEAD or has_leads), *(one.id for one in self.settings.processes)]

    @property
    def _recent(self) -> timedelta:
        return timedelta(days=self.settings.recent_days)

    def _has_leads(self) -> bool:
        return identity(self.portal.call(Command("crm.settings.mode.get")).result) != _SIMPLE

    def _titles(self) -> dict[str, str]:
        found = rows(row(self.portal.call(Command("crm.type.list")).result).get("types"))
        return {process(identity(one.get("entityTypeId"))): text(one.get("title")) for one in found}

    # --- pulling ---

    def pull(self, stream: str, cursor: str | None, /) -> Iterator[hub.Page]:
        reader, place = self._reader(stream), hub.Place.of(cursor)
        for reached, page in self._pages(stream, reader, place):
            self._places[stream] = reached
            yield page
            if self.tools.stopping():
                return

    def _pages(self, stream: str, reader: Reader, place: hub.Place | None) -> Iterator[tuple[hub.Place, hub.Page]]:
        words = reader.digest()
        for reached, page in self._told(stream, reader, place):
            place = reached
            yield reached, page
        spans = hub.Spans(habit=reader.habit, clock=self._clock, walked=partial(self._walked, reader), few=PAGE)
        yield from spans.pages(place, words)

    def _told(self, stream: str, reader: Reader, place: hub.Place | None) -> Iterator[tuple[hub.Place, hub.Page]]:
        """What the portal's list of events tells of a stream that was read before."""
        queue = self._queue
        if queue is None or not queue.is_there or place is None or not offline.names(stream):
            return
        if place.process:
            queue.clear(place.process)
        while told := queue.take(stream):
            raws = list(chain.from_iterable(reader.raws(reader.some(told.changed), None)))
            place = replace(place, process=told.process, owed=place.owed or told.deleted)
            yield place, hub.Page(listed=len(raws), raws=raws, cursor=place.cursor)
            queue.clear(told.process)
        if place.process:
            place = replace(place, process="")
            yield place, hub.Page(listed=0, raws=(), cursor=place.cursor)

    def _clock(self) -> datetime:
        """The portal's, which was just heard or is asked for."""
        if self.tools.clock() - self.portal.heard > _JUST:
            self.portal.call(Command("server.time"))
        return self.portal.now

    def _walked(self, reader: Reader, window: hub.Span, place: hub.Place) -> Iterator[tuple[hub.Place, hub.Page]]:
        """The pages of a window, each with the place that is reached with it."""
        walk = reader.walk(window)
        found = chain.from_iterable(self.portal.walk(walk, window.after))
        while brought := _brought(reader, window, walk.id, islice(found, reader.together)):
            for some in chunks(brought, RAWS):
                raws = [raw for _number, raws in some for raw in raws]
                place = place.reached(some[-1][0])
                yield place, hub.Page(listed=len(raws), raws=raws, cursor=place.cursor)

    # --- listing and fetching ---

    def ids(self, stream: str) -> hub.Listing:
        """All ids, where deletions were told of and once a day: it takes a question for every fifty of them."""
        reader, today = self._reader(stream), self.portal.now.date().isoformat()
        walk, place = reader.everything(), self._places.get(stream)
        if walk is None or (place is not None and place.listed == today and not place.owed):
            return hub.Listing(complete=False, ids=())
        found = array("q", (identity(one.get(walk.id)) for page in self.portal.walk(walk) for one in page))
        sure = replace(place, listed=today, owed=False).cursor if place else ""
        return hub.Listing(complete=True, ids=map(str, found), cursor=sure)

    def size(self, stream: str) -> hub.Size | None:
        """How many there are, by the portal's own count, and how long it lets itself be asked for them."""
        reader = self._reader(stream)
        walk = reader.all_rows()
        total = self.portal.call(walk.count()).total if walk is not None else None
        if total is None:
            return None
        requests = total / (PAGE * LONGEST_CHAIN) + total / RAWS * reader.more
        return hub.Size(total, seconds=requests / self.settings.calls_per_second)

    def fetch(self, stream: str, external_id: str, part: str) -> bytes:
        reader, number = self._reader(stream), identity(external_id)
        if part:
            return self._file(stream, number, part)
        found = reader.some([number]) if number else []
        for one in chain.from_iterable(reader.raws(found, None)):
            if one.external_id == external_id and isinstance(one.body, bytes):
                return one.body
        raise KeyError(external_id)

    def _file(self, stream: str, number: int, part: str) -> bytes:
        """A file; what hangs on a call in the statistics hangs on its activity, too."""
        activity = number if stream == "activities" else 0
        if stream == "calls":
            known = self._reader(stream).some([number])
            activity = identity(known[0].get("CRM_ACTIVITY_ID")) if known else 0
        return Files(self.portal, self.tools, _DRIVE in self._scopes).fetch(part, activity)

    def _reader(self, stream: str) -> Reader:
        if stream not in self._readers:
            self._readers = dict(self._offered())
        if stream not in self._readers:
            problem = hub.sentence('the portal has no "{name}" that we may read')
            fix = hub.sentence("see which rights the webhook or the application has, and `streams` of the connection")
            raise hub.Unreachable(problem.format(name=stream), fix=fix)
        return self._readers[stream]


def _brought(reader: Reader, window: hub.Span, name: str, found: Iterable[Row]) -> list[tuple[int, Sequence[hub.Raw]]]:
    """The raws of rows of a window, each with the number that its row bears under `name`. The rows themselves, which take many
    times as much memory, are kept no longer.
    """
    together = list(found)
    return [(identity(one.get(name)), raws) for one, raws in zip(together, reader.raws(together, window), strict=True)]
