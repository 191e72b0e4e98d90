"""The process that holds a source: it answers what the parent asks, one question at a time, until it is told to end.

A signal of the terminal is the parent's matter. When the parent is gone, so is this process.
"""

import ctypes
import fcntl
import logging
import os
import resource
import signal
import stat
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any, TypeAlias

from hub.connectors import Connector, Page, Source, Tools
from hub.engine.apart import wire
from hub.engine.apart.wire import Message
from hub.engine.desk import Ask
from hub.engine.doubt import Doubt
from hub.engine.feed import Here, read
from hub.engine.mapping import Maker, Place
from hub.engine.steps import finished

Stopping: TypeAlias = Callable[[], bool]
"""Whether to stop when that is next possible."""

_LOG_FIELDS = frozenset(vars(logging.makeLogRecord({})))
_STATM = Path("/proc/self/statm")
_PR_SET_PDEATHSIG = 1
_M_ARENA_MAX = -8
_STDERR = 2


@dataclass(frozen=True, slots=True)
class Order:
    """What a child is to do: open this connector with these settings, with what tools it can have here, and with at
    most `memory` bytes more than it begins with. What its tools ask of the hub, the parent's `desk` answers.
    """

    connector: Connector
    settings: Any
    tools: Callable[[Stopping, Ask], Tools]
    memory: int
    desk: Ask


def serve(pipe: Pipe, others: Sequence[Pipe], order: Order) -> None:
    """Everything that the process does."""
    for inherited in others:
        inherited.close()
    _let_go_of_files(pipe)
    stopping = _alone(order.memory)
    say = _Saying(pipe)
    logging.getLogger().handlers = [_Forward(say)]
    try:
        with order.connector.open(order.settings, order.tools(stopping, say.ask)) as source:
            source.check()
            here = Here(order.connector.name, source)
            say("opened", here.lists, here.fetches)
            _answer(_Serving(say, order, source, here))
    except _ParentIsGone:
        return
    except BaseException as error:  # noqa: BLE001 - whatever a plugin raises concerns this source alone
        with suppress(_ParentIsGone):
            _tell(say, error)


def _alone(memory: int) -> Stopping:
    """Be a process that ends with its parent, asks nobody's terminal, and cannot take the machine's memory."""
    asked: list[int] = []
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, _frame: asked.append(number))
    os.dup2(2, 1)  # what a plugin prints is no part of any output
    sys.stdout = sys.stderr
    if sys.platform == "linux":
        used = int(_STATM.read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + memory, resource.RLIM_INFINITY))
        system = ctypes.CDLL(None)
        system.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if hasattr(system, "mallopt"):
            system.mallopt(_M_ARENA_MAX, 1)  # of every thread's own glibc reserves 128 MB, and the limit counts that
    return lambda: bool(asked)


def _let_go_of_files(pipe: Pipe) -> None:
    """Lead what the parent has open for writing, such as its database or the line to it, to nowhere: a plugin that writes
    to a wrong number, or closes it, must not reach what is the hub's. The numbers stay taken, for what else knows them.
    """
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (int(one.name) for one in list(Path("/dev/fd").iterdir())):
        with suppress(OSError):
            writes = fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY
            mode = os.fstat(number).st_mode
            ours = stat.S_ISREG(mode) or stat.S_ISSOCK(mode)
            if number > _STDERR and number != pipe.fileno() and writes and ours:
                os.dup2(nowhere, number, inheritable=False)
    os.close(nowhere)


class _ParentIsGone(BaseException):
    """There is nobody to speak with. Not an `Exception`: no plugin's handler is to swallow it."""


