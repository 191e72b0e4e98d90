"""A daemon in this process, gone round by hand: its sources are in memory, its clocks stand still until a test moves them."""

import os
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from hub import plugins
from hub.daemon.daemon import Asked, Daemon
from hub.engine import hub as opening
from hub.engine.hub import Clock
from hub.store import pulls, running
from hub.testing import Memory, memory
from tests.engine.conftest import NOW, World, mail


class Tick:
    """Seconds that pass as they do, and whenever a test says so."""

    ahead = 0.0

    def __call__(self):
        return time.monotonic() + self.ahead


class Wall(Clock):
    """The wall's clock, which a test may turn."""

    def __init__(self):
        super().__init__(fixed=NOW)

    def turn(self, **by):
        self._fixed = self._fixed + timedelta(**by)


class Served:
    """A daemon with its sources, its clocks, and what a test asks of it."""

    def __init__(self, hub, tick, wall, config):
        self.hub, self.tick, self.wall, self.config = hub, tick, wall, config
        self.found = config
        reading, self.writing = os.pipe()
        os.set_blocking(reading, False)
        self.daemon = Daemon(hub, self.load, Asked(reading), tick=tick)
        self.daemon.begin()

    def load(self):
        if isinstance(self.found, Exception):
            raise self.found
        return self.found, self.hub.plugins

    def round(self, until=lambda: False, most=200):
        """Go round until nothing is under way any more, or until something is so."""
        for _ in range(most):
            self.daemon.round()
            if until() or not (len(self.daemon.pool) or any(self.daemon.agenda.due())):
                return
        pytest.fail("it never comes to rest")

    def pass_(self, seconds):
        """Let time pass on both clocks."""
        self.tick.ahead += seconds
        self.wall.turn(seconds=seconds)

    def pulls(self):
        with self.hub.store.read() as tx:
            return [row.state for row in tx.connection.exec_driver_sql("SELECT state FROM run ORDER BY id").all()]

    def stored(self):
        with self.hub.store.read() as tx:
            return sum(pulls.states(tx, row.id).get("stored", 0) for row in pulls.streams(tx))

    def term(self, name="memory"):
        with self.hub.store.read() as tx:
            return running.terms(tx)[name]

    def entry(self, name="memory"):
        return self.daemon.agenda.entries[name]

    def ring(self, name="memory", stream=""):
        with self.hub.store.write() as tx:
            running.ring(tx, name, self.wall.milliseconds(), stream)


@pytest.fixture
def serving(tmp_path):
    @contextmanager
    def made(*sources, more=(), connectors=None, **fields):
        tick, wall = Tick(), Wall()
        world = World(
            tmp_path, sources[0] if sources else Memory("memory"), sources={one.name: one for one in sources[1:]}
        )
        config = replace(world.config, **fields)
        if not sources:
            config = replace(config, connections=())
        config = replace(config, connections=(*config.connections, *more))
        loaded = plugins.load(["memory"])
        trouble = {}

        @contextmanager
        def opened(settings, tools):
            if settings.name in trouble:
                raise trouble[settings.name]
            with memory.CONNECTOR.open(settings, tools) as source:
                yield source

        ours = {"memory": replace(memory.CONNECTOR, open=opened), **(connectors or {})}
        loaded = replace(loaded, connectors=ours)
        with opening.opened(config, loaded, wall) as hub:
            served = Served(hub, tick, wall, config)
            served.trouble = trouble
            try:
                yield served
            finally:
                served.daemon.end()
                os.close(served.daemon.asked.line)
                os.close(served.writing)

    return made


@pytest.fixture
def source():
    made = Memory("memory", page_size=5)
    made.add("inbox", "1", mail("ivan@romashka.example", "anna@my.example", mid="1@romashka.example"))
    with made.serving():
        yield made


def more(source, number):
    source.add("inbox", str(number), mail("ivan@romashka.example", "anna@my.example", mid=f"{number}@romashka.example"))
