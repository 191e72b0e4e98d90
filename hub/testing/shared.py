"""What connections share, in the memory of this process: budgets, and a drawer with a grant.

budgets = Budgets()
drawer = Drawer(hub.Grant("a1", "r1"))
tools = hub.Tools(…, limit=budgets.limit, tokens=drawer.tokens())
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hub.core import pace
from hub.core.pace import SCALE, Bucket, Rate
from hub.grants import Grant, Tokens
from hub.limits import Shared
from hub.network import Limit
from hub.tokens import Kept, Refreshing


def _now() -> datetime:
    return datetime.now(UTC)


def _never() -> bool:
    return False


@dataclass(slots=True)
class Budgets:
    """Budgets of all keys. `clock` tells the time of day, `seconds` is a clock that only goes on; `taken` is what was taken:
    (second, key, cost).
    """

    clock: Callable[[], datetime] = _now
    seconds: Callable[[], float] = time.monotonic
    taken: list[tuple[float, str, float]] = field(default_factory=list)
    _buckets: dict[str, tuple[Bucket, int]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def limit(self, key: str, rate: Rate) -> Limit:
        """What `Tools.limit` gives."""
        return Shared(self, key, rate, self.clock, _never)

    def take(self, key: str, rate: Rate, cost: float) -> float:
        with self._lock:
            now, bucket = self._stands(key, rate)
            found = pace.taken(bucket, rate, cost)
            if isinstance(found, int):
                return found / SCALE
            self._buckets[key] = found, now
            self.taken.append((now / SCALE, key, cost))
        return 0

    def rest(self, key: str, seconds: float) -> None:
        with self._lock:
            bucket, at = self._buckets.get(key, (Bucket(), self._now()))
            passed = self._now() - at
            self._buckets[key] = pace.rested(bucket, round(seconds * SCALE) + passed), at

    def resting(self, key: str) -> bool:
        """Whether a server has asked for peace that is not over."""
        with self._lock:
            return self._stands(key, Rate(1))[1].rest > 0

    def _stands(self, key: str, rate: Rate) -> tuple[int, Bucket]:
        now = self._now()
        bucket, at = self._buckets.get(key, (Bucket(), now))
        return now, pace.later(bucket, rate, now - at)

    def _now(self) -> int:
        return round(self.seconds() * SCALE)


@dataclass(slots=True)
class Drawer:
    """A drawer, empty or with a grant in it. What happens to it is in its fields."""

    grant: Grant | None = None
    clock: Callable[[], datetime] = _now
    saved: datetime = field(init=False)
    version: int = 1
    refused: bool = False
    unanswered: bool = False
    asking: bool = False
    held: bool = False
    epoch: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.saved = self.clock()

    def tokens(self, connection: str = "crm", *, idle: timedelta | None = None) -> Tokens:
        """What `Tools.tokens` is. `idle` as in `SignIn`."""
        return Refreshing(self, connection, self.clock, _never, idle)

    def look(self) -> Kept | None:
        with self._lock:
            return self._kept()

    def _kept(self) -> Kept | None:
        if self.grant is None:
            return None
        return Kept(
            grant=self.grant, version=self.version, saved=self.saved, refused=self.refused,
            unanswered=self.unanswered or (self.asking and not self.held),
        )  # fmt: skip

    def claim(self, version: int, process: int) -> int | None:  # noqa: ARG002 - there is one process
        with self._lock:
            if self.held or version != self.version:
                return None
            self.unanswered = self.unanswered or self.asking
            self.held, self.asking, self.epoch = True, True, self.epoch + 1
            return self.epoch

    def save(self, version: int, grant: Grant) -> bool:
        with self._lock:
            if version != self.version:
                return False
            self.grant, self.version, self.saved = grant, self.version + 1, self.clock()
            self.held = self.asking = self.unanswered = self.refused = False
            return True

    def refuse(self, version: int, epoch: int) -> None:
        with self._lock:
            if (version, epoch) == (self.version, self.epoch):
                self.refused, self.asking, self.held = True, False, False

    def release(self, epoch: int) -> None:
        with self._lock:
            self.held = self.held and epoch != self.epoch
