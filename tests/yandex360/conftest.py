"""An organisation on loopback, and a connection that may talk to it and nobody else."""

import logging
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

import hub
from hub.http.network import internet
from hub.simulators.yandex360 import organisation, running

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self):
        return self.now

    def seconds(self):
        return self.now.timestamp()

    def tick(self, **by):
        self.now += timedelta(**by)


@dataclass
class Office:
    """A simulator, and the hub's side of it. Both read one clock."""

    yandex: object
    clock: Clock
    stack: ExitStack
    log: logging.LoggerAdapter = field(default_factory=lambda: logging.LoggerAdapter(logging.getLogger("hub.test"), {}))

    def staff(self, *, shared=True, **more):
        settings = hub.Yandex360(**{**self.yandex.table, **more})
        network = internet(settings.hosts, now=self.clock, stopping=lambda: False, environ={})
        tools = hub.Tools(clock=self.clock, log=self.log, stopping=lambda: False, network=network)
        staff = hub.Yandex360Staff(settings, tools, shared=shared)
        self.stack.callback(staff.close)
        return staff

    def asked(self, path):
        """How often a path was asked for since the last time."""
        found = sum(line.split(" ")[1].startswith(path) for line in self.yandex.log)
        self.yandex.log.clear()
        return found


@pytest.fixture
def office():
    clock = Clock()
    yandex = organisation(3)
    yandex.clock = clock.seconds
    with running(yandex), ExitStack() as stack:
        yield Office(yandex, clock, stack)
