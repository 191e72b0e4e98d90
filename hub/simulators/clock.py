"""A simulated system's time: the machine's, or what a test has turned it to."""

import time


class Clock:
    """Seconds since 1970. With `at` it stands still there, and only `turn` moves it."""

    def __init__(self, at: float | None = None) -> None:
        self._at = at
        self._turned = 0.0

    def now(self) -> float:
        return (time.time() if self._at is None else self._at) + self._turned

    def turn(self, seconds: float) -> None:
        self._turned += seconds
