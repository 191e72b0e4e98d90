"""What the portal allows: so many calls, and so much of its time.

https://apidocs.bitrix24.com/limits.html. A leaky bucket per address: each call adds one, `leak` run out a second, and
above `burst` a call is answered 503 QUERY_LIMIT_EXCEEDED. Operating time per method: more than `operating` seconds within
`window` (ten buckets of a tenth each) and the method is answered 429 OPERATION_TIME_LIMIT until some of it has passed.
A batch is one call to the bucket; its methods spend their own time.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from hub_crm_bitrix.simulator import refusals


def usual_cost(_method: str, rows: int) -> float:
    """Seconds of the portal's time: what a call costs, and a row."""
    return 0.02 + 0.0005 * rows


_FRACTION = 1e-5
"""Of a call: moments since 1970 are not told more exactly."""


@dataclass
class Limits:
    """Numbers are those of every plan but Enterprise, which has 5 and 250. Change them while it runs.

    `banned` > 0: who has spent too much is shut out for so long, and starts anew then, as newer versions of the product
    are said to do.
    """

    leak: float = 2
    burst: float = 50
    operating: float = 480
    window: float = 600
    banned: float = 0
    cost: Callable[[str, int], float] = usual_cost
    _level: dict[str, tuple[float, float]] = field(default_factory=dict)
    _spent: dict[str, dict[int, float]] = field(default_factory=dict)
    _until: dict[str, float] = field(default_factory=dict)

    def knock(self, address: str, now: float) -> None:
        """Count a request. Raises Refusal, and then it is not counted."""
        level, at = self._level.get(address, (0.0, now))
        level = max(0.0, level - (now - at) * self.leak)
        if level + 1 > self.burst + _FRACTION:
            self._level[address] = level, now
            raise refusals.too_many()
        self._level[address] = level + 1, now

    def enter(self, method: str, now: float) -> None:
        """Raises Refusal where the method has spent its time."""
        if self._until.get(method, 0) > now:
            raise refusals.too_long()
        if self.spent(method, now) > self.operating:
            if self.banned:
                self._until[method] = now + self.banned
                self._spent.pop(method, None)
            raise refusals.too_long()

    def spend(self, method: str, rows: int, now: float) -> tuple[float, float]:
        """Seconds spent within the window with this call, and the moment at which some of it is given back."""
        buckets = self._spent.setdefault(method, {})
        bucket = int(now // (self.window / 10))
        buckets[bucket] = buckets.get(bucket, 0.0) + self.cost(method, rows)
        return self.spent(method, now), (min(buckets) + 10) * (self.window / 10)

    def spent(self, method: str, now: float) -> float:
        buckets = self._spent.get(method, {})
        first = int(now // (self.window / 10)) - 9
        for gone in [one for one in buckets if one < first]:
            del buckets[gone]
        return sum(buckets.values())
