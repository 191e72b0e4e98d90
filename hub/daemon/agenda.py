"""What is due, and who has rung. The due moments are on a clock that never jumps; the database keeps them by the wall clock,
for the next daemon.
"""

import hashlib
import hmac
import json
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, field, replace
from typing import Any, Final

from pydantic import SecretStr

from hub.daemon import schedule
from hub.engine.hub import Hub
from hub.engine.runs import Report
from hub.errors import AskedToWait, HubError
from hub.settings import Connection
from hub.store import journal, running
from hub.store.running import Term

HUSH_S: Final = 0.2
"""Who rings while he is pulled, or right after it, is pulled again after this."""
LONGEST_HUSH_S: Final = 60.0
"""Who rings for nothing again and again is believed less and less."""


@dataclass(slots=True, eq=False)
class Entry:
    """A connection on the agenda. `due` is None while a person has to do something first; all of it is pulled when it is
    due as a `whole`, and before that only the streams that have `rung` ("": any of them). `hush`: not before this moment a
    ring is followed; `empty` rings in a row brought nothing; `cuts` pulls in a row were cut short for others.
    """

    connection: Connection
    term: Term
    due: float | None
    whole: float
    rung: set[str] = field(default_factory=set)
    named: frozenset[str] = frozenset()
    is_under_way: bool = False
    was_rung: bool = False
    hush: float = 0.0
    empty: int = 0
    cuts: int = 0


