"""Whose leads and customers are, which what stands at them is to say.

A first pull reads every lead, and then what stands at it. So what was heard of a lead in one pull holds for the streams after it: when
they begin, only those are asked for that have been changed since.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import orjson

import hub
from hub_crm_amo.client import Account
from hub_crm_amo.kinds import COMPANIES, CONTACTS
from hub_crm_amo.questions import IDS, card_list
from hub_crm_amo.values import Row, identity, row, rows

_MOST: Final = 100_000
"""So many cards are remembered, the first that were heard of; each takes about two hundred bytes."""
_LATE: Final = int(hub.Habit().overlap.total_seconds())


@dataclass(slots=True)
class Known:
    """Cards of one kind, as they were at `_since` or later."""

    account: Account
    kind: str
    _heard: dict[int, bytes] = field(default_factory=dict)
    _since: int = 0

    def hear(self, cards: Iterable[Row], begun: int) -> None:
        """These were just read. What was heard before `begun` and is so little that it is asked for as quickly is forgotten."""
        if self._since < begun and len(self._heard) <= IDS:
            self._heard.clear()
        if not self._heard:
            self._since = int(self.account.now.timestamp())
        for one in cards:
            self._keep(identity(one.get("id")), one)

    def _keep(self, number: int, card: Row | None) -> bytes:
        said = bytes(memoryview(orjson.dumps(_owned(card)))) if card else b""  # what orjson gives holds 16 KB
        if number in self._heard or len(self._heard) < _MOST:
            self._heard[number] = said
        return said

    def of(self, numbers: Iterable[int], begun: int) -> dict[int, Row]:
        """Those of these cards that are there, as they are now, or were at the second `begun` or later."""
        self.hear((), begun)
        if self._since < begun:
            self._renew()
        wanted = set(numbers)
        known = {number: self._heard[number] for number in wanted if number in self._heard}
        if missing := sorted(wanted - known.keys()):
            there = self.account.those(card_list(self.kind), missing)
            known |= {number: self._keep(number, there.get(number)) for number in missing}
        return {number: orjson.loads(said) for number, said in known.items() if said}

    def _renew(self) -> None:
        """Read what was changed since."""
        now = int(self.account.now.timestamp())
        span = hub.Span(max(self._since - _LATE, 0), now + 1, 0, 0, is_old=False)
        for found, _after in self.account.downwards(card_list(self.kind), span):
            self.hear(found, 0)
        self._since = now


def _owned(card: Row) -> Row:
    """Of a card only what says whose it is: the rest changes, and what stands at it does not."""
    parts = row(card.get("_embedded"))
    kept = {kind: [{"id": one.get("id")} for one in rows(parts.get(kind))] for kind in (COMPANIES, CONTACTS)}
    return {"name": card.get("name"), "_embedded": kept}


@dataclass(slots=True)
class Owners:
    """The clients of cards that are about somebody else, by the kinds of such cards that the account has."""

    account: Account
    cards: Mapping[str, Known]
    _begun: int = 0

    def hear(self, kind: str, cards: Sequence[Row]) -> None:
        """These cards were just read."""
        if kind in self.cards:
            self.cards[kind].hear(cards, self._begun)

    def of(self, pairs: Sequence[tuple[str, int]], span: hub.Span | None) -> Mapping[tuple[str, int], Row]:
        """By kind and id, those of these cards that are about somebody else, with who that is: as it is now where there is no
        span, else no older than the last span of news that was begun, since the next one finds what is changed after that.
        """
        if span is not None and not span.is_old:
            self._begun = max(self._begun, span.upto - 1)
        found: dict[tuple[str, int], Row] = {}
        for kind, known in self.cards.items():
            numbers = {number for one, number in pairs if one == kind and number}
            if numbers:
                cards = known.of(numbers, self._begun) if span is not None else self._now(kind, numbers)
                found |= {(kind, number): owned for number, owned in cards.items()}
        return found

    def _now(self, kind: str, numbers: Iterable[int]) -> dict[int, Row]:
        there = self.account.those(card_list(kind), sorted(numbers))
        return {number: _owned(card) for number, card in there.items()}


def owners_of(account: Account, kinds: Iterable[str]) -> Owners:
    return Owners(account, {kind: Known(account, kind) for kind in kinds})
