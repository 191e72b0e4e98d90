"""An account as `hub.Source`: a stream for every kind of objects, what is recent first."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

import hub
from hub_crm_amo.client import Account
from hub_crm_amo.kinds import COMPANIES, CONTACTS, CUSTOMERS, LEADS
from hub_crm_amo.owners import owners_of
from hub_crm_amo.purchases import Purchases
from hub_crm_amo.questions import List
from hub_crm_amo.readers import Cards, Few, Reader, Rereading, unsorted, users
from hub_crm_amo.settings import Settings
from hub_crm_amo.timeline import Events, Notes, Tasks
from hub_crm_amo.values import Row, identity, text
from hub_crm_amo.words import Words, words_of

_JUST: Final = timedelta(seconds=2)


@dataclass(slots=True)
class AmoCRM:
    """Reads the streams of an account."""

    account: Account
    settings: Settings
    tools: hub.Tools
    _readers: dict[str, Reader] = field(default_factory=dict, init=False)
    _places: dict[str, hub.Place] = field(default_factory=dict, init=False)
    _brought: dict[str, Counter[int]] = field(default_factory=dict, init=False)
    """By stream: how many rows each leg has brought."""

    def close(self) -> None:
        self.account.close()

    def check(self) -> None:
        """Ask whose account it is."""
        if self.account.get("account") is None:
            said = hub.sentence("there is no account at {who}")
            fix = hub.sentence("correct the address in the connection")
            raise hub.Misconfigured(said.format(who=self.settings.host), setting="account", fix=fix)

    def streams(self) -> Iterable[hub.Stream]:
        self._readers = dict(self._offered())
        return [hub.Stream(name) for name in self._readers]

    def _offered(self) -> Iterator[tuple[str, Reader]]:
        """What the settings want and the account has, those first who make clients."""
        wanted, words = set(self.settings.streams), words_of(self.account)
        rereading = Rereading(
            recent=timedelta(days=self.settings.recent_days), again=timedelta(days=self.settings.reread_days)
        )
        owners = owners_of(self.account, (LEADS, CUSTOMERS) if words.has_customers else (LEADS,))
        if "users" in wanted:
            yield "users", users(self.account)
        for kind in (COMPANIES, CONTACTS, LEADS, CUSTOMERS):
            if kind in wanted and (kind != CUSTOMERS or words.has_customers):
                yield kind, Cards(self.account, kind, words, rereading, owners)
        if "purchases" in wanted and words.has_customers:
            yield "purchases", Purchases(self.account, words, rereading, owners)
        if "invoices" in wanted:
            yield from self._invoices(words)
        if "tasks" in wanted:
            yield "tasks", Tasks(self.account, words, rereading, owners)
        if "notes" in wanted:
            yield "notes", Notes(self.account, words, rereading, owners)
        if "events" in wanted:
            yield "events", Events(self.account, words, rereading, owners)
        if "unsorted" in wanted and words.has_unsorted:
            yield "unsorted", unsorted(self.account)

    def _invoices(self, words: Words) -> Iterator[tuple[str, Reader]]:
        """The catalog whose elements are invoices, where there is one."""
        for page in self.account.whole(List(path="catalogs", under="catalogs", by_id=False, spare=True)):
            for one in page:
                if text(one.get("type")) == "invoices":
                    asked = List(path=f"catalogs/{identity(one.get('id'))}/elements", under="elements", by_id=False)
                    yield "invoices", Few(self.account, "invoices", asked, currency=words.currency)
                    return

    # --- pulling ---

    def pull(self, stream: str, cursor: str | None, /) -> Iterator[hub.Page]:
        reader, place = self._reader(stream), hub.Place.of(cursor)
        brought = self._brought[stream] = Counter()
        spans = hub.Spans(
            habit=reader.habit,
            clock=self._clock,
            walked=partial(self._walked, reader, brought),
            few=self.account.largest,
        )
        for reached, page in spans.pages(place, reader.digest()):
            self._places[stream] = reached
            yield page
            if self.tools.stopping():
                return

    def _clock(self) -> datetime:
        """The account's, which was just heard or is asked for."""
        if self.tools.clock() - self.account.heard > _JUST:
            self.account.get("account")
        return self.account.now

    def _walked(
        self, reader: Reader, brought: Counter[int], span: hub.Span, place: hub.Place
    ) -> Iterator[tuple[hub.Place, hub.Page]]:
        """The pages of a span, each with the place that is reached with it."""
        for found, after in reader.steps(span):
            raws = reader.raws(found, span)
            brought[span.leg] += len(raws)
            place = place.reached(after)
            yield place, hub.Page(listed=len(raws), raws=raws, cursor=place.cursor)

    # --- listing and fetching ---

    def ids(self, stream: str) -> hub.Listing:
        """All ids, as often as the reader can afford it: an account does not name them without all the rest."""
        reader, place = self._reader(stream), self._places.get(stream)
        today = self.account.now.date()
        is_due = place is None or not place.listed or date.fromisoformat(place.listed) + reader.listed <= today
        names = reader.names(int(self._clock().timestamp())) if is_due else None
        if names is None:
            return self._counted(stream, reader, place)
        sure = replace(place, listed=today.isoformat()).cursor if place else ""
        return hub.Listing(complete=True, ids=names, cursor=sure)

    def _counted(self, stream: str, reader: Reader, place: hub.Place | None) -> hub.Listing:
        """How many there are after a pull that brought something: each list is asked near where it ended last time, or where the
        pull has come to; one of which nothing has come has as many as before.
        """
        brought = self._brought.pop(stream, Counter())
        if place is None or not brought.total():
            return hub.Listing(complete=False, ids=())
        known = dict(enumerate(map(identity, filter(None, place.counted.split(",")))))
        counted = [
            known[leg] if leg in known and not brought[leg] else self.account.count(asked, known.get(leg, brought[leg]))
            for leg, asked in enumerate(reader.lists())
        ]
        place = replace(place, counted=",".join(map(str, counted)))
        return hub.Listing(complete=False, ids=(), cursor=place.cursor, total=sum(counted))

    def size(self, stream: str) -> hub.Size:
        """How many there are, which the account tells by where its last page is, and how long it lets itself be asked for them."""
        reader = self._reader(stream)
        rows = sum(map(self.account.count, reader.lists()))
        return hub.Size(rows, seconds=reader.questions(rows) / self.settings.calls_per_second)

    def fetch(self, stream: str, external_id: str, part: str) -> bytes:
        reader = self._reader(stream)
        found: Sequence[Row] = [] if part else reader.one(external_id)
        for one in reader.raws(found, None):
            if one.external_id == external_id and isinstance(one.body, bytes):
                return one.body
        raise KeyError(external_id)

    def _reader(self, stream: str) -> Reader:
        if stream not in self._readers:
            self._readers = dict(self._offered())
        if stream not in self._readers:
            problem = hub.sentence('the account has no "{name}" that we may read')
            fix = hub.sentence("see what the tariff has, and `streams` of the connection")
            raise hub.Unreachable(problem.format(name=stream), fix=fix)
        return self._readers[stream]
