"""Recurrence rules (RFC 5545, section 3.3.10) laid out around a day, at a bounded price.

The rule engine that calendar libraries share, dateutil, cannot be stopped between two matches: a rule that never
matches (30 February; every fourth year from 2025 on 29 February) keeps it busy up to the year 9999. Here the price is
the days looked at, whether they match or not. They are looked at from a given day forwards and backwards, so that a
rule that began long ago costs what is near that day; only one that ends after so many has to be counted from its start.

What is refused depends on the rule alone: repetitions within a day (HOURLY, MINUTELY, SECONDLY), an interval of
nothing, what cannot be read.
"""

import re
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from itertools import product
from math import prod

import hub
from hub_calendar.values import Stated, written

MOST_BEFORE = 500
"""Starts before the day asked for that are laid out: ten years of weeks, two of working days."""
MOST_AFTER = 3_660
"""Starts from that day on: ten years of days."""
MOST_DAYS = 12_000
"""Days that a rule may make us look at in either direction: 32 years."""
_MOST_TIMES = 4
"""Times of a day at which a series may begin."""
_MOST_VALUES = 400
"""Values of one part of a rule: no part can use more than BYYEARDAY's 366."""

_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_WEEKDAYS = {name: number for number, name in enumerate(("MO", "TU", "WE", "TH", "FR", "SA", "SU"))}
_BY_DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The series is not laid out; `reason` completes the sentence "The series is kept as one meeting: ..."."""

    reason: str


_WITHIN_A_DAY = Refusal(hub.sentence("it repeats within a day"))
_NOT_READ = Refusal(hub.sentence("its rule cannot be read"))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule as written. `weekdays` are pairs (which one of the month or year, or 0; number of the weekday)."""

    frequency: str
    interval: int = 1
    count: int | None = None
    until: Stated | None = None
    week_start: int = 0
    months: tuple[int, ...] = ()
    weeks: tuple[int, ...] = ()
    year_days: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    weekdays: tuple[tuple[int, int], ...] = ()
    times: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]] = ((), (), ())
    positions: tuple[int, ...] = ()


def rule(value: str) -> Rule | Refusal:
    """The rule written in `value`."""
    pairs = (part.partition("=") for part in value.strip().upper().split(";")[:30])
    parts = {key.strip(): text.strip() for key, _, text in pairs}
    if parts.get("FREQ") not in _PERIODS:
        known = parts.get("FREQ") in ("HOURLY", "MINUTELY", "SECONDLY")
        return _WITHIN_A_DAY if known else _NOT_READ
    if parts.get("RSCALE", "GREGORIAN") != "GREGORIAN":
        return Refusal(hub.sentence("its rule follows another calendar than the Gregorian"))
    try:
        read = _rule(parts)
    except ValueError:
        return _NOT_READ
    times = prod(len(one) or 1 for one in read.times)
    return read if times <= _MOST_TIMES else _WITHIN_A_DAY


def _rule(parts: dict[str, str]) -> Rule:
    return Rule(
        frequency=parts["FREQ"],
        interval=_number(parts.get("INTERVAL", "1"), 1, 10**6),
        count=_count(parts["COUNT"]) if "COUNT" in parts else None,
        until=_until(parts["UNTIL"]) if "UNTIL" in parts else None,
        week_start=_WEEKDAYS.get(parts.get("WKST", "MO"), 0),
        months=_numbers(parts, "BYMONTH", 1, 12),
        weeks=_numbers(parts, "BYWEEKNO", -53, 53),
        year_days=_numbers(parts, "BYYEARDAY", -366, 366),
        month_days=_numbers(parts, "BYMONTHDAY", -31, 31),
        weekdays=_by_day(parts),
        times=(
            _numbers(parts, "BYHOUR", 0, 23),
            _numbers(parts, "BYMINUTE", 0, 59),
            tuple(min(second, 59) for second in _numbers(parts, "BYSECOND", 0, 60)),
        ),
        positions=_numbers(parts, "BYSETPOS", -366, 366),
    )


def _count(text: str) -> int | None:
    """COUNT; programs that write a negative one mean no end."""
    count = int(text[:20])
    return count if count >= 0 else None


def _number(text: str, least: int, most: int) -> int:
    number = int(text[:20])
    if number < least:
        raise ValueError(text[:20])
    return min(number, most)


def _numbers(parts: dict[str, str], key: str, least: int, most: int) -> tuple[int, ...]:
    texts = parts[key].split(",")[:_MOST_VALUES] if key in parts else []
    numbers = sorted({int(text[:6]) for text in texts})
    if any(not least <= number <= most for number in numbers) or (least < 0 and 0 in numbers):
        raise ValueError(key)
    return tuple(numbers)


