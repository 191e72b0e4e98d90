"""What the tests of calendars share: a calendar from a few lines, and the meetings in it."""

from collections.abc import Callable
from datetime import date
from types import ModuleType

import pytest
from hub_calendar.mapping import map_calendar

import hub

SEEN = date(2026, 11, 1)
HORIZON = date(2027, 1, 1)


def _body(*events: str, head: str = "") -> bytes:
    blocks = "".join(f"BEGIN:VEVENT\n{event.strip()}\nEND:VEVENT\n" for event in events)
    head = f"{head.strip()}\n" if head else ""
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{head}{blocks}END:VCALENDAR\n".replace("\n", "\r\n").encode()


def _map(
    *events: str, head: str = "", timezone: str = "Europe/Moscow", horizon: date = HORIZON, seen: date = SEEN
) -> dict[str, hub.Meeting]:
    """The meetings of these VEVENTs, given without BEGIN and END, by their parts."""
    result = map_calendar(_body(*events, head=head), timezone, hub.Window(seen, horizon))
    assert not isinstance(result, hub.Unreadable), result
    return {one.part: one.record for one in result}


@pytest.fixture(scope="session")
def filed(module: Callable[[str], ModuleType]) -> ModuleType:
    """Calendars in files."""
    return module("plugins/calendar/tests/filed.py")


@pytest.fixture
def body() -> Callable[..., bytes]:
    return _body


@pytest.fixture
def meetings() -> Callable[..., dict[str, hub.Meeting]]:
    return _map


@pytest.fixture
def meeting(meetings) -> Callable[..., hub.Meeting]:
    """The only meeting of an event."""

    def one(event: str, **given) -> hub.Meeting:
        (found,) = meetings(event, **given).values()
        return found

    return one
