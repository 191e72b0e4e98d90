"""A portal's contents, made from a seed: the row with an id is always the same, and is made when it is asked for.

So a portal of a million objects costs nothing until it is read. What belongs together agrees: a deal's contact works at
the deal's company, a call's telephone is that of the contact it is bound to. Some companies stand there twice (other
spelling, same telephone and INN), some contacts share a telephone, some ids are missing, some people belong to nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from hub_crm_bitrix.simulator import moments, names
from hub_crm_bitrix.simulator.fields import COMPANY, CONTACT, CONTRACT, DEAL, INVOICE, LEAD, QUOTE

ACTIVITY, USER = 6, 0
_SHARES = {COMPANY: 14, CONTACT: 22, LEAD: 9, DEAL: 20, QUOTE: 2, INVOICE: 3, CONTRACT: 2}
_YEARS = 3 * 365 * 86_400
_RECENT = 30 * 86_400
_LAST = datetime(2026, 11, 20, 15, tzinfo=UTC).timestamp()
_MASK = (1 << 64) - 1
_STAGES = ("NEW", "PREPARATION", "PREPAYMENT_INVOICE", "EXECUTING", "FINAL_INVOICE", "WON", "WON", "LOSE", "APOLOGY")
_TENDER = ("C1:NEW", "C1:PREPARATION", "C1:WON", "C1:LOSE")
_OWN = (("Анна", "Смирнова", "anna"), ("Борис", "Кузнецов", "boris"))


def mixed(number: int) -> int:
    """64 bits that look like chance (the finaliser of SplitMix64)."""
    number = (number + 0x9E3779B97F4A7C15) & _MASK
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & _MASK
    return number ^ (number >> 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Human:
    """How somebody is called and reached."""

    name: str
    second_name: str
    last_name: str
    phone: str
    email: str


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

    def __post_init__(self) -> None:
        counts = {kind: max(1, self.size * share // 100) for kind, share in _SHARES.items()}
        counts[ACTIVITY] = max(1, self.size - sum(counts.values()))
        counts[USER] = 3 + min(197, self.size // 2000)
        object.__setattr__(self, "counts", counts)

    def chance(self, kind: int, number: int) -> int:
        return mixed((self.seed << 48) ^ (kind << 40) ^ number)

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

    def contact_of(self, deal: int) -> int:
        return self.some(CONTACT, self.chance(DEAL, deal) >> 20)

    def category(self, deal: int) -> int:
        return 1 if self.chance(DEAL, deal) % 8 == 0 else 0

    def stage(self, deal: int) -> str:
        chance = self.chance(DEAL, deal) >> 4
        return _TENDER[chance % len(_TENDER)] if self.category(deal) else _STAGES[chance % len(_STAGES)]

    # --- how they are called ---

    def original(self, company: int) -> int:
        """Every fiftieth company is another one once more."""
        return company - 7 if company % 50 == 0 else company

    def is_sole(self, company: int) -> bool:
        """Whether it is an entrepreneur, who has twelve digits of INN and no KPP."""
        return self.original(company) % 9 == 4

    def title(self, company: int) -> str:
        first = self.original(company)
        chance = self.chance(COMPANY, first)
        if self.is_sole(company):
            human = self.human(COMPANY, first)
            return f"ИП {human.last_name} {human.name[0]}. {human.second_name[0]}."
        name = f"{names.THINGS[chance % len(names.THINGS)]}-{first}"
        form = "АО" if chance % 7 == 0 else "ООО"
        return f"{form} «{name}»" if company == first else f'{name}, {form.lower()} "{name}"'

    def domain(self, company: int) -> str:
        first = self.original(company)
        thing = names.THINGS[self.chance(COMPANY, first) % len(names.THINGS)].replace(" ", "").replace("-", "")
        return f"{names.latin(thing)}{first}.example"

    def region(self, company: int) -> tuple[str, str]:
        return names.CITIES[self.chance(COMPANY, self.original(company)) % len(names.CITIES)]

    def inn(self, company: int) -> str:
        first, region = self.original(company), self.region(company)[0]
        make = names.personal_inn if self.is_sole(company) else names.inn
        return make(region, first + self.seed * 1_000_003)

    def company_phone(self, company: int) -> str:
        first = self.original(company)
        return _shaped(4950000000 + first % 10_000_000, company)

    def human(self, kind: int, number: int) -> Human:
        chance = self.chance(kind, number) >> 24
        surname = names.SURNAMES[chance % len(names.SURNAMES)]
        father = names.FATHERS[(chance >> 6) % len(names.FATHERS)]
        woman = chance & 1024
        given = (names.WOMEN if woman else names.MEN)[(chance >> 12) % 11]
        last_name = surname + "а" if woman else surname
        company = self.company_of(number) if kind == CONTACT else 0
        domain = self.domain(company) if company else "mail.test"
        shares = kind == CONTACT and company and number % 40 == 0  # the telephone of the office
        phone = self.company_phone(company) if shares else _shaped(9000000000 + kind * 10_000_000 + number, number)
        return Human(
            name=given, second_name=father + ("на" if woman else "ич"), last_name=last_name,
            phone=phone, email=f"{names.latin(last_name)}.{number}@{domain}",
        )  # fmt: skip

    def employee(self, number: int) -> Human:
        if number <= len(_OWN):
            name, last_name, login = _OWN[number - 1]
            return Human(name=name, second_name="", last_name=last_name, phone="", email=f"{login}@my.example")
        human = self.human(USER, number)
        login = f"{names.latin(human.last_name)}{number}"
        return Human(
            name=human.name, second_name=human.second_name, last_name=human.last_name,
            phone=human.phone, email=f"{login}@my.example",
        )  # fmt: skip


def _shaped(digits: int, number: int) -> str:
    """Ten digits as people write them."""
    text = str(digits)
    match number % 5:
        case 0:
            return f"8 ({text[:3]}) {text[3:6]}-{text[6:8]}-{text[8:]}"
        case 1:
            return f"7{text}"
        case 2:
            return f"+7 {text[:3]} {text[3:6]}-{text[6:8]}-{text[8:]}"
        case 3 if number % 10 == 3:
            return f"+7 ({text[:3]}) {text[3:6]}-{text[6:]}, доб. {100 + number % 900}"
        case _:
            return f"+7{text}"
