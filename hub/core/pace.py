"""How often something may be asked: a leaky bucket, as the servers that count calls keep it themselves.

Every call pours its cost into the bucket, which leaks all the time; a call goes out when it does not overflow. What is
kept says how it stood at one instant, so that only the time since then matters, never the time of day.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

SCALE: Final = 1_000_000
"""Costs are counted in millionths, times in microseconds: whole numbers, which add up the same everywhere."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A bucket that holds `burst` and leaks `per_second`: that many calls at once, and that many a second for good.

    Bitrix24 counts just so: `Rate(2, burst=50)` (apidocs.bitrix24.com/limits.html). "Seven in any second" is
    `Rate(7)`: evenly, which no way of counting finds too much.
    """

    per_second: float
    burst: float = 1

    def __post_init__(self) -> None:
        if not (0 < self.per_second < math.inf and 0 < self.burst < math.inf):
            raise ValueError("a rate is more than nothing a second, in bursts of more than nothing")


@dataclass(frozen=True, slots=True)
class Bucket:
    """How a bucket stood at an instant: `level` in millionths; nobody takes for `rest` microseconds."""

    level: int = 0
    rest: int = 0


def later(bucket: Bucket, rate: Rate, elapsed: int) -> Bucket:
    """The bucket `elapsed` microseconds later. A clock that went back tells nothing: no time has passed."""
    passed = max(elapsed, 0)
    leaked = math.floor(passed * rate.per_second)
    return Bucket(max(bucket.level - leaked, 0), max(bucket.rest - passed, 0))


def taken(bucket: Bucket, rate: Rate, cost: float) -> Bucket | int:
    """The bucket with a call more, or in how many microseconds to ask again. Raises `ValueError`, see `Limit.take`."""
    if not 0 < cost <= rate.burst:
        raise ValueError(f"a call of {cost:g} never fits into a bucket of {rate.burst:g}")
    level = bucket.level + math.ceil(cost * SCALE)
    over = level - math.floor(rate.burst * SCALE)
    wait = max(bucket.rest, math.ceil(max(over, 0) / rate.per_second))
    return wait or Bucket(level, 0)


def rested(bucket: Bucket, microseconds: int) -> Bucket:
    """The bucket that nobody takes from for so long; who asks for less does not shorten it."""
    return replace(bucket, rest=max(bucket.rest, microseconds))
