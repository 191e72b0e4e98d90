"""An account in the hub: what a manager sees of it."""

import pytest
from hub_crm_amo.simulator import Account, Clock, World
from hub_crm_amo.simulator.world import COMPANIES, CONTACTS, CUSTOMERS, EVENTS, LEADS, NOTES, PURCHASES, UNSORTED
from sqlalchemy import text

from hub.store import lines, pulls

NOW = 1_795_000_000.0


@pytest.fixture
def account():
    return Account(world=World(size=60, until=NOW - 60), clock=Clock(NOW), limits=None)


def amend(account, table, number, **fields):
    found = account.tables[table]
    found.put({**found.row(number), "updated_at": int(account.clock.now()), **fields})


def the_kind(world, kind):
    """(line, the streams it was seen in) of all lines of a kind."""
    with world.open() as opened, opened.store.read() as tx:
        found = tx.rows(text("select id, title, ends, at, direction from interaction where kind = :kind"), kind=kind)
        origins = lines.origins(tx, [row.id for row in found])
    return [(row, [origin.name for origin in origins[row.id]]) for row in found]


def told(world):
    """How many there are by the account's word, by stream."""
    with world.open() as opened, opened.store.read() as tx:
        return {row.name: row.told for row in pulls.streams(tx)}


def test_what_the_account_has_is_known_after_every_sync_that_brought_something(account, world):
    hub = world(account, {"streams": ["leads", "notes", "events"]})
    for _turn in range(3):
        hub.good_sync()
        noted = sum(len(account.tables[kind]) for kind in NOTES.values())
        assert told(hub) == {"leads": len(account.tables[LEADS]), "notes": noted, "events": len(account.tables[EVENTS])}
        account.clock.turn(3_600)
        amend(account, LEADS, 1, id=account.tables[LEADS].next_id())
        amend(account, NOTES[CONTACTS], 1, id=account.tables[NOTES[CONTACTS]].next_id())
        account.tell(LEADS, 1, "lead_status_changed", [], [])


def test_a_call_that_stands_at_a_lead_and_its_contact_and_company_is_one_line(account, world):
    lead = account.tables[LEADS].row(1)
    call = {"uniq": "one-call", "duration": 65, "phone": "+79000000000", "call_status": 4}
    for kind, number in ((LEADS, 1), (CONTACTS, lead["_contacts"][0]), (COMPANIES, 1)):
        amend(account, NOTES[kind], 1, note_type="call_in", params=call, entity_id=number, created_at=int(NOW))
    hub = world(account)
    hub.good_sync()
    [(row, origins)] = [one for one in the_kind(hub, "call") if one[0].ends and one[0].ends - one[0].at == 65_000]
    assert origins == ["notes", "notes", "notes"]
    assert row.direction == "in"


def test_a_call_that_waits_to_be_sorted_and_its_note_afterwards_are_one_line(account, world):
    told = {"from": "+79000000000", "called_at": int(NOW), "duration": 65, "uniq": "one-call"}
    account.tables[UNSORTED].put(
        {**account.tables[UNSORTED].row(1), "category": "sip", "metadata": told, "_contacts": [1]}
    )
    hub = world(account, {"streams": ["contacts", "notes", "unsorted"]})
    hub.good_sync()
    account.delete(UNSORTED, 1)
    amend(
        account,
        NOTES[CONTACTS],
        1,
        note_type="call_in",
        params=told | {"phone": "+79000000000"},
        created_at=int(NOW),
        entity_id=1,
    )
    account.clock.turn(86_400)
    hub.good_sync()
    [(_, origins)] = [one for one in the_kind(hub, "call") if one[0].ends and one[0].ends - one[0].at == 65_000]
    assert sorted(origins) == ["notes", "unsorted"]
    assert hub.removed() == [], "whatever was sorted is no longer there, and that proves nothing"


def test_a_purchase_is_found_because_its_customer_was_changed_by_it(account, world):
    hub = world(account, {"streams": ["companies", "customers", "purchases"]})
    hub.good_sync()
    account.clock.turn(3_600)
    purchases, now = account.tables[PURCHASES], int(account.clock.now())
    purchases.put(
        {**purchases.row(1), "id": purchases.next_id(), "comment": "Отгрузка 77", "created_at": now, "updated_at": now}
    )
    amend(account, CUSTOMERS, purchases.row(1)["customer_id"], purchases_count=9)
    hub.good_sync()
    assert [row.title for row, _ in the_kind(hub, "document") if row.title == "Отгрузка 77"] == ["Отгрузка 77"]


def test_a_second_sync_changes_nothing_and_asks_little(account, world):
    hub = world(account)
    hub.good_sync()
    first, calls = hub.dump(), len(account.log)
    account.clock.turn(3_600)
    counts = hub.good_sync()
    assert counts.stored == 0
    assert len(account.log) - calls < 40
    assert [line for line in first if b'"cursor":' not in line] == hub.dump(cursors=False)


@pytest.mark.parametrize("stream", [COMPANIES, CONTACTS, LEADS])
def test_what_is_deleted_is_marked_by_the_next_sync(account, world, stream):
    hub = world(account, {"streams": [stream]})
    hub.good_sync()
    account.clock.turn(60)
    account.delete(stream, 5)
    account.clock.turn(600)
    hub.good_sync()
    assert hub.removed() == ["5"]


