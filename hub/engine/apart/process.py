"""The process of a source, as we speak with it: started, asked, stopped when it hangs, told apart from one that died.

    [begin ->] start -> (ask -> receive)* -> leave          and, whatever happens, kill

Nothing here waits: who asks gets steps, and others go on while the process is busy.
"""

import multiprocessing
import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection as Pipe
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any, Final, Protocol

from hub.engine.apart import answering, wire
from hub.engine.apart.alone import TOLD, Stopping
from hub.engine.apart.heritage import Heritage
from hub.engine.apart.line import Line
from hub.engine.apart.said import log
from hub.engine.apart.wire import Message
from hub.engine.asking import Ask
from hub.engine.steps import IDLE, Pause, Steps
from hub.errors import HubError, Inconsistent
from hub.i18n import sentence, sentences
from hub.settings import Limits

ROOM: Final = 4 << 20
"""So many bytes it may say before we listen, where the system lets it: a page is some hundred thousand, and we are busy storing."""
END_S: Final = 2.0
BLINK_S: Final = 0.001
TICK_S: Final = 0.5
BURNS_S: Final = 2.0
"""Who has used the processor for so long without a word gets only what the others leave of it."""
STARTS: Final = 20
"""So often the process of a connection is started anew in one sync: whatever kills it is not going to get better."""
_LAST: Final = 19


class Work(Protocol):
    """What a process is to do, for a plugin of this name; what is asked of the hub there, its `desk` answers."""

    @property
    def plugin(self) -> str: ...

    @property
    def desk(self) -> Ask: ...

    @property
    def heritage(self) -> Heritage: ...

    def serve(self, pipe: Pipe, others: Sequence[Pipe]) -> None:
        """Everything that the process does."""


