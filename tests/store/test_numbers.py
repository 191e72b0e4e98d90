"""An older database, whose ids are all scattered, gets those that this version makes (migration 0009)."""

import pytest

import hub
from hub.core import ids
from hub.engine import decide
from hub.store import clients
from tests.engine.conftest import at, company, email, mail, world

__all__ = ["world"]

SCATTERED = "0008"


@pytest.fixture
def filled(world):
    """Parties, mails, calls, what is left out and what was decided; names that are numbers, and names that are not."""
    for n in range(40):
        world.memory.add("company", str(n), company(f"ООО Клиент {n}", emails=(f"info@client{n}.test",)))
        people = (hub.Participant("client", hub.Identifier("ref", f"company/{n}")), email("author", "anna@my.example"))
        world.memory.add(
            "call", f"c{n}" if n % 4 == 0 else str(n), hub.Call(at=at(1, 9, n), seconds=60, participants=people)
        )
        world.memory.add(
            "inbox", str(n), mail(f"info@client{n % 9}.test", "anna@my.example", mid=f"m{n}@x", day=n % 28 + 1)
        )
        world.memory.add("other", str(n), mail("shop@spam.test", "anna@my.example", mid=f"s{n}@x"))
    world.memory.add(
        "person",
        "5",
        hub.Contact(name="Иван", companies=("company/3",), identifiers=(hub.Identifier("phone", "+74951234567"),)),
    )
    world.policy = type(world.policy)(store="clients")
    world.sync()
    with world.open() as opened:
        decide.merge(opened, _client(opened, "Клиент 7"), _client(opened, "Клиент 8"), author="Анна")
    return world


def _client(opened, name):
    with opened.store.read() as tx:
        [found] = clients.find(tx, name, [])
    return found.id


def test_ids_of_an_older_database_become_those_that_this_version_makes_and_back(filled, taken_back):
    now = filled.dump()
    with filled.open() as opened:
        taken_back(opened.store, SCATTERED)
        with opened.store.read() as tx:
            items = tx.connection.exec_driver_sql("SELECT id, stream_id, epoch, external_id FROM item").all()
        assert len(items) == 161
        assert all(row[0] == ids.scattered("/".join(map(str, row[1:]))) for row in items)
    assert filled.dump() == now, "opened again, it was brought up to this version"
    filled.sync()
    assert filled.dump() == now, "and everything in it is still known"
