"""What the tests of CalDAV share: real servers, events, and a source opened as the hub opens it."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import module_from_spec, spec_from_file_location
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hub_calendar.caldav.plugin import CALENDAR_CALDAV

import hub
from hub.http.network import internet

SERVERS = Path(__file__).parents[4] / "tests" / "servers"
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)

EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Мы//Календарь//RU
BEGIN:VEVENT
UID:{uid}
DTSTAMP:20260501T090000Z
DTSTART:{start}Z
DTEND:{start}Z
SUMMARY:{title}
ORGANIZER;CN=Анна Смирнова:mailto:anna@my.example
ATTENDEE;CN=Пётр;PARTSTAT=NEEDS-ACTION:mailto:petr@romashka.example
{more}END:VEVENT
END:VCALENDAR
"""


def _event(name: str, title: str = "Встреча", *, start: str = "20260601T100000", more: str = "") -> bytes:
    """An event with the UID NAME@my.example; `more` are lines, each with its end."""
    text = EVENT.format(uid=f"{name}@my.example", title=title, start=start, more=more)
    return text.replace("\n", "\r\n").encode()


@pytest.fixture(scope="session")
def event() -> Callable[..., bytes]:
    return _event


def load(name: str) -> ModuleType:
    """A module that starts servers."""
    known = f"hub_test_servers_{name}"
    if known not in sys.modules:
        spec = spec_from_file_location(known, SERVERS / f"{name}.py")
        assert spec
        assert spec.loader
        module = sys.modules[known] = module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[known]


@pytest.fixture(scope="session")
def start() -> ModuleType:
    return load("radicale_and_xandikos")


@pytest.fixture(scope="session")
def radicale(start: ModuleType) -> Iterator[Any]:
    """One server for all tests: each takes a user of its own."""
    with start.radicale() as server:
        yield server


@pytest.fixture(scope="session")
def xandikos(start: ModuleType) -> Iterator[Any]:
    """One server for all tests: each takes a calendar of its own."""
    with start.xandikos() as server:
        yield server


_numbers = count(1)


@pytest.fixture
def user() -> str:
    """Somebody who has no calendar yet."""
    return f"anna{next(_numbers)}@my.example"


class Opened:
    """The connector's source, opened with settings as the hub opens it."""

    def __init__(self) -> None:
        self.now = NOW

    @contextmanager
    def __call__(self, stopping: Callable[[], bool] = lambda: False, **settings: Any) -> Iterator[Any]:
        model = CALENDAR_CALDAV.settings(**settings)
        network = internet(CALENDAR_CALDAV.hosts(model), now=lambda: self.now, stopping=stopping, environ={})
        log = logging.LoggerAdapter(logging.getLogger("hub.plugin.calendar.caldav"), {})
        tools = hub.Tools(clock=lambda: self.now, log=log, stopping=stopping, network=network)
        with CALENDAR_CALDAV.open(model, tools) as source:
            yield source


@pytest.fixture
def opened() -> Opened:
    return Opened()
