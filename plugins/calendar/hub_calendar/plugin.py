"""The connector `calendar.files`."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

import hub


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str | Path) else value


def _known_zone(name: str) -> str:
    from hub_calendar.zones import named  # noqa: PLC0415 - the calendar libraries take 0.3 s to import

    if name and named(name) is None:
        text = hub.sentence('"{name}" is not a time zone: write an IANA name such as "Europe/Moscow"')
        raise ValueError(text.format(name=name))
    return name


Paths = Annotated[tuple[Path, ...], BeforeValidator(_as_list, json_schema_input_type=Path | tuple[Path, ...])]


class Settings(hub.Settings):
    """Where the calendars are, whose they are, and the zone of times that name none."""

    path: Paths = Field(
        min_length=1,
        title="Files or folders",
        description="An .ics file, or a folder with .ics files at any depth; or a list of them",
    )
    owner: str = Field("", title="Owner", description="E-mail address of the employee whose calendars these are")
    timezone: Annotated[str, AfterValidator(_known_zone)] = Field(
        "", title="Time zone", description='Zone of times without one ("Europe/Moscow"); without it, UTC'
    )


@contextmanager
def _open(settings: Settings, tools: hub.Tools) -> Iterator[hub.Source]:
    from hub_calendar.files import CalendarFiles  # noqa: PLC0415 - as above

    yield CalendarFiles(tuple(dict.fromkeys(path.expanduser() for path in settings.path)), settings.owner, tools)


def _map(body: bytes, settings: Settings, window: hub.Window) -> hub.MapResult:
    from hub_calendar.mapping import map_calendar  # noqa: PLC0415 - as above

    return map_calendar(body, settings.timezone, window)


CALENDAR_FILES = hub.Connector(
    name="calendar.files",
    title="Calendar files (.ics)",
    settings=Settings,
    open=_open,
    map=_map,
    capabilities=frozenset(("ids", "fetch")),
)


@hub.hookimpl
def register_connectors() -> Iterable[hub.Connector]:
    return [CALENDAR_FILES]
