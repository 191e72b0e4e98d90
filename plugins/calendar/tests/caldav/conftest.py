"""What the tests of CalDAV share: real servers, events, and a source opened as the hub opens it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hub_calendar.caldav.plugin import CALENDAR_CALDAV

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


@pytest.fixture(scope="session")
def start(module: Callable[[str], ModuleType]) -> ModuleType:
    return module("tests/servers/calendars.py")


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
def cyrus(start: ModuleType, module: Callable[[str], ModuleType]) -> Iterator[Any]:
    """One server for all tests: each takes a user of its own."""
    module("tests/servers/required.py").need("cyrus", is_there=start.has_cyrus(), how="apt-get install cyrus-caldav")
    with start.cyrus() as server:
        yield server


_numbers = count(1)


@pytest.fixture
def user() -> str:
    """Somebody who has no calendar yet."""
    return f"anna{next(_numbers)}@my.example"


@pytest.fixture
def opened(module: Callable[[str], ModuleType]) -> Any:
    return module("tests/shared/opened.py").Opened(CALENDAR_CALDAV, NOW)


@pytest.fixture(scope="session")
def in_small_pages(module: Callable[[str], ModuleType]) -> Callable[[int], Any]:
    """The connector, bringing so many events at a time."""
    return lambda page: module("tests/shared/opened.py").in_small_pages(CALENDAR_CALDAV, page)


@pytest.fixture
def scripted(module: Callable[[str], ModuleType]) -> Iterator[Callable[..., Any]]:
    """Starts a scripted server; gives the script, with `url` and `signed` of the running server."""
    play = module("plugins/calendar/tests/caldav/scripted.py")
    running = []

    def make(**given: Any) -> Any:
        script = play.Scripted(**given)
        running.append(play.Running(script))
        script.url, script.signed = running[-1].url, running[-1].signed
        script.settings = {"url": script.url, "address": "anna@my.example", "password": "geheim"}
        return script

    yield make
    for one in running:
        one.close()


@pytest.fixture
def world(tmp_path: Path, module: Callable[[str], ModuleType]) -> Callable[..., Any]:
    """`world(calendars={...}, mail=("email.files", {...}))`: a hub with a client and these connections."""

    def make(**connections: Any) -> Any:
        known = {name: one if isinstance(one, tuple) else ("calendar.caldav", one) for name, one in connections.items()}
        made = module("tests/shared/world.py").World(tmp_path, known)
        made.list_a_client()
        return made

    return make
