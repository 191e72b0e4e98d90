"""What people and Excel write in cells, as values: dates, amounts, durations, register numbers, words.

Every function raises `ValueError` with a short sentence, without the text itself, when a text cannot be understood
or could be understood in two ways: nothing is guessed.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Final, Literal, TypeAlias

import hub
from hub_contacts.text import digits, fold

DayOrder: TypeAlias = Literal["dmy", "mdy"]
Decimals: TypeAlias = Literal["auto", ",", "."]

# --- dates -----------------------------------------------------------------------------------------------------------

_CLOCK: Final = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?\s*(?P<half>[ap]\.?m\.?)?"
_TAIL: Final = rf"(?:[Tt ,]\s*(?:в\s+)?{_CLOCK})?\s*(?P<offset>[Zz]|UTC|(?:UTC|GMT)?[+-]\d{{2}}:?\d{{2}})?"
_YEAR_FIRST: Final = re.compile(
    rf"(?P<year>\d{{4}})[-./](?P<month>\d{{1,2}})[-./](?P<day>\d{{1,2}}){_TAIL}", re.IGNORECASE
)
_YEAR_LAST: Final = re.compile(
    rf"(?P<a>\d{{1,2}})[-./](?P<b>\d{{1,2}})[-./](?P<year>\d{{4}}|\d{{2}})(?:\s*г\.?)?{_TAIL}", re.IGNORECASE
)
_IN_WORDS: Final = re.compile(
    rf"[«\"]?(?P<day>\d{{1,2}})[»\"]?\s+(?P<word>[а-яёa-z]{{3,9}})\.?,?\s+(?P<year>\d{{4}})(?:\s*(?:года|г\.?))?{_TAIL}",
    re.IGNORECASE,
)
_COMPACT: Final = re.compile(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?:T?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2}))?"
)
_SERIAL: Final = re.compile(r"\d{5}(?:[.,]\d+)?")
_ONLY_CLOCK: Final = re.compile(_CLOCK, re.IGNORECASE)
_MONTH_WORDS: Final = "янв jan фев feb мар mar апр apr мая may июн jun июл jul авг aug сен sep окт oct ноя nov дек dec"
_MONTHS: Final = {word: order // 2 + 1 for order, word in enumerate(_MONTH_WORDS.split())} | {"май": 5}
_EXCEL_EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - Excel's days have no zone
_SERIALS: Final = (10_000, 80_000)  # 1927 to 2119
_YEARS: Final = (1900, 2200)


def when(text: str, order: DayOrder = "dmy") -> date | datetime:
    """A day, or a moment with its offset if one is written: ISO 8601, 02.11.2026 10:30, 2 ноября 2026, Excel's serials."""
    text = text.strip()
    if _SERIAL.fullmatch(text):
        return _of_serial(float(text.replace(",", ".")))
    for pattern in (_YEAR_FIRST, _YEAR_LAST, _IN_WORDS, _COMPACT):
        if found := pattern.fullmatch(text):
            return _moment(found.groupdict(), order)
    raise ValueError(hub.sentence("is not a date"))


def _of_serial(days: float) -> date | datetime:
    if not _SERIALS[0] <= days <= _SERIALS[1]:
        raise ValueError(hub.sentence("is not a date"))
    moment = _EXCEL_EPOCH + timedelta(seconds=round(days * 86_400))
    return moment.date() if days.is_integer() else moment


def _moment(found: Mapping[str, str | None], order: DayOrder) -> date | datetime:
    day = _day(found, order)
    if not found.get("hour"):
        return day
    zone = _zone(found.get("offset") or "")
    return datetime.combine(day, _clock(found), zone)


def _day(found: Mapping[str, str | None], order: DayOrder) -> date:
    year = int(found["year"] or 0)
    if len(found["year"] or "") == 2:
        year += 2000 if year < 70 else 1900
    if word := found.get("word"):
        month, day = _MONTHS.get(fold(word)[:3], 0), int(found["day"] or 0)
    elif found.get("a"):
        first, second = int(found["a"] or 0), int(found["b"] or 0)
        day, month = (first, second) if order == "dmy" else (second, first)
    else:
        month, day = int(found["month"] or 0), int(found["day"] or 0)
    if not _YEARS[0] <= year <= _YEARS[1]:
        raise ValueError(hub.sentence("is not a date: the year is impossible"))
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(
            hub.sentence('is not a date: there is no such day (is `dates` to be "dmy" or "mdy"?)')
        ) from None


def _clock(found: Mapping[str, str | None]) -> time:
    hour, minute, second = (int(found.get(part) or 0) for part in ("hour", "minute", "second"))
    if half := (found.get("half") or "").lower():
        hour = hour % 12 + (12 if half[0] == "p" else 0)
    try:
        return time(hour, minute, second)
    except ValueError:
        raise ValueError(hub.sentence("is not a time of day")) from None


def _zone(offset: str) -> timezone | None:
    if not offset:
        return None
    numbers = digits(offset)
    if not numbers:
        return UTC
    distance = timedelta(hours=int(numbers[:2]), minutes=int(numbers[2:]))
    if distance >= timedelta(days=1):
        raise ValueError(hub.sentence("is not a date: the offset is impossible"))
    return timezone(-distance if "-" in offset else distance)


