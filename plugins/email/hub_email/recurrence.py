"""The rules that invitations use (RFC 5545, 3.3.10), laid out around a day at a bounded price.

By day, week, month and year, with INTERVAL, COUNT, UNTIL, BYDAY, BYMONTHDAY, BYMONTH, BYSETPOS and WKST: what
Outlook, Google, Yandex and Apple let people choose. Any other rule is not laid out: the calendar itself will tell.
"""

from bisect import bisect_left
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hub_email.ical import Stated, stated

MOST_BEFORE = 500
"""Starts before the day asked for that are laid out; the calendar plugin lays out as many."""
MOST_AFTER = 3_660
"""Starts from that day on."""
MOST_PERIODS = 12_000
"""Days, weeks, months or years that are looked at in either direction."""

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_UNDERSTOOD = frozenset(["FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"])
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule as written; `weekdays` are pairs (which one of the month, or 0; number of the weekday)."""

    frequency: str
    interval: int
    count: int | None
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
            count=int(parts["COUNT"][:9]) if "COUNT" in parts else None,
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
    return read if read.interval > 0 and read.count != 0 and ends and not by_year and not numbered else None


def _list(parts: dict[str, str], name: str) -> list[str]:
    return parts[name].split(",")[:100] if name in parts else []


def _weekday(written: str) -> tuple[int, int]:
    written = written.strip()
    return int(written[:-2] or 0), _WEEKDAYS.index(written[-2:])


@dataclass(frozen=True, slots=True)
class Starts:
    """Starts, ascending: all there are, but for those before `since` and after `until`, where these are given."""

    walls: list[datetime]
    since: datetime | None = None
    until: datetime | None = None

    def near(self, day: datetime) -> "Starts":
        """The last `MOST_BEFORE` before that day, and the first `MOST_AFTER` from it on."""
        middle = bisect_left(self.walls, day)
        first, end = max(middle - MOST_BEFORE, 0), middle + MOST_AFTER
        kept = self.walls[first:end]
        since = kept[0] if first else self.since
        return Starts(kept, since, kept[-1] if end < len(self.walls) else self.until)


def starts(rule: Rule, first: datetime, around: datetime, last: datetime) -> Starts:
    """The starts from `first`, which is always one, to `last` (included) that are nearest to `around`.

    UNTIL is not looked at.
    """
    if last < first:
        return Starts([])
    days = last.toordinal() - first.toordinal() + 1
    if rule.count is not None and 0 < rule.count < days:
        walls, reached = _walk(rule, first, range(_number(rule, first, last) + 1), rule.count)
        found = Starts(sorted({first, *walls[: rule.count]}), until=None if len(walls) >= rule.count else reached)
    else:
        here = _number(rule, first, min(max(around, first), last))
        after, until = _walk(rule, first, range(here, _number(rule, first, last) + 1), MOST_BEFORE + MOST_AFTER)
        before, since = _walk(rule, first, range(here - 1, -1, -1), MOST_BEFORE)
        found = Starts(sorted({*([] if since else [first]), *before, *after}), since, until)
    return Starts([wall for wall in found.walls if wall <= last], found.since, found.until).near(around)


def _walk(rule: Rule, first: datetime, numbers: range, most: int) -> tuple[list[datetime], datetime | None]:
    """The starts in these periods, at least `most` where there are so many; and, if that is not up to the last one,
    the last of them.
    """
    found: list[datetime] = []
    for looked_at, number in enumerate(numbers, 1):
        begin, days = _period(rule, first.date(), number)
        walls = (datetime.combine(day, first.time()) for day in _picked(rule, days))
        found += [wall for wall in walls if wall >= first]
        if (len(found) >= most or looked_at >= MOST_PERIODS) and number != numbers[-1]:
            end = _period(rule, first.date(), number + 1)[0] if numbers.step > 0 else begin
            return found, datetime.combine(end, first.time())
    return found, None


def _picked(rule: Rule, days: list[date]) -> list[date]:
    """What of a period's candidates BYMONTH and BYSETPOS leave."""
    days = [day for day in days if not rule.months or day.month in rule.months]
    if not rule.positions:
        return days
    chosen = {days[at - 1 if at > 0 else at] for at in rule.positions if at and abs(at) <= len(days)}
    return sorted(chosen)


def _number(rule: Rule, first: date, day: date) -> int:
    """The number of the period that holds a day, or of the last before it; that of `first` is 0."""
    match rule.frequency:
        case "DAILY":
            passed = day.toordinal() - first.toordinal()
        case "WEEKLY":
            passed = (day.toordinal() - _week(rule, first)) // 7
        case "MONTHLY":
            passed = (day.year - first.year) * 12 + day.month - first.month
        case _:
            passed = day.year - first.year
    return passed // rule.interval


def _period(rule: Rule, first: date, number: int) -> tuple[date, list[date]]:
    """When a period begins, and its candidates."""
    passed = number * rule.interval
    match rule.frequency:
        case "DAILY":
            day = first + passed * _DAY
            return day, [day] if _fits(rule, day) else []
        case "WEEKLY":
            begin = date.fromordinal(max(_week(rule, first), 1)) + 7 * passed * _DAY
            wanted = {number for _, number in rule.weekdays} or {first.weekday()}
            return begin, [day for day in (begin + n * _DAY for n in range(7)) if day.weekday() in wanted]
        case "MONTHLY":
            year, month = divmod(first.year * 12 + first.month - 1 + passed, 12)
            begin = date(year, month + 1, 1)
            return begin, _of_month(rule, begin, first)
        case _:
            begins = [date(first.year + passed, month, 1) for month in sorted(set(rule.months)) or [first.month]]
            return begins[0].replace(month=1), [day for begin in begins for day in _of_month(rule, begin, first)]


def _week(rule: Rule, first: date) -> int:
    return first.toordinal() - (first.weekday() - rule.week_start) % 7


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