def _by_day(parts: dict[str, str]) -> tuple[tuple[int, int], ...]:
    texts = parts["BYDAY"].split(",")[:_MOST_VALUES] if "BYDAY" in parts else []
    found = [_BY_DAY.fullmatch(text.strip()) for text in texts]
    pairs = {(int(one[1] or 0), _WEEKDAYS[one[2]]) for one in found if one is not None}
    if found and not pairs:
        raise ValueError("BYDAY")
    return tuple(sorted(pairs))


def _until(text: str) -> Stated:
    until = written(text)
    if until is None:
        raise ValueError("UNTIL")
    return until


def starts(rule: Rule, first: datetime, around: datetime, last: datetime) -> Starts:
    """The starts from `first` (the series' own, naive) to `last` (included) that are nearest to `around`.

    `rule.until` is not looked at.
    """
    if last < first:
        return Starts([])
    laid_out = _Layout(_completed(rule, first), first, _times(rule, first))
    days = last.toordinal() - first.toordinal() + 1
    if rule.count is not None and rule.count < days * len(laid_out.times):
        found = laid_out.counted(rule.count, last)
    else:
        found = laid_out.around(min(max(around, first), last), last)
    return found.near(around)


@dataclass(frozen=True, slots=True)
class _Layout:
    """A rule from its first start on, period by period."""

    rule: Rule
    first: datetime
    times: list[time]

    def counted(self, count: int, last: datetime) -> Starts:
        """The first `count` starts, up to `last`."""
        walls, reached = self._walk(range(self._number(last) + 1), count)
        walls = walls[:count]
        return Starts([wall for wall in walls if wall <= last], until=None if len(walls) == count else reached)

    def around(self, at: datetime, last: datetime) -> Starts:
        """The starts up to `last`, as far as they are needed around `at`."""
        here = self._number(at)
        after, until = self._walk(range(here, self._number(last) + 1), MOST_BEFORE + MOST_AFTER)
        before, since = self._walk(range(here - 1, -1, -1), MOST_BEFORE)
        return Starts([wall for wall in sorted(before + after) if wall <= last], since, until)

    def _number(self, at: datetime) -> int:
        return _PERIODS[self.rule.frequency].number(self.rule, self.first.date(), at.date())

    def _walk(self, numbers: range, most: int) -> tuple[list[datetime], datetime | None]:
        """The starts in these periods, at least `most` where there are so many; and how far they reach, if not to the
        end of the last one.
        """
        days_of, first = _PERIODS[self.rule.frequency].days, self.first
        found: list[datetime] = []
        looked_at = 0
        for number in numbers:
            days = days_of(self.rule, first.date(), number)
            looked_at += len(days)
            fitting = [datetime.combine(day, at) for day in days if _fits(self.rule, day) for at in self.times]
            found += [start for start in _picked(self.rule, fitting) if start >= first]
            if (len(found) >= most or looked_at > MOST_DAYS) and number != numbers[-1]:
                return found, datetime.combine(days[-1], time.max) if numbers.step > 0 else datetime.combine(
                    days[0], time(0)
                )
        return found, None


def _completed(rule: Rule, first: datetime) -> Rule:
    """The rule with what it leaves to the series' start."""
    if rule.year_days or rule.month_days or rule.weekdays:
        return rule
    weekday = ((0, first.weekday()),)
    match rule.frequency:
        case "YEARLY" if rule.weeks:
            return replace(rule, weekdays=weekday)
        case "YEARLY":
            return replace(rule, months=rule.months or (first.month,), month_days=(first.day,))
        case "MONTHLY":
            return replace(rule, month_days=(first.day,))
        case "WEEKLY":
            return replace(rule, weekdays=weekday)
        case _:
            return rule


def _times(rule: Rule, first: datetime) -> list[time]:
    hours, minutes, seconds = rule.times
    return [
        time(*one) for one in product(hours or (first.hour,), minutes or (first.minute,), seconds or (first.second,))
    ]


def _picked(rule: Rule, fitting: list[datetime]) -> list[datetime]:
    if not rule.positions:
        return fitting
    size = len(fitting)
    picked = {position - 1 if position > 0 else size + position for position in rule.positions}
    return [fitting[index] for index in sorted(picked) if 0 <= index < size]


# --- periods, counted from the one that holds the first start --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Period:
    """Of a frequency: the `number` of the period that holds a day, or of the last before it; the `days` of a period."""

    number: Callable[[Rule, date, date], int]
    days: Callable[[Rule, date, int], list[date]]


