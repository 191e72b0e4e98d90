"""A backup is whole, one file for both kinds of database, and what goes back to it goes on from there."""

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import hub as door
from hub import plugins
from hub.engine import decide, forget, restoring
from hub.engine.hub import Clock
from hub.engine.runs import LEASE_MS
from hub.errors import StoreUnusable
from hub.store import backups, journal, moving, pulls, tokens
from hub.store.database import table
from hub.store.groups import RUNNING
from tests.engine.conftest import World, company, mail


@pytest.fixture
def filled(world: World) -> World:
    world.memory.add("crm", "1", company(emails=("info@romashka.test",)))
    for n in range(6):
        world.memory.add("inbox", str(n), mail("ivan@romashka.test", "anna@my.example", mid=f"m{n}@x", day=n + 1))
    world.memory.add("inbox", "olga", mail("olga@gmail.com", "anna@my.example", mid="olga@x", day=9))
    world.sync()
    return world


def back_up(world: World, name: str = "kept.zip") -> Path:
    with world.open() as opened:
        backups.make(opened.store, world.path / name, opened.now.milliseconds())
    return world.path / name


def restore(world: World, file: Path, *, over: bool = True) -> restoring.Restored:
    return restoring.restore(world.config, plugins.load(["memory"]), file, Clock(fixed=world.now), over=over)


def facts(world: World) -> journal.Facts:
    with world.open() as opened, opened.store.read() as tx:
        found = journal.installation(tx)
    assert found is not None
    return found


# --- there and back --------------------------------------------------------------------------------------------------


def test_what_is_restored_is_what_was_backed_up_byte_for_byte(filled):
    before = filled.dump()
    file = back_up(filled)
    filled.memory.add("inbox", "new", mail("ivan@romashka.test", "anna@my.example", mid="new@x", day=20))
    filled.sync()
    assert filled.dump() != before
    restore(filled, file)
    assert filled.dump() == before


def test_the_syncs_after_it_end_in_the_history_of_a_database_that_was_never_restored(filled):
    file = back_up(filled)
    for n in range(3):
        filled.memory.add("inbox", f"new{n}", mail("ivan@romashka.test", "anna@my.example", mid=f"n{n}@x", day=20))
    filled.sync()
    expected = filled.dump()
    restore(filled, file)
    filled.now += timedelta(days=7)
    filled.sync()
    assert filled.dump() == expected
    assert sum(report.counts.stored for report in filled.sync()) == 0


def test_a_backup_of_either_kind_of_database_is_restored_into_the_other(filled, postgresql):
    before, file = filled.dump(), back_up(filled)
    place = postgresql.fresh() if filled.server is None else None
    other = replace(filled, path=filled.path / "other", server=place)
    other.path.mkdir()
    restore(other, file, over=False)
    assert other.dump() == before
    other.memory.add("inbox", "new", mail("ivan@romashka.test", "anna@my.example", mid="new@x", day=20))
    assert sum(report.counts.stored for report in other.sync()) == 1
    if place is not None:
        postgresql.drop(place)


def test_a_history_is_replaced_only_by_whoever_says_so(filled):
    file, before = back_up(filled), filled.dump()
    filled.memory.add("inbox", "new", mail("ivan@romashka.test", "anna@my.example", mid="new@x", day=20))
    filled.sync()
    after = filled.dump()
    with pytest.raises(StoreUnusable, match="there is a history"):
        restore(filled, file, over=False)
    assert filled.dump() == after != before


def test_every_table_of_a_database_comes_along_or_is_the_daemons(filled):
    with filled.open() as opened, opened.store.read() as tx:
        known = {one.name for one in moving.OURS}
        assert {one.name for one in moving.reflected(tx) if not one.name.startswith("search")} - known == {
            table(model).name for model in RUNNING
        }


# --- the epoch -------------------------------------------------------------------------------------------------------


