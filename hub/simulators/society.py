"""Invented people and companies of a seed: the one with a number is always the same, and made when asked for.

Every fiftieth company stands there twice (other spelling, same telephone and INN), every ninth is an entrepreneur.
"""

from dataclasses import dataclass

from hub.simulators import names

_OWN = (("Анна", "Смирнова", "anna"), ("Борис", "Кузнецов", "boris"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Human:
    """How somebody is called and reached."""

    name: str
    second_name: str
    last_name: str
    phone: str
    email: str


@dataclass(frozen=True, slots=True)
class Society:
    seed: int = 1

    def chance(self, kind: int, number: int) -> int:
        """64 bits for something of a kind."""
        return names.mixed((self.seed << 48) ^ (kind << 40) ^ number)

    def original(self, company: int) -> int:
        return company - 7 if company % 50 == 0 else company

    def is_sole(self, company: int) -> bool:
        """Whether it is an entrepreneur, who has twelve digits of INN and no KPP."""
        return self.original(company) % 9 == 4

    def title(self, company: int) -> str:
        first = self.original(company)
        chance = self.chance(1, first)
        if self.is_sole(company):
            human = self.human(1, first, "")
            return f"ИП {human.last_name} {human.name[0]}. {human.second_name[0]}."
        name = f"{names.THINGS[chance % len(names.THINGS)]}-{first}"
        form = "АО" if chance % 7 == 0 else "ООО"
        return f"{form} «{name}»" if company == first else f'{name}, {form.lower()} "{name}"'

    def domain(self, company: int) -> str:
        first = self.original(company)
        thing = names.THINGS[self.chance(1, first) % len(names.THINGS)].replace(" ", "").replace("-", "")
        return f"{names.latin(thing)}{first}.example"

    def inn(self, company: int) -> str:
        first = self.original(company)
        region = names.CITIES[self.chance(1, first) % len(names.CITIES)][0]
        make = names.personal_inn if self.is_sole(company) else names.inn
        return make(region, first + self.seed * 1_000_003)

    def kpp(self, company: int, *, is_branch: bool = False) -> str:
        return "" if self.is_sole(company) else f"{self.inn(company)[:4]}{43 if is_branch else '01'}001"

    def company_phone(self, company: int) -> str:
        return written(4950000000 + self.original(company) % 10_000_000, company)

    def human(self, kind: int, number: int, domain: str) -> Human:
        chance = self.chance(kind, number) >> 24
        surname = names.SURNAMES[chance % len(names.SURNAMES)]
        father = names.FATHERS[(chance >> 6) % len(names.FATHERS)]
        woman = chance & 1024
        given = (names.WOMEN if woman else names.MEN)[(chance >> 12) % 11]
        last_name = surname + "а" if woman else surname
        return Human(
            name=given, second_name=father + ("на" if woman else "ич"), last_name=last_name,
            phone=written(9000000000 + kind * 10_000_000 + number, number),
            email=f"{names.latin(last_name)}.{number}@{domain or 'mail.test'}",
        )  # fmt: skip

    def employee(self, number: int) -> Human:
        """The first two are always Anna and Boris."""
        if number <= len(_OWN):
            name, last_name, login = _OWN[number - 1]
            return Human(name=name, second_name="", last_name=last_name, phone="", email=f"{login}@my.example")
        human = self.human(0, number, "")
        login = f"{names.latin(human.last_name)}{number}"
        return Human(
            name=human.name, second_name=human.second_name, last_name=human.last_name,
            phone=human.phone, email=f"{login}@my.example",
        )  # fmt: skip


def written(digits: int, number: int) -> str:
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