class Process:
    """A child process. One that died is started anew when it is next asked for something."""

    lists: bool = False
    fetches: bool = False

    def __init__(self, order: Work, limits: Limits, stopping: Stopping) -> None:
        self._order = order
        self._limits = limits
        self._stopping = stopping
        self._starts = 0
        self._told_to_stop = False
        self._is_open = False
        self.began = 0.0
        self._ahead: tuple[Any, ...] = ()
        self._process: ForkProcess | None = None
        self._pipe: Pipe | None = None
        self._line: Line | None = None
        self._silence = _Silence(None)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    @property
    def line(self) -> int | None:
        """The file descriptor on which it speaks."""
        return self._line.number if self._line is not None else None

    @property
    def is_well(self) -> bool:
        """Whether it can do more work: it is open, was not told to stop, and has not burnt the processor."""
        return self._is_open and not self._told_to_stop and self._is_there() and _niceness(self.pid) <= _niceness(0)

    @property
    def is_ready(self) -> bool:
        """Whether it has begun to say something."""
        return self._line is not None and self._line.waits

    # --- beginning and end

    def begin(self, *ahead: Any) -> None:
        """Have it open the source, and ask it this before anybody waits for the answer: who `ask`s that then finds it asked."""
        self._fork()
        assert self._line is not None
        self._ahead = ahead
        self._line.put(ahead)
        self._line.sent()

    def take(self, order: Work, stopping: Stopping) -> None:
        """Who began it did not know yet for whom: from now on it works for this order."""
        self._order, self._stopping = order, stopping

    def start(self) -> Steps[None]:
        """Open the source in it, unless that has begun. Raises what the plugin raises."""
        if self._is_open:
            return
        if self._process is None:
            self._ahead = ()
            self._fork()
        self.lists, self.fetches, modules = yield from self.receive("opened")
        self._is_open = True
        self.bequeath(modules)

    def _fork(self) -> None:
        if self._starts >= STARTS:
            raise self._defect(sentence("the process of the plugin {plugin} died again and again"))
        self._starts += 1
        self.began = time.monotonic()
        self._order.heritage.take()
        ours, theirs = multiprocessing.Pipe()
        with socket.socket(fileno=os.dup(theirs.fileno())) as end:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ROOM)
        context = multiprocessing.get_context("fork")
        self._process = context.Process(target=self._order.serve, args=(theirs, [ours]), daemon=True)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, TOLD)
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()
        self._pipe, self._line = ours, Line(ours.fileno(), self._limits.memory)

    def bequeath(self, modules: Sequence[str]) -> None:
        """What it had to import, the next one of its connector inherits."""
        self._order.heritage.add(modules)

    def leave(self) -> Steps[None]:
        """End it: kindly at first."""
        if self._line is not None and self._pipe is not None:
            with suppress(OSError):
                self._line.put(("close",))
                self._line.sent()
            self._pipe.close()
            yield from self._end()
        self.kill()

    def kill(self) -> None:
        process, pipe = self._process, self._pipe
        self._process = self._pipe = self._line = None
        self._is_open = False
        if process is not None and pipe is not None:
            pipe.close()
            process.kill()
            process.join()
            process.close()

    def _end(self) -> Steps[None]:
        """Give it a moment to end by itself. It says so a little before it has."""
        until = time.monotonic() + END_S
        if self._process is not None:
            yield Pause(self._process.sentinel, END_S)
        while self._process is not None and self._process.is_alive() and time.monotonic() < until:
            yield Pause(seconds=BLINK_S)

    # --- asking and hearing

    def ask(self, *question: Any) -> Steps[None]:
        if self._line is None:
            yield from self.start()
        ahead, self._ahead = self._ahead, ()
        if ahead == question:
            return
        assert self._line is not None
        self._silence = _Silence(self.pid)
        self._line.put(question)
        yield from self._send()

    def _send(self) -> Steps[None]:
        assert self._line is not None
        try:
            while not self._line.sent():
                yield Pause(self._line.number, TICK_S, writing=True)
                self._look_after()
        except OSError as error:
            raise (yield from self._died()) from error

    def receive(self, *expected: str) -> Steps[Sequence[Any]]:
        """The next answer, which must be one of these; the name stands before it where there may be several."""
        while (message := (yield from self.hear(*expected))) is None:
            pass
        return message[1:] if len(expected) == 1 else message

    def hear(self, *expected: str) -> Steps[Message | None]:
        """The next message, where it is one of these answers; None where it was about something else, which is done."""
        message = yield from self._next()
        if message[0] in expected:
            return message
        if message[0] == "error":
            raise wire.error_of(message[1])
        if message[0] == "log":
            log(*message[1:])
        elif message[0] == "ask":
            yield from self._answer(*message[1:])
        else:
            self.kill()
            raise self._defect(sentence("the process of the plugin {plugin} said something out of turn"))
        yield IDLE  # who talks without end keeps nobody from his turn
        return None

    def comes(self, seconds: float) -> Steps[bool]:
        """Whether a message is there within so many seconds, or no more will ever be."""
        until = time.monotonic() + seconds
        while self._line is not None:
            try:
                if self._line.takes_in():
                    return True
            except Exception:  # noqa: BLE001 - who hears the next message is told
                return True
            if (left := until - time.monotonic()) <= 0:
                return False
            yield Pause(self._line.number, left)
        return False

    def _answer(self, *question: Any) -> Steps[None]:
        """What its tools ask of the hub's desk. Raises `StoreUnusable`."""
        line = self._line
        assert line is not None
        try:
            answering.answer(lambda *said: line.put(said), self._order.desk, *question)
        finally:
            with suppress(OSError):
                line.sent()
        yield from self._send()

    def _next(self) -> Steps[Message]:
        assert self._line is not None
        self._silence = _Silence(self.pid)
        while True:
            try:
                message = self._line.heard()
            except Exception as error:
                raise (yield from self._died()) from error
            if message is not None:
                return message
            if not self._is_there():
                raise (yield from self._died())  # a process that the plugin has left behind holds the pipe open
            self._look_after()
            yield Pause(self._line.number, TICK_S)

    def _is_there(self) -> bool:
        assert self._line is not None
        return self._process is None or self._process.is_alive() or self._line.waits

    def _look_after(self) -> None:
        """Tell it that we want to stop, and stop it when it has been silent for too long."""
        if self._stopping() and not self._told_to_stop:
            self._told_to_stop = True
            self._signal(signal.SIGTERM)
        self._silence.lower()
        if self._silence.seconds >= self._limits.silence:
            self.kill()
            minutes = round(self._limits.silence / 60) or 1
            text = sentences(
                "the plugin {plugin} gave no sign of life for {n} minute, and was stopped",
                "the plugin {plugin} gave no sign of life for {n} minutes, and was stopped",
                minutes,
            )
            raise self._defect(text, n=minutes)

    def _signal(self, number: int) -> None:
        """So that a source which asks `stopping()` in the middle of its work hears of it."""
        if self._process is not None and self._process.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, number)

    # --- what went wrong

    def _died(self) -> Steps[HubError]:
        yield from self._end()
        code = self._process.exitcode if self._process is not None else None
        self.kill()
        if code is not None and code < 0:
            name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
            return self._defect(sentence("the process of the plugin {plugin} was killed ({signal})"), signal=name)
        text = sentence("the process of the plugin {plugin} ended by itself, with exit code {code}")
        return self._defect(text, code=code)

    def _defect(self, text: str, **fields: Any) -> Inconsistent:
        return Inconsistent(
            text.format(plugin=self._order.plugin, **fields),
            fix=sentence("tell the plugin's author; the next sync goes on from the last page of this stream"),
        )


class _Silence:
    """How long a process has said nothing, and whether it burns the processor meanwhile."""

    def __init__(self, pid: int | None) -> None:
        self._pid = pid
        self._since = time.monotonic()
        self._used: float | None = None
        self._lowered = False

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._since

    def lower(self) -> None:
        """Who burns it and says nothing must not keep the processor from the others."""
        if self._used is None:  # not before it is silent for a moment: most have an answer at once
            self._used = _used(self._pid)
        if self._lowered or self.seconds < BURNS_S:
            return
        if _used(self._pid) - self._used > self.seconds / 10:
            self._lowered = True
            for thread in Path(f"/proc/{self._pid}/task").iterdir():
                with suppress(OSError):
                    os.setpriority(os.PRIO_PROCESS, int(thread.name), _LAST)


def _niceness(pid: int | None) -> int:
    """How far a process gives way to others; further than any where there is none."""
    try:
        return os.getpriority(os.PRIO_PROCESS, pid) if pid is not None else _LAST + 1
    except OSError:
        return _LAST + 1


def _used(pid: int | None) -> float:
    """Seconds of the processor that a process has used; 0 where the system does not say it."""
    if pid is None or sys.platform != "linux":
        return 0.0
    try:
        said = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(said[11]) + int(said[12])) / os.sysconf("SC_CLK_TCK")
