"""Values of iCalendar properties (RFC 5545, section 3.3): dates, times, durations, addresses."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import TypeAlias
from urllib.parse import unquote

from hub_calendar.lines import Line, one_line, parameter

_TIME = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d):?(\d\d):?(\d\d)?(?:[.,]\d+)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII | re.IGNORECASE
)
_OFFSET = re.compile(r"([+-]?)(\d\d):?(\d\d)(?::?\d\d)?", re.ASCII)
_DURATION = re.compile(
    r"([+-]?)P(?:(\d{1,5})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,7})H)?(?:(\d{1,7})M)?(?:(\d{1,9})S)?)?",
    re.ASCII | re.IGNORECASE,
)
_IN_ADDRESS = r"""^\s@<>()\[\]\\,;:"'"""
_ADDRESS = re.compile(rf"(?<![{_IN_ADDRESS}])[{_IN_ADDRESS}]{{1,64}}@[{_IN_ADDRESS}]{{1,253}}")

_FIRST_YEAR, _LAST_YEAR = 1000, 9800
_LONGEST_TIME, _LONGEST_ZONE = 60, 501

Wall: TypeAlias = datetime | date
"""A time as the clock on the wall shows it (naive), or a day."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A time as the calendar states it.

    `tzid` is "Z" or an offset where the time itself says so, and "" where nothing does: such a time *floats*, and
    is meant in the calendar's own zone.
    """

    wall: Wall
    tzid: str = ""


def stated(value: str, tzid: str = "") -> Stated | None:
    """A DATE or DATE-TIME; None when it is neither, or at an end of time, where programs put what they do not know."""
    found = written(value, tzid)
    return found if found is not None and _FIRST_YEAR <= found.wall.year <= _LAST_YEAR else None


def written(value: str, tzid: str = "") -> Stated | None:
    """A DATE or DATE-TIME of any year. The extended form of ISO 8601 is understood too."""
    plain = value.strip()
    return _written(plain, tzid) if len(plain) < _LONGEST_TIME and len(tzid) < _LONGEST_ZONE else None


@lru_cache(maxsize=4_096)
def _written(value: str, tzid: str) -> Stated | None:
    found = _TIME.fullmatch(value)
    if found is None:
        return None
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
        return Stated(_clock(day, found), found[7] or tzid) if found[4] else Stated(day)
    except (ValueError, OverflowError):
        return None


def _clock(day: date, found: re.Match[str]) -> datetime:
    hour, minute, second = int(found[4]), int(found[5]), min(int(found[6] or 0), 59)
    if (hour, minute, second) == (24, 0, 0):
        return datetime.combine(day, time(0)) + timedelta(days=1)
    return datetime.combine(day, time(hour, minute, second))


def stated_line(line: Line) -> Stated | None:
    """The DATE or DATE-TIME of a property, in the zone that its TZID names."""
    return stated(line.value, parameter(line.params.get("TZID", "")))


def offset(value: str) -> timezone | None:
    """A UTC-OFFSET ("+0300", "-05:30") or "Z" as a zone; None when it is neither."""
    if value in ("Z", "z"):
        return UTC
    found = _OFFSET.fullmatch(value.strip())
    if found is None or int(found[2]) > 18:
        return None
    minutes = int(found[2]) * 60 + int(found[3])
    return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes))


@dataclass(frozen=True, slots=True)
class Duration:
    """`days` are days on the calendar, whatever the clocks do; `exact` is time that passes."""

    days: int
    exact: timedelta


def duration(value: str) -> Duration | None:
    """A DURATION; None when it is none, or negative, or longer than a hundred years."""
    found = _DURATION.fullmatch(value.strip())
    if found is None or found[1] == "-" or not any(found.groups()[1:]):
        return None
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    exact = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    days += 7 * weeks
    return Duration(days, exact) if timedelta(days=days) + exact < timedelta(days=36525) else None


def whole(value: str) -> int:
    """A non-negative INTEGER; 0 when it is none."""
    digits = value.strip()
    return min(int(digits[:12]), 2**31 - 1) if digits.isascii() and digits.isdigit() else 0


def address(line: Line) -> str:
    """The e-mail address of a CAL-ADDRESS, from its EMAIL parameter or its mailto: URI; "" when it has none."""
    uri = line.value[:2000]
    at = uri.lower().rfind("mailto:")
    plain = unquote(uri[at + len("mailto:") :].partition("?")[0]) if at >= 0 else uri
    for candidate in (parameter(line.params.get("EMAIL", "")), one_line(plain)):
        if found := _ADDRESS.search(candidate):
            return found.group()
    return ""
