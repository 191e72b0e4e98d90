"""How each stream is read: where its rows are, what belongs to them and stands in other answers, how news show.

A reader says in which steps a span is gone through, and makes raws of the rows that they bring.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import groupby
from typing import Final, Protocol

import hub
from hub_crm_amo.client import RAWS, Account, Step
from hub_crm_amo.kinds import CUSTOMERS, LEADS, SINGULAR, stage
from hub_crm_amo.owners import Owners
from hub_crm_amo.questions import EVENTS, PAGE, List, card_list
from hub_crm_amo.raws import gone, raw
from hub_crm_amo.values import Row, chunks, identity, text
from hub_crm_amo.words import Words

NIGHTLY: Final = timedelta(days=1)


class Reader(Protocol):
    """One stream. `digest` stands for the words that its raws hold beside what the account says of each; `listed` is how
    often all ids are asked for.
    """

    @property
    def habit(self) -> hub.Habit: ...

    @property
    def listed(self) -> timedelta: ...

    def digest(self) -> str: ...

    def steps(self, span: hub.Span) -> Iterator[Step]:
        """The rows of a span, the latest first."""

    def raws(self, found: Sequence[Row], span: hub.Span | None) -> list[hub.Raw]:
        """The raws of rows that the steps of a span have brought; without one, of rows of `one`."""

    def lists(self) -> Sequence[List]:
        """The lists whose rows are all there is, each that of the leg in its place."""

    def questions(self, rows: int) -> float:
        """How often the account is asked for so many of them."""

    def names(self, now: int) -> Iterator[str] | None:
        """The ids of all there is, each once; None where that proves nothing."""

    def one(self, external_id: str) -> Sequence[Row]:
        """The row of one object, if it is there."""


@dataclass(frozen=True, slots=True)
class Rereading:
    """How far back the first pull looks, and after how long everything is read once more."""

    recent: timedelta
    again: timedelta


def single(account: Account, path: str, external_id: object) -> Sequence[Row]:
    """One object by its path, unless it lies in the bin."""
    found = account.get(f"{path}/{external_id}")
    return [found] if found and not found.get("is_deleted") else []


def all_of(walk: Callable[[List, hub.Span], Iterator[Step]], asked: List, now: int) -> Iterator[int]:
    """The number of every row there is, once. What is changed under the walk leaves it, and is found by a second one."""
    numbers = array("q")
    for since in (0, max(now - int(hub.Habit().overlap.total_seconds()), 0)):
        upto = now if not since else now + _DECADE
        for found, _after in walk(asked, hub.Span(since, upto, 0, 0, is_old=False)):
            numbers.extend(identity(one.get("id")) for one in found)
    return (number for number, _again in groupby(array("q", sorted(numbers))))


_DECADE: Final = 3_660 * 86_400
"""So far in the future nothing was changed."""


@dataclass(slots=True)
class Cards:
    """Leads, contacts, companies or customers. Whatever was deleted is told by an event before a listing finds it, and of leads
    by the bin, too, since events are kept for as long as the tariff has it.
    """

    account: Account
    kind: str
    words: Words
    rereading: Rereading
    owners: Owners
    listed: timedelta = NIGHTLY

    @property
    def habit(self) -> hub.Habit:
        legs = {CUSTOMERS: 1, LEADS: 3}.get(self.kind, 2)
        return hub.Habit(legs=legs, recent=self.rereading.recent, again=self.rereading.again)

    def digest(self) -> str:
        return self.words.digest if self.kind in (LEADS, CUSTOMERS) else ""

    def steps(self, span: hub.Span) -> Iterator[Step]:
        if span.leg == 0:
            return self.account.downwards(card_list(self.kind), span)
        return self._deleted(span) if span.leg == 1 else self._in_the_bin(span)

    def _deleted(self, span: hub.Span) -> Iterator[Step]:
        """The ids that events of the span say are deleted, and that are really no more."""
        noun = SINGULAR[self.kind]
        for found, after in self.account.slices(event_list([f"{noun}_deleted"]), span):
            yield self._gone(identity(one.get("entity_id")) for one in found), after

    def _in_the_bin(self, span: hub.Span) -> Iterator[Step]:
        """The same of what lies in the bin: https://developers.kommo.com/reference/leads-list, `with=only_deleted`."""
        for found, after in self.account.downwards(replace(card_list(self.kind), more={"with": "only_deleted"}), span):
            yield self._gone(identity(one.get("id")) for one in found if one.get("is_deleted") is True), after

    def _gone(self, told: Iterable[int]) -> Sequence[Row]:
        """Those of these ids that are really no more."""
        numbers = set(told) - {0}
        there = self.account.those(card_list(self.kind), sorted(numbers))
        return [{"id": number} for number in sorted(numbers - there.keys())]

    def raws(self, found: Sequence[Row], span: hub.Span | None) -> list[hub.Raw]:
        if span is not None and span.leg:
            return [gone(identity(one.get("id")), self.kind) for one in found]
        if span is not None:
            self.owners.hear(self.kind, found)
        return [self._raw(one) for one in found]

    def _raw(self, item: Row) -> hub.Raw:
        number = identity(item.get("id"))
        match self.kind:
            case "leads":
                known = self.words.stages.get(stage(item.get("pipeline_id"), item.get("status_id")))
                return raw(number, self.kind, item, stage=known, currency=self.words.currency)
            case "customers":
                known_as = self.words.customers.get(str(identity(item.get("status_id"))))
                return raw(number, self.kind, item, stage=known_as, currency=self.words.currency)
            case _:
                return raw(number, self.kind, item)

    def lists(self) -> Sequence[List]:
        return [card_list(self.kind)]

    def questions(self, rows: int) -> float:
        return rows / PAGE

    def names(self, now: int) -> Iterator[str]:
        return map(str, all_of(self.account.downwards, card_list(self.kind), now))

    def one(self, external_id: str) -> Sequence[Row]:
        asked = card_list(self.kind)
        found = self.account.get(f"{self.kind}/{identity(external_id)}", asked.more)
        return [found] if found and not found.get("is_deleted") else []


