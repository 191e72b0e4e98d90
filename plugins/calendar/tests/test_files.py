"""Folders and files as a source: what is read, when it is read again, what is told of what cannot be read."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hub_calendar.files import PAGE
from hub_calendar.plugin import CALENDAR_FILES, Settings
from pydantic import ValidationError

import hub

# --- what is read ----------------------------------------------------------------------------------------------------


def test_a_folder_is_read_to_its_depths_and_hidden_things_are_not(tmp_path, filed):
    for name in ("a.ics", "deep/er/b.ICS", "c.ical", ".hidden.ics", ".Radicale.cache/d.ics", "notes.txt", "e.ics.bak"):
        filed.write(tmp_path / name, filed.event(name))
    raws, _ = filed.pull(tmp_path)
    assert raws.keys() == {"a.ics#a.ics", "deep/er/b.ICS#deep/er/b.ICS", "c.ical#c.ical"}
    assert raws.keys() == filed.ids(tmp_path)


def test_the_events_of_a_single_file_are_named_by_their_uids_alone(tmp_path, filed):
    filed.write(tmp_path / "export", filed.event("a"), filed.event("b"))
    raws, _ = filed.pull(tmp_path / "export")
    assert raws.keys() == {"a", "b"} == filed.ids(tmp_path / "export")


def test_a_namesake_is_refused_and_gives_no_stream_another_name(tmp_path, filed):
    first, second = tmp_path / "a.ics", tmp_path / "x" / "a.ics"
    for path in (first, second):
        filed.write(path, filed.event("a"))
    assert [stream.name for stream in filed.opened(first, first).streams()] == ["a.ics"]
    source = filed.opened(first, second)
    for attempt in (source.check, source.streams, lambda: list(source.pull("a.ics", None))):
        with pytest.raises(hub.Misconfigured, match="Two paths") as refused:
            attempt()
        assert (refused.value.setting, "connection of its own" in refused.value.fix) == ("path", True)


def test_each_path_is_a_stream_of_the_owner(tmp_path, filed):
    filed.write(tmp_path / "анна" / "a.ics", filed.event("a"))
    filed.write(tmp_path / "b.ics", filed.event("b"))
    streams = list(filed.opened(tmp_path / "анна", tmp_path / "b.ics", owner="anna@my.example").streams())
    assert [(stream.name, stream.title, stream.custodian) for stream in streams] == [
        ("анна", "анна", "anna@my.example"),
        ("b.ics", "b.ics", "anna@my.example"),
    ]


def test_names_may_have_anything_in_them(tmp_path, filed):
    for name in ("встреча #1.ics", "a#b#c.ics", "пробел в имени.ics"):
        filed.write(tmp_path / name, filed.event("u#1"))
    (tmp_path / os.fsdecode(b"\xff.ics")).write_text(filed.calendar(filed.event("x")))
    raws, _ = filed.pull(tmp_path)
    assert len(raws) == 4
    assert all(name.encode() for name in raws)
    for name in raws:
        if "\\xff" not in name:
            assert filed.opened(tmp_path).fetch(tmp_path.name, name, "") == raws[name]


def test_a_link_to_a_file_is_read_and_a_pipe_is_not(tmp_path, filed):
    filed.write(tmp_path / "elsewhere" / "a.ics", filed.event("a"))
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "link.ics").symlink_to(tmp_path / "elsewhere" / "a.ics")
    (folder / "broken.ics").symlink_to(tmp_path / "nowhere")
    (folder / "round").symlink_to(folder)
    os.mkfifo(folder / "pipe.ics")
    raws, _ = filed.pull(folder)
    assert raws.keys() == {"link.ics#a"}


def test_the_newest_files_and_events_come_first(tmp_path, filed):
    for day in (1, 2, 3):
        filed.write(tmp_path / f"{day}.ics", filed.event("old", 1), filed.event("new", 20))
        os.utime(tmp_path / f"{day}.ics", ns=(0, day * 10**18))
    raws, _ = filed.pull(tmp_path)
    assert list(raws) == ["3.ics#new", "3.ics#old", "2.ics#new", "2.ics#old", "1.ics#new", "1.ics#old"]


def test_a_calendar_without_events_brings_nothing(tmp_path, filed):
    filed.write(tmp_path / "empty.ics")
    filed.write(tmp_path / "todo.ics", "BEGIN:VTODO\nUID:1\nEND:VTODO\nBEGIN:VJOURNAL\nUID:2\nEND:VJOURNAL\n")
    assert filed.pull(tmp_path)[0] == {}
    assert filed.ids(tmp_path) == set()


@pytest.mark.parametrize("content", [b"", b"<html>404</html>", "BEGIN:VCALENDAR".encode("utf-16"), bytes(100_000)])
def test_a_file_that_is_no_calendar_is_brought_whole_so_that_people_see_it(tmp_path, content, filed):
    (tmp_path / "a.ics").write_bytes(content)
    filed.write(tmp_path / "b.ics", filed.event("b"))
    raws, _ = filed.pull(tmp_path)
    assert raws.keys() == {"a.ics#", "b.ics#b"} == filed.ids(tmp_path)
    settings = Settings.model_validate({"path": str(tmp_path)})
    assert isinstance(CALENDAR_FILES.map(raws["a.ics#"], settings, datetime.now(UTC).date()), hub.Unreadable)
    assert filed.opened(tmp_path).fetch(tmp_path.name, "a.ics#", "") == content[: 64 * 1024]


def test_a_file_that_cannot_be_read_leaves_the_others_and_deletes_nothing(tmp_path, filed):
    """Reading /proc/self/mem at its start is an input/output error, whoever tries."""
    filed.write(tmp_path / "b.ics", filed.event("b"))
    (tmp_path / "a.ics").symlink_to("/proc/self/mem")
    raws = {raw.external_id: raw.body for page in filed.opened(tmp_path).pull(tmp_path.name, None) for raw in page.raws}
    assert raws.keys() == {"a.ics#", "b.ics#b"}
    broken = raws["a.ics#"]
    assert callable(broken)
    with pytest.raises(OSError, match="Input/output error"):
        broken()
    assert not filed.opened(tmp_path).ids(tmp_path.name).complete


# --- reading again ---------------------------------------------------------------------------------------------------


def test_where_nothing_has_changed_no_page_comes(tmp_path, filed):
    for number in range(5):
        filed.write(tmp_path / f"{number}.ics", filed.event(str(number)))
    _, cursor = filed.pull(tmp_path)
    assert list(filed.opened(tmp_path).pull(tmp_path.name, cursor)) == []


def test_a_cursor_is_as_long_for_a_thousand_files_as_for_one(tmp_path, filed):
    filed.write(tmp_path / "0.ics", filed.event("0"))
    _, one = filed.pull(tmp_path)
    for number in range(1_000):
        filed.write(tmp_path / f"{number}.ics", filed.event(str(number)))
    _, thousand = filed.pull(tmp_path)
    assert one is not None
    assert thousand is not None
    assert len(one) == len(thousand) < 2_200


def test_one_changed_file_of_a_thousand_costs_the_reading_of_a_few(tmp_path, filed):
    for number in range(1_000):
        filed.write(tmp_path / f"{number}.ics", filed.event(str(number)))
    _, cursor = filed.pull(tmp_path)
    filed.write(tmp_path / "500.ics", filed.event("500", title="Другая"))
    raws, cursor = filed.pull(tmp_path, cursor)
    assert "Другая" in raws["500.ics#500"].decode()
    assert len(raws) < 20
    (tmp_path / "500.ics").unlink()
    raws, cursor = filed.pull(tmp_path, cursor)
    assert "500.ics#500" not in raws
    assert len(raws) < 20
    assert filed.pull(tmp_path, cursor)[0] == {}


def test_an_unchanged_event_of_a_changed_file_keeps_its_revision(tmp_path, filed):
    filed.write(tmp_path / "a.ics", filed.event("a"), filed.event("b"))
    before = filed.revisions(tmp_path)
    filed.write(tmp_path / "a.ics", filed.event("a"), filed.event("b", title="Другая"), filed.event("c"))
    after = filed.revisions(tmp_path)
    assert before["a.ics#a"] == after["a.ics#a"]
    assert before["a.ics#b"] != after["a.ics#b"]


def test_a_big_export_is_resumed_where_it_was_left(tmp_path, filed):
    file = tmp_path / "export.ics"
    filed.write(file, *(filed.event(str(number)) for number in range(3 * PAGE + 10)))
    delivered: list[str] = []
    cursor = None
    for _ in range(4):
        page = next(filed.pages(file, cursor))
        delivered += [raw.external_id for raw in page.raws]
        cursor = page.cursor
    assert len(delivered) == len(set(delivered)) == 3 * PAGE + 10
    assert list(filed.pages(file, cursor)) == []


def test_an_export_that_changed_while_it_was_read_is_read_from_its_start(tmp_path, filed):
    file = tmp_path / "export.ics"
    filed.write(file, *(filed.event(str(number)) for number in range(PAGE + 10)))
    cursor = next(filed.pages(file, None)).cursor
    filed.write(file, *(filed.event(str(number), title="Другая") for number in range(PAGE + 10)))
    assert len(filed.pull(file, cursor)[0]) == PAGE + 10


def test_a_file_that_changes_under_the_hands_is_read_again_at_the_next_pull(tmp_path, filed):
    file = tmp_path / "export.ics"
    filed.write(file, *(filed.event(str(number)) for number in range(2 * PAGE)))
    pages = filed.pages(file, None)
    next(pages)
    filed.write(file, filed.event("new"))
    last = list(pages)
    again, _ = filed.pull(file, last[-1].cursor if last else None)
    assert again.keys() == {"new"}


def test_pages_of_heavy_events_are_short(tmp_path, filed):
    file = tmp_path / "export.ics"
    filed.write(file, *(filed.event(str(number), title="x" * 900_000) for number in range(20)))
    sizes = [sum(len(raw.body) for raw in page.raws) for page in filed.pages(file, None)]
    assert max(sizes) < 10_000_000


@pytest.mark.parametrize("cursor", ["", "x", "{}", "[]", '{"drawers": "", "at": null}', '{"drawers": "AAAA", "at": 5}'])
def test_a_cursor_of_somebody_else_is_lost(tmp_path, cursor, filed):
    with pytest.raises(hub.CursorLost):
        filed.pull(tmp_path, cursor)


def test_a_cursor_that_was_tampered_with_loses_nothing(tmp_path, filed):
    filed.write(tmp_path / "a.ics", filed.event("a"))
    _, cursor = filed.pull(tmp_path)
    said = json.loads(cursor or "")
    for at in ([0, "00", -5], [10**9, "", 10**9], None):
        assert filed.pull(tmp_path, json.dumps({**said, "at": at}))[0] == {}


# --- one item --------------------------------------------------------------------------------------------------------


def test_one_event_can_be_fetched(tmp_path, filed):
    filed.write(tmp_path / "a.ics", filed.event("a"), filed.event("b"))
    filed.write(tmp_path / "one.ics", filed.event("c"))
    raws, _ = filed.pull(tmp_path)
    source = filed.opened(tmp_path)
    assert {name: source.fetch(tmp_path.name, name, "") for name in raws} == raws
    file = tmp_path / "a.ics"
    assert filed.opened(file).fetch(file.name, "b", "") == raws["a.ics#b"]


@pytest.mark.parametrize(
    "name", ["a.ics#x", "a.ics", "x.ics#a", "a", "", "#", "../outside.ics#o", "/etc/passwd#x", "notes.txt#a"]
)
def test_what_is_not_there_cannot_be_fetched(tmp_path, name, filed):
    folder = tmp_path / "folder"
    filed.write(folder / "a.ics", filed.event("a"))
    filed.write(folder / "notes.txt", filed.event("a"))
    filed.write(tmp_path / "outside.ics", filed.event("o"))
    with pytest.raises(KeyError):
        filed.opened(folder).fetch(folder.name, name, "")
    with pytest.raises(KeyError):
        filed.opened(folder).fetch(folder.name, "a.ics#a", "part")


def test_an_absolute_name_leads_nowhere(tmp_path, filed):
    folder = tmp_path / "folder"
    folder.mkdir()
    filed.write(tmp_path / "outside.ics", filed.event("o"))
    with pytest.raises(KeyError):
        filed.opened(folder).fetch(folder.name, f"{tmp_path}/outside.ics#o", "")


# --- settings --------------------------------------------------------------------------------------------------------


def test_a_path_that_is_not_there_is_said_with_what_to_do(tmp_path, filed):
    with pytest.raises(hub.Misconfigured, match="nowhere") as raised:
        filed.opened(tmp_path / "nowhere").check()
    assert raised.value.setting == "path"
    assert raised.value.fix


def test_a_path_that_was_read_before_is_waited_for(tmp_path, filed):
    with pytest.raises(hub.Unreachable, match="nowhere") as raised:
        filed.opened(tmp_path / "nowhere", known={"nowhere": hub.Known("", "cursor")}).check()
    assert raised.value.fix
    with pytest.raises(hub.Misconfigured):
        filed.opened(tmp_path / "nowhere", known={"elsewhere": hub.Known("", "cursor")}).check()


def test_a_missing_path_does_not_keep_the_others_from_being_read(tmp_path, filed):
    filed.write(tmp_path / "a.ics", filed.event("a"))
    source = filed.opened(tmp_path / "nowhere", tmp_path / "a.ics")
    source.check()
    assert [stream.title for stream in source.streams()] == ["nowhere", "a.ics"]
    assert [raw.external_id for page in source.pull("a.ics", None) for raw in page.raws] == ["a"]
    with pytest.raises(hub.Unreachable):
        list(source.pull("nowhere", None))


def test_a_path_that_vanished_is_unreachable_and_not_empty(tmp_path, filed):
    path = tmp_path / "nowhere"
    source = filed.opened(path)
    for attempt in (
        lambda: list(source.pull(path.name, None)),
        lambda: source.ids(path.name),
        lambda: source.fetch(path.name, "a.ics#a", ""),
    ):
        with pytest.raises(hub.Unreachable):
            attempt()


def test_a_path_may_be_one_or_several(filed):
    assert Settings.model_validate({"path": "a.ics"}).path == (Path("a.ics"),)
    assert Settings.model_validate({"path": ["a.ics", "b"]}).path == (Path("a.ics"), Path("b"))


@pytest.mark.parametrize("given", [{}, {"path": []}, {"path": "a", "timezone": "Европа"}, {"path": "a", "zone": "x"}])
def test_settings_that_cannot_work_are_refused(given, filed):
    with pytest.raises(ValidationError):
        Settings.model_validate(given)


def test_the_home_folder_is_understood(tmp_path, monkeypatch, filed):
    monkeypatch.setenv("HOME", str(tmp_path))
    filed.write(tmp_path / "calendars" / "a.ics", filed.event("a"))
    with CALENDAR_FILES.open(Settings.model_validate({"path": "~/calendars"}), filed.opened().tools) as source:
        source.check()
        assert [stream.name for stream in source.streams()] == ["calendars"]
