"""How often somebody may call."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Allowance:
    """`per_second` calls on the average and `burst` at once. `now` gives seconds."""

    per_second: float
    burst: float
    now: Callable[[], float]
    _used: float = 0.0
    _at: float = field(default=0.0)

    def take(self) -> bool:
        """Whether one more call is within it; if so, it counts."""
        now = self.now()
        self._used = max(self._used - (now - self._at) * self.per_second, 0.0)
        self._at = now
        if self._used + 1 > self.burst:
            return False
        self._used += 1
        return True
