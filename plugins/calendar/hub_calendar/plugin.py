"""The connector `calendar.files`."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from pydantic import Field

import hub


class Settings(hub.Settings):
    """Where the calendars are, whose they are, and the zone of times that name none."""

    path: hub.Paths = Field(
        title="Files or folders",
        description="An .ics file, or a folder with .ics files at any depth; or a list of them",
    )
    owner: str = Field("", title="Owner", description="E-mail address of the employee whose calendars these are")
    timezone: hub.Timezone = ""


@contextmanager
def _open(settings: Settings, tools: hub.Tools) -> Iterator[hub.Source]:
    from hub_calendar.files import CalendarFiles  # noqa: PLC0415 - a command that reads no calendar need not wait

    yield CalendarFiles(settings.path, settings.owner, tools)


def _map(body: bytes, settings: Settings, window: hub.Window) -> hub.MapResult:
    from hub_calendar.mapping import map_calendar  # noqa: PLC0415 - as above

    return map_calendar(body, settings.timezone, window)


CALENDAR_FILES = hub.Connector(
    name="calendar.files",
    title="Calendar files (.ics)",
    settings=Settings,
    open=_open,
    map=_map,
    mapping=2,
    capabilities=frozenset(("ids", "fetch")),
)


@hub.hookimpl
def register_connectors() -> Iterable[hub.Connector]:
    return [CALENDAR_FILES]
