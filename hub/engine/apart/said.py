"""The child's end of the pipe: whole messages, from whichever thread, and the log, which the parent writes."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection as Pipe
from typing import Any, Final

from hub.engine.apart import wire
from hub.engine.apart.wire import Message

_LOG_FIELDS: Final = frozenset(vars(logging.makeLogRecord({})))


class ParentIsGone(BaseException):
    """There is nobody to speak with. Not an `Exception`: no plugin's handler is to swallow it."""


class Saying:
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
                raise ParentIsGone from error

    def heard(self) -> Message:
        """What the parent asks next."""
        return self._next(answers=False)

    def heard_already(self, question: str) -> Sequence[Message]:
        """What the parent has asked of this kind by now."""
        with self._hearing:
            while not self._reads and self._pipe.poll(0):
                self._put_aside(self._received())
            asked = self._waiting[False]
            found = [message for message in asked if message[0] == question]
            self._waiting[False] = deque(message for message in asked if message[0] != question)
        return found

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
                message = self._received()
                if (message[0] == "answer") is answers:
                    return message
                with self._hearing:
                    self._put_aside(message)
        finally:
            with self._hearing:
                self._reads = False
                self._hearing.notify_all()

    def _put_aside(self, message: Message) -> None:
        self._waiting[message[0] == "answer"].append(message)
        self._hearing.notify_all()

    def _received(self) -> Message:
        try:
            message: Message = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise ParentIsGone from error
        return message


class Forward(logging.Handler):
    """The parent writes the log, after `hush` has had a look at it."""

    def __init__(self, say: Saying, hush: Callable[[Any], Any] = lambda said: said) -> None:
        super().__init__()
        self._say = say
        self._hush = hush

    def emit(self, record: logging.LogRecord) -> None:
        try:
            said = self._hush(self._said(record))
        except Exception:  # noqa: BLE001 - as everywhere in `logging`: a line that cannot be made stops nobody
            self.handleError(record)
        else:
            self._say("log", *said)

    def _said(self, record: logging.LogRecord) -> Message:
        more = {name: value for name, value in vars(record).items()
                if name not in _LOG_FIELDS and isinstance(value, str | int | float | bool | None)}  # fmt: skip
        trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
        return record.name, record.levelno, record.getMessage(), more, trace


def log(name: str, level: int, text: str, more: dict[str, Any], trace: str) -> None:
    """Write a line of the child's into the parent's log."""
    logger = logging.getLogger(name)
    if logger.isEnabledFor(level):
        logger.log(level, "%s", f"{text}\n{trace}" if trace else text, extra=more)
