"""A limit as a connector sees it: the budgets may lie in memory, in a database, or behind another process."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from hub.core.pace import Rate
from hub.errors import AskedToWait
from hub.i18n import sentence

PATIENCE_S: Final = 60.0
"""So long a call waits for its turn; whose turn is further off comes back later."""
LONGEST: Final = timedelta(days=1)
"""What is asked for beyond a day is taken for a mistake: we look in again after one."""
SHARE_S: Final = 0.5
"""Where much is allowed, what may be called in so long is taken at once, and is good for so long."""
_FEW: Final = 5
"""For fewer calls than these it is not worth it."""
_LOOK_S: Final = 10.0
_BLINK_S: Final = 0.1


class Budgets(Protocol):
    """Where budgets are kept, by their keys."""

    def take(self, key: str, rate: Rate, cost: float) -> float:
        """0 when it is taken, otherwise in how many seconds to ask again."""

    def rest(self, key: str, seconds: float) -> None:
        """Let nobody take for so long."""


@dataclass(slots=True)
class _Share:
    """What is left of what was taken at once, until then (seconds of the clock that only goes on)."""

    left: float = 0
    until: float = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, left: float, seconds: float) -> None:
        with self.lock:
            self.left, self.until = left, time.monotonic() + seconds

    def gives(self, cost: float) -> bool:
        """Whether so much is left; then it is taken."""
        with self.lock:
            if self.left < cost or time.monotonic() >= self.until:
                return False
            self.left -= cost
            return True


@dataclass(frozen=True, slots=True)
class Shared:
    """One budget, taken from one call at a time, or a share of many: a `hub.network.Limit`.

    Calls of a share may go out later than they were taken, and meet what was taken meanwhile: so it is taken from a budget
    that holds as much less.
    """

    budgets: Budgets
    key: str
    rate: Rate
    clock: Callable[[], datetime]
    stopping: Callable[[], bool]
    _share: _Share = field(default_factory=_Share, repr=False)

    def take(self, cost: float = 1) -> None:
        share = int(min(self.rate.per_second * SHARE_S, self.rate.burst / 4))
        if share < max(_FEW, cost) or cost <= 0:
            self._take(self.rate, cost)
        elif not self._share.gives(cost):
            self._take(replace(self.rate, burst=self.rate.burst - share), share)
            self._share.begin(share - cost, share / self.rate.per_second)

    def _take(self, rate: Rate, cost: float) -> None:
        patient_until = time.monotonic() + PATIENCE_S
        while seconds := self.budgets.take(self.key, rate, cost):
            if self.stopping() or time.monotonic() + seconds > patient_until:
                raise self._not_yet(seconds)
            nap(min(seconds, _LOOK_S), self.stopping)

    def rest(self, until: datetime) -> None:
        self._share.begin(0, 0)
        seconds = min(until - self.clock(), LONGEST).total_seconds()
        if seconds > 0:
            self.budgets.rest(self.key, seconds)

    def _not_yet(self, seconds: float) -> AskedToWait:
        until = self.clock() + timedelta(seconds=seconds)
        text = sentence("what may be asked of {who} now has been asked; the next turn is at {moment}")
        return AskedToWait(
            text.format(who=self.key, moment=until.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")),
            until=until,
            fix=sentence("the hub tries again by itself; if this happens often, sync less often"),
        )


def nap(seconds: float, stopping: Callable[[], bool]) -> None:
    """Sleep, but not on when we are to stop."""
    until = time.monotonic() + seconds
    while not stopping() and (left := until - time.monotonic()) > 0:
        time.sleep(min(left, _BLINK_S))
