"""Figures for Prometheus (text format 0.0.4).

A connection is called by its name in the configuration; a stream, whose name may be somebody's address, by a keyed
digest: `hub status --json` says which is which. Series are bounded: where there are more streams than `MOST_STREAMS`, the
ones that succeeded longest ago have series of their own, and the rest are counted.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from math import inf
from threading import Lock
from time import monotonic
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hub.errors import StoreUnusable
from hub.settings import Config
from hub.store import journal, measures, running
from hub.store.database import Store
from hub.store.measures import Measured
from hub.web.served import Served

MOST_STREAMS: Final = 1_000
KEPT_S: Final = 5.0
"""So long an exposition is given again: asking often costs nothing."""
_STREAM: Final = ("connection", "stream")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """What the database says, at a moment (milliseconds since 1970)."""

    at: int
    streams: tuple[Measured, ...]
    quarantined: int
    hints: int
    beat: running.Beat | None
    terms: Mapping[str, running.Term]
    bytes: int


@dataclass(slots=True)
class Metrics:
    """The figures. `rings` counts the calls of hooks in this process, by what came of them."""

    served: Served
    rings: Counter[str]
    _lock: Lock = field(default_factory=Lock)
    _made: bytes = b""
    _until: float = 0.0

    def exposition(self) -> bytes:
        """What /metrics answers; one at a time looks into the database."""
        with self._lock:
            if monotonic() >= self._until:
                self._made = _exposition(self.served, self.rings)
                self._until = monotonic() + KEPT_S
            return self._made


def _exposition(served: Served, rings: Counter[str]) -> bytes:
    try:
        with served.store() as store:
            looked = _look(store, served.now.milliseconds())
    except StoreUnusable:
        looked = None
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families([*_of_process(rings, up=looked is not None), *_of_database(looked, served.config)]))
    return generate_latest(registry)


class _Families(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[Metric]:
        return self._families


def _look(store: Store, now: int) -> _Looked:
    with store.read() as tx:
        facts = journal.installation(tx)
        streams = measures.streams(tx, facts.hash_key) if facts is not None else []
        return _Looked(
            at=now, streams=tuple(streams), quarantined=measures.quarantined(tx), hints=measures.hints(tx),
            beat=running.pulse(tx), terms=running.terms(tx), bytes=store.size(),
        )  # fmt: skip


def _of_process(rings: Counter[str], *, up: bool) -> Iterator[Metric]:
    build = GaugeMetricFamily("hub_build_info", "The version that runs.", labels=("version",))
    build.add_metric((version("interaction-hub"),), 1)
    yield build
    yield GaugeMetricFamily("hub_database_up", "1 where the database can be used.", int(up))
    hooks = CounterMetricFamily("hub_hooks", "Calls of hooks, by what came of them.", labels=("result",))
    for result, count in sorted(rings.items()):
        hooks.add_metric((result,), count)
    yield hooks


def _of_database(looked: _Looked | None, config: Config) -> Iterator[Metric]:
    if looked is None:
        return
    names = {one.id: one.name for one in config.connections if one.enabled}
    yield GaugeMetricFamily("hub_database_bytes", "What the database takes on its disk.", looked.bytes)
    yield GaugeMetricFamily("hub_quarantine_items", "Items that could not be read.", looked.quarantined)
    yield GaugeMetricFamily("hub_hints_waiting", "Rings that were not answered by a pull yet.", looked.hints)
    if looked.beat is not None:
        age = _seconds(looked.at - looked.beat.ticked)
        yield GaugeMetricFamily("hub_daemon_pulse_age_seconds", "Since the daemon last went round.", age)
        yield from _of_pages(looked.beat)
        stale = int(bool(looked.beat.mistake))
        yield GaugeMetricFamily("hub_config_stale", "1 where a newer configuration has mistakes.", stale)
    yield from _of_connections(looked, names)
    yield from _of_streams([one for one in looked.streams if one.connection in names], names, looked.at)


def _of_pages(beat: running.Beat) -> Iterator[Metric]:
    """Of the daemon that runs now, as of its last sign of life."""
    yield CounterMetricFamily("hub_pages", "Pages that were stored.", beat.pages)
    yield CounterMetricFamily("hub_pages_held_seconds", "For how long they held the database.", beat.held / 1000)
    yield CounterMetricFamily("hub_pages_slow", "Pages that held it for longer than 50 ms.", beat.slow)


def _of_connections(looked: _Looked, names: Mapping[str, str]) -> Iterator[Metric]:
    failures = GaugeMetricFamily("hub_connection_failures", "Failures in a row.", labels=("connection",))
    person = GaugeMetricFamily("hub_connection_needs_person", "1 where only a person can help.", labels=("connection",))
    for identity, name in sorted(names.items()):
        if (term := looked.terms.get(identity)) is not None:
            failures.add_metric((name,), term.failures)
            person.add_metric((name,), int(term.at == 0))
    streams = GaugeMetricFamily(
        "hub_streams", "Streams by the state of their last run.", labels=("connection", "state")
    )
    states = Counter((names[one.connection], one.state) for one in looked.streams if one.connection in names)
    for labels, count in sorted(states.items()):
        streams.add_metric(labels, count)
    yield from (failures, person, streams)


def _of_streams(streams: Iterable[Measured], names: Mapping[str, str], now: int) -> Iterator[Metric]:
    """Series of single streams; one that never succeeded did so an infinite time ago."""
    age = GaugeMetricFamily("hub_stream_last_success_age_seconds", "Since a run ended well.", labels=_STREAM)
    state = GaugeMetricFamily("hub_stream_last_run", "1, for the state of the last run.", labels=(*_STREAM, "state"))
    items = CounterMetricFamily("hub_items", "Items that runs have listed.", labels=(*_STREAM, "outcome"))
    by_age = sorted(streams, key=lambda one: (one.succeeded or 0, one.label))
    for one in by_age[:MOST_STREAMS]:
        labels = (names[one.connection], one.label)
        age.add_metric(labels, inf if one.succeeded is None else _seconds(now - one.succeeded))
        state.add_metric((*labels, one.state), 1)
        for outcome, count in one.items.items():
            items.add_metric((*labels, outcome), count)
    left = max(len(by_age) - MOST_STREAMS, 0)
    yield from (age, state, items)
    yield GaugeMetricFamily("hub_streams_without_series", "Streams that have no series of their own.", left)


def _seconds(milliseconds: int) -> float:
    return max(milliseconds, 0) / 1000