def test_a_lead_that_was_deleted_is_marked_though_the_account_keeps_no_events(account, world):
    hub = world(account, {"streams": [LEADS]})
    hub.good_sync()
    account.clock.turn(60)
    events = set(account.tables[EVENTS].ids)
    account.delete(LEADS, 5)
    for number in set(account.tables[EVENTS].ids) - events:
        account.tables[EVENTS].remove(number)
    account.clock.turn(600)
    hub.good_sync()
    assert hub.removed() == ["5"]


def test_a_lead_that_goes_to_another_of_us_is_a_line_of_its_client(account, world):
    hub = world(account)
    hub.good_sync()
    before, lead = len(the_kind(hub, "stage")), account.tables[LEADS].row(1)
    account.clock.turn(60)
    now, other = int(account.clock.now()), lead["responsible_user_id"] % 3 + 1
    account.put(LEADS, {**lead, "responsible_user_id": other, "updated_by": 1, "updated_at": now})
    account.clock.turn(600)
    hub.good_sync()
    found = the_kind(hub, "stage")
    assert len(found) == before + 1
    assert max(found, key=lambda one: one[0].at)[0].title == lead["name"]


def test_a_lead_that_is_taken_out_of_the_bin_is_there_again(account, world):
    hub = world(account, {"streams": [LEADS]})
    hub.good_sync()
    account.clock.turn(60)
    account.delete(LEADS, 5)
    account.clock.turn(600)
    hub.good_sync()
    account.restore(5)
    account.clock.turn(60)
    hub.good_sync()
    assert hub.removed() == []


def test_what_was_merged_away_is_marked_once_everything_is_listed_the_next_day(account, world):
    hub = world(account, {"streams": [CONTACTS]})
    hub.good_sync()
    account.merge(CONTACTS, 5, 6)
    account.clock.turn(86_400)
    hub.good_sync()
    assert hub.removed() == ["5"]


def test_a_stage_with_another_name_is_shown_by_it(account, world):
    hub = world(account, {"streams": ["leads"]})
    hub.good_sync()
    for status in account.pipelines[0]["_embedded"]["statuses"]:
        status["name"] = f"Иначе {status['id']}"
    account.clock.turn(3_600)
    hub.good_sync()
    assert hub.contains("Иначе")


def test_a_note_is_found_though_it_does_not_touch_its_card(account, world):
    hub = world(account)
    hub.good_sync()
    account.clock.turn(3_600)
    notes = account.tables[NOTES[LEADS]]
    fresh, now = notes.next_id(), int(account.clock.now())
    notes.put(
        {
            **notes.row(1),
            "id": fresh,
            "note_type": "common",
            "params": {"text": "Просят отсрочку"},
            "created_at": now,
            "updated_at": now,
        }
    )
    assert hub.good_sync().stored == 1
    assert hub.contains("Просят отсрочку")


def test_an_account_that_shows_nothing_any_more_is_not_believed(account, world):
    hub = world(account, {"streams": ["companies"]})
    hub.good_sync()
    for number in list(account.tables[COMPANIES].ids):
        account.tables[COMPANIES].remove(number)
    account.clock.turn(86_400)
    [report] = hub.sync()
    assert type(report.error).__name__ == "SuddenlyEmpty"
    assert hub.removed() == []


def test_a_deletion_that_is_told_twice_stays_one(account, world):
    """Spans overlap, so that the event is seen again."""
    hub = world(account, {"streams": [LEADS]})
    hub.good_sync()
    account.clock.turn(60)
    account.delete(LEADS, 5)
    for _ in range(3):
        account.clock.turn(60)
        hub.good_sync()
        assert hub.removed() == ["5"]


def test_what_stands_at_a_lead_is_about_the_contact_that_it_gets_later(account, world):
    """Whoever calls first is nobody yet: the lead waits for a manager."""
    notes, tasks = account.tables[NOTES[LEADS]], account.tables["tasks"]
    lead = {**account.tables[LEADS].row(1), "_contacts": [], "_companies": []}
    account.tables[LEADS].put(lead)
    notes.put({**notes.row(1), "entity_id": 1, "note_type": "common", "params": {"text": "Первый разговор"}})
    tasks.put({**tasks.row(1), "entity_id": 1, "text": "Узнать, кто это"})
    hub = world(account)
    hub.good_sync()
    assert {
        title for row, _ in (*the_kind(hub, "note"), *the_kind(hub, "task")) if (title := row.title)
    } & FIRST == FIRST
    assert not told_of(hub) & FIRST
    account.clock.turn(3_600)
    amend(account, LEADS, 1, _contacts=[1], _companies=[])
    hub.good_sync()
    assert told_of(hub) & FIRST == FIRST


FIRST = {"Первый разговор", "Узнать, кто это"}


def told_of(world):
    """The titles of all lines that are of some client."""
    query = "select distinct i.title from interaction i join history h on h.interaction_id = i.id"
    with world.open() as opened, opened.store.read() as tx:
        return {row.title for row in tx.rows(text(query))}
