"""Work in steps: generators that say what they wait for, so that one thread can go on with whatever is ready.

    def work() -> Steps[int]:
        answer = yield from ask(...)      # pauses inside until the answer is there
        yield TURN                        # others have their turn
        return 1

Between two pauses nobody else does anything: a transaction never holds a pause.
"""

import select
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import wraps
from typing import Final, ParamSpec, TypeAlias, TypeVar

T = TypeVar("T")
P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Pause:
    """Until `line` (a file descriptor; None: none) can be read, or `writing`: written, and at most so many `seconds`. What came
    before was `idle` talk, which is no reason to keep a place.
    """

    line: int | None = None
    seconds: float = 0.0
    writing: bool = False
    idle: bool = False

    @property
    def events(self) -> int:
        return select.POLLOUT if self.writing else select.POLLIN


TURN: Final = Pause()
"""Waits for nothing: whoever else is ready has its turn."""
IDLE: Final = Pause(idle=True)
"""The same, after nothing that matters."""

Steps: TypeAlias = Generator[Pause, None, T]


def finished(steps: Steps[T]) -> T:
    """Take all the steps, waiting here wherever they pause. Returns what they return."""
    while True:
        try:
            pause = next(steps)
        except StopIteration as end:
            result: T = end.value
            return result
        try:
            _wait(pause)
        except BaseException as error:
            abandon(steps, error)
            raise


def abandon(steps: Steps[T], error: BaseException | None = None) -> None:
    """Let steps hear of an error that ends everything (None: that they are no longer wanted), and end them."""
    try:
        if error is not None:
            steps.throw(error)
        steps.close()
    except BaseException:  # noqa: BLE001, S110 - the one that ends everything is told by whoever calls
        pass
    finally:
        steps.close()


def _wait(pause: Pause) -> None:
    if pause in (TURN, IDLE):
        return
    poll = select.poll()
    if pause.line is not None:
        poll.register(pause.line, pause.events)
    poll.poll(pause.seconds * 1000)


def at_once(function: Callable[P, T]) -> Callable[P, Steps[T]]:
    """A function as steps that wait for nothing."""

    @wraps(function)
    def steps(*arguments: P.args, **options: P.kwargs) -> Steps[T]:
        yield from ()
        return function(*arguments, **options)

    return steps
