"""Folders and files as a source: what is read, when it is read again, what is told of what cannot be read."""

import json
import logging
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hub_calendar.files import PAGE, CalendarFiles
from hub_calendar.plugin import CALENDAR_FILES, Settings
from pydantic import ValidationError

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


def ids(path: Path) -> set[str]:
    listing = opened(path).ids(path.name)
    assert listing.complete
    return set(listing.ids)


# --- what is read ----------------------------------------------------------------------------------------------------


def test_a_folder_is_read_to_its_depths_and_hidden_things_are_not(tmp_path):
    for name in ("a.ics", "deep/er/b.ICS", "c.ical", ".hidden.ics", ".Radicale.cache/d.ics", "notes.txt", "e.ics.bak"):
        write(tmp_path / name, event(name))
    raws, _ = pull(tmp_path)
    assert raws.keys() == {"a.ics#a.ics", "deep/er/b.ICS#deep/er/b.ICS", "c.ical#c.ical"}
    assert raws.keys() == ids(tmp_path)


def test_the_events_of_a_single_file_are_named_by_their_uids_alone(tmp_path):
    write(tmp_path / "export", event("a"), event("b"))
    raws, _ = pull(tmp_path / "export")
    assert raws.keys() == {"a", "b"} == ids(tmp_path / "export")


def test_a_namesake_is_refused_and_gives_no_stream_another_name(tmp_path):
    first, second = tmp_path / "a.ics", tmp_path / "x" / "a.ics"
    for path in (first, second):
        write(path, event("a"))
    assert [stream.name for stream in opened(first, first).streams()] == ["a.ics"]
    source = opened(first, second)
    for attempt in (source.check, source.streams, lambda: list(source.pull("a.ics", None))):
        with pytest.raises(hub.Misconfigured, match="Two paths") as refused:
            attempt()
        assert (refused.value.setting, "connection of its own" in refused.value.fix) == ("path", True)


def test_each_path_is_a_stream_of_the_owner(tmp_path):
    write(tmp_path / "анна" / "a.ics", event("a"))
    write(tmp_path / "b.ics", event("b"))
    streams = list(opened(tmp_path / "анна", tmp_path / "b.ics", owner="anna@my.example").streams())
    assert [(stream.name, stream.title, stream.custodian) for stream in streams] == [
        ("анна", "анна", "anna@my.example"),
        ("b.ics", "b.ics", "anna@my.example"),
    ]


def test_names_may_have_anything_in_them(tmp_path):
    for name in ("встреча #1.ics", "a#b#c.ics", "пробел в имени.ics"):
        write(tmp_path / name, event("u#1"))
    (tmp_path / os.fsdecode(b"\xff.ics")).write_text(calendar(event("x")))
    raws, _ = pull(tmp_path)
    assert len(raws) == 4
    assert all(name.encode() for name in raws)
    for name in raws:
        if "\\xff" not in name:
            assert opened(tmp_path).fetch(tmp_path.name, name, "") == raws[name]


def test_a_link_to_a_file_is_read_and_a_pipe_is_not(tmp_path):
    write(tmp_path / "elsewhere" / "a.ics", event("a"))
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link.ics").symlink_to(tmp_path / "elsewhere" / "a.ics")
    (folder / "broken.ics").symlink_to(tmp_path / "nowhere")
    (folder / "round").symlink_to(folder)
    os.mkfifo(folder / "pipe.ics")
    raws, _ = pull(folder)
    assert raws.keys() == {"link.ics#a"}


def test_the_newest_files_and_events_come_first(tmp_path):
    for day in (1, 2, 3):
        write(tmp_path / f"{day}.ics", event("old", 1), event("new", 20))
        os.utime(tmp_path / f"{day}.ics", ns=(0, day * 10**18))
    raws, _ = pull(tmp_path)
    assert list(raws) == ["3.ics#new", "3.ics#old", "2.ics#new", "2.ics#old", "1.ics#new", "1.ics#old"]


def test_a_calendar_without_events_brings_nothing(tmp_path):
    write(tmp_path / "empty.ics")
    write(tmp_path / "todo.ics", "BEGIN:VTODO\nUID:1\nEND:VTODO\nBEGIN:VJOURNAL\nUID:2\nEND:VJOURNAL\n")
    assert pull(tmp_path)[0] == {}
    assert ids(tmp_path) == set()


