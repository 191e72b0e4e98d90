"""Several works at once in one thread: whoever is ready takes a step, each in its turn.

    waiting  --a place is free-->  working: paused --its line, or its time--> one step --> paused …

There are `places`. A work that has heard nothing for a while lends its own to the next: what hangs blocks nobody. One
more place is for what is urgent, so that a doorbell need not wait for a long first pull.
"""

import select
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from hub.engine.steps import TURN, Pause, Steps, abandon

LENDS_S: Final = 5.0
"""Who has heard nothing for so long lends its place."""
LENT: Final = 16
"""So many places are lent at most."""


@dataclass(slots=True, eq=False)
class _Work:
    """Its `pause` ends at `until`; it `heard` something last at, and `before` that (seconds)."""

    steps: Steps[None]
    urgent: bool
    heard: float
    before: float
    pause: Pause = TURN
    until: float = 0.0


@dataclass(slots=True)
class Pool:
    """`clock` counts seconds and never goes back."""

    places: int
    clock: Callable[[], float] = time.monotonic
    _waiting: deque[tuple[Steps[None], bool]] = field(default_factory=deque)
    _working: list[_Work] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._waiting) + len(self._working)

    @property
    def crowded(self) -> bool:
        """Whether somebody waits for a place."""
        return bool(self._waiting)

    def add(self, steps: Steps[None], *, urgent: bool = False) -> None:
        """Take a work in. What is urgent goes before the others."""
        (self._waiting.appendleft if urgent else self._waiting.append)((steps, urgent))

    def run(self) -> None:
        """Until all is done. Raises what a work raises; the others are told, and end."""
        try:
            while self:
                self.turn(1.0)
        except BaseException as error:
            self.close(error)
            raise

    def turn(self, most: float, lines: Sequence[int] = ()) -> None:
        """One step for everybody who can take one. Waits for such a one, or for one of `lines`, `most` seconds."""
        self._let_in()
        for work in self._ready(most, lines):
            try:
                work.pause = next(work.steps)
            except StopIteration:
                self._working.remove(work)
            except BaseException:
                self._working.remove(work)
                raise
            else:
                work.until = self.clock() + work.pause.seconds
                if work.pause.idle:
                    work.heard = work.before

    def close(self, error: BaseException | None = None) -> None:
        """End whatever is under way, because of an error or because nobody wants it any more."""
        self._waiting.clear()
        for work in self._working:
            abandon(work.steps, error)
        self._working.clear()

    def _let_in(self) -> None:
        now = self.clock()
        while self._waiting and self._has_place(now, urgent=self._waiting[0][1]):
            steps, urgent = self._waiting.popleft()
            self._working.append(_Work(steps, urgent, now, now))

    def _has_place(self, now: float, *, urgent: bool) -> bool:
        busy = sum(now - work.heard < LENDS_S for work in self._working)
        return busy < self.places + urgent and len(self._working) < self.places + LENT

    def _ready(self, most: float, lines: Sequence[int]) -> Sequence[_Work]:
        poll, now = select.poll(), self.clock()
        for line in lines:
            poll.register(line, select.POLLIN)
        for work in self._working:
            if work.pause.line is not None:
                poll.register(work.pause.line, work.pause.events)
        ends = min((work.until for work in self._working), default=now + most)
        rung = {line for line, _event in poll.poll(max(0.0, min(most, ends - now)) * 1000)}
        return list(self._those(rung, self.clock()))

    def _those(self, rung: set[int], now: float) -> Iterator[_Work]:
        for work in self._working:
            work.before = work.heard
            if work.pause.line in rung or work.pause == TURN:
                work.heard = now
                yield work
            elif work.until <= now:
                yield work
