"""What an address may ask: https://developers.kommo.com/docs/limitations and its twin of amocrm.ru.

Seven requests in any second; beyond, 429. Who goes on gets 403 for everything, from the web server in front, as HTML
(https://github.com/amocrm/amocrm-api-php/issues/434).
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

Verdict = Literal["ok", "too many", "banned"]


@dataclass
class Limits:
    """Change them while it runs. `patience` times 429 within a minute, and the address is banned for `ban` seconds."""

    per_second: int = 7
    patience: int = 10
    ban: float = 3600
    biggest_write: int = 250
    """More entities in one write are 400; more than `slow_from` take too long: 504."""
    slow_from: int = 251
    _asked: dict[str, deque[float]] = field(default_factory=dict)
    _refused: dict[str, deque[float]] = field(default_factory=dict)
    _until: dict[str, float] = field(default_factory=dict)

    def knock(self, address: str, now: float) -> Verdict:
        if now < self._until.get(address, 0):
            return "banned"
        asked = self._asked.setdefault(address, deque())
        _drop(asked, now - 1)
        if len(asked) < self.per_second:
            asked.append(now)
            return "ok"
        refused = self._refused.setdefault(address, deque())
        _drop(refused, now - 60)
        refused.append(now)
        if len(refused) > self.patience:
            self._until[address] = now + self.ban
            return "banned"
        return "too many"


def _drop(times: deque[float], before: float) -> None:
    while times and times[0] <= before:
        times.popleft()
