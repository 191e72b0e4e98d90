"""A client is found by the public id of any of its parts, and by that of a contact who speaks for it."""

import hub
from hub.core import ids
from hub.store import clients
from tests.engine.conftest import company, world

__all__ = ["world"]


def filled(world):
    crm = world.memory
    crm.add("crm", "1", company("Ромашка", domain="romashka.test"))
    crm.add("crm", "2", company("Лотос"))
    crm.add(
        "people",
        "1",
        hub.Contact(
            name="Иван", identifiers=(hub.Identifier("email", "ivan@romashka.test"),), companies=("crm/1", "crm/2")
        ),
    )
    crm.add("people", "2", hub.Contact(name="Ольга", identifiers=(hub.Identifier("email", "olga@gmail.com"),)))
    world.sync()
    return world


def found(world, key):
    with world.open() as opened, opened.store.read() as tx:
        return [one.name for one in clients.find(tx, ids.public(key).lower(), ())]


def test_a_client_is_found_by_any_of_its_parts_and_by_who_speaks_for_it(world):
    keys = ("source/crm/1@0", "domain:romashka.test", "source/people/2@0", "source/people/1@0")
    filled(world)
    assert [found(world, key) for key in keys] == [["Ромашка"], ["Ромашка"], ["Ольга"], ["Лотос", "Ромашка"]]


def test_nodes_belong_to_clients_or_speak_for_them(world):
    with filled(world).open() as opened, opened.store.read() as tx:
        for keys, names in (
            (["source/people/1@0", "domain:romashka.test"], ["Лотос", "Ромашка"]),
            (["source/people/2@0", "source/people/404@0"], ["Ольга"]),
            ([], []),
        ):
            assert [one.name for one in clients.of_nodes(tx, keys)] == names
