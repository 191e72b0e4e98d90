"""Users of a CRM are ours by their addresses, whichever comes first: they, what they wrote, or who they wrote to."""

from itertools import permutations

import pytest

import hub
from hub.cli import view
from hub.core.policy import Policy
from hub.engine import decide, rebuild
from hub.store import clients
from tests.engine.conftest import World, company, mail

ANNA, BORIS, LOTOS, IVAN = "anna@my.example", "boris@gmail.example", "petr@lotos.test", "ivan@romashka.test"


def user(address: str = BORIS, name: str = "Борис Кузнецов", **more: object) -> hub.User:
    return hub.User(name=name, identifiers=(hub.Identifier("email", address),), **more)


SAYINGS = {
    "users": user(),
    "cards": hub.Contact(name="Борис", identifiers=(hub.Identifier("email", BORIS),)),
    "firms": company("ООО Ромашка", domain="romashka.test"),
    "written": mail(BORIS, IVAN, mid="a@x", subject="От Бориса", day=1),
    "answered": mail(IVAN, BORIS, mid="b@x", subject="Борису", day=2),
    "stranger": mail(BORIS, LOTOS, mid="c@x", subject="Незнакомым", day=3),
    "between": mail(BORIS, ANNA, mid="d@x", subject="Между собой", day=4),
}


def said(world: World, stream: str) -> None:
    world.memory.add(stream, "1", SAYINGS[stream])


def same_when_rebuilt(world: World) -> None:
    before = world.dump()
    with world.open() as opened:
        rebuild.rebuild(opened)
    assert world.dump() == before


def names(world: World, client: str) -> set[str]:
    with world.open() as opened, opened.store.read() as tx:
        rows = clients.history(tx, world.client(client).id, limit=100)
        return {who.name for line in view.gathered(tx, rows, opened.ours(tx)) for who in line.people if who.ours}


@pytest.fixture
def known(world: World) -> World:
    for stream in SAYINGS:
        said(world, stream)
    world.sync()
    return world


def test_what_a_user_wrote_goes_out_and_he_is_nobodys_client(known):
    assert sorted(known.clients()) == ["lotos.test", "ООО Ромашка"]
    assert known.history("ООО Ромашка") == ["mail in Борису", "mail out От Бориса"]
    assert known.history("lotos.test") == ["mail out Незнакомым"]


def test_he_is_shown_by_his_name_in_the_crm(known):
    assert names(known, "ООО Ромашка") == {"Борис Кузнецов"}


def test_the_configuration_knows_better_how_somebody_is_called(world):
    said(world, "firms")
    world.memory.add("users", "1", user(ANNA, "Анька"))
    world.memory.add("written", "1", mail(ANNA, IVAN, mid="a@x"))
    world.sync()
    assert names(world, "ООО Ромашка") == {"Анна Смирнова"}


@pytest.mark.parametrize("late", [("users",), ("users", "cards", "written"), ("cards", "firms")])
def test_who_comes_later_leads_to_the_same(world, late):
    for stream in SAYINGS:
        if stream not in late:
            said(world, stream)
    world.sync()
    for stream in late:
        said(world, stream)
        world.sync()
    assert world.history("ООО Ромашка") == ["mail in Борису", "mail out От Бориса"]
    assert world.history("lotos.test") == ["mail out Незнакомым"]
    same_when_rebuilt(world)


def test_whoever_leaves_an_address_is_no_longer_ours_by_it(known):
    known.memory.amend("users", "1", user("kuznetsov@gmail.example"))
    known.sync()
    assert "mail out От Бориса" not in known.history("ООО Ромашка")
    same_when_rebuilt(known)


def test_a_user_who_is_gone_from_the_crm_stays_known_for_what_he_did(known):
    known.memory.delete("users", "1")
    with known.open() as opened:
        decide.accept_empty(opened, "source", "users")
    known.sync()
    assert "mail out От Бориса" in known.history("ООО Ромашка")


def test_what_was_left_out_before_he_was_known_is_fetched(world):
    world.policy = Policy(store="clients")
    said(world, "stranger")
    world.sync()
    assert world.clients() == []
    said(world, "users")
    world.sync()
    assert world.history("lotos.test") == ["mail out Незнакомым"]


def test_two_crms_that_know_one_address_agree_whoever_comes_first(world):
    shown = []
    for first, second in permutations([("users", "Борис"), ("people", "Кузнецов Б.")]):
        for stream, name in (first, second):
            world.memory.add(stream, "1", user(name=name))
            world.sync()
        with world.open() as opened, opened.store.read() as tx:
            shown.append([one.name for one in opened.ours(tx).employees])
    assert shown[0] == shown[1]
