"""An account's contents, made from a seed: the row with an id is always the same, and is made when it is asked for.

What belongs together agrees: a lead's contact works at the lead's company, a call's telephone is that of the contact it
stands at. Some companies stand there twice, some contacts share a telephone, some ids are missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from hub.simulators.society import Human, Society

COMPANIES, CONTACTS, LEADS, CUSTOMERS = "companies", "contacts", "leads", "customers"
TASKS, EVENTS, INVOICES, USERS = "tasks", "events", "invoices", "users"
PURCHASES, UNSORTED, TALKS = "customers/transactions", "leads/unsorted", "talks"
NOTES = {kind: f"{kind}/notes" for kind in (LEADS, CONTACTS, COMPANIES)}
ENTITIES = (LEADS, CONTACTS, COMPANIES, CUSTOMERS)
_CARDS = {TASKS: LEADS, EVENTS: LEADS, **{notes: kind for kind, notes in NOTES.items()}}
_SHARES = {
    COMPANIES: 12, CONTACTS: 20, LEADS: 20, CUSTOMERS: 1, TASKS: 8, NOTES[LEADS]: 13, NOTES[CONTACTS]: 9,
    NOTES[COMPANIES]: 2, EVENTS: 11, INVOICES: 2, PURCHASES: 1, UNSORTED: 1,
}  # fmt: skip
_NUMBERS = {kind: number for number, kind in enumerate((USERS, *_SHARES))}
_YEARS = 3 * 365 * 86_400
_RECENT = 30 * 86_400
_LAST = datetime(2026, 11, 20, 15, tzinfo=UTC).timestamp()

SALES, SERVICE, WON, LOST = 3100, 3200, 142, 143
STAGES = {SALES: (3101, 3102, 3103, 3104, 3105, WON, WON, LOST), SERVICE: (3202, 3203, WON, LOST)}
LOSS_REASONS = {7001: "Дорого", 7002: "Выбрали других", 7003: "Нет потребности"}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """`size` is how many rows there are in all. Their last change was at `until`.

    `ties` neighbours in id were created, and changed, in the same second.
    """

    seed: int = 1
    size: int = 1000
    ties: int = 1
    until: float = _LAST
    society: Society = field(init=False)
    counts: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        counts = {kind: max(1, self.size * share // 100) for kind, share in _SHARES.items()}
        counts[USERS] = 3 + min(197, self.size // 2000)
        object.__setattr__(self, "counts", counts)
        object.__setattr__(self, "society", Society(self.seed))

    def chance(self, kind: str, number: int) -> int:
        return self.society.chance(_NUMBERS[kind], number)

    def ids(self, kind: str) -> Sequence[int]:
        """The ids there are, upwards. In an account of a hundred or more some have been deleted long ago."""
        last = self.counts[kind]
        if kind == USERS or last < 100:
            return list(range(1, last + 1))
        return [number for number in range(1, last + 1) if number % 97]

    def some(self, kind: str, chance: int) -> int:
        """The id of some row that there is."""
        number = 1 + chance % self.counts[kind]
        return number - 1 if number % 97 == 0 and self.counts[kind] >= 100 else number

    def user(self, chance: int) -> int:
        return 1 + chance % self.counts[USERS]

    # --- time, in seconds ---

    def created(self, kind: str, number: int) -> int:
        number -= number % self.ties
        return int(self.until - _YEARS + number * _YEARS // (self.counts[kind] + 1))

    def updated(self, kind: str, number: int) -> int:
        chance = self.chance(kind, number - number % self.ties)
        created = self.created(kind, number)
        if chance % 10 == 0:
            return int(max(created, self.until - (chance >> 8) % _RECENT))
        return int(min(self.until, created + (chance >> 8) % (2 * _RECENT)))

    # --- who belongs to whom ---

    def company_of(self, contact: int) -> int:
        """0 for somebody who belongs to no company."""
        chance = self.chance(CONTACTS, contact) >> 16
        return self.some(COMPANIES, chance >> 3) if chance % 8 else 0

    def contact_of(self, lead: int) -> int:
        return self.some(CONTACTS, self.chance(LEADS, lead) >> 20)

    def card_of(self, kind: str, number: int) -> int:
        """The card that a task or a note stands at, or that an event tells of."""
        return self.some(_CARDS[kind], self.chance(kind, number) >> 9)

    def company_served(self, customer: int) -> int:
        return self.some(COMPANIES, self.chance(CUSTOMERS, customer) >> 5)

    def customer_of(self, purchase: int) -> int:
        return self.some(CUSTOMERS, self.chance(PURCHASES, purchase) >> 5)

    def pipeline(self, lead: int) -> int:
        return SERVICE if self.chance(LEADS, lead) % 8 == 0 else SALES

    def status(self, lead: int) -> int:
        stages = STAGES[self.pipeline(lead)]
        return stages[(self.chance(LEADS, lead) >> 4) % len(stages)]

    def human(self, contact: int) -> Human:
        company = self.company_of(contact)
        human = self.society.human(2, contact, self.society.domain(company) if company else "")
        if not company or contact % 40:
            return human
        phone = self.society.company_phone(company)  # the telephone of the office
        return Human(
            name=human.name, second_name=human.second_name, last_name=human.last_name, phone=phone, email=human.email
        )
