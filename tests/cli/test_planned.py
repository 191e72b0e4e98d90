"""`hub sync --plan`, and what `hub status` says of the source's own count."""

import json
import sqlite3
from datetime import UTC, datetime

import hub as door
from hub import plugins, settings
from hub.cli import planned
from hub.engine import planning
from hub.engine.hub import opened
from hub.engine.planning import Planned
from hub.engine.steps import at_once, finished
from hub.testing import Memory
from tests.cli import shop


def test_a_plan_says_how_much_there_is_and_reads_nothing(hub, tmp_path, monkeypatch):
    config = shop.CONFIG + '[connections.lost]\nconnector = "memory"\npath = "lost.json"\n'
    monkeypatch.setenv("HUB_CONFIG", str(shop.found(tmp_path, config)))
    said = hub("sync", "--plan")
    assert said.code == 1  # for the connection that did not open
    rows = [line.split() for line in said.out.splitlines()]
    assert rows[0][:4] == ["Connection", "Stream", "Items", "there"]
    assert any(row[:3] == ["shop", "Входящие", "(anna@my.example)"] and row[3:5] == ["8", "0"] for row in rows)
    assert "by a benchmark" in said.out
    assert "Error: lost: " in said.err
    assert json.loads(hub("status", "--json").out)["interactions"] == 0


def test_a_plan_counts_only_what_is_to_come(sold):
    source = shop.memory()
    source.add("INBOX", "new", door.Note(at=door.moment(datetime(2026, 11, 1, tzinfo=UTC)), title="Новая"))
    source.save(sold.folder / "shop.json")
    said = json.loads(sold("sync", "--plan", "--json").out)
    assert said["new"] == 1
    assert said["disk_bytes"] > 0
    assert not said["failed"]
    streams = {one["stream"]: one for one in said["streams"]}
    assert (streams["INBOX"]["new"], streams["INBOX"]["items"] - streams["INBOX"]["known"]) == (1, 1)
    assert "1 item" in sold("sync", "--plan").out


def test_a_plan_ends_with_the_code_of_a_sync_to_which_the_same_happens(sold):
    locked = Memory("locked", token="secret")
    locked.save(sold.folder / "locked.json")
    with (sold.folder / "hub.toml").open("a") as config:
        config.write('[connections.locked]\nconnector = "memory"\npath = "locked.json"\n')
    assert sold("sync", "--plan").code == sold("sync").code == 3


def test_many_mailboxes_are_one_line_each():
    streams = [
        _planned(f"{person}/{folder}", person, 10, 5)
        for person in ("anna@x.test", "boris@x.test")
        for folder in range(30)
    ]
    lines = list(planned._lines(streams))
    assert [(line.name, line.items, line.known, line.bytes) for line in lines] == [
        ("anna@x.test", 300, 150, 3000), ("boris@x.test", 300, 150, 3000),
    ]  # fmt: skip


def test_the_status_shows_what_the_source_says_and_what_of_it_is_lacking(sold):
    before = json.loads(sold("status", "--json").out)
    assert all(one["items"]["at_source"] is not None and not one["items"]["lacking"] for one in before["streams"])
    database = sqlite3.connect(next(sold.folder.rglob("*.db")))
    with database:
        database.execute("UPDATE stream SET told = told + 3 WHERE name = 'INBOX'")
    database.close()
    after = json.loads(sold("status", "--json").out)
    assert [one["items"]["lacking"] for one in after["streams"] if one["stream"] == "INBOX"] == [3]
    assert [need["kind"] for need in after["needs"]].count("lacking") == 1
    assert "(+3)" in sold("status").out


def _planned(name, custodian, items, known):
    size = door.Size(items, items * 10)
    return Planned(connection="mail", stream=door.Stream(name, name, custodian), size=size, known=known)


def test_a_folder_that_cannot_be_opened_does_not_hide_the_others(sold):
    class Feed:
        @at_once
        def streams(self):
            return [door.Stream("INBOX", "Входящие"), door.Stream("Sent")]

        @at_once
        def size(self, stream):
            if stream == "INBOX":
                raise door.Unreachable("the server does not answer", fix="wait")
            return door.Size(7, 70)

    config = settings.load(sold.folder / "hub.toml")
    with opened(config, plugins.load(())) as found:
        refused, planned_one = finished(planning._streams(found, config.connections[0], Feed()))
    assert (refused[0], str(refused[1])) == ("shop/Входящие", "the server does not answer")
    assert (planned_one.stream.name, planned_one.fresh) == ("Sent", 7)


def test_a_source_that_lets_itself_be_asked_only_so_often_takes_its_time():
    size = door.Size(1_000, seconds=500)
    half = Planned(connection="crm", stream=door.Stream("deals"), size=size, known=500)
    assert half.asking == 250
    assert Planned(connection="crm", stream=door.Stream("users"), size=door.Size(0), known=0).asking == 0


def test_of_sources_that_say_nothing_it_is_not_said_that_everything_is_here():
    def said(*sizes):
        streams = [Planned(connection="crm", stream=door.Stream("deals"), size=size, known=5) for size in sizes]
        made = planning.Plan(streams=streams, failed=[], disk=0, seconds=0, measured=False)
        return " ".join(planned._in_all(None, made))

    assert "everything is here" not in said(None, None)
    assert "everything is here" in said(None, door.Size(5))