def _day_number(rule: Rule, first: date, day: date) -> int:
    return (day.toordinal() - first.toordinal()) // rule.interval


def _day_of(rule: Rule, first: date, number: int) -> list[date]:
    return [date.fromordinal(first.toordinal() + number * rule.interval)]


def _week_number(rule: Rule, first: date, day: date) -> int:
    return (day.toordinal() - _week_of_first(rule, first)) // (7 * rule.interval)


def _days_of_week(rule: Rule, first: date, number: int) -> list[date]:
    begin = _week_of_first(rule, first) + 7 * rule.interval * number
    return [date.fromordinal(ordinal) for ordinal in range(max(begin, 1), begin + 7)]


def _week_of_first(rule: Rule, first: date) -> int:
    return first.toordinal() - (first.weekday() - rule.week_start) % 7


def _month_number(rule: Rule, first: date, day: date) -> int:
    return (_month(day) - _month(first)) // rule.interval


def _days_of_nth_month(rule: Rule, first: date, number: int) -> list[date]:
    return _days_of_month(*divmod(_month(first) + number * rule.interval, 12))


def _year_number(rule: Rule, first: date, day: date) -> int:
    return (day.year - first.year) // rule.interval


def _days_of_year(rule: Rule, first: date, number: int) -> list[date]:
    year = first.year + number * rule.interval
    months = (month - 1 for month in rule.months or range(1, 13))
    return [day for month in months for day in _days_of_month(year, month)]


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _days_of_month(year: int, month: int) -> list[date]:
    """`month` counts from 0."""
    one = date(year, month + 1, 1).toordinal()
    return [date.fromordinal(ordinal) for ordinal in range(one, one + _length(year, month + 1))]


def _length(year: int, month: int) -> int:
    leap_day = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return _LENGTHS[month - 1] + leap_day


_PERIODS = {
    "DAILY": _Period(_day_number, _day_of),
    "WEEKLY": _Period(_week_number, _days_of_week),
    "MONTHLY": _Period(_month_number, _days_of_nth_month),
    "YEARLY": _Period(_year_number, _days_of_year),
}


# --- which of them the rule means -------------------------------------------------------------------------------------


def _fits(rule: Rule, day: date) -> bool:
    return (
        (not rule.months or day.month in rule.months)
        and (not rule.weekdays or _is_weekday(rule, day))
        and (not rule.month_days or _counted(rule.month_days, day.day, _length(day.year, day.month)))
        and (not rule.year_days or _counted(rule.year_days, _day_of_year(day), _days_in(day.year)))
        and (not rule.weeks or _is_week(rule, day))
    )


def _counted(wanted: tuple[int, ...], number: int, size: int) -> bool:
    """Whether a number is wanted, counted from either end."""
    return number in wanted or number - size - 1 in wanted


def _is_weekday(rule: Rule, day: date) -> bool:
    weekday = day.weekday()
    return any(wanted == weekday and (not which or _is_which(rule, which, day)) for which, wanted in rule.weekdays)


def _is_which(rule: Rule, which: int, day: date) -> bool:
    """Whether the day is the `which`-th of its weekday in the month, or in the year. A week has one of each."""
    if rule.frequency == "MONTHLY" or (rule.frequency == "YEARLY" and rule.months):
        number, size = day.day, _length(day.year, day.month)
    elif rule.frequency == "YEARLY" and not rule.weeks:
        number, size = _day_of_year(day), _days_in(day.year)
    else:
        return True
    return which in ((number - 1) // 7 + 1, -((size - number) // 7 + 1))


def _is_week(rule: Rule, day: date) -> bool:
    """Whether the day is in a wanted week; week 1 is the first with at least four days in the year."""
    for year in (day.year - 1, day.year, day.year + 1):
        start, end = _first_week(year, rule.week_start), _first_week(year + 1, rule.week_start)
        if start <= day.toordinal() < end:
            return _counted(rule.weeks, (day.toordinal() - start) // 7 + 1, (end - start) // 7)
    return False


def _first_week(year: int, week_start: int) -> int:
    fourth = _new_year(year) + 3
    return fourth - (fourth - 1 - week_start) % 7


def _new_year(year: int) -> int:
    """The ordinal of 1 January; also of the years just outside of what `date` can hold."""
    before = year - 1
    return before * 365 + before // 4 - before // 100 + before // 400 + 1


def _day_of_year(day: date) -> int:
    return day.toordinal() - _new_year(day.year) + 1


def _days_in(year: int) -> int:
    return _new_year(year + 1) - _new_year(year)
