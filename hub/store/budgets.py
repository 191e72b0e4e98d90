"""Budgets of calls: one row each, changed by one unit of work at a time.

What a row says counts from an instant. On the machine that wrote it the time since then is read from a clock that nobody
sets and that runs on while the machine sleeps; on another one, or after it was started anew, from the time of day: this
machine's with a file, the server's with PostgreSQL, so that machines need not agree.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from sqlalchemy import bindparam, select, text

from hub.core import pace
from hub.core.pace import SCALE, Bucket, Rate
from hub.store.database import Tx, table
from hub.store.tables import Budget

_budget = table(Budget)
_ONE = select(_budget).where(_budget.c.key == bindparam("name"))
_MOMENT: Final = text("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)")
_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Instant:
    """Now: `ticks` microseconds after the machine of this `boot` ("": unknown) was started, `moment` by the time of day."""

    boot: str
    ticks: int
    moment: int

    def since(self, boot: str, ticks: int, moment: int) -> int:
        """Microseconds since then, 0 where a clock went back."""
        passed = self.ticks - ticks if boot and boot == self.boot else self.moment - moment
        return max(passed, 0)


Now = Callable[[Tx], Instant]


def now(tx: Tx) -> Instant:
    """Read behind the lock of the unit of work: whoever comes next reads a later one."""
    if sys.platform == "linux":
        ticks = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000
    else:
        ticks = time.monotonic_ns() // 1000
    moment = tx.connection.execute(_MOMENT).scalar_one() if tx.is_postgresql else time.time_ns() // 1000
    return Instant(_boot(), ticks, int(moment))


@cache
def _boot() -> str:
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def take(tx: Tx, key: str, rate: Rate, cost: float, now: Instant) -> float:
    """0 when it is taken, otherwise in how many seconds to ask again."""
    bucket, anchored = _stands(tx, key, rate, now)
    found = pace.taken(bucket, rate, cost)
    if isinstance(found, Bucket):
        _write(tx, key, found, now)
        return 0
    if not anchored:
        _write(tx, key, bucket, now)
    return found / SCALE


def rest(tx: Tx, key: str, seconds: float, now: Instant) -> None:
    """Let nobody take for so long."""
    row = _row(tx, key)
    passed = now.since(row.boot, row.ticks, row.moment) if row else 0
    found = Bucket(row.level, row.rest) if row else Bucket()
    then = Instant(row.boot, row.ticks, row.moment) if row else now
    _write(tx, key, pace.rested(found, passed + round(seconds * SCALE)), then)


def _stands(tx: Tx, key: str, rate: Rate, now: Instant) -> tuple[Bucket, bool]:
    """The bucket now, and whether what its row counts from is of a use to the next one who asks."""
    row = _row(tx, key)
    if row is None:
        return Bucket(), True
    passed = now.since(row.boot, row.ticks, row.moment)
    return pace.later(Bucket(row.level, row.rest), rate, passed), row.boot == now.boot and passed > 0


def _row(tx: Tx, key: str) -> Any | None:
    return next(iter(tx.rows(_ONE, name=key)), None)


def _write(tx: Tx, key: str, bucket: Bucket, at: Instant) -> None:
    tx.put(Budget, [(key, bucket.level, bucket.rest, at.boot, at.ticks, at.moment)])
