"""A portal's contents, made from a seed: the row with an id is always the same, and is made when it is asked for.

So a portal of a million objects costs nothing until it is read. What belongs together agrees: a deal's contact works at
the deal's company, a call's telephone is that of the contact it is bound to. Some companies stand there twice (other
spelling, same telephone and INN), some contacts share a telephone, some ids are missing, some people belong to nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from hub.simulators.society import Human, Society
from hub_crm_bitrix.simulator import moments
from hub_crm_bitrix.simulator.fields import COMPANY, CONTACT, CONTRACT, DEAL, INVOICE, LEAD, QUOTE

ACTIVITY, USER = 6, 0
_SHARES = {COMPANY: 14, CONTACT: 22, LEAD: 9, DEAL: 20, QUOTE: 2, INVOICE: 3, CONTRACT: 2}
_YEARS = 3 * 365 * 86_400
_RECENT = 30 * 86_400
_LAST = datetime(2026, 11, 20, 15, tzinfo=UTC).timestamp()
_STAGES = ("NEW", "PREPARATION", "PREPAYMENT_INVOICE", "EXECUTING", "FINAL_INVOICE", "WON", "WON", "LOSE", "APOLOGY")
_TENDER = ("C1:NEW", "C1:PREPARATION", "C1:WON", "C1:LOSE")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """`size` is how many CRM objects and activities there are in all. Their last change was at `until`.

    `ties` neighbours in id were created, and changed, in the same second.
    """

    seed: int = 1
    size: int = 1000
    ties: int = 1
    until: float = _LAST
    counts: dict[int, int] = field(init=False)
    society: Society = field(init=False)

    def __post_init__(self) -> None:
        counts = {kind: max(1, self.size * share // 100) for kind, share in _SHARES.items()}
        counts[ACTIVITY] = max(1, self.size - sum(counts.values()))
        counts[USER] = 3 + min(197, self.size // 2000)
        object.__setattr__(self, "counts", counts)
        object.__setattr__(self, "society", Society(self.seed))

    def chance(self, kind: int, number: int) -> int:
        return self.society.chance(kind, number)

    def ids(self, kind: int) -> Sequence[int]:
        """The ids there are, upwards. In a portal of a hundred or more some have been deleted long ago."""
        last = self.counts[kind]
        if kind == USER or last < 100:
            return list(range(1, last + 1))
        return [number for number in range(1, last + 1) if number % 97]

    # --- time ---

    def created(self, kind: int, number: int) -> float:
        number -= number % self.ties
        return self.until - _YEARS + number * _YEARS // (self.counts[kind] + 1)

    def updated(self, kind: int, number: int) -> float:
        chance = self.chance(kind, number - number % self.ties)
        created = self.created(kind, number)
        if chance % 10 == 0:
            return max(created, self.until - (chance >> 8) % _RECENT)
        return min(self.until, created + (chance >> 8) % (2 * _RECENT))

    def times(self, kind: int, number: int) -> tuple[str, str]:
        return moments.written(self.created(kind, number)), moments.written(self.updated(kind, number))

    # --- who belongs to whom ---

    def some(self, kind: int, chance: int) -> int:
        """The id of some object that there is."""
        number = 1 + chance % self.counts[kind]
        return number - 1 if number % 97 == 0 and self.counts[kind] >= 100 else number

    def user(self, chance: int) -> int:
        return 1 + chance % self.counts[USER]

    def company_of(self, contact: int) -> int:
        """0 for somebody who belongs to no company."""
        chance = self.chance(CONTACT, contact) >> 16
        return self.some(COMPANY, chance >> 3) if chance % 8 else 0

    def companies_of(self, contact: int) -> list[int]:
        """The company that somebody works at; every twenty-fifth has another."""
        first = self.company_of(contact)
        other = self.some(COMPANY, self.chance(CONTACT, contact) >> 33) if first and contact % 25 == 0 else first
        return list(dict.fromkeys((first, other))) if first else []

    def contact_of(self, deal: int) -> int:
        return self.some(CONTACT, self.chance(DEAL, deal) >> 20)

    def category(self, deal: int) -> int:
        return 1 if self.chance(DEAL, deal) % 8 == 0 else 0

    def stage(self, deal: int) -> str:
        chance = self.chance(DEAL, deal) >> 4
        return _TENDER[chance % len(_TENDER)] if self.category(deal) else _STAGES[chance % len(_STAGES)]

    # --- how they are called, and reached ---

    def region(self, company: int) -> str:
        """The two digits that its numbers begin with."""
        return self.society.inn(company)[:2]

    def human(self, kind: int, number: int) -> Human:
        """A contact writes from the domain of the company; every fortieth has no telephone but the office's."""
        company = self.company_of(number) if kind == CONTACT else 0
        human = self.society.human(kind, number, self.society.domain(company) if company else "")
        return replace(human, phone=self.society.company_phone(company)) if company and number % 40 == 0 else human
