"""A source that renumbers, as an IMAP server whose UIDVALIDITY changes: nothing is lost, doubled or believed too soon."""

import hub
from hub.core.policy import Policy
from hub.engine import decide, rebuild
from hub.engine import sync as syncing
from hub.errors import SuddenlyEmpty
from hub.store import overview
from tests.engine.conftest import World, at, company, mail

ANNA, IVAN = "anna@my.example", "ivan@romashka.test"


def _letter(n: int, **more: object) -> hub.Email:
    return mail(IVAN, ANNA, mid=f"m{n}@x", subject=f"Письмо {n}", day=n % 28 + 1, hour=n % 24, **more)


def _filled(world: World, count: int = 100) -> World:
    world.memory.page_size = 25
    world.memory.add("crm", "1", company(emails=("info@romashka.test",), domain="romashka.test"))
    for n in range(count):
        world.memory.add("inbox", str(n), _letter(n))
    return world


def _renumbered(world: World, *gone: int) -> World:
    """All items of the inbox get other ids, some of them those that others had; `gone` are no more."""
    shelf = world.memory.shelves["inbox"]
    kept = [item for name, item in shelf.items.items() if int(name) not in gone]
    shelf.items = {str(number + 1): item for number, item in enumerate(kept)}
    world.memory.renumber("inbox")
    return world


def _tally(world: World) -> dict[str, int]:
    """How many items of the inbox are in which state; `removed` are those no longer at the source."""
    with world.open() as opened, opened.store.read() as tx:
        found: dict[str, int] = {}
        for one in (one for tallies in overview.tallies(tx).values() for one in tallies):
            name = "removed" if one.removed else one.state
            found[name] = found.get(name, 0) + one.count
    found["stored"] -= 1  # the card
    return found


def _rebuilt(world: World) -> World:
    before = world.dump()
    with world.open() as opened:
        rebuild.rebuild(opened)
    assert world.dump() == before
    return world


def _derived(world: World) -> list[bytes]:
    return [line for line in world.dump() if b'"table":"stream"' not in line]


def test_of_a_hundred_renumbered_mails_the_three_that_are_gone_are_marked(world):
    _filled(world).sync()
    before = world.history("ООО Ромашка")
    assert len(before) == 100
    reports = _renumbered(world, 10, 20, 30).sync()
    (inbox,) = [one for one in reports if one.stream == "inbox"]
    assert (inbox.counts.listed, inbox.counts.stored, inbox.counts.gone) == (97, 97, 3)
    assert all(one.counts.adds_up for one in reports)
    assert world.history("ООО Ромашка") == before
    assert _tally(_rebuilt(world)) == {"stored": 97, "renumbered": 97, "removed": 3}
    after = _derived(world)
    world.sync()
    assert _derived(world) == after


def test_who_renumbers_without_a_complete_listing_loses_nothing_and_marks_nothing(world):
    _filled(world, 20).sync()
    world.memory.complete = False
    _renumbered(world, 3).sync()
    assert _tally(_rebuilt(world)) == {"stored": 20, "renumbered": 19}
    assert len(world.history("ООО Ромашка")) == 20


def test_too_many_that_do_not_reappear_are_not_believed_until_a_person_says_so(world):
    _filled(world, 40).sync()
    before = world.history("ООО Ромашка")
    _renumbered(world, *range(20, 40))
    for _ in range(2):
        with world.open() as opened:
            (inbox,) = [one for one in syncing.sync(opened, syncing.Wish()) if one.stream == "inbox"]
        assert isinstance(inbox.error, SuddenlyEmpty)
        assert "20" in str(inbox.error)
        assert _tally(world) == {"stored": 40, "renumbered": 20}
    with world.open() as opened:
        decide.accept_empty(opened, "source", "inbox")
    world.sync()
    assert _tally(_rebuilt(world)) == {"stored": 20, "renumbered": 20, "removed": 20}
    assert world.history("ООО Ромашка") == before


def test_a_pass_that_is_broken_off_settles_nothing_before_its_end(world):
    _filled(world).sync()
    before = world.history("ООО Ромашка")
    _renumbered(world, 1)
    world.memory.fail("inbox", page=3, error=ConnectionError("gone"))
    with world.open() as opened:
        syncing.sync(opened, syncing.Wish())
    assert "renumbered" not in _tally(world)
    assert world.history("ООО Ромашка") == before
    world.sync()
    assert _tally(_rebuilt(world)) == {"stored": 99, "renumbered": 99, "removed": 1}
    assert world.history("ООО Ромашка") == before


def test_what_tells_the_same_in_other_bytes_is_the_same_mail(world):
    _filled(world, 20).sync()
    before = world.history("ООО Ромашка")
    shelf = world.memory.shelves["inbox"].items
    for n in list(shelf):
        world.memory.add("inbox", n, _letter(int(n), labels=("Важное",)))
    _renumbered(world).sync()
    assert _tally(_rebuilt(world)) == {"stored": 20, "removed": 20}
    assert world.history("ООО Ромашка") == before


def test_two_copies_of_which_one_is_left_are_not_two_again(world):
    _filled(world, 10)
    world.memory.add("inbox", "77", _letter(7))
    world.sync()
    _renumbered(world, 77).sync()
    assert _tally(_rebuilt(world)) == {"stored": 10, "renumbered": 10, "removed": 1}
    assert len(world.history("ООО Ромашка")) == 10


def test_notes_that_nothing_but_their_name_tells_apart_are_not_doubled(world):
    _filled(world, 1)
    people = (hub.Participant("client", hub.Identifier("email", IVAN)),)
    world.memory.add("inbox", "5", hub.Note(at=at(3), title="Перезвонить", text="В среду", participants=people))
    world.sync()
    before = world.history("ООО Ромашка")
    assert len(before) == 2
    _renumbered(world).sync()
    assert world.history("ООО Ромашка") == before


def test_who_renumbers_back_is_read_again(world):
    _filled(world, 10).sync()
    before, names = world.history("ООО Ромашка"), dict(world.memory.shelves["inbox"].items)
    _renumbered(world).sync()
    world.memory.shelves["inbox"].items = names
    world.memory.shelves["inbox"].epoch -= 1
    world.sync()
    assert _tally(_rebuilt(world)) == {"stored": 10, "renumbered": 10}
    assert world.history("ООО Ромашка") == before


def test_nothing_is_fetched_by_a_name_that_is_another_items_now(world):
    world.policy = Policy(store="clients")
    world.memory.add("inbox", "1", mail("petr@lotos.test", ANNA, mid="old@x", subject="От Петра"))
    world.memory.add("inbox", "2", mail(IVAN, ANNA, mid="other@x", subject="От Ивана"))
    world.sync()
    _renumbered(world, 1)
    world.memory.add("crm", "1", company("АО Лотос", domain="lotos.test"))
    world.sync()
    assert world.history("АО Лотос") == []
    with world.open() as opened, opened.store.read() as tx:
        assert overview.waiting(tx) == 0
        rows = tx.connection.exec_driver_sql("SELECT epoch, external_id, state, removed FROM item").all()
    assert {tuple(row) for row in rows if row[2] != "stored"} == {
        ("0", "1", "excluded", 1), ("0", "2", "renumbered", 0), ("1", "1", "excluded", 0)
    }  # fmt: skip
