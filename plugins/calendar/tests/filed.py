"""Calendars in files: written, and read as a source."""

import logging
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from hub_calendar.files import CalendarFiles

import hub

EVENT = "BEGIN:VEVENT\nUID:{uid}\nDTSTART:202611{day:02}T070000Z\nSUMMARY:{title}\nEND:VEVENT\n"


def event(uid: str, day: int = 2, title: str = "Встреча") -> str:
    return EVENT.format(uid=uid, day=day, title=title)


def calendar(*events: str) -> str:
    return f"BEGIN:VCALENDAR\n{''.join(events)}END:VCALENDAR\n"


def write(path: Path, *events: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(calendar(*events), encoding="utf-8")


def opened(*paths: Path, owner: str = "", known: Mapping[str, hub.Known] = MappingProxyType({})) -> CalendarFiles:
    tools = hub.Tools(
        clock=lambda: datetime(2026, 11, 1, tzinfo=UTC),
        log=logging.LoggerAdapter(logging.getLogger("test"), {}),
        stopping=lambda: False,
        known=lambda: known,
    )
    return CalendarFiles(paths, owner, tools)


def pull(path: Path, cursor: str | None = None) -> tuple[dict[str, bytes], str | None]:
    """What a whole pull brings, by id, and its last cursor."""
    raws: dict[str, bytes] = {}
    for page in pages(path, cursor):
        assert page.listed == len(page.raws)
        for raw in page.raws:
            raws[raw.external_id] = raw.body if isinstance(raw.body, bytes) else raw.body()
        cursor = page.cursor
    return raws, cursor


def ids(path: Path) -> set[str]:
    listing = opened(path).ids(path.name)
    assert listing.complete
    return set(listing.ids)


def pages(path: Path, cursor: str | None) -> Iterator[hub.Page]:
    return opened(path).pull(path.name, cursor)


def revisions(path: Path) -> dict[str, str]:
    return {raw.external_id: raw.revision for page in pages(path, None) for raw in page.raws}
