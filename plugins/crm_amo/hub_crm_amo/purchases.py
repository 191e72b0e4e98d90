"""Purchases of customers: a list that knows no time, so that news are asked for customer by customer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import hub
from hub_crm_amo.client import RAWS, Account, Step, steps
from hub_crm_amo.kinds import CUSTOMERS
from hub_crm_amo.owners import Owners
from hub_crm_amo.questions import PAGE, List, card_list
from hub_crm_amo.raws import gone, raw
from hub_crm_amo.readers import Rereading, single
from hub_crm_amo.values import Row, chunks, identity
from hub_crm_amo.words import Words


def _bought(path: str) -> List:
    return List(path=path, under="transactions", by_id=False, spare=True)


_ALL: Final = _bought("customers/transactions")


@dataclass(slots=True)
class Purchases:
    """A purchase changes its customer: those of customers that were changed are news. All are read once in a while."""

    account: Account
    words: Words
    rereading: Rereading
    owners: Owners

    @property
    def listed(self) -> timedelta:
        return self.rereading.again

    @property
    def habit(self) -> hub.Habit:
        return hub.Habit(recent=self.rereading.recent, again=self.rereading.again)

    def digest(self) -> str:
        return self.words.currency

    def steps(self, span: hub.Span) -> Iterator[Step]:
        if span.is_old:
            for found in self.account.whole(_ALL):
                yield from ((some, 1) for some in chunks(found, RAWS))
        elif span.upto - span.since < self.rereading.recent.total_seconds():  # a first pull reads everything anyway
            yield from self._of_changed(span)

    def _of_changed(self, span: hub.Span) -> Iterator[Step]:
        done = span.after
        for customers, after in self.account.downwards(card_list(CUSTOMERS), span):
            self.owners.hear(CUSTOMERS, customers)
            for some, reached in steps(customers, "updated_at", after, 1):
                for one in some:
                    for found in self.account.whole(_bought(f"customers/{identity(one.get('id'))}/transactions")):
                        yield from ((part, done) for part in chunks(found, RAWS))
                yield (), reached
                done = reached

    def raws(self, found: Sequence[Row], span: hub.Span | None) -> list[hub.Raw]:
        owners = self.owners.of([_whose(one) for one in found], span)
        return [self._raw(one, owners.get(_whose(one))) for one in found]

    def _raw(self, purchase: Row, owner: Row | None) -> hub.Raw:
        number = identity(purchase.get("id"))
        if purchase.get("is_deleted"):
            return gone(number, "purchases")
        return raw(number, "purchases", purchase, owner=owner, currency=self.words.currency)

    def lists(self) -> Sequence[List]:
        return [_ALL]

    def questions(self, rows: int) -> float:
        return rows / PAGE + rows / RAWS

    def names(self, now: int) -> Iterator[str]:  # noqa: ARG002 - as Reader has it
        return iter({str(identity(one.get("id"))): None for page in self.account.whole(_ALL) for one in page})

    def one(self, external_id: str) -> Sequence[Row]:
        return single(self.account, _ALL.path, identity(external_id))


def _whose(purchase: Row) -> tuple[str, int]:
    return CUSTOMERS, identity(purchase.get("customer_id"))
