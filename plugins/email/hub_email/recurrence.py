"""The rules that invitations use (RFC 5545, 3.3.10), laid out at a bounded price.

By day, week, month and year, with INTERVAL, COUNT, UNTIL, BYDAY, BYMONTHDAY, BYMONTH, BYSETPOS and WKST: what
Outlook, Google, Yandex and Apple let people choose. Any other rule is not laid out: the calendar itself will tell.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count

from hub_email.ical import Stated, stated

MOST = 500
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_UNDERSTOOD = frozenset(["FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"])
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule as written; `weekdays` are pairs (which one of the month, or 0; number of the weekday)."""

    frequency: str
    interval: int
    most: int
    until: Stated | None
    weekdays: tuple[tuple[int, int], ...]
    month_days: tuple[int, ...]
    months: tuple[int, ...]
    positions: tuple[int, ...]
    week_start: int


def rule(value: str) -> Rule | None:
    """The rule written in `value`, None when it is none of those laid out here."""
    parts = dict(part.partition("=")[::2] for part in value.strip().upper().split(";")[:20] if part)
    if not _UNDERSTOOD.issuperset(parts) or parts.get("FREQ") not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
        return None
    try:
        read = Rule(
            frequency=parts["FREQ"],
            interval=min(int(parts.get("INTERVAL", "1")[:6]), 10_000),
            most=min(int(parts.get("COUNT", "1000")[:6]), 1_000),
            until=stated(parts["UNTIL"]) if "UNTIL" in parts else None,
            weekdays=tuple(_weekday(one) for one in _list(parts, "BYDAY")),
            month_days=tuple(int(one) for one in _list(parts, "BYMONTHDAY")),
            months=tuple(int(one) for one in _list(parts, "BYMONTH")),
            positions=tuple(int(one) for one in _list(parts, "BYSETPOS")),
            week_start=_WEEKDAYS.index(parts.get("WKST", "MO").strip()),
        )
    except ValueError:
        return None
    by_year = read.frequency == "YEARLY" and not read.months and (read.weekdays or read.month_days)
    numbered = read.frequency in ("DAILY", "WEEKLY") and any(number for number, _ in read.weekdays)
    ends = "UNTIL" not in parts or read.until is not None
    return read if read.interval > 0 and read.most > 0 and ends and not by_year and not numbered else None


def _list(parts: dict[str, str], name: str) -> list[str]:
    return parts[name].split(",")[:100] if name in parts else []


def _weekday(written: str) -> tuple[int, int]:
    written = written.strip()
    return int(written[:-2] or 0), _WEEKDAYS.index(written[-2:])


def starts(rule: Rule, first: datetime, last: datetime) -> list[datetime]:
    """The starts from `first`, which is always one, to `last` (included): at most `MOST + 1`, UNTIL not looked at."""
    found: list[datetime] = []
    most = min(rule.most, MOST + 1)
    for begin, days in _periods(rule, first.date()):
        if begin > last.date() or len(found) >= most:
            break
        laid_out = (datetime.combine(day, first.time()) for day in _picked(rule, days))
        found += [start for start in laid_out if first <= start <= last]
    return sorted({first, *found[:most]}) if first <= last else []


def _picked(rule: Rule, days: list[date]) -> list[date]:
    """What of a period's candidates BYMONTH and BYSETPOS leave."""
    days = [day for day in days if not rule.months or day.month in rule.months]
    if not rule.positions:
        return days
    chosen = {days[at - 1 if at > 0 else at] for at in rule.positions if at and abs(at) <= len(days)}
    return sorted(chosen)


def _periods(rule: Rule, first: date) -> Iterator[tuple[date, list[date]]]:
    """One period after another: when it begins, and its candidates; ends with time itself."""
    try:
        if rule.frequency == "DAILY":
            yield from ((day, [day] if _fits(rule, day) else []) for day in _days(first, rule.interval))
        elif rule.frequency == "WEEKLY":
            week = first - timedelta(days=(first.weekday() - rule.week_start) % 7)
            wanted = {number for _, number in rule.weekdays} or {first.weekday()}
            for begin in _days(week, 7 * rule.interval):
                yield begin, [day for day in (begin + n * _DAY for n in range(7)) if day.weekday() in wanted]
        elif rule.frequency == "MONTHLY":
            for month in count(first.year * 12 + first.month - 1, rule.interval):
                begin = date(month // 12, month % 12 + 1, 1)
                yield begin, _of_month(rule, begin, first)
        else:
            for year in count(first.year, rule.interval):
                begins = [date(year, month, 1) for month in sorted(set(rule.months)) or [first.month]]
                yield date(year, 1, 1), [day for begin in begins for day in _of_month(rule, begin, first)]
    except (OverflowError, ValueError):
        return


def _days(first: date, step: int) -> Iterator[date]:
    while True:
        yield first
        first += step * _DAY


def _fits(rule: Rule, day: date) -> bool:
    if rule.weekdays and day.weekday() not in {number for _, number in rule.weekdays}:
        return False
    length = monthrange(day.year, day.month)[1]
    return not rule.month_days or day.day in rule.month_days or day.day - length - 1 in rule.month_days


def _of_month(rule: Rule, begin: date, first: date) -> list[date]:
    length = monthrange(begin.year, begin.month)[1]
    days = {day if day > 0 else length + 1 + day for day in rule.month_days}
    if not rule.month_days:
        days = set(range(1, length + 1)) if rule.weekdays else {first.day}
    inside = [begin.replace(day=day) for day in sorted(days) if 1 <= day <= length]
    return [day for day in inside if _is_weekday(rule, day, length)] if rule.weekdays else inside


def _is_weekday(rule: Rule, day: date, length: int) -> bool:
    places = (0, (day.day + 6) // 7, -((length - day.day) // 7 + 1))
    return any(number == day.weekday() and place in places for place, number in rule.weekdays)
