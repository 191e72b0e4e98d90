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
DURATION:PT1H
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


def load(path: Path) -> ModuleType:
    """A module that is in no package."""
    known = f"hub_test_{path.parent.name}_{path.stem}"
    if known not in sys.modules:
        spec = spec_from_file_location(known, path)
        assert spec
        assert spec.loader
        module = sys.modules[known] = module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[known]


def beside(name: str) -> ModuleType:
    return load(Path(__file__).with_name(f"{name}.py"))


@pytest.fixture(scope="session")
def start() -> ModuleType:
    return load(SERVERS / "calendars.py")


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


@pytest.fixture(scope="session")
def cyrus(start: ModuleType) -> Iterator[Any]:
    """One server for all tests: each takes a user of its own."""
    load(SERVERS / "required.py").need("cyrus", is_there=start.has_cyrus(), how="apt-get install cyrus-caldav")
    with start.cyrus() as server:
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


@pytest.fixture
def scripted() -> Iterator[Callable[..., Any]]:
    """Starts a scripted server; gives the script, with `url` and `signed` of the running server."""
    module = beside("scripted")
    running = []

    def make(**given: Any) -> Any:
        script = module.Scripted(**given)
        running.append(module.Running(script))
        script.url, script.signed = running[-1].url, running[-1].signed
        script.settings = {"url": script.url, "address": "anna@my.example", "password": "geheim"}
        return script

    yield make
    for one in running:
        one.close()


@pytest.fixture
def world(tmp_path: Path) -> Callable[..., Any]:
    """`world(calendars={...}, mail=("email.files", {...}))`: a hub with these connections."""

    def make(**connections: Any) -> Any:
        known = {name: one if isinstance(one, tuple) else ("calendar.caldav", one) for name, one in connections.items()}
        return beside("world").World(tmp_path, known)

    return make