class _Saying:
    """Say something to the parent. A plugin's threads may log, or ask the desk, while a page is on its way."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self._hearing = threading.Condition()
        self._reads = False
        self._waiting: dict[bool, deque[Message]] = {True: deque(), False: deque()}

    def __call__(self, *message: Any) -> None:
        with self._lock:
            try:
                self._pipe.send(message)
            except OSError as error:
                raise _ParentIsGone from error

    def heard(self) -> Message:
        """What the parent asks next."""
        return self._next(answers=False)

    def ask(self, question: str, *said: Any) -> Any:
        """What the desk answers. Raises what it raises there."""
        with self._asking:
            self("ask", question, *said)
            _kind, found, error = self._next(answers=True)
        if error is not None:
            raise wire.error_of(error)
        return found

    def _next(self, *, answers: bool) -> Message:
        """The next message that is an answer of the desk, or that is none. One thread reads; the others wait for what it
        puts aside for them.
        """
        with self._hearing:
            self._hearing.wait_for(lambda: self._waiting[answers] or not self._reads)
            if self._waiting[answers]:
                return self._waiting[answers].popleft()
            self._reads = True
        try:
            while True:
                message: Message = self._pipe.recv()
                if (message[0] == "answer") is answers:
                    return message
                with self._hearing:
                    self._waiting[not answers].append(message)
                    self._hearing.notify_all()
        except (EOFError, OSError) as error:
            raise _ParentIsGone from error
        finally:
            with self._hearing:
                self._reads = False
                self._hearing.notify_all()


class _Forward(logging.Handler):
    """The parent writes the log."""

    def __init__(self, say: _Saying) -> None:
        super().__init__()
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        try:
            said = self._said(record)
        except Exception:  # noqa: BLE001 - as everywhere in `logging`: a line that cannot be made stops nobody
            self.handleError(record)
        else:
            self._say("log", *said)

    def _said(self, record: logging.LogRecord) -> Message:
        more = {name: value for name, value in vars(record).items()
                if name not in _LOG_FIELDS and isinstance(value, str | int | float | bool | None)}  # fmt: skip
        trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
        return record.name, record.levelno, record.getMessage(), more, trace


@dataclass(frozen=True, slots=True)
class _Serving:
    say: _Saying
    order: Order
    source: Source
    here: Here

    def maker(self, version: int, horizon: Any, received: int) -> Maker:
        return Maker(self.order.connector.map, self.order.settings, version, horizon, received, finds_words=False)


def _answer(one: _Serving) -> None:
    while True:
        question, *said = one.say.heard()
        if question == "close":
            return
        try:
            _ANSWERS[question](one, *said)
        except _ParentIsGone:
            raise
        except BaseException as error:  # noqa: BLE001 - as above
            _tell(one.say, error)


def _tell(say: _Saying, error: BaseException) -> None:
    said = wire.error(error)
    if not said[0]:
        logging.getLogger("hub.engine").error("plugin failed", exc_info=error, extra={"action": "pull"})
    say("error", said)


def _streams(one: _Serving) -> None:
    one.say("streams", finished(one.here.streams()))


def _covered(one: _Serving, streams: Sequence[str]) -> None:
    one.say("covered", finished(one.here.covered(streams)))


def _pull(one: _Serving, stream: str, cursor: str | None) -> None:
    doubt = Doubt(one.order.connector.name)
    with closing(page for page in one.source.pull(stream, cursor)) as found:
        for page in found:
            doubt.look(page)
            one.say("page", wire.page(page))
            question, *said = one.say.heard()
            if question != "read":
                break
            _read(one, page, *said)
    one.say("end")


def _read(one: _Serving, page: Page, place: Message, made: Message, wanted: Sequence[int]) -> None:
    prepared, vanished = read(Place(*place), one.maker(*made), [page.raws[number] for number in wanted])
    one.say("read", [wire.prepared(each) for each in prepared], vanished)


def _size(one: _Serving, stream: str) -> None:
    one.say("size", finished(one.here.size(stream)))


def _present(one: _Serving, stream: str, number: int) -> None:
    one.say("present", finished(one.here.present(stream, number)))


def _holds(one: _Serving, stream: str, external_id: str) -> None:
    one.say("holds", finished(one.here.holds(stream, external_id)))


def _fetch(one: _Serving, place: Message, made: Message, external_id: str, revision: str) -> None:
    found = finished(one.here.fetch(Place(*place), one.maker(*made), external_id, revision))
    one.say("fetch", wire.prepared(found) if found is not None else None)


def _part(one: _Serving, stream: str, external_id: str, part: str) -> None:
    one.say("part", finished(one.here.part(stream, external_id, part)))


_ANSWERS: dict[str, Callable[..., None]] = {
    "streams": _streams,
    "covered": _covered,
    "pull": _pull,
    "size": _size,
    "present": _present,
    "holds": _holds,
    "fetch": _fetch,
    "part": _part,
}