@pytest.mark.parametrize("content", [b"", b"<html>404</html>", "BEGIN:VCALENDAR".encode("utf-16"), bytes(100_000)])
def test_a_file_that_is_no_calendar_is_brought_whole_so_that_people_see_it(tmp_path, content):
    (tmp_path / "a.ics").write_bytes(content)
    write(tmp_path / "b.ics", event("b"))
    raws, _ = pull(tmp_path)
    assert raws.keys() == {"a.ics#", "b.ics#b"} == ids(tmp_path)
    settings = Settings.model_validate({"path": str(tmp_path)})
    assert isinstance(CALENDAR_FILES.map(raws["a.ics#"], settings, datetime.now(UTC).date()), hub.Unreadable)
    assert opened(tmp_path).fetch(tmp_path.name, "a.ics#", "") == content[: 64 * 1024]


def test_a_file_that_cannot_be_read_leaves_the_others_and_deletes_nothing(tmp_path):
    """Reading /proc/self/mem at its start is an input/output error, whoever tries."""
    write(tmp_path / "b.ics", event("b"))
    (tmp_path / "a.ics").symlink_to("/proc/self/mem")
    raws = {raw.external_id: raw.body for page in opened(tmp_path).pull(tmp_path.name, None) for raw in page.raws}
    assert raws.keys() == {"a.ics#", "b.ics#b"}
    broken = raws["a.ics#"]
    assert callable(broken)
    with pytest.raises(OSError, match="Input/output error"):
        broken()
    assert not opened(tmp_path).ids(tmp_path.name).complete


# --- reading again ---------------------------------------------------------------------------------------------------


def test_where_nothing_has_changed_no_page_comes(tmp_path):
    for number in range(5):
        write(tmp_path / f"{number}.ics", event(str(number)))
    _, cursor = pull(tmp_path)
    assert list(opened(tmp_path).pull(tmp_path.name, cursor)) == []


def test_a_cursor_is_as_long_for_a_thousand_files_as_for_one(tmp_path):
    write(tmp_path / "0.ics", event("0"))
    _, one = pull(tmp_path)
    for number in range(1_000):
        write(tmp_path / f"{number}.ics", event(str(number)))
    _, thousand = pull(tmp_path)
    assert one is not None
    assert thousand is not None
    assert len(one) == len(thousand) < 2_200


def test_one_changed_file_of_a_thousand_costs_the_reading_of_a_few(tmp_path):
    for number in range(1_000):
        write(tmp_path / f"{number}.ics", event(str(number)))
    _, cursor = pull(tmp_path)
    write(tmp_path / "500.ics", event("500", title="Другая"))
    raws, cursor = pull(tmp_path, cursor)
    assert "Другая" in raws["500.ics#500"].decode()
    assert len(raws) < 20
    (tmp_path / "500.ics").unlink()
    raws, cursor = pull(tmp_path, cursor)
    assert "500.ics#500" not in raws
    assert len(raws) < 20
    assert pull(tmp_path, cursor)[0] == {}


def test_an_unchanged_event_of_a_changed_file_keeps_its_revision(tmp_path):
    write(tmp_path / "a.ics", event("a"), event("b"))
    before = _revisions(tmp_path)
    write(tmp_path / "a.ics", event("a"), event("b", title="Другая"), event("c"))
    after = _revisions(tmp_path)
    assert before["a.ics#a"] == after["a.ics#a"]
    assert before["a.ics#b"] != after["a.ics#b"]


def _revisions(path: Path) -> dict[str, str]:
    return {raw.external_id: raw.revision for page in opened(path).pull(path.name, None) for raw in page.raws}


def test_a_big_export_is_resumed_where_it_was_left(tmp_path):
    file = tmp_path / "export.ics"
    write(file, *(event(str(number)) for number in range(3 * PAGE + 10)))
    delivered: list[str] = []
    cursor = None
    for _ in range(4):
        page = next(_pages(file, cursor))
        delivered += [raw.external_id for raw in page.raws]
        cursor = page.cursor
    assert len(delivered) == len(set(delivered)) == 3 * PAGE + 10
    assert list(_pages(file, cursor)) == []


def test_an_export_that_changed_while_it_was_read_is_read_from_its_start(tmp_path):
    file = tmp_path / "export.ics"
    write(file, *(event(str(number)) for number in range(PAGE + 10)))
    cursor = next(_pages(file, None)).cursor
    write(file, *(event(str(number), title="Другая") for number in range(PAGE + 10)))
    assert len(pull(file, cursor)[0]) == PAGE + 10


def test_a_file_that_changes_under_the_hands_is_read_again_at_the_next_pull(tmp_path):
    file = tmp_path / "export.ics"
    write(file, *(event(str(number)) for number in range(2 * PAGE)))
    pages = _pages(file, None)
    next(pages)
    write(file, event("new"))
    last = list(pages)
    again, _ = pull(file, last[-1].cursor if last else None)
    assert again.keys() == {"new"}


