"""What may happen to streams and cursors: they vanish, are emptied, lose their place."""

from hub.engine import decide
from hub.engine import sync as syncing
from tests.engine.conftest import World, filled


def test_a_stream_that_vanishes_is_not_believed_until_a_person_accepts_it(world):
    filled(world, 10).sync()
    before = world.history("ООО Ромашка")
    kept = world.memory.shelves.pop("inbox")
    with world.open() as opened:
        for _ in range(2):
            (bad,) = [one for one in syncing.sync(opened, syncing.Wish()) if one.state != "ok"]
            assert bad.stream == "inbox"
            assert "nothing was changed" in str(bad.error)
            assert "accept-empty" in bad.error.fix
        decide.accept_empty(opened, "source", "inbox")
    world.sync()
    world.sync()
    assert world.history("ООО Ромашка") == before
    assert _removed(world) == 10
    world.memory.shelves["inbox"] = kept
    world.sync()
    assert world.history("ООО Ромашка") == before
    assert _removed(world) == 0


def test_a_stream_that_becomes_empty_keeps_its_history_when_that_is_accepted(world):
    filled(world, 10).sync()
    before = world.history("ООО Ромашка")
    for n in range(10):
        world.memory.delete("inbox", str(n))
    with world.open() as opened:
        for _ in range(2):
            states = {one.stream: one.state for one in syncing.sync(opened, syncing.Wish())}
            assert states == {"crm": "ok", "inbox": "failed"}
        assert _removed(world) == 0
        decide.accept_empty(opened, "source", "inbox")
        syncing.sync(opened, syncing.Wish())
    assert _removed(world) == 10
    assert world.history("ООО Ромашка") == before


def test_a_few_deleted_items_are_marked_and_their_history_stays(world):
    filled(world, 10).sync()
    before = world.history("ООО Ромашка")
    world.memory.delete("inbox", "3")
    world.sync()
    assert _removed(world) == 1
    assert world.history("ООО Ромашка") == before


def test_a_listing_that_is_not_complete_proves_nothing(world):
    filled(world, 10).sync()
    world.memory.complete = False
    world.memory.delete("inbox", "3")
    world.sync()
    assert _removed(world) == 0


def test_a_lost_cursor_loses_and_doubles_nothing(world):
    filled(world, 10).sync()
    before = [line for line in world.dump() if b'"table":"stream"' not in line]
    world.memory.lose_cursors()
    reports = world.sync()
    assert [line for line in world.dump() if b'"table":"stream"' not in line] == before
    assert sum(one.counts.stored for one in reports) == 0


def test_an_item_that_vanishes_between_listing_and_reading_is_not_missed(world):
    filled(world, 10)
    world.memory.vanish("3")
    reports = world.sync()
    assert all(one.counts.adds_up for one in reports)
    assert len(world.history("ООО Ромашка")) == 9


def _removed(world: World) -> int:
    return sum(
        b'"table":"item"' in line and b'"removed":true' in line.replace(b":1,", b":true,") for line in world.dump()
    )
