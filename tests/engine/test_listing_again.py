"""What is gone is marked however little there is to pull, and what nobody touched is not listed again."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hub_calendar.files import CalendarFiles

from hub import plugins
from hub.core.clients import Ours
from hub.core.policy import Policy
from hub.engine import hub as opening
from hub.engine import sync as syncing
from hub.engine.hub import Clock
from hub.settings import Company, Config, Connection
from hub.store import items, pulls

EVENT = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:{name}\nDTSTART:20261102T070000Z\nEND:VEVENT\nEND:VCALENDAR\n"


def sync(home: Path) -> set[str]:
    """Sync the folder `work`; returns what is marked as gone."""
    loaded = plugins.load(["calendar.files"])
    settings = loaded.connectors["calendar.files"].settings.model_validate({"path": home / "work"})
    connection = Connection(
        name="work", id="work", connector="calendar.files", settings=settings, policy=Policy(store="all")
    )
    config = Config(
        path=home / "hub.toml",
        home=home,
        company=Company(name="ООО Мы", timezone="Europe/Moscow", language="ru", ours=Ours()),
        store_path=home / "hub.db",
        connections=(connection,),
    )
    with opening.opened(config, loaded, Clock(fixed=datetime(2026, 11, 20, tzinfo=UTC))) as hub:
        assert [report.state for report in syncing.sync(hub, syncing.Wish())] == ["ok"]
        with hub.store.read() as tx:
            (stream,) = pulls.streams(tx, "work")
            return {name for _, name, removed in items.of_stream(tx, stream.id, "") if removed}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    for name in "abc":
        (tmp_path / "work" / f"{name}.ics").write_text(EVENT.format(name=name))
    return tmp_path


def test_files_that_nobody_touched_are_not_read_again(folder, monkeypatch):
    sync(folder)
    monkeypatch.setattr("hub_calendar.files._names", _never)
    assert sync(folder) == set()


def _never(_file: object) -> list[str]:
    raise AssertionError("it was read")


def test_a_file_that_is_gone_is_marked_and_one_that_is_back_is_not(folder):
    sync(folder)
    sync(folder)
    (folder / "work" / "b.ics").rename(folder / "b.ics")
    assert sync(folder) == {"b.ics#b"}
    assert sync(folder) == {"b.ics#b"}
    (folder / "b.ics").rename(folder / "work" / "b.ics")
    assert sync(folder) == set()


def test_what_goes_while_files_are_listed_is_marked_the_next_time(folder, monkeypatch):
    listing = CalendarFiles.ids

    def losing(self: CalendarFiles, stream: str):
        found = listing(self, stream)
        (folder / "work" / "c.ics").unlink(missing_ok=True)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(CalendarFiles, "ids", losing)
        assert sync(folder) == set()
    assert sync(folder) == {"c.ics#c"}
