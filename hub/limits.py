"""A limit as a connector sees it: the budgets may lie in memory, in a database, or behind another process."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from hub.core.pace import Rate
from hub.errors import AskedToWait
from hub.i18n import sentence

PATIENCE_S: Final = 60.0
"""So long a call waits for its turn; whose turn is further off comes back later."""
LONGEST: Final = timedelta(days=1)
"""What is asked for beyond a day is taken for a mistake: we look in again after one."""
_LOOK_S: Final = 10.0
_BLINK_S: Final = 0.1


class Budgets(Protocol):
    """Where budgets are kept, by their keys."""

    def take(self, key: str, rate: Rate, cost: float) -> float:
        """0 when it is taken, otherwise in how many seconds to ask again."""

    def rest(self, key: str, seconds: float) -> None:
        """Let nobody take for so long."""


@dataclass(frozen=True, slots=True)
class Shared:
    """One budget, taken from one call at a time: a `hub.network.Limit`."""

    budgets: Budgets
    key: str
    rate: Rate
    clock: Callable[[], datetime]
    stopping: Callable[[], bool]

    def take(self, cost: float = 1) -> None:
        patient_until = time.monotonic() + PATIENCE_S
        while seconds := self.budgets.take(self.key, self.rate, cost):
            if self.stopping() or time.monotonic() + seconds > patient_until:
                raise self._not_yet(seconds)
            nap(min(seconds, _LOOK_S), self.stopping)

    def rest(self, until: datetime) -> None:
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