@dataclass(slots=True)
class Agenda:
    """`tick` is a clock in seconds that never jumps. Only `kept` writes the database."""

    tick: Callable[[], float]
    luck: random.Random = field(default_factory=random.Random)
    every: float = 300.0
    entries: dict[str, Entry] = field(default_factory=dict)
    _heard: dict[tuple[str, str], int] = field(default_factory=dict)

    def take(self, hub: Hub) -> None:
        """Put the connections of a configuration on the agenda: what is due as the database has it; what has other
        settings than those it failed with, at once.
        """
        with hub.store.read() as tx:
            known = running.terms(tx)
            facts = journal.installation(tx)
        assert facts is not None, "the database was not founded"
        self.every, self._heard = hub.config.every, {}
        now, wall = self.tick(), hub.now.milliseconds()
        before, self.entries = self.entries, {}
        for connection in (one for one in hub.config.connections if one.enabled):
            digest = _digest(connection, facts.hash_key)
            term = known.get(connection.id, Term(connection.id, wall))
            if term.settings != digest:
                term = replace(term, at=wall, settings=digest)
            kept = before.get(connection.id)
            hush = kept.hush if kept is not None else 0.0
            due = self._due(term, connection, now, wall)
            self.entries[connection.id] = Entry(connection, term, due, now if due is None else due, hush=hush)

    def _due(self, term: Term, connection: Connection, now: float, wall: int) -> float | None:
        if not term.at:
            return None
        ahead = (term.at - wall) / 1000
        return now + min(max(ahead, 0.0), schedule.longest(term.error, self._every(connection)))

    def _every(self, connection: Connection) -> float:
        return connection.every or self.every

    # --- what is to be done

    def due(self) -> Iterator[Entry]:
        """Those whose time has come."""
        now = self.tick()
        for entry in self.entries.values():
            if not entry.is_under_way and entry.due is not None and entry.due <= now:
                yield entry

    def rest(self, most: float) -> float:
        """Seconds until the next is due; at most so many."""
        ahead = (one.due for one in self.entries.values() if one.due is not None and not one.is_under_way)
        return max(0.0, min(most, min(ahead, default=most + self.tick()) - self.tick()))

    def ring(self, identity: str, stream: str = "", *, soon: float = 0.0) -> None:
        """Something may have changed there, in this stream or ("") in any: it is due now, or within `soon` seconds."""
        entry = self.entries.get(identity)
        if entry is None or entry.due is None or entry.term.error == AskedToWait.__name__:
            return
        entry.rung.add(stream)
        if not entry.is_under_way:
            at = max(self.tick() + soon * self.luck.random(), entry.hush)
            if at < entry.due:
                entry.due, entry.was_rung = at, not soon

    def hear(self, hints: Iterable[running.Rung]) -> None:
        """Follow hints that are news; by a clock that was set back, news are of earlier moments."""
        rung = {(hint.connection, hint.stream): hint.at for hint in hints}
        for key, at in rung.items():
            if self._heard.get(key) != at:
                self.ring(*key)
        self._heard = rung

    def wake(self, terms: dict[str, Term]) -> None:
        """Somebody has done what those were waiting for that the database no longer holds back."""
        for identity, entry in self.entries.items():
            if entry.due is None and (term := terms.get(identity)) is not None and term.at:
                entry.due = entry.whole = self.tick()

    # --- what came of it

    def begin(self, entry: Entry) -> None:
        """It is pulled from now on: `named` streams of it, or (none) all."""
        is_whole = self.tick() >= entry.whole or not entry.rung or "" in entry.rung
        entry.named = frozenset() if is_whole else frozenset(entry.rung)
        entry.rung.clear()
        entry.is_under_way = True

    def let_go(self) -> None:
        """Nothing is under way any more, nor waits for a place; whoever did, is as due as before."""
        for entry in self.entries.values():
            if entry.is_under_way:
                entry.is_under_way = False
                entry.rung |= entry.named

    def end(self, hub: Hub, entry: Entry, reports: Sequence[Report]) -> HubError | None:
        """Note what came of a pull, and when the next is due. Returns what went wrong with the connection."""
        error = schedule.failure(reports, whole=not entry.named)
        failures = entry.term.failures + 1 if error is not None else 0
        wait = self._waits(hub, entry, reports, error, failures)
        entry.cuts = entry.cuts + 1 if any(one.state == "stopped" for one in reports) else 0
        now = self.tick()
        brought = any(one.counts.listed - one.counts.unchanged + one.counts.gone for one in reports)
        entry.empty = 0 if brought else entry.empty + entry.was_rung
        entry.hush = now + (min(2.0 ** (entry.empty - 1), LONGEST_HUSH_S) if entry.empty else HUSH_S)
        entry.due = None if wait is None else now + wait
        at = 0 if wait is None else hub.now.milliseconds() + round(wait * 1000)
        kind = type(error).__name__ if error is not None else ""
        entry.term = replace(entry.term, at=at, failures=failures, error=kind)
        entry.is_under_way = entry.was_rung = False
        for stream in tuple(entry.rung):
            self.ring(entry.connection.id, stream)
        if error is None and _is_left(reports):
            entry.rung |= entry.named
        elif not entry.named or error is not None:
            entry.whole = now + (wait or 0.0)
        return error

    def _waits(
        self, hub: Hub, entry: Entry, reports: Sequence[Report], error: HubError | None, failures: int
    ) -> float | None:
        if error is None and any(one.state == "stopped" for one in reports):
            return 0.0  # it gave its place to others, and goes on behind them
        if error is None and any(one.state == "skipped" for one in reports):
            return min(schedule.FIRST_S, self._every(entry.connection))  # who reads it may have been past what rang
        if error is None and entry.named:
            return max(entry.whole - self.tick(), 0.0)
        return schedule.waits(error, failures, self._every(entry.connection), hub.now(), self.luck.random())


def _is_left(reports: Sequence[Report]) -> bool:
    """Whether some of what was to be pulled was not."""
    return any(one.state in ("stopped", "skipped") for one in reports)


def _digest(connection: Connection, key: bytes) -> str:
    """What a connection was tried with, passwords and all, as nobody can read it who has not the key."""
    said = [connection.connector, connection.settings.model_dump(), astuple(connection.way)]
    return hmac.new(key, json.dumps(said, default=_plain, sort_keys=True).encode(), hashlib.sha256).hexdigest()[:16]


def _plain(value: Any) -> Any:
    return value.get_secret_value() if isinstance(value, SecretStr) else repr(value)