def clock(text: str) -> time:
    """A time of day: 10:30, 10:30:15, 5:04 PM."""
    if found := _ONLY_CLOCK.fullmatch(text.strip()):
        return _clock(found.groupdict())
    raise ValueError(hub.sentence("is not a time of day"))


# --- amounts ---------------------------------------------------------------------------------------------------------

_CURRENCIES: Final = {
    "RUB": "₽ rub rur руб рубль рубля рублей рубли р 643",
    "USD": "$ us$ usd доллар доллара долларов долл 840",
    "EUR": "€ eur евро 978",
    "KZT": "₸ kzt тенге тг 398",
    "BYN": "br byn белруб 933",
    "UAH": "₴ uah грн 980",
    "CNY": "cny rmb юань юаня юаней 156",
    "GBP": "£ gbp 826",
    "TRY": "₺ try 949",
    "AED": "aed дирхам дирхамов 784",
    "UZS": "uzs сум сумов 860",
    "AMD": "֏ amd драм драмов 051",
    "GEL": "₾ gel лари 981",
    "KGS": "kgs сом сомов 417",
}
_CURRENCY_OF: Final = {word: code for code, words in _CURRENCIES.items() for word in words.split()}
_AMOUNT: Final = re.compile(
    r"(?P<sign>[-−]?)(?P<before>(?:[^\d+\-−(.,]+\.?)?)(?P<number>[+\-−(]?\d[\d.,]*(?:-\d\d)?\)?)(?P<after>[^\d\-−]*)"
)
_SPACE: Final = re.compile(r"[\s'’`\u00a0\u202f]+")
_IN_GROUPS: Final = {",": re.compile(r"\d{1,3}(?:,\d{3})+"), ".": re.compile(r"\d{1,3}(?:\.\d{3})+")}
_MOST_DIGITS: Final = 20


def amount(text: str, decimal: Decimals = "auto") -> tuple[Decimal, str]:
    """An amount and its currency, "" when none is written: "1 234 567,89 ₽", "$1,234.50", "1234-56", "(500)".

    One lone separator before three digits ("1,234") can be read in two ways: then `decimal` has to say which.
    """
    found = _AMOUNT.fullmatch(_SPACE.sub("", text))
    if not found:
        raise ValueError(hub.sentence("is not an amount"))
    before, number, after = found["before"], found["number"], found["after"]
    code = currency(before + after) if (before + after).strip(".,=") else ""
    negative = number[0] in "-−(" or bool(found["sign"])
    value = Decimal(_plain(number.strip("+-−()").rstrip(".,"), decimal))
    return (-value if negative else value), code


def currency(text: str) -> str:
    """The ISO 4217 code of "руб.", "₽", "usd"; an unknown code of three letters is kept."""
    word = text.strip().casefold().replace(".", "").replace(",", "").replace(" ", "").strip("=")
    if word in _CURRENCY_OF:
        return _CURRENCY_OF[word]
    if re.fullmatch(r"[a-z]{3}", word):
        return word.upper()
    raise ValueError(hub.sentence("has an unknown currency"))


def currency_in(heading: str) -> str:
    """The currency that a heading names ("Сумма, USD"), or ""."""
    words = re.split(r"[\s,.;:()/\[\]]+", heading.casefold())
    return next((_CURRENCY_OF[word] for word in words if word in _CURRENCY_OF and not word.isdigit()), "")


def _plain(number: str, decimal: Decimals) -> str:
    if len(number) > _MOST_DIGITS:
        raise ValueError(hub.sentence("is not an amount: it is too long"))
    if "-" in number:  # roubles and kopecks as payment orders write them
        return number.replace(",", "").replace(".", "").replace("-", ".")
    last = max(number.rfind(","), number.rfind("."))
    if last < 0:
        return number
    mark = number[last]
    other = "." if mark == "," else ","
    if other in number:
        whole, fraction = number[:last], number[last + 1 :]
        if mark in whole or not _IN_GROUPS[other].fullmatch(whole):
            raise ValueError(hub.sentence("is not an amount: its separators contradict each other"))
        return f"{whole.replace(other, '')}.{fraction}"
    return _one_mark(number, mark, decimal)


def _one_mark(number: str, mark: str, decimal: Decimals) -> str:
    in_groups = _IN_GROUPS[mark].fullmatch(number)
    if in_groups and number.count(mark) == 1 and decimal == "auto" and not number.startswith("0"):
        raise ValueError(hub.sentence('can be read in two ways: set `decimal` to "," or "."'))
    if in_groups and decimal != mark and not number.startswith("0"):
        return number.replace(mark, "")
    if number.count(mark) > 1:
        raise ValueError(hub.sentence("is not an amount"))
    return number.replace(mark, ".")


# --- durations -------------------------------------------------------------------------------------------------------

