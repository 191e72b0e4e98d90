"""A VTIMEZONE (RFC 5545, section 3.6.5) as a zone: the moments at which its clocks were put forward or back."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import TypeAlias

from hub_calendar.lines import Component
from hub_calendar.rules import Refusal, rule, starts
from hub_calendar.values import offset, written

_FIRST_YEAR, _LAST_YEAR = 1970, 2100
_MOST = 100
"""Observances of a zone, and onsets of an observance that are listed one by one."""

Onset: TypeAlias = tuple[datetime, timedelta, timedelta]
"""A wall clock, by the offset before; the offset before; the offset from then on."""


@dataclass(frozen=True, slots=True)
class _Observance:
    at: datetime
    before: timedelta
    after: timedelta
    rules: tuple[str, ...]
    more: tuple[datetime, ...]


class Observed(tzinfo):
    """A zone made of its onsets, ascending. As in `zoneinfo`, a wall clock that is skipped is read as before."""

    def __init__(self, onsets: list[Onset]) -> None:
        self._walls = [at + max(after - before, timedelta(0)) for at, before, after in onsets]
        self._moments = [at - before for at, before, _ in onsets]
        self._offsets = [onsets[0][1], *(after for _, _, after in onsets)]

    def utcoffset(self, when: datetime | None, /) -> timedelta:
        if when is None:
            return self._offsets[-1]
        return self._offsets[bisect_right(self._walls, when.replace(tzinfo=None))]

    def fromutc(self, when: datetime, /) -> datetime:
        return when + self._offsets[bisect_right(self._moments, when.replace(tzinfo=None))]

    def dst(self, when: datetime | None, /) -> None:
        """Not known: a VTIMEZONE's word for it is not needed."""

    def tzname(self, when: datetime | None, /) -> None:
        """Not known either."""


def observed(definition: Component) -> tzinfo | None:
    """The zone that a VTIMEZONE defines; None where it says nothing that can be understood."""
    parts = [part for part in definition.parts if part.name in ("STANDARD", "DAYLIGHT")][:_MOST]
    observances = tuple(one for one in map(_observance, parts) if one is not None)
    return _zone(observances) if observances else None


def _observance(part: Component) -> _Observance | None:
    at = _wall(part.first("DTSTART").value)
    after = offset(part.first("TZOFFSETTO").value)
    before = offset(part.first("TZOFFSETFROM").value) or after
    if at is None or before is None or after is None:
        return None
    more = [_wall(value) for line in part.all("RDATE") for value in line.value.split(",")[:_MOST]]
    return _Observance(
        at=at,
        before=before.utcoffset(None),
        after=after.utcoffset(None),
        rules=tuple(line.value[:500] for line in part.all("RRULE")[:2]),
        more=tuple(one for one in more[:_MOST] if one is not None),
    )


def _wall(value: str) -> datetime | None:
    found = written(value)
    if found is None or not isinstance(found.wall, datetime) or found.wall.year > _LAST_YEAR:
        return None
    return _not_before(1900, found.wall)


@lru_cache(maxsize=256)
def _zone(observances: tuple[_Observance, ...]) -> Observed:
    onsets = sorted({(at, one.before, one.after) for one in observances for at in _onsets(one)})
    return Observed(onsets)


def _onsets(observance: _Observance) -> Iterator[datetime]:
    yield observance.at
    yield from observance.more
    for value in observance.rules:
        yield from _laid_out(observance, value)


def _laid_out(observance: _Observance, value: str) -> list[datetime]:
    parsed = rule(value)
    if isinstance(parsed, Refusal):
        return []
    first_day, last = datetime(_FIRST_YEAR, 1, 1), datetime(_LAST_YEAR, 1, 1)  # noqa: DTZ001 - walls are naive
    if parsed.until is not None and isinstance(parsed.until.wall, datetime):
        last = min(last, max(parsed.until.wall, first_day)) + observance.before
    every_year = parsed.interval == 1 and parsed.count is None
    first = _not_before(_FIRST_YEAR, observance.at) if every_year else observance.at
    return starts(parsed, first, first, last).walls


def _not_before(year: int, at: datetime) -> datetime:
    """The same day of `year`, for zones said to begin in 1601 or in the year 1."""
    leap_day = (at.month, at.day) == (2, 29)
    return at if at.year >= year else at.replace(year=year, day=28 if leap_day else at.day)
