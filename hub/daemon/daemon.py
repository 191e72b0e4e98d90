"""The loop of `hub serve`: one thread that goes round what is due, who rings, and the pulls under way.

    READY -> round* -> STOPPING: pages are finished, leases released -> end
               |
               +-- RELOADING: pages are finished, the new configuration taken, round*

A configuration that is wrong is reported, and the one in force stays. A database that cannot be used is waited for.
"""

import logging
import os
import socket
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from hub import notices
from hub.daemon import care
from hub.daemon.agenda import Agenda, Entry
from hub.daemon.notify import Manager
from hub.daemon.rooms import Rooms
from hub.daemon.web import Web
from hub.engine import rebuild
from hub.engine import sync as syncing
from hub.engine.hub import Hub
from hub.engine.kept import Kept
from hub.engine.pool import Pool
from hub.engine.runs import Report
from hub.engine.steps import Steps
from hub.errors import HubError, Misconfigured, StoreUnusable
from hub.i18n import sentence
from hub.plugins import Plugins
from hub.settings import Config, Limits
from hub.store import pulls, refetch, running
from hub.store.running import Beat

TICK_S: Final = 1.0
"""So often hints are looked for."""
BEAT_S: Final = 10.0
LOOK_S: Final = 30.0
"""So often it is looked whether a person has done what somebody waits for."""
SLICE_S: Final = 60.0
"""Who has been pulled for so long, and a page at least, gives its place to others, and goes on behind them; the next time
for twice as long, so that it comes to its end.
"""
GRACE_S: Final = 20.0
"""So long pages may take to be finished when we are to stop."""
SOON_S: Final = 30.0
"""Within so long is pulled what nobody listened for until now."""
WAITS_S: Final = 1.0
WELL_S: Final = 60.0
"""A database that could be used for so long is well again: a full disk takes a little now and then."""
HOURS_S: Final = 4 * 3_600.0
"""So long a rebuild may take."""

_log = logging.getLogger("hub.daemon")

Load: TypeAlias = Callable[[], tuple[Config, Plugins]]


@dataclass(slots=True)
class Asked:
    """What signals have asked for; `line` can be read when one came."""

    line: int
    stop: int = 0
    reload: bool = False


