"""A process in which many sources wait at once, each in a thread: only doorbells, so that nothing of weight is lost with it.

A process for every waiting connection would cost memory for each. Here a source that hangs, fails or leaves takes its own
bell along; one that kills the process takes all of them, until the next process: the schedule goes on.
"""

import logging
import multiprocessing
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from multiprocessing.connection import Connection as Pipe
from multiprocessing.context import ForkProcess
from typing import Any, Final

from hub.connectors import Connector, Tools, Waits
from hub.engine.apart import answering, wire
from hub.engine.apart.alone import Stopping, alone
from hub.engine.apart.line import Line
from hub.engine.apart.said import Forward, ParentIsGone, Saying, log
from hub.engine.asking import Ask
from hub.errors import AuthFailed, Misconfigured

LONGEST: Final = timedelta(minutes=25)
"""A source waits so long at a time: then its connection is looked at anew."""
AT_THE_DOOR: Final = 8
"""So many sign in at once."""
STACK: Final = 512 << 10
EACH: Final = 4 << 20
"""So much memory a waiting source may take for itself."""
AT_ONCE: Final = 200
"""So many messages are heard before others have their turn."""
FIRST_S: Final = 30.0
LONGEST_S: Final = 3_600.0
SOON_S: Final = 1.0
"""Who returns sooner, again and again, waits for nothing."""


@dataclass(frozen=True, slots=True)
class Guest:
    """A connection, by its id, that waits in the room. What its tools ask of the hub, the parent's `desk` answers."""

    identity: str
    connector: Connector
    settings: Any
    tools: Callable[[Stopping, Ask], Tools]
    desk: Ask


# --- the process -----------------------------------------------------------------------------------------------------


def serve(pipe: Pipe, others: Sequence[Pipe], guests: Sequence[Guest], memory: int) -> None:
    for inherited in others:
        inherited.close()
    stopping = alone(pipe, memory + EACH * len(guests))
    say = Saying(pipe)
    logging.getLogger().handlers = [Forward(say)]
    threading.stack_size(STACK)
    door = threading.Semaphore(AT_THE_DOOR)
    for guest in guests:
        threading.Thread(target=_Waiting(guest, say, door, stopping).wait, daemon=True).start()
    with suppress(ParentIsGone):
        say.heard()


@dataclass(slots=True)
class _Waiting:
    guest: Guest
    say: Saying
    door: threading.Semaphore
    stopping: Stopping
    failures: int = 0
    rings: int = 0
    luck: random.Random = field(default_factory=random.Random)

    def wait(self) -> None:
        """Ring whenever something may have changed, until we are to stop or a person has to do something first."""
        with suppress(ParentIsGone):
            while not self.stopping():
                try:
                    self._signed_in()
                except ParentIsGone:
                    raise
                except BaseException as error:  # noqa: BLE001 - whatever a plugin raises concerns this bell alone
                    self.failures += 1
                    if isinstance(error, AuthFailed | Misconfigured):
                        self.say("left", self.guest.identity, wire.error(error))
                        return
                self._rest(min(FIRST_S * 2 ** min(self.failures, 10), LONGEST_S))

    def _signed_in(self) -> None:
        guest = self.guest
        tools = guest.tools(self.stopping, partial(self.say.ask, guest.identity))
        self.door.acquire()
        waits_at_the_door = True
        try:
            with guest.connector.open(guest.settings, tools) as source:
                source.check()
                self.door.release()
                waits_at_the_door = False
                if isinstance(source, Waits):
                    self._ring_for_ever(source, tools)
        finally:
            if waits_at_the_door:
                self.door.release()

    def _ring_for_ever(self, source: Waits, tools: Tools) -> None:
        """What came before anybody listened, is asked for first."""
        self.say("late", self.guest.identity)
        while not self.stopping():
            began = time.monotonic()
            source.wait(tools.clock() + LONGEST)
            waited = time.monotonic() - began
            self.failures = 0
            if waited < LONGEST.total_seconds() - SOON_S:
                self.say("rung", self.guest.identity)
            self.rings = self.rings + 1 if waited < SOON_S else 0
            if self.rings > 3:
                time.sleep(min(2.0 ** (self.rings - 3), 60.0))

    def _rest(self, seconds: float) -> None:
        time.sleep(seconds * self.luck.uniform(0.5, 1.0))


# --- as the daemon sees it -------------------------------------------------------------------------------------------


class Room:
    """The process, with those who wait in it."""

    def __init__(self, guests: Sequence[Guest], memory: int) -> None:
        ours, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("fork")
        arguments = (theirs, [ours], guests, memory)
        self._process: ForkProcess = context.Process(target=serve, args=arguments, daemon=True)
        self._process.start()
        theirs.close()
        self._pipe = ours
        self._desks = {guest.identity: guest.desk for guest in guests}
        self._line = Line(ours.fileno(), memory)

    @property
    def line(self) -> int:
        """The file descriptor that can be read when somebody rang."""
        return self._line.number

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def said(self) -> Iterator[tuple[str, str]]:
        """Who rang ("rung"), listens from now on ("late") or waits no longer ("left"), by its id. Raises `EOFError` when
        the process is no more, and `StoreUnusable`.
        """
        for _message in range(AT_ONCE):
            try:
                self._line.sent()
                message = self._line.heard()
            except Exception as error:
                raise EOFError from error
            if message is None:
                return
            kind, *said = message
            if kind == "log":
                log(*said)
            elif kind == "ask":
                answering.answer(lambda *answer: self._line.put(answer), self._desks[said[0]], *said[1:])
            elif kind in ("rung", "late", "left"):
                yield kind, said[0]

    def close(self) -> None:
        self._pipe.close()
        self._process.kill()
        self._process.join()
        self._process.close()
