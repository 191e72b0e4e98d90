"""Invented Russian names of people and companies, and numbers whose check digits are right."""

from functools import lru_cache

SURNAMES = (
    "Иванов", "Петров", "Сидоров", "Кузнецов", "Попов", "Соколов", "Лебедев", "Козлов", "Новиков", "Морозов",
    "Волков", "Алексеев", "Егоров", "Павлов", "Степанов", "Николаев", "Орлов", "Андреев", "Макаров", "Никитин",
    "Захаров", "Зайцев", "Соловьёв", "Борисов", "Яковлев", "Григорьев", "Романов", "Воробьёв", "Сергеев", "Фролов",
)  # fmt: skip
MEN = ("Алексей", "Борис", "Виктор", "Геннадий", "Дмитрий", "Егор", "Иван", "Кирилл", "Максим", "Пётр", "Семён")
WOMEN = ("Анна", "Вера", "Галина", "Дарья", "Елена", "Жанна", "Ирина", "Мария", "Надежда", "Ольга", "Алёна")
FATHERS = ("Алексеев", "Борисов", "Викторов", "Дмитриев", "Иванов", "Максимов", "Олегов", "Петров", "Сергеев")
POSTS = ("директор", "главный бухгалтер", "менеджер по закупкам", "инженер", "юрист", "снабженец", "логист")
THINGS = (
    "Ромашка", "Вектор", "Горизонт", "Северный ветер", "Технострой", "Альфа-Снаб", "Промдеталь", "Уралмаш-Сервис",
    "Волга-Транс", "Сибирский кедр", "Гранит", "Меридиан", "Электрощит", "Парус", "Сталь и Бетон", "Рассвет",
)  # fmt: skip
GOODS = ("станка", "кабеля", "насосов", "бумаги", "оборудования", "запчастей", "мебели", "арматуры", "светильников")
CITIES = (("77", "Москва"), ("78", "Санкт-Петербург"), ("54", "Новосибирск"), ("66", "Екатеринбург"), ("16", "Казань"))

_MASK = (1 << 64) - 1
_LATIN = dict(zip("абвгдеёжзийклмнопрстуфхцчшщъыьэюя", ["a", "b", "v", "g", "d", "e", "e", "zh", "z", "i", "y", "k", "l", "m", "n", "o", "p", "r", "s", "t", "u", "f", "h", "c", "ch", "sh", "sch", "-", "y", "-", "e", "yu", "ya"], strict=True))  # fmt: skip


def mixed(number: int) -> int:
    """64 bits that look like chance (the finaliser of SplitMix64)."""
    number = (number + 0x9E3779B97F4A7C15) & _MASK
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & _MASK
    return number ^ (number >> 31)


@lru_cache(maxsize=1000)
def latin(text: str) -> str:
    return "".join(_LATIN.get(letter, letter) for letter in text.lower()).replace("-", "")


def _check(digits: str, weights: tuple[int, ...]) -> str:
    return str(sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11 % 10)


_TEN = (2, 4, 10, 3, 5, 9, 4, 6, 8)


def inn(region: str, number: int) -> str:
    """Of a company: ten digits (the order of the Federal Tax Service of 29.06.2012, ММВ-7-6/435@)."""
    digits = f"{region}{number % 10_000_000:07}"
    return digits + _check(digits, _TEN)


def personal_inn(region: str, number: int) -> str:
    """Of an entrepreneur: twelve digits."""
    digits = f"{region}{number % 100_000_000:08}"
    digits += _check(digits, (7, *_TEN))
    return digits + _check(digits, (3, 7, *_TEN))


def ogrn(region: str, number: int) -> str:
    """Of a company: thirteen digits."""
    digits = f"115{region}{number % 10_000_000:07}"
    return digits + str(int(digits) % 11 % 10)


def ogrnip(region: str, number: int) -> str:
    """Of an entrepreneur: fifteen digits."""
    digits = f"315{region}{number % 1_000_000_000:09}"
    return digits + str(int(digits) % 13 % 10)
