"""A card that has no address, and contacts that have: one client, as long as the statements leave no doubt."""

import pytest

import hub
from hub.core.identity import GENERIC
from hub.engine import decide, rebuild
from tests.engine.conftest import World, company, mail

ANNA, IVAN, OLGA = "anna@my.example", "ivan@romashka.test", "olga@romashka.test"


def _contact(world: World, number: int, address: str, *companies: int, name: str = "") -> None:
    refs = tuple(f"crm/{one}" for one in companies)
    found = (hub.Identifier("email", address),)
    world.memory.add(
        "people", str(number), hub.Contact(name=name or f"Лицо {number}", identifiers=found, companies=refs)
    )


@pytest.fixture
def shop(world: World) -> World:
    """A card that is a name and nothing else, a contact of it, and mail of him and of a colleague without a card."""
    world.memory.add("crm", "1", company("ООО Ромашка"))
    _contact(world, 1, IVAN, 1)
    world.memory.add("inbox", "1", mail(IVAN, ANNA, mid="a@x", subject="От Ивана", day=1))
    world.memory.add("inbox", "2", mail(OLGA, ANNA, mid="b@x", subject="От Ольги", day=2))
    return world


def _synced(world: World) -> World:
    """After a sync, the derived tables are what a rebuild gives."""
    world.sync()
    before = world.dump()
    with world.open() as opened:
        rebuild.rebuild(opened)
    assert world.dump() == before
    return world


def _decided(world: World, act: object, *texts: str) -> None:
    numbers = [world.client(text).id for text in texts]
    with world.open() as opened:
        act(opened, *numbers, author="Анна")


def _split(world: World, client: str, *parts: str) -> None:
    number = world.client(client).id
    with world.open() as opened:
        decide.split(opened, number, parts, author="Анна")


def test_a_card_and_the_domain_of_its_contacts_are_one_client(shop):
    _synced(shop)
    assert shop.clients() == ["ООО Ромашка"]
    assert shop.history("ООО Ромашка") == ["mail in От Ольги", "mail in От Ивана"]


def test_the_card_may_come_after_the_mail_and_the_contact(world, shop):
    card = shop.memory.shelves["crm"].items.pop("1")
    _synced(shop)
    assert shop.clients() == ["romashka.test"]
    old = shop.client("romashka.test").public_id
    shop.memory.shelves["crm"].items["1"] = card
    shop.memory.lose_cursors()
    _synced(shop)
    assert shop.clients() == ["ООО Ромашка"]
    assert shop.client(old).name == "ООО Ромашка"


def test_a_domain_that_a_second_company_uses_stands_for_itself_again(shop):
    _synced(shop)
    shop.memory.add("crm", "2", company("АО Лотос"))
    _contact(shop, 2, "petr@romashka.test", 2)
    _synced(shop)
    assert sorted(shop.clients()) == ["romashka.test", "АО Лотос", "ООО Ромашка"]
    assert shop.history("ООО Ромашка") == ["mail in От Ивана"]
    shop.memory.delete("people", "2")
    with shop.open() as opened:
        decide.accept_empty(opened, "source", "people")
    _contact(shop, 2, "petr@lotos.test", 2)
    _synced(shop)
    assert sorted(shop.clients()) == ["АО Лотос", "ООО Ромашка"]


def test_a_contact_who_moved_to_another_company_takes_his_new_domain_only(shop):
    _contact(shop, 2, OLGA, 1)
    shop.memory.add("crm", "2", company("АО Лотос"))
    _synced(shop)
    _contact(shop, 2, "olga@lotos.test", 2)
    _synced(shop)
    assert sorted(shop.clients()) == ["АО Лотос", "ООО Ромашка"]
    assert shop.client("lotos.test").name == "АО Лотос"
    assert shop.client("romashka.test").name == "ООО Ромашка"


def test_a_card_that_gets_an_address_of_its_own_lends_no_more(shop):
    _synced(shop)
    shop.memory.add("crm", "1", company("ООО Ромашка", emails=("info@r.test",)))
    _synced(shop)
    assert sorted(shop.clients()) == ["romashka.test", "ООО Ромашка"]


def test_the_card_that_has_the_domain_takes_it_back(shop):
    _synced(shop)
    shop.memory.add("crm", "2", company("Ромашка-Сервис", domain="romashka.test"))
    _synced(shop)
    assert shop.client("romashka.test").name == "Ромашка-Сервис"


def test_a_person_takes_a_wrong_loan_back_and_it_stays_so(shop):
    _synced(shop)
    _split(shop, "ООО Ромашка", "domain:romashka.test")
    for _ in range(2):
        assert sorted(shop.clients()) == ["romashka.test", "ООО Ромашка"]
        assert shop.history("ООО Ромашка") == ["mail in От Ивана"]
        _contact(shop, 3, "third@romashka.test", 1)
        _synced(shop)
    _decided(shop, decide.merge, "ООО Ромашка", "romashka.test")
    assert shop.clients() == ["ООО Ромашка"]


def test_merging_with_another_client_loses_no_domain(shop):
    shop.memory.add("crm", "2", company("АО Лотос", domain="lotos.test"))
    _synced(shop)
    _decided(shop, decide.merge, "ООО Ромашка", "АО Лотос")
    assert len(shop.clients()) == 1
    _contact(shop, 1, "ivan@gmail.com", 1)
    _synced(shop)
    assert shop.clients() == ["ООО Ромашка"]
    assert shop.client("lotos.test").name == "ООО Ромашка"


@pytest.mark.parametrize("many", ["domains", "companies"])
def test_what_is_too_much_at_once_is_no_loan_until_it_is_less(shop, many):
    shop.memory.page_size = 50
    _synced(shop)
    for n in range(2, GENERIC + 2):
        shop.memory.add("crm", str(n), company(f"АО {n}", inn=""))
        _contact(shop, n, *((f"p{n}@romashka.test", n) if many == "companies" else (f"p@d{n}.test", 1)))
    _synced(shop)
    assert "romashka.test" in shop.clients()
    for n in range(2, GENERIC + 2):
        _contact(shop, n, f"p{n}@gmail.com", n)
    _synced(shop)
    assert "romashka.test" not in shop.clients()
    assert shop.client("romashka.test").name == "ООО Ромашка"