def test_a_restored_database_is_another_epoch_and_says_as_of_when_it_goes_on(filled):
    first, made = facts(filled), filled.now
    file = back_up(filled)
    filled.now += timedelta(days=7)
    restore(filled, file)
    second = facts(filled)
    restore(filled, file)
    assert len({first.epoch, second.epoch, facts(filled).epoch}) == 3
    assert first.as_of is None
    assert second.as_of == int(made.timestamp() * 1000)
    assert second.hash_key == first.hash_key


def test_who_was_pulling_a_stream_when_it_was_replaced_has_lost_it(filled):
    file = back_up(filled)
    now = int(filled.now.timestamp() * 1000)
    with filled.open() as opened, opened.store.write() as tx:
        stream = pulls.streams(tx)[0].id
        assert pulls.take(tx, stream, "other:1", now, now + LEASE_MS)
        epoch = pulls.stream(tx, stream).lease_epoch
    restore(filled, file)
    with filled.open() as opened, opened.store.write() as tx:
        assert not pulls.renew(tx, stream, epoch, now + LEASE_MS)
        assert pulls.take(tx, stream, "us:1", now, now + LEASE_MS)
        assert pulls.stream(tx, stream).lease_epoch > epoch


def test_whoever_was_forgotten_since_stays_forgotten(filled):
    file = back_up(filled)
    with filled.open() as opened:
        forget.forget(opened, [door.Identifier("email", "olga@gmail.com")], author="Анна")
    expected = filled.dump()
    assert restore(filled, file).forgotten == 1
    assert filled.dump() == expected
    assert filled.holding(b"olga@gmail.com") == []
    filled.sync()
    assert filled.dump() == expected


def test_a_grant_out_of_a_backup_may_be_spent_and_a_newer_one_that_lies_there_stays(filled):
    def put(connection, sealed, saved):
        with filled.open() as opened, opened.store.write() as tx:
            tokens.begin(tx, connection, tokens.Row(key="k", sealed=sealed, expires=None, saved=saved))

    def lying():
        with filled.open() as opened, opened.store.read() as tx:
            return {row.connection: (row.sealed, row.unanswered) for row in tokens.every(tx)}

    put("renewed", "old", 1)
    put("gone", "last", 1)
    file = back_up(filled)
    put("renewed", "new", 2)
    put("fresh", "first", 2)
    with filled.open() as opened, opened.store.write() as tx:
        tx.connection.exec_driver_sql("DELETE FROM token WHERE connection = 'gone'")
    restore(filled, file)
    assert lying() == {"renewed": ("new", False), "gone": ("last", True), "fresh": ("first", False)}


def test_a_decision_made_before_comes_along_and_one_made_after_does_not(filled):
    with filled.open() as opened:
        decide.promote(opened, "early@stroika.test", author="Анна")
    file = back_up(filled)
    with filled.open() as opened:
        decide.promote(opened, "late@lotos.test", author="Анна")
    restore(filled, file)
    with filled.open() as opened, opened.store.read() as tx:
        assert len(journal.decisions(tx).promoted) == 1


# --- while others write ----------------------------------------------------------------------------------------------


def test_a_backup_is_of_one_moment_however_much_is_written_meanwhile(filled):
    stop, written = threading.Event(), []

    def write() -> None:
        with filled.open() as opened:
            while not stop.is_set():
                with opened.store.write() as tx:
                    n = len(written)
                    journal.add(tx, [(n, "Анна", "client", f"{n}a", "", ""), (n, "Анна", "client", f"{n}b", "", "")])
                written.append(n)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(written) < 3:
            stop.wait(0.01)
        before = len(written)
        file = back_up(filled)
        after = len(written)
    finally:
        stop.set()
        writer.join()
    restore(filled, file)
    with filled.open() as opened, opened.store.read() as tx:
        found = len(journal.entries(tx))
    assert found % 2 == 0, "both rows of a transaction, or none"
    assert 2 * before <= found <= 2 * (after + 1)
