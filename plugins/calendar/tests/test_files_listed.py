"""What need not be listed again: files that are as they were at the last listing."""

import json
import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest
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


def opened(*paths: Path, owner: str = "") -> CalendarFiles:
    tools = hub.Tools(
        clock=lambda: datetime(2026, 11, 1, tzinfo=UTC),
        log=logging.LoggerAdapter(logging.getLogger("test"), {}),
        stopping=lambda: False,
    )
    return CalendarFiles(paths, owner, tools)


def pull(path: Path, cursor: str | None = None) -> tuple[dict[str, bytes], str | None]:
    """What a whole pull brings, by id, and its last cursor."""
    raws: dict[str, bytes] = {}
    for page in opened(path).pull(path.name, cursor):
        assert page.listed == len(page.raws)
        for raw in page.raws:
            raws[raw.external_id] = raw.body if isinstance(raw.body, bytes) else raw.body()
        cursor = page.cursor
    return raws, cursor


def listed(path: Path, cursor: str | None) -> hub.Listing:
    """What the source names after a whole pull from that cursor."""
    source = opened(path)
    pages = list(source.pull(path.name, cursor))
    listing = source.ids(path.name)
    return hub.Listing(listing.complete, set(listing.ids), cursor=listing.cursor or (pages[-1].cursor if pages else ""))


def test_files_that_are_as_they_were_at_the_last_listing_are_not_read_for_another(tmp_path):
    write(tmp_path / "a.ics", event("a"))
    write(tmp_path / "b.ics", event("b"))
    first = listed(tmp_path, None)
    assert (first.complete, first.ids) == (True, {"a.ics#a", "b.ics#b"})
    again = listed(tmp_path, first.cursor)
    assert (again.complete, again.ids) == (False, set())


@pytest.mark.parametrize("change", ["gone", "changed", "new"])
def test_when_anything_has_changed_all_is_listed(tmp_path, change):
    for name in ("a", "b"):
        write(tmp_path / f"{name}.ics", event(name))
    cursor = listed(tmp_path, None).cursor
    match change:
        case "gone":
            (tmp_path / "b.ics").unlink()
        case "changed":
            write(tmp_path / "b.ics", event("c"), event("d"))
        case _:
            write(tmp_path / "c.ics", event("c"))
    found = listed(tmp_path, cursor)
    assert found.complete
    assert found.ids == {"gone": {"a.ics#a"}, "changed": {"a.ics#a", "b.ics#c", "b.ics#d"}}.get(
        change, {"a.ics#a", "b.ics#b", "c.ics#c"}
    )
    assert not listed(tmp_path, found.cursor).complete


def test_a_listing_that_was_not_believed_is_given_again(tmp_path):
    """The hub takes its cursor only once everything is marked that it does not name."""
    write(tmp_path / "a.ics", event("a"))
    cursor = listed(tmp_path, None).cursor
    (tmp_path / "a.ics").unlink()
    _, after = pull(tmp_path, cursor)
    for _ in range(2):
        assert listed(tmp_path, after).complete


def test_a_cursor_from_before_listings_were_remembered_is_understood(tmp_path):
    write(tmp_path / "a.ics", event("a"))
    _, cursor = pull(tmp_path)
    old = json.dumps({key: said for key, said in json.loads(cursor or "").items() if key != "listed"})
    assert pull(tmp_path, old)[0] == {}
    assert listed(tmp_path, old).complete
