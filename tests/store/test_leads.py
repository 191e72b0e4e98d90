"""Where an identifier leads is read from who claims it; an earlier version finds the same in a table of its own (ADR 0049)."""

from sqlalchemy import select, text

import hub
from hub.core.history import Lead
from hub.core.identity import GENERIC
from hub.core.records import Identifier
from hub.store import parties
from hub.store.database import table
from hub.store.derived_tables import Identifier as IdentifierRow
from tests.engine.conftest import company, world

__all__ = ["world"]

BEFORE = "0013"


def contact(name, address, *companies, phone=""):
    said = (Identifier("email", address), *((Identifier("phone", phone),) if phone else ()))
    return hub.Contact(name=name, identifiers=said, companies=companies)


def filled(world):
    crm = world.memory
    crm.add("crm", "1", company("Ромашка", emails=("romashka@gmail.com",)))
    crm.add("crm", "2", company("Лотос", emails=("sales@lotos.test",)))
    crm.add("crm", "3", contact("Иван", "ivan@gmail.com", "crm/1", "crm/2", phone="+74951234560"))
    crm.add("crm", "4", contact("Ольга", "olga@gmail.com"))
    crm.add("crm", "5", contact("Пётр", "romashka@gmail.com"))
    for number in range(GENERIC + 1):
        crm.add("crm", f"9{number}", contact(f"Кто-то {number}", f"x{number}@mail.ru", phone="+74951234569"))
    world.sync()
    return world


def read(tx):
    every = tx.rows(select(table(IdentifierRow).c.id))
    return {number: set(leads) for number, leads in parties.leads(tx, [row[0] for row in every]).items()}


def test_an_identifier_leads_to_those_who_claim_it_and_through_contacts_to_whom_these_speak_for(world):
    with filled(world).open() as opened, opened.store.read() as tx:
        leads = read(tx)
    romashka, lotos, olga = (world.client(name).id for name in ("Ромашка", "Лотос", "Ольга"))

    def led(kind, value):
        return {(lead.client, lead.reason) for lead in leads.get(parties.identifier_id(Identifier(kind, value)), ())}

    assert led("email", "ivan@gmail.com") == {(romashka, "ref"), (lotos, "ref")}
    assert led("phone", "+74951234560") == {(romashka, "ref"), (lotos, "ref")}
    assert led("email", "olga@gmail.com") == {(olga, "self")}
    assert led("email", "romashka@gmail.com") == {(romashka, "company"), (romashka, "email")}
    assert led("email", "x0@mail.ru") != set()
    assert led("phone", "+74951234569") == set(), "of too many"


def test_an_earlier_version_finds_the_same_in_its_table_and_this_one_does_without(world, taken_back):
    with filled(world).open() as opened:
        with opened.store.read() as tx:
            leads = read(tx)
        taken_back(opened.store, BEFORE)
        links: dict[int, set[Lead]] = {}
        with opened.store.read() as tx:
            for number, *link in tx.connection.execute(
                text("SELECT identifier_id, client_id, person_id, reason FROM link")
            ):
                links.setdefault(number, set()).add(Lead(*link))
    assert links == leads
    with world.open() as opened, opened.store.read() as tx:
        assert read(tx) == leads