def event_list(types: Iterable[str]) -> List:
    return List(
        path="events", under="events", name="created_at", most=EVENTS, by_id=False, filter={"type": list(types)}
    )


@dataclass(slots=True)
class Few:
    """What there is so little of that it is looked at whole whenever there may be news: employees, invoices, what waits to be
    sorted. `key` is what a row is named by. Of what is only `passing` nobody wonders that it is no longer there.
    """

    account: Account
    stream: str
    asked: List
    currency: str = ""
    listed: timedelta = NIGHTLY
    kept: Sequence[str] = field(default_factory=tuple)
    key: str = "id"
    passing: bool = False

    @property
    def habit(self) -> hub.Habit:
        return hub.Habit(old_legs=0)

    def digest(self) -> str:
        return self.currency

    def steps(self, span: hub.Span) -> Iterator[Step]:  # noqa: ARG002 - as Reader has it
        return ((some, 1) for found in self.account.whole(self.asked) for some in chunks(found, RAWS))

    def raws(self, found: Sequence[Row], span: hub.Span | None) -> list[hub.Raw]:  # noqa: ARG002 - as Reader has it
        return [self._raw(one) for one in found]

    def _raw(self, item: Row) -> hub.Raw:
        shown = {name: item[name] for name in self.kept if name in item} if self.kept else item
        return raw(text(item.get(self.key)), self.stream, shown, currency=self.currency)

    def lists(self) -> Sequence[List]:
        return [self.asked]

    def questions(self, rows: int) -> float:
        return rows / self.asked.most

    def names(self, now: int) -> Iterator[str] | None:  # noqa: ARG002 - as Reader has it
        if self.passing:
            return None
        return iter({text(one.get(self.key)): None for page in self.account.whole(self.asked) for one in page})

    def one(self, external_id: str) -> Sequence[Row]:
        return single(self.account, self.asked.path, external_id) if external_id.isalnum() else []


def unsorted(account: Account) -> Few:
    """What has come in and nobody has sorted yet (https://developers.kommo.com/reference/incoming-leads)."""
    asked = List(path="leads/unsorted", under="unsorted", key="uid", by_id=False, spare=True)
    return Few(account, "unsorted", asked, key="uid", passing=True)


def users(account: Account) -> Few:
    """Everybody who works here or did."""
    asked = List(path="users", under="users", by_id=False)
    return Few(account, "users", asked, kept=("id", "name", "email", "rights"))