def test_pages_of_heavy_events_are_short(tmp_path):
    file = tmp_path / "export.ics"
    write(file, *(event(str(number), title="x" * 900_000) for number in range(20)))
    sizes = [sum(len(raw.body) for raw in page.raws) for page in _pages(file, None)]
    assert max(sizes) < 10_000_000


def _pages(path: Path, cursor: str | None) -> Iterator[hub.Page]:
    return opened(path).pull(path.name, cursor)


@pytest.mark.parametrize("cursor", ["", "x", "{}", "[]", '{"drawers": "", "at": null}', '{"drawers": "AAAA", "at": 5}'])
def test_a_cursor_of_somebody_else_is_lost(tmp_path, cursor):
    with pytest.raises(hub.CursorLost):
        pull(tmp_path, cursor)


def test_a_cursor_that_was_tampered_with_loses_nothing(tmp_path):
    write(tmp_path / "a.ics", event("a"))
    _, cursor = pull(tmp_path)
    said = json.loads(cursor or "")
    for at in ([0, "00", -5], [10**9, "", 10**9], None):
        assert pull(tmp_path, json.dumps({**said, "at": at}))[0] == {}


# --- one item --------------------------------------------------------------------------------------------------------


def test_one_event_can_be_fetched(tmp_path):
    write(tmp_path / "a.ics", event("a"), event("b"))
    write(tmp_path / "one.ics", event("c"))
    raws, _ = pull(tmp_path)
    source = opened(tmp_path)
    assert {name: source.fetch(tmp_path.name, name, "") for name in raws} == raws
    file = tmp_path / "a.ics"
    assert opened(file).fetch(file.name, "b", "") == raws["a.ics#b"]


@pytest.mark.parametrize(
    "name", ["a.ics#x", "a.ics", "x.ics#a", "a", "", "#", "../outside.ics#o", "/etc/passwd#x", "notes.txt#a"]
)
def test_what_is_not_there_cannot_be_fetched(tmp_path, name):
    folder = tmp_path / "folder"
    write(folder / "a.ics", event("a"))
    write(folder / "notes.txt", event("a"))
    write(tmp_path / "outside.ics", event("o"))
    with pytest.raises(KeyError):
        opened(folder).fetch(folder.name, name, "")
    with pytest.raises(KeyError):
        opened(folder).fetch(folder.name, "a.ics#a", "part")


def test_an_absolute_name_leads_nowhere(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    write(tmp_path / "outside.ics", event("o"))
    with pytest.raises(KeyError):
        opened(folder).fetch(folder.name, f"{tmp_path}/outside.ics#o", "")


# --- settings --------------------------------------------------------------------------------------------------------


def test_a_path_that_is_not_there_is_said_with_what_to_do(tmp_path):
    with pytest.raises(hub.Misconfigured, match="nowhere") as raised:
        opened(tmp_path / "nowhere").check()
    assert raised.value.setting == "path"
    assert raised.value.fix


def test_a_missing_path_does_not_keep_the_others_from_being_read(tmp_path):
    write(tmp_path / "a.ics", event("a"))
    source = opened(tmp_path / "nowhere", tmp_path / "a.ics")
    source.check()
    assert [stream.title for stream in source.streams()] == ["nowhere", "a.ics"]
    assert [raw.external_id for page in source.pull("a.ics", None) for raw in page.raws] == ["a"]
    with pytest.raises(hub.Unreachable):
        list(source.pull("nowhere", None))


def test_a_path_that_vanished_is_unreachable_and_not_empty(tmp_path):
    path = tmp_path / "nowhere"
    source = opened(path)
    for attempt in (
        lambda: list(source.pull(path.name, None)),
        lambda: source.ids(path.name),
        lambda: source.fetch(path.name, "a.ics#a", ""),
    ):
        with pytest.raises(hub.Unreachable):
            attempt()


def test_a_path_may_be_one_or_several():
    assert Settings.model_validate({"path": "a.ics"}).path == (Path("a.ics"),)
    assert Settings.model_validate({"path": ["a.ics", "b"]}).path == (Path("a.ics"), Path("b"))


@pytest.mark.parametrize("given", [{}, {"path": []}, {"path": "a", "timezone": "Европа"}, {"path": "a", "zone": "x"}])
def test_settings_that_cannot_work_are_refused(given):
    with pytest.raises(ValidationError):
        Settings.model_validate(given)


def test_the_home_folder_is_understood(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    write(tmp_path / "calendars" / "a.ics", event("a"))
    with CALENDAR_FILES.open(Settings.model_validate({"path": "~/calendars"}), opened().tools) as source:
        source.check()
        assert [stream.name for stream in source.streams()] == ["calendars"]
