"""When a stream that used to speak has gone quiet: against its own rhythm, not against a number of days.

For every day of the week it is known how often the stream spoke on it. A silent day is as surprising as it was likely to
speak on it (in nats: -ln of the chance that it does not), so a Sunday says next to nothing, and of a folder that hears
something twice a month a week says little. The surprise of the days since it last spoke is held against what is possible
by chance, and against the longest but one of its own silences before: a holiday of last summer raises no alarm this
summer, and one failure in the past hides no other.

Days off count for nobody: public holidays of Russia (Labour Code, article 112), and days on which most of the streams
that usually speak were silent, too.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from math import log
from typing import Final

ENOUGH: Final = 20
"""Of fewer days on which it spoke a stream has no rhythm yet."""
WEEKS: Final = 4
"""...nor within fewer weeks."""
BY_CHANCE: Final = 9.2
"""A silence this surprising (one in 10,000) is no chance."""
LONGER: Final = 1.5
"""So much more surprising than its longest but one before it has to be."""
USUALLY: Final = 0.5
OTHERS: Final = 3
FEW: Final = 0.25
_MOST: Final = 0.95
"""No stream is so regular that one day without it says more than this."""
_HOLIDAYS: Final = frozenset(
    {*((1, day) for day in range(1, 9)), (2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4), (12, 31)}
)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Silence:
    """A stream is quiet since its `last` day; for `days` days, those off not counted. It used to speak on `usual` days
    a week.
    """

    last: date
    days: int
    usual: float


def listen(spoke: Mapping[int, Collection[date]], today: date) -> dict[int, Silence]:
    """The streams that have gone quiet. `spoke` are the days before today on which each stream said something."""
    off = days_off(spoke, today)
    found = {number: _silence(sorted(days), today, off) for number, days in spoke.items()}
    return {number: silence for number, silence in found.items() if silence is not None}


def days_off(spoke: Mapping[int, Collection[date]], today: date) -> frozenset[date]:
    """The days on which the most of those that usually speak were silent together."""
    heard = {number: frozenset(days) for number, days in spoke.items() if len(days) >= ENOUGH}
    shares = {number: _shares(sorted(days), frozenset()) for number, days in heard.items()}
    first = min((min(days) for days in heard.values()), default=today)
    return frozenset(day for day in _days(first, today) if _is_off(day, heard, shares))


def _is_off(day: date, heard: Mapping[int, Collection[date]], shares: Mapping[int, Sequence[float]]) -> bool:
    usual = [
        number for number, share in shares.items() if share[day.weekday()] >= USUALLY and min(heard[number]) <= day
    ]
    return len(usual) >= OTHERS and sum(day in heard[number] for number in usual) < FEW * len(usual)


def _silence(days: Sequence[date], today: date, off: Collection[date]) -> Silence | None:
    if len(days) < ENOUGH or days[-1] - days[0] < WEEKS * 7 * _DAY:
        return None
    shares = _shares(days, off)
    before = sorted(_surprise(a, b, shares, off) for a, b in pairwise(days))
    now = _surprise(days[-1], today, shares, off)
    if now < max(BY_CHANCE, LONGER * before[-2]):
        return None
    quiet = sum(not _counts_for_nobody(day, off) for day in _days(days[-1] + _DAY, today))
    return Silence(days[-1], quiet, round(sum(shares), 1))


def _shares(days: Sequence[date], off: Collection[date]) -> list[float]:
    """For every day of the week: on which part of them something was said, from the first day to the last."""
    spoke, all_days = [0] * 7, [0] * 7
    known = frozenset(days)
    for day in _days(days[0], days[-1] + _DAY):
        if day in known or not _counts_for_nobody(day, off):
            all_days[day.weekday()] += 1
            spoke[day.weekday()] += day in known
    return [min(said / count, _MOST) if count else 0.0 for said, count in zip(spoke, all_days, strict=True)]


def _surprise(last: date, until: date, shares: Sequence[float], off: Collection[date]) -> float:
    """How surprising it is that nothing was said between two days, themselves excluded."""
    return sum(-log(1 - shares[day.weekday()]) for day in _days(last + _DAY, until) if not _counts_for_nobody(day, off))


def _counts_for_nobody(day: date, off: Collection[date]) -> bool:
    return (day.month, day.day) in _HOLIDAYS or day in off


def _days(first: date, until: date) -> list[date]:
    return [first + number * _DAY for number in range((until - first).days)]