@dataclass(slots=True)
class Daemon:
    """`load` reads the configuration anew; `tick` is a clock in seconds that never jumps."""

    hub: Hub
    load: Load
    asked: Asked
    manager: Manager = field(default_factory=Manager)
    tick: Callable[[], float] = time.monotonic
    agenda: Agenda = field(init=False)
    pool: Pool = field(init=False)
    rooms: Rooms = field(init=False)
    kept: Kept = field(init=False)
    web: Web = field(init=False)
    _beat: Beat = field(init=False)
    _next_beat: float = 0.0
    _next_look: float = 0.0
    _next_care: float = 0.0
    _pauses: bool = False
    _errands: set[str] = field(default_factory=set)
    _pending: frozenset[int] = frozenset()
    _troubled: int = 0
    _well: float = 0.0

    def __post_init__(self) -> None:
        limits = self.hub.config.limits
        self.agenda = Agenda(self.tick)
        self.pool = Pool(limits.processes if limits is not None else 1, self.tick)
        self.rooms = Rooms(self.tick, (limits or Limits()).memory)
        self.kept = Kept(self.tick)
        self.web = Web(self.tick)
        now = self.hub.now.milliseconds()
        self._beat = Beat(socket.gethostname(), os.getpid(), now, now, now)

    def run(self) -> None:
        """Serve until we are asked to stop. Raises `StoreUnusable` only where the database cannot be used from the start."""
        self.begin()
        _log.info("serving %d connections", len(self.agenda.entries), extra={"action": "up"})
        try:
            while not self.asked.stop:
                self.round()
        finally:
            self.end()

    # --- one round

    def round(self) -> None:
        """Go once round everything, waiting a moment where there is nothing to do."""
        try:
            if self.asked.reload:
                self._reload()
            self._hear()
            self._look()
            self._begin_due()
            self._tell()
            self.pool.turn(self._nap(), [self.asked.line, *self.rooms.lines])
            _drain(self.asked.line)
            self._recover()
        except StoreUnusable as error:
            self._wait_for_the_store(error)

    def _hear(self) -> None:
        with self.hub.store.read() as tx:
            self.agenda.hear(running.rung(tx))
        for kind, identity in self.rooms.heard():
            self.agenda.ring(identity, soon=SOON_S if kind == "late" else 0.0)

    def _look(self) -> None:
        """What is done now and then."""
        if self.hub.config.web.host:
            self.web.keep(self.hub.config)
        if self.tick() >= self._next_care:
            self._next_care = self.tick() + care.EVERY_S
            self._errand("care", care.care(self.hub))
        if self.tick() >= self._next_look:
            self._next_look = self.tick() + LOOK_S
            self.kept.look()
            self._look_at_those_who_wait()
            self._errand("notices", self._notices(), urgent=True)

    def _look_at_those_who_wait(self) -> None:
        """A person may have signed in again, or mended the configuration; and who could be pulled may be let in to wait."""
        entries = self.agenda.entries.values()
        self.rooms.admit_again(
            self.hub, [one.connection for one in entries if one.due is not None and not one.term.error]
        )
        waiting = [one for one in entries if one.due is None]
        if not waiting:
            return
        with self.hub.store.read() as tx:
            self.agenda.wake(running.terms(tx))
        woken = [one.connection for one in waiting if one.due is not None]
        self.rooms.admit(self.hub, woken)
        if len(woken) < len(waiting):
            self.asked.reload = self.asked.reload or self._has_changed()

    def _has_changed(self) -> bool:
        try:
            config = self.load()[0]
        except HubError:
            return False  # said when somebody asks for it
        return config.database == self.hub.config.database and config != self.hub.config

    def _begin_due(self) -> None:
        for entry in self.agenda.due():
            self.agenda.begin(entry)
            self.pool.add(self._pull(entry), urgent=entry.was_rung)

    def _tell(self) -> None:
        if self.tick() < self._next_beat:
            return
        self._next_beat = self.tick() + (min(BEAT_S, self.manager.watchdog / 3) if self.manager.watchdog else BEAT_S)
        held, now = self.hub.held, self.hub.now.milliseconds()
        milliseconds = round(held.seconds * 1000)
        self._beat = replace(self._beat, ticked=now, pages=held.pages, held=milliseconds, slow=held.slow)
        with self.hub.store.write() as tx:
            running.beat(tx, self._beat)
        entries = self.agenda.entries.values()
        under_way, waiting = sum(one.is_under_way for one in entries), sum(one.due is None for one in entries)
        self.manager.alive()
        self.manager.says(f"{len(entries)} connections, {under_way} being pulled, {waiting} waiting for a person")

    def _nap(self) -> float:
        return self.agenda.rest(TICK_S)

    # --- one pull

    def _pull(self, entry: Entry) -> Steps[None]:
        began, started = self.hub.now.milliseconds(), self.tick()
        if self._pauses:
            entry.is_under_way = False
            return

        stopped, pages = False, 0

        def page(*_progress: object) -> None:
            nonlocal pages
            pages += 1

        def stopping() -> bool:
            nonlocal stopped
            is_long = pages > 0 and self.tick() - started > SLICE_S * 2.0**entry.cuts
            stopped = stopped or self._pauses or (is_long and self.pool.crowded)
            return stopped

        limits = self.hub.config.limits
        wish = syncing.Wish(streams=entry.named, limits=limits, stopping=stopping, progress=page, kept=self.kept)
        reports = yield from syncing.connected(self.hub, entry.connection, wish)
        self._ended(entry, reports, began)

    def _ended(self, entry: Entry, reports: list[Report], began: int) -> None:
        was_down = entry.term.error
        error = self.agenda.end(self.hub, entry, reports)
        with self.hub.store.write() as tx:
            running.keep_terms(tx, [entry.term])
            running.answered(tx, entry.connection.id, began, entry.named)
            pending = frozenset(refetch.streams(tx))
            news = [pulls.stream(tx, number) for number in pending - self._pending]
        self._pending = pending
        for row in news:
            if row is not None:
                self.agenda.ring(row.connection, row.name)
        if not self.hub.settled():
            self._errand("settle", care.settle(self.hub))
        _say(entry, error, was_down)

    # --- what else is done between the pulls

    def _errand(self, name: str, steps: Steps[None], *, urgent: bool = False) -> None:
        """Have something done, unless that is under way already."""
        if name not in self._errands:
            self._errands.add(name)
            self.pool.add(self._done(name, steps), urgent=urgent)

    def _done(self, name: str, steps: Steps[None]) -> Steps[None]:
        try:
            yield from steps
        finally:
            self._errands.discard(name)

    def _notices(self) -> Steps[None]:
        """Tell the admin; when we are to stop, or to go on otherwise, what did not arrive yet is sent again later."""
        with closing(notices.tell(self.hub, self.hub.now())) as telling:
            for pause in telling:
                if self._pauses:
                    return
                yield pause

    def _let_go(self, error: StoreUnusable | None = None) -> None:
        """Nothing is under way any more."""
        self.pool.close(error)
        self._errands.clear()

    # --- beginning, changing, ending

    def begin(self) -> None:
        self._take()
        self.manager.ready()

    def _take(self) -> None:
        """Take the configuration of the hub into force."""
        self.manager.busy(HOURS_S)
        rebuild.follow_settings(self.hub)
        self.manager.busy(self.manager.watchdog)
        self.agenda.take(self.hub)
        if self.hub.config.limits is not None:
            waiting = [one.connection for one in self.agenda.entries.values() if one.due is not None]
            self.rooms.admit(self.hub, waiting)
        for broken in self.hub.config.broken:
            _log.warning("%s", broken.reason, extra={"action": "down", "connection": broken.name, "fix": broken.fix})

    def _reload(self) -> None:
        self.asked.reload = False
        self.manager.reloading()
        try:
            config, plugins = self.load()
            if config.database != self.hub.config.database:
                text, fix = sentence("another database needs a new daemon"), sentence("restart `hub serve`")
                raise Misconfigured(text, setting="store", fix=fix)
        except HubError as error:
            self._beat = replace(self._beat, mistake=str(error))
            _log.error("the new configuration is not taken: %s", error, extra={"action": "reload", "fix": error.fix})
        else:
            self._finish_pages()
            self.rooms.close()
            self.kept.close()
            before, self.hub.config, self.hub.plugins = self.hub.config.web, config, plugins
            self.pool.places = config.limits.processes if config.limits is not None else 1
            self._take()
            self._beat = replace(self._beat, loaded=self.hub.now.milliseconds(), mistake="")
            is_there = config.web.host and (config.web.host, config.web.port) == (before.host, before.port)
            self.web.reload() if is_there else self.web.close()
            _log.info("a new configuration is in force", extra={"action": "reload"})
        self._next_beat = 0.0
        try:
            self._tell()
        finally:
            self.manager.ready()

    def _finish_pages(self) -> None:
        """Let every pull come to the end of its page; who takes too long is ended."""
        self._pauses = True
        until, stops = self.tick() + GRACE_S, self.asked.stop
        try:
            while self.pool and self.tick() < until and self.asked.stop <= max(stops, 1):
                self.pool.turn(0.5, [self.asked.line])
                _drain(self.asked.line)
                self.manager.alive()
        finally:
            self._let_go()
            self._pauses = False

    def _wait_for_the_store(self, error: StoreUnusable) -> None:
        """The database cannot be used now: everything is let go, and tried again."""
        self._let_go(error)
        self.agenda.let_go()
        if not self._troubled:
            _log.error("%s", error, extra={"action": "down", "fix": error.fix})
        self._troubled += 1
        self._well = self.tick() + WELL_S
        self.manager.alive()
        Pool(1, self.tick).turn(min(WAITS_S * 2.0 ** min(self._troubled, 5), 30.0), [self.asked.line])
        _drain(self.asked.line)

    def _recover(self) -> None:
        if self._troubled and self.tick() >= self._well:
            self._troubled = 0
            _log.info("the database works again", extra={"action": "up"})

    def end(self) -> None:
        """Let pages be finished and leases go, within `GRACE_S`."""
        self.manager.stopping()
        _log.info("stopping", extra={"action": "stop"})
        try:
            self._finish_pages()
            with self.hub.store.write() as tx:
                running.rest(tx)
        except StoreUnusable as error:
            _log.error("%s", error, extra={"action": "down", "fix": error.fix})
        finally:
            self.pool.close()
            self.kept.close()
            self.rooms.close()
            self.web.close()


def _say(entry: Entry, error: HubError | None, was: str) -> None:
    """Once when a connection goes down, or fails in another way, and once when it is up again."""
    name = {"connection": entry.connection.name}
    if error is not None and type(error).__name__ != was:
        _log.warning("%s", error, extra={**name, "action": "down", "fix": error.fix, "due": entry.due is not None})
    elif error is None and was:
        _log.info("works again", extra={**name, "action": "up"})


def _drain(line: int) -> None:
    """Take what signals have written."""
    with suppress(BlockingIOError):
        while os.read(line, 1024):
            pass
