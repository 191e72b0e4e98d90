"""A history moves from a file to a server: whole, byte for byte, and goes on there."""

from dataclasses import replace

import pytest

from hub.engine import decide, moving, rebuild
from hub.errors import StoreUnusable
from hub.store import pulls
from tests.engine.conftest import World, company, mail


@pytest.fixture
def filled(world: World) -> World:
    """A history in a file, with decisions, raws and what is left out; `world` itself is where it goes to."""
    world.memory.add("crm", "1", company(emails=("info@romashka.test",)))
    world.memory.add("crm", "2", company("АО Лотос", emails=("petr@lotos.test",)))
    for n in range(8):
        world.memory.add("inbox", str(n), mail("ivan@romashka.test", "anna@my.example", mid=f"m{n}@x", day=n + 1))
    old = replace(world, path=world.path / "old", server=None)
    old.sync()
    with old.open() as opened:
        decide.promote(opened, "olga@stroika.test", author="Анна")
    return old


def _move(world: World, old: World) -> int:
    with world.open() as opened:
        return moving.move(opened, old.path / "hub.db")


def test_what_arrives_is_what_was_there_byte_for_byte(world, filled):
    before = filled.dump()
    assert _move(world, filled) > 50
    assert world.dump() == before
    assert filled.dump() == before


def test_it_goes_on_where_it_stood(world, filled):
    _move(world, filled)
    world.memory.add("inbox", "new", mail("ivan@romashka.test", "anna@my.example", mid="new@x", day=20))
    world.now = filled.now
    reports = world.sync()
    assert sum(report.counts.stored for report in reports) == 1
    filled.sync()
    assert world.dump() == filled.dump()
    with world.open() as opened:
        rebuild.rebuild(opened)
    assert world.dump() == filled.dump(), "originals and decisions have come along"


def test_a_database_with_a_history_takes_no_other(world, filled):
    world.sync()
    before = world.dump()
    with pytest.raises(StoreUnusable, match="there is a history"):
        _move(world, filled)
    assert world.dump() == before


def test_a_file_that_is_being_synced_stays_where_it_is(world, filled):
    with filled.open() as opened, opened.store.write() as tx:
        stream = pulls.streams(tx)[0].id
        assert pulls.take(tx, stream, "other:1", 0, opened.now.milliseconds() + 10**9)
    with pytest.raises(StoreUnusable, match="is being synced"):
        _move(world, filled)
    assert world.clients() == []