_COLONS: Final = re.compile(r"(?:(\d{1,4}):)?(\d{1,4}):(\d{2})(?:[.,]\d+)?")
_NUMBER: Final = re.compile(r"\d{1,7}(?:[.,]\d+)?")
_IN_UNITS: Final = re.compile(
    r"(?:(\d{1,4})(?:ч|час[а-я]*|h|hours?)\.?)?(?:(\d{1,5})(?:м|мин[а-я]*|m|min[a-z]*)\.?)?(?:(\d{1,6})(?:с|сек[а-я]*|s|sec[a-z]*)\.?)?"
)


def duration(text: str) -> int:
    """Seconds: "mm:ss", "hh:mm:ss", "125", "2 мин 5 сек"; a fraction below 1 is one of a day, as Excel has it."""
    text = _SPACE.sub("", text).casefold()
    if found := _COLONS.fullmatch(text):
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return hours * 3600 + minutes * 60 + seconds
    if _NUMBER.fullmatch(text):
        number = float(text.replace(",", "."))
        return round(number * 86_400) if 0 < number < 1 else round(number)
    if text and (found := _IN_UNITS.fullmatch(text)):
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return hours * 3600 + minutes * 60 + seconds
    raise ValueError(hub.sentence("is not a duration"))


# --- register numbers and what Excel does to them --------------------------------------------------------------------

_ROUNDED: Final = re.compile(r"\+?(?P<first>\d)(?:[.,](?P<rest>\d+))?[eEеЕ]\+?(?P<exponent>\d{1,2})")
_AS_FLOAT: Final = re.compile(r"(\+?\d+)[.,]0+")
_AS_FORMULA: Final = re.compile(r'="(?P<text>[^"]*)"')


def unrounded(text: str) -> str:
    """A number as it was before Excel or a table library had it: "7.707083893E9", "7707083893.0", '="0770"'.

    Raises `ValueError` when digits are lost ("7,70708E+09").
    """
    if found := _AS_FORMULA.fullmatch(text):
        return found["text"].strip()
    if found := _ROUNDED.fullmatch(text):
        written, exponent = found["first"] + (found["rest"] or ""), int(found["exponent"])
        if len(written.rstrip("0")) > exponent + 1 or len(written) < exponent + 1:
            raise ValueError(
                hub.sentence("was rounded by Excel and its digits are lost: format the column as text and save again")
            )
        return written[: exponent + 1]
    if found := _AS_FLOAT.fullmatch(text):
        return found[1]
    return text


def key(text: str) -> str:
    """A permanent id, with what Excel does to long numbers undone; a short "1.0" or "1E5" may be meant so."""
    looks_rounded = re.fullmatch(r"\d[.,]\d+[eE]\+?\d\d", text)
    return unrounded(text) if looks_rounded or re.fullmatch(r"\d{5,}[.,]0+", text) else text


_WEIGHTS: Final = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)


def is_inn(number: str) -> bool:
    """Whether these are ten or twelve digits whose check digits are right (order of the tax service MMV-7-6/435)."""
    if len(number) not in (10, 12) or not (number.isascii() and number.isdigit()):
        return False
    ends = (9,) if len(number) == 10 else (10, 11)
    return all(_check_digit(number[:end]) == int(number[end]) for end in ends)


def _check_digit(number: str) -> int:
    return sum(weight * int(digit) for weight, digit in zip(_WEIGHTS[-len(number) :], number, strict=True)) % 11 % 10


# --- words -----------------------------------------------------------------------------------------------------------

_DIRECTIONS: Final = (("", ("internal",)), ("in", ("вх", "in", "принят")), ("out", ("исх", "out", "набран")))
_RESULTS: Final = (
    ("voicemail", ("голосов", "автоответ", "voicemail")),
    ("busy", ("занят", "busy")),
    ("missed", ("не", "пропущ", "сброш", "отмен", "missed", "no", "unanswered", "cancel", "fail", "abandoned")),
    (
        "answered",
        ("отвеч", "успеш", "принят", "разговор", "состоял", "соедин", "answer", "success", "complete", "accept"),
    ),
)
_DOCUMENTS: Final = (
    ("contract", ("договор", "контракт", "соглаш", "contract", "agreement")),
    ("invoice", ("сч", "инвойс", "invoice", "bill")),
    ("act", ("акт", "упд", "накладн", "act")),
    ("quote", ("кп", "коммерч", "предлож", "quote", "offer", "proposal")),
    ("payment", ("плат", "оплат", "поступ", "приход", "payment", "paid")),
)
Words: TypeAlias = Iterable[tuple[str, Iterable[str]]]


def direction(text: str) -> Literal["in", "out", ""]:
    match _word(text, _DIRECTIONS):
        case "in":
            return "in"
        case "out":
            return "out"
        case _:
            return ""


def result(text: str) -> str:
    """`answered`, `missed`, `busy`, `voicemail`, or "" for an unknown word."""
    return _word(text, _RESULTS)


def document_type(text: str) -> str:
    """`contract`, `invoice`, `act`, `quote`, `payment`, or "" for an unknown word."""
    return _word(text, _DOCUMENTS)


def _word(text: str, words: Words) -> str:
    folded = fold(text)
    return next((meaning for meaning, starts in words if any(folded.startswith(start) for start in starts)), "")
