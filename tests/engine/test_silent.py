"""Lines that say nothing, as a CRM's calls do, are found by who took part, on every database."""

import hub
from hub.core import tokens
from hub.store import finding, search
from tests.engine.conftest import at, company


def test_a_call_without_a_title_and_a_text_is_stored_and_found_by_its_people(world):
    world.memory.add("crm", "1", company(emails=("info@romashka.test",)))
    people = (hub.Participant("client", hub.Identifier("ref", "crm/1"), "Иван Петров"),)
    world.memory.add("calls", "1", hub.Call(at=at(), seconds=60, participants=people))
    world.memory.add("calls", "2", hub.Call(at=at(2), seconds=60))
    world.sync()
    with world.open() as opened, opened.store.read() as tx:
        assert len(finding.find(tx, finding.Asked(terms=tokens.query("Петров")), 10).ids) == 1
        assert all(said == said.strip() for _, said in search.everything(tx))


def test_an_order_of_a_number_is_found_by_it_and_not_whatever_stands_at_the_card_of_that_number(world):
    people = (hub.Participant("client", hub.Identifier("ref", "deals/4711")), hub.Participant("author", hub.Identifier("user", "users/4711")))  # fmt: skip
    world.memory.add("deals", "1", hub.Deal(at=at(), title="Заказ 4711"))
    world.memory.add("calls", "1", hub.Call(at=at(2), seconds=60, participants=people))
    world.sync()
    with world.open() as opened, opened.store.read() as tx:
        [found] = finding.find(tx, finding.Asked(terms=tokens.query("4711")), 10).ids
        assert dict(search.everything(tx))[found] == "заказ 4711"
        assert not finding.find(tx, finding.Asked(terms=tokens.query("users")), 10).ids
