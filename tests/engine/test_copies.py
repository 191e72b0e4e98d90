"""A mail that a CRM keeps without a Message-ID, and the same mail in a mailbox, are one line, whichever comes first."""

from dataclasses import replace

import pytest

import hub
from hub.cli import view
from hub.engine import rebuild
from hub.store import clients
from tests.engine.conftest import World, at, company, email, mail

ANNA, IVAN = "anna@my.example", "ivan@romashka.test"
TEXT = "Добрый день! Пришлите, пожалуйста, счёт на оплату насосов."
MAIL = mail(IVAN, ANNA, mid="a@x", subject="Счёт", text=f"{TEXT}\n\n--\nИван", day=2)
COPY = replace(MAIL, message_id="", at=at(2, 9, 1), text=TEXT.replace("! ", "!\n"))
CARD = hub.Participant("client", hub.Identifier("ref", "firms/1"))


def told(copy: hub.Email = COPY, **more: object) -> hub.Email:
    return replace(copy, participants=(*copy.participants, CARD), **more)


def lines(world: World) -> list[tuple[str, int]]:
    """(title, in how many places it was seen) of what is in the history, newest first."""
    with world.open() as opened, opened.store.read() as tx:
        rows = clients.history(tx, world.client("ООО Ромашка").id, limit=100)
        return [(one.title, len(one.origins)) for one in view.gathered(tx, rows, opened.ours(tx))]


def same_when_rebuilt(world: World) -> None:
    before = world.dump()
    with world.open() as opened:
        rebuild.rebuild(opened)
    assert world.dump() == before


@pytest.fixture
def shop(world: World) -> World:
    world.memory.add("firms", "1", company("ООО Ромашка", domain="romashka.test"))
    return world


@pytest.mark.parametrize("order", [("portal", "inbox"), ("inbox", "portal"), ("both",)])
def test_copy_and_mail_are_one_line_with_two_origins(shop, order):
    said = {"portal": told(), "inbox": MAIL}
    for stream in said if order == ("both",) else order:
        shop.memory.add(stream, "1", said[stream])
        if order != ("both",):
            shop.sync()
    shop.sync()
    assert lines(shop) == [("Счёт", 2)]
    same_when_rebuilt(shop)


def test_the_mail_speaks_for_both(shop):
    shop.memory.add("portal", "1", told(text=f"{TEXT} {TEXT}"[: len(TEXT) + 3]))
    shop.memory.add("inbox", "1", replace(MAIL, labels=("inbox",)))
    shop.sync()
    with shop.open() as opened, opened.store.read() as tx:
        [row] = clients.history(tx, shop.client("ООО Ромашка").id, limit=10)
    assert (row.key, row.marks) == ("mail:a@x", "")


@pytest.mark.parametrize(
    "other",
    [
        {"subject": "Счёт 2"},
        {"text": "Совсем о другом: когда отгрузка, и кто её примет на складе в субботу?"},
        {"at": at(2, 9, 3)},
        {"participants": (email("from", "olga@romashka.test"), email("to", ANNA))},
        {"participants": (email("from", IVAN), email("to", ANNA), email("to", "boris@my.example"))},
        {"text": ""},
    ],
)
def test_what_agrees_in_less_stays_by_itself(shop, other):
    shop.memory.add("portal", "1", told(replace(COPY, **other)))
    shop.memory.add("inbox", "1", MAIL)
    shop.sync()
    assert [count for _title, count in lines(shop)] == [1, 1]
    same_when_rebuilt(shop)


def test_of_two_mails_that_it_may_tell_of_it_tells_of_neither(shop):
    shop.memory.add("portal", "1", told())
    shop.memory.add("inbox", "1", MAIL)
    shop.sync()
    assert len(lines(shop)) == 1
    shop.memory.add("inbox", "2", replace(MAIL, message_id="b@x", at=at(2, 9, 2)))
    shop.sync()
    assert [count for _title, count in lines(shop)] == [1, 1, 1]
    same_when_rebuilt(shop)


def test_it_stands_for_itself_again_once_the_mail_is_another(shop):
    shop.memory.add("portal", "1", told())
    shop.memory.add("inbox", "1", MAIL)
    shop.sync()
    shop.memory.amend("inbox", "1", replace(MAIL, at=at(3)))
    shop.sync()
    assert [count for _title, count in lines(shop)] == [1, 1]
    same_when_rebuilt(shop)
    shop.memory.amend("inbox", "1", MAIL)
    shop.sync()
    assert lines(shop) == [("Счёт", 2)]
    same_when_rebuilt(shop)


def test_a_copy_that_is_changed_finds_its_mail(shop):
    shop.memory.add("portal", "1", told(subject="Черновик"))
    shop.memory.add("inbox", "1", MAIL)
    shop.sync()
    assert len(lines(shop)) == 2
    shop.memory.amend("portal", "1", told())
    shop.sync()
    assert lines(shop) == [("Счёт", 2)]
    same_when_rebuilt(shop)


def test_whom_only_the_crm_names_is_a_client_of_the_mail(world):
    """The mailbox does not know whose address it is; the portal does."""
    world.memory.add("firms", "1", company("ООО Ромашка"))
    stranger = replace(MAIL, participants=(email("from", "ivan@free.example"), email("to", ANNA)))
    world.memory.add("inbox", "1", stranger)
    world.memory.add("portal", "1", told(replace(COPY, participants=stranger.participants)))
    world.sync()
    assert lines(world) == [("Счёт", 2)]
