"""A source in a child process, as the engine sees it."""

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import astuple
from functools import partial
from multiprocessing.connection import Connection as Pipe
from multiprocessing.context import ForkProcess
from pickle import UnpicklingError
from typing import Any, Final, NoReturn

from hub.connectors import Size, Stream
from hub.engine.apart import answering, child, wire
from hub.engine.apart.child import Order
from hub.engine.apart.wire import Message
from hub.engine.feed import Asked, Brought, Choose, Present
from hub.engine.mapping import Maker, Place, Prepared
from hub.errors import HubError, Inconsistent
from hub.i18n import sentence, sentences
from hub.settings import Limits

LOOK_AHEAD_S: Final = 0.02
"""So long we wait for the next page before we store the one that is there: it is read while we do."""
END_S: Final = 2.0
TICK_S: Final = 0.5
STARTS: Final = 20
"""So often the process of a connection is started anew in one sync: whatever kills it is not going to get better."""


@contextmanager
def opened(order: Order, limits: Limits, stopping: Callable[[], bool]) -> Iterator["Apart"]:
    """A connector opened and signed in, in a process of its own."""
    feed = Apart(order, limits, stopping)
    try:
        feed.start()
        yield feed
    finally:
        feed.close()


class Apart:
    """The feed of a child process. A child that died is started anew when it is next asked for something."""

    lists: bool = False
    fetches: bool = False

    def __init__(self, order: Order, limits: Limits, stopping: Callable[[], bool]) -> None:
        self._order = order
        self._limits = limits
        self._stopping = stopping
        self._starts = 0
        self._told_to_stop = False
        self._pulling = False
        self._process: ForkProcess | None = None
        self._pipe: Pipe | None = None

    # --- the process

    def start(self) -> None:
        if self._starts >= STARTS:
            raise self._defect(sentence("the process of the plugin {plugin} died again and again"))
        self._starts += 1
        ours, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("fork")
        self._process = context.Process(target=child.serve, args=(theirs, [ours], self._order), daemon=True)
        self._process.start()
        theirs.close()
        self._pipe = ours
        self.lists, self.fetches = self._receive("opened")

    def close(self) -> None:
        """End the process: kindly at first."""
        process, pipe = self._process, self._pipe
        self._process = self._pipe = None
        self._pulling = False
        if process is None or pipe is None:
            return
        with suppress(OSError):
            pipe.send(("close",))
        pipe.close()
        process.join(END_S)
        if process.exitcode is None:
            process.kill()
            process.join()
        process.close()

    def _ask(self, *question: Any) -> None:
        if self._pipe is None:
            self.start()
        assert self._pipe is not None
        try:
            self._pipe.send(question)
        except OSError as error:
            raise self._died() from error

    def _receive(self, *expected: str) -> Sequence[Any]:
        """The next answer, which must be one of these; the name stands before it where there may be several."""
        while True:
            message = self._next()
            if message[0] in expected:
                return message[1:] if len(expected) == 1 else message
            if message[0] == "error":
                self._pulling = False
                raise wire.error_of(message[1])
            if message[0] == "log":
                _log(*message[1:])
                continue
            if message[0] == "ask":
                answering.answer(self._ask, self._order.desk, *message[1:])
                continue
            self._kill()
            raise self._defect(sentence("the process of the plugin {plugin} said something out of turn"))

    def _next(self) -> Message:
        assert self._pipe is not None
        waited = 0.0
        while not self._pipe.poll(TICK_S):
            waited += TICK_S
            if self._stopping() and not self._told_to_stop:
                self._tell_to_stop()
            if self._process is not None and not self._process.is_alive() and not self._pipe.poll():
                raise self._died()  # a process that the plugin has left behind holds the pipe open
            if waited >= self._limits.silence:
                self._kill()
                minutes = round(self._limits.silence / 60) or 1
                text = sentences(
                    "the plugin {plugin} gave no sign of life for {n} minute, and was stopped",
                    "the plugin {plugin} gave no sign of life for {n} minutes, and was stopped",
                    minutes,
                )
                raise self._defect(text, n=minutes)
        assert self._process is not None
        patience = threading.Timer(self._limits.silence, self._process.kill)  # a message that begins must end, too
        patience.start()
        try:
            message: Message = self._pipe.recv()
        except (EOFError, OSError, UnpicklingError, MemoryError) as error:
            raise self._died() from error
        finally:
            patience.cancel()
            patience.join()  # who forks next has one thread
        return message

    def _tell_to_stop(self) -> None:
        """So that a source which asks `stopping()` in the middle of its work hears of it."""
        self._told_to_stop = True
        if self._process is not None and self._process.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGTERM)

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()
        self.close()

    def _died(self) -> HubError:
        code: int | None = None
        if self._process is not None:
            self._process.join(END_S)
            code = self._process.exitcode
        self.close()
        if code is not None and code < 0:
            name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
            return self._defect(sentence("the process of the plugin {plugin} was killed ({signal})"), signal=name)
        text = sentence("the process of the plugin {plugin} ended by itself, with exit code {code}")
        return self._defect(text, code=code)

    def _defect(self, text: str, **fields: Any) -> Inconsistent:
        return Inconsistent(
            text.format(plugin=self._order.connector.name, **fields),
            fix=sentence("tell the plugin's author; the next sync goes on from the last page of this stream"),
        )

    # --- the source

    def streams(self) -> Sequence[Stream]:
        self._ask("streams")
        (found,) = self._receive("streams")
        return list(found)

    def covered(self, streams: Sequence[str]) -> Sequence[str]:
        self._ask("covered", list(streams))
        (found,) = self._receive("covered")
        return list(found)

    def pull(self, stream: str, cursor: str | None, choose: Choose) -> Generator[Brought, None, None]:
        self._ask("pull", stream, cursor)
        self._pulling = True
        try:
            asked = self._page(choose)
            while asked is not None:
                (said, vanished), now = self._receive("read"), asked
                follow = self._looked_ahead(choose) if self._has_more() else partial(self._page, choose)
                yield Brought(now, [wire.prepared_of(each, now.place, now.maker) for each in said], vanished)
                asked = follow()
        finally:
            self._quiet()

    def _has_more(self) -> bool:
        return self._pipe is not None and self._pipe.poll(LOOK_AHEAD_S)

    def _looked_ahead(self, choose: Choose) -> Callable[[], Asked | None]:
        """The next page, or why there is none: that must not keep the page before it from being stored."""
        try:
            asked = self._page(choose)
        except Exception as error:  # noqa: BLE001 - raised when its turn comes
            return partial(_raise, error)
        return lambda: asked

    def _page(self, choose: Choose) -> Asked | None:
        """The next page, already asked for; None after the last."""
        kind, *said = self._receive("page", "end")
        if kind == "end":
            self._pulling = False
            return None
        try:
            asked = choose(wire.page_of(said[0]))
        except BaseException:
            self._ask("stop")
            raise
        self._ask("read", astuple(asked.place), _made(asked.maker), asked.fresh)
        return asked

    def _quiet(self) -> None:
        """Let a pull that nobody wants any more come to its end; who does not is stopped."""
        with suppress(Exception):
            while self._pulling:
                kind, *_rest = self._receive("page", "read", "end")
                if kind == "page":
                    self._ask("stop")
                self._pulling = kind != "end" and self._pulling

    def size(self, stream: str) -> Size | None:
        self._ask("size", stream)
        (found,) = self._receive("size")
        return found if isinstance(found, Size) else None

    def present(self, stream: str, number: int) -> Present | None:
        self._ask("present", stream, number)
        (found,) = self._receive("present")
        return found if isinstance(found, Present) else None

    def holds(self, stream: str, external_id: str) -> bool:
        self._ask("holds", stream, external_id)
        (found,) = self._receive("holds")
        return bool(found)

    def fetch(self, place: Place, maker: Maker, external_id: str, revision: str) -> Prepared | None:
        self._ask("fetch", astuple(place), _made(maker), external_id, revision)
        (found,) = self._receive("fetched")
        return wire.prepared_of(found, place, maker) if found is not None else None

    def part(self, stream: str, external_id: str, part: str) -> bytes | None:
        self._ask("part", stream, external_id, part)
        (found,) = self._receive("part")
        return found if isinstance(found, bytes) else None


def _raise(error: Exception) -> NoReturn:
    raise error


def _made(maker: Maker) -> Message:
    return (maker.version, maker.horizon, maker.received)


def _log(name: str, level: int, text: str, more: dict[str, Any], trace: str) -> None:
    logger = logging.getLogger(name)
    if logger.isEnabledFor(level):
        logger.log(level, "%s", f"{text}\n{trace}" if trace else text, extra=more)
