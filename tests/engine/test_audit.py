"""What the sources have is held against what is here; what is missing is fetched, and nothing else changes."""

from datetime import timedelta

import pytest

from hub.core import ids
from hub.core.policy import Policy
from hub.engine import audit as auditing
from hub.engine.sync import Wish
from hub.errors import Unreachable
from hub.store import pulls
from tests.engine.conftest import World, company, mail


@pytest.fixture
def filled(world: World) -> World:
    world.policy = Policy(store="clients")
    world.memory.add("crm", "1", company(emails=("info@romashka.test",)))
    for n in range(6):
        world.memory.add("inbox", str(n), mail("ivan@romashka.test", "anna@my.example", mid=f"m{n}@x", day=n + 1))
    world.memory.add("inbox", "mama", mail("mama@gmail.com", "anna@my.example", mid="mama@x", day=9))
    world.memory.add("inbox", "rubbish", b"rubbish")
    world.sync()
    return world


def look(world: World, *, repair: bool = False):
    with world.open() as opened:
        found = (auditing.repair if repair else auditing.audit)(opened, Wish())
    return {one.stream.name: one for one in found.streams}, found


def lose(world: World, *names: str) -> None:
    """Take items out of the database as no hub would: behind a cursor that says they are stored."""
    with world.open() as opened, opened.store.write() as tx:
        [stream] = [row for row in pulls.streams(tx) if row.name == "inbox"]
        for name in names:
            number = ids.item(stream.id, stream.epoch, name)
            assert tx.connection.exec_driver_sql(f"DELETE FROM item WHERE id = {number}").rowcount == 1
            tx.connection.exec_driver_sql(f"DELETE FROM raw WHERE item_id = {number}")


def test_what_was_left_out_and_could_not_be_read_is_accounted_for(filled):
    streams, found = look(filled)
    inbox = streams["inbox"]
    assert inbox.is_whole
    assert inbox.by_ids
    assert inbox.there == 8
    assert inbox.here == {"stored": 6, "excluded": 1, "quarantined": 1}
    assert found.unproved == []


def test_looking_changes_nothing(filled):
    before = filled.dump()
    filled.memory.add("inbox", "new", mail("ivan@romashka.test", "anna@my.example", mid="new@x", day=20))
    filled.memory.delete("inbox", "3")
    inbox = look(filled)[0]["inbox"]
    assert (inbox.missing, inbox.gone) == (1, 1)
    assert filled.dump() == before


def test_what_a_cursor_hides_is_found_and_fetched_and_nothing_is_doubled(filled):
    whole = filled.dump()
    lose(filled, "2", "4")
    filled.sync()
    assert look(filled)[0]["inbox"].missing == 2, "no sync brings what its cursor says is here"
    filled.now += timedelta(minutes=5)
    inbox = look(filled, repair=True)[0]["inbox"]
    assert (inbox.missing, inbox.repaired) == (0, 2)
    assert filled.dump() == whole
    assert sum(report.counts.stored for report in filled.sync()) == 0


def test_what_has_only_just_come_is_fetched_without_reading_from_the_start(filled):
    filled.memory.add("inbox", "new", mail("ivan@romashka.test", "anna@my.example", mid="new@x", day=20))
    filled.memory.delete("inbox", "3")
    filled.now += timedelta(minutes=5)
    inbox = look(filled, repair=True)[0]["inbox"]
    assert inbox.is_whole
    assert inbox.repaired == 2
    assert len(filled.history("ООО Ромашка")) == 7, "the history of what is gone stays"


def test_a_source_that_cannot_be_reached_hides_no_other_and_proves_nothing(filled, monkeypatch):
    from hub.engine.feed import Here

    asked = Here.present

    def present(self, stream, number):
        if stream == "crm":
            raise Unreachable("down")
        return (yield from asked(self, stream, number))

    monkeypatch.setattr(Here, "present", present)
    streams, found = look(filled)
    assert set(streams) == {"inbox"}
    assert [name for name, _error in found.failed] == ["source/crm"]


def test_a_source_that_does_not_say_that_it_names_all_is_only_counted(filled):
    filled.memory.complete = False
    inbox = look(filled)[0]["inbox"]
    assert not inbox.by_ids
    assert (inbox.there, inbox.missing) == (8, 0)


def test_a_forgotten_item_is_no_gap_and_is_not_fetched_again(filled):
    import hub
    from hub.engine import forget

    with filled.open() as opened:
        forget.forget(opened, [hub.Identifier("email", "ivan@romashka.test")], author="Анна")
    before = filled.dump()
    inbox = look(filled, repair=True)[0]["inbox"]
    assert inbox.is_whole
    assert inbox.here["forgotten"] == 6
    assert filled.dump() == before


def test_a_mailbox_that_spoke_every_working_day_and_no_longer_does_is_told(world):
    world.memory.add("crm", "1", company(emails=("info@romashka.test",)))
    start = world.now - timedelta(days=100)
    days = [day for n in range(80) if (day := start + timedelta(days=n)).weekday() < 5]
    for n, day in enumerate(days):
        world.memory.add("inbox", str(n), _on(day, n))
    world.now = days[-1] + timedelta(days=1)
    world.sync()
    assert look(world)[0]["inbox"].quiet is None
    world.now = days[-1] + timedelta(days=14)
    assert look(world)[0]["inbox"].quiet is None, "who does not listen does not know who is silent"
    world.sync()
    quiet = look(world)[0]["inbox"].quiet
    assert quiet is not None
    assert quiet.last == max(days[-1], days[-1] + timedelta(days=1)).date()
    assert quiet.usual > 4


def _on(day, n):
    import hub

    people = (
        hub.Participant("from", hub.Identifier("email", "ivan@romashka.test")),
        hub.Participant("to", hub.Identifier("email", "anna@my.example")),
    )
    return hub.Email(
        at=hub.moment(day, "Europe/Moscow"), message_id=f"d{n}@x", subject="Счёт", text="Текст", participants=people
    )
