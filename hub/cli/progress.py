"""How far a sync has come: bars on a terminal, otherwise a line every ten seconds. On stderr, as all that passes."""

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from hub.cli import moments
from hub.cli.output import Output, printable
from hub.i18n import _

if TYPE_CHECKING:
    from hub.core.pages import Counts

EVERY_S = 10.0
SHOWN_EVERY_S = 0.1


class Shows(Protocol):
    """Told after every page: connection, stream, counts so far, how many items there may be."""

    def __call__(self, connection: str, stream: str, counts: "Counts", total: int | None, /) -> None: ...


def showing(output: Output) -> "AbstractContextManager[Shows]":
    """What shows the progress of a sync here: bars, lines, or (with --quiet) nothing."""
    if output.quiet:
        return nullcontext(_nothing)
    return _Bars(output) if sys.stderr.isatty() else nullcontext(Lines(output))


def _nothing(_connection: str, _stream: str, _counts: "Counts", _total: int | None, /) -> None:
    return


class Lines:
    """A line now and then: "mail/INBOX: 1200 of 20000, 350/s, 54 seconds left"."""

    def __init__(self, output: Output, clock: Callable[[], float] = time.monotonic) -> None:
        self._output = output
        self._clock = clock
        self._told = clock()
        self._began: dict[tuple[str, str], float] = {}

    def __call__(self, connection: str, stream: str, counts: "Counts", total: int | None, /) -> None:
        now = self._clock()
        began = self._began.setdefault((connection, stream), self._told)
        if now - self._told < EVERY_S:
            return
        self._told = now
        rate = counts.listed / max(now - began, 0.001)
        self._output.note(f"{connection}/{stream}: {so_far(counts.listed, total, rate)}")


def so_far(done: int, total: int | None, rate: float) -> str:
    """How far something is: 1200 of 20000, 350/s, 54 seconds left. What is not known is left out."""
    text = [_("{n} of {total}").format(n=done, total=total) if total else str(done)]
    text.append(_("{rate}/s").format(rate=round(rate)))
    if total and done < total and rate > 0:
        text.append(_("{span} left").format(span=moments.span((total - done) / rate)))
    return ", ".join(text)


class _Bars:
    """A bar for every stream that is being pulled; finished ones stay above them."""

    def __init__(self, output: Output) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._tasks: dict[tuple[str, str], Any] = {}
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[far]}", markup=False),
            TimeRemainingColumn(),
            console=Console(stderr=True, no_color=not output.color or None, highlight=False),
            auto_refresh=False,  # by a thread, which a process that forks had better not have
        )
        self._shown = 0.0

    def __enter__(self) -> Shows:
        self._progress.start()
        return self._show

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def _show(self, connection: str, stream: str, counts: "Counts", total: int | None, /) -> None:
        key = (connection, stream)
        if key not in self._tasks:
            self._finish(connection)
            name = printable(f"{connection}/{stream}")
            self._tasks[key] = self._progress.add_task(name, total=total, far="")
        task = self._progress.tasks[self._progress.task_ids.index(self._tasks[key])]
        rate = counts.listed / max(task.elapsed or 0.0, 0.001)
        far = _("{n} · {rate}/s").format(n=counts.listed, rate=round(rate))
        self._progress.update(self._tasks[key], completed=counts.listed, total=total, far=far)
        if time.monotonic() - self._shown >= SHOWN_EVERY_S:
            self._shown = time.monotonic()
            self._progress.refresh()

    def _finish(self, connection: str) -> None:
        """A stream is over when the next one of its connection begins."""
        for (mine, _stream), number in self._tasks.items():
            task = self._progress.tasks[self._progress.task_ids.index(number)]
            if mine == connection and not task.finished:
                self._progress.update(number, total=task.completed)
