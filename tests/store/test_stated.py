"""What contacts state of companies and domains: counted where it matters, not gone through where it is too much."""

from collections import Counter
from itertools import count

import pytest
from sqlalchemy import select

import hub
from hub.core import ids
from hub.core.identity import GENERIC, Node
from hub.core.records import Identifier
from hub.store import lending, parties
from hub.store.database import Store, table
from hub.store.derived_tables import Claim
from tests.engine.conftest import company, world

__all__ = ["world"]

DOMAIN = Identifier("domain", "a.test")
MANY = 3 * lending.FIRST


@pytest.fixture
def stating(place):
    """Let contacts at the domain state these companies, "" none, and read what is stated."""
    store, numbers = Store.open(place), count()

    def state(*companies):
        put = {}
        for name in companies:
            of = (Identifier("ref", name),) if name else ()
            node = Node(f"src/people/{next(numbers):06}", "contact", "Иван", of=of, at=(DOMAIN,))
            put[ids.number(node.key)] = (node, 0)
        with store.write() as tx:
            parties.put_nodes(tx, put, {})
        return read(store, [*companies])

    yield state
    store.close()


def read(store, companies):
    """How many contacts state a company at the domain: as seen from there, and from the companies."""
    refs = {parties.identifier_id(Identifier("ref", name)) for name in companies if name}
    with store.read() as tx:
        there = lending.stated(tx, (), [parties.identifier_id(DOMAIN)])
        own = lending.stated(tx, refs, ())
    return [{one.ref.value: one.contacts for one in found} for found in (there, own)]


def test_everybody_who_states_the_one_company_is_counted(stating):
    assert stating(*["crm/1"] * MANY) == [{"crm/1": MANY}] * 2


def test_nobody_who_states_nothing_is(stating):
    assert stating(*[""] * MANY, "crm/1", "crm/2", "crm/1") == [{"crm/1": 2, "crm/2": 1}] * 2


@pytest.mark.parametrize("before", [0, MANY], ids=["at once", "only behind many"])
def test_of_too_many_companies_no_more_is_said_than_that_they_are_too_many(stating, before):
    there, own = stating(*["crm/0"] * before, *(f"crm/{number}" for number in range(MANY)))
    assert len(there) == GENERIC + 1
    assert own == Counter(f"crm/{number}" for number in range(MANY)) + Counter({"crm/0": before})


def test_a_domain_of_everybody_is_not_gone_through(tmp_path):
    with_few, with_more = (steps(tmp_path / str(size), size) for size in (2 * lending.FIRST, 40 * lending.FIRST))
    assert with_more < 1.5 * with_few


def steps(file, size):
    """What SQLite does to say what is stated at a domain of so many contacts, half of whom name no company, in 50 steps."""
    store, taken = Store.open(file), [0]

    def step():
        taken[0] += 1

    names = ("" if number % 2 else f"crm/{number}" for number in range(size))
    put = {
        number: (
            Node(f"src/people/{number}", "contact", of=(Identifier("ref", name),) if name else (), at=(DOMAIN,)),
            0,
        )
        for number, name in enumerate(names, 1)
    }
    with store.write() as tx:
        parties.put_nodes(tx, put, {})
        tx.connection.connection.driver_connection.set_progress_handler(step, 50)
        lending.stated(tx, (), [parties.identifier_id(DOMAIN)])
        tx.connection.connection.driver_connection.set_progress_handler(None, 0)
    store.close()
    return taken[0]


def test_an_older_database_says_of_a_contact_that_it_states_something(world, taken_back):
    world.memory.add("crm", "1", company("Ромашка"))
    for number, companies in enumerate([("crm/1",), ()]):
        for at in ("a.test", "gmail.com"):
            address = Identifier("email", f"x{number}@{at}")
            said = hub.Contact(name=f"Иван {number} {at}", identifiers=(address,), companies=companies)
            world.memory.add("people", f"{number}{at}", said)
    world.sync()
    before = world.dump()
    with world.open() as opened:
        taken_back(opened.store, "0014")
        with opened.store.read() as tx:
            assert (
                sorted(row.role for row in tx.rows(select(table(Claim))) if row.role != "is") == ["at"] * 2 + ["of"] * 2
            )
    assert world.dump() == before
    with world.open() as opened, opened.store.read() as tx:
        roles = Counter(row.role for row in tx.rows(select(table(Claim))) if row.role != "is")
    assert roles == {"OF": 1, "AT": 1, "of": 1, "at": 1}
