"""Whose a lead is: what stands at it says so, and the account is not asked for what was just read."""

import json
import tracemalloc

import pytest
from hub_crm_amo.owners import owners_of
from hub_crm_amo.simulator.world import CONTACTS, LEADS, NOTES, TASKS

TIMELINE = ("tasks", "notes", "events")
FEW, MANY = 300, 2_000
"""Accounts with 60 and with 400 leads."""


def pull(one, stream):
    one.cursor = None
    one.pull(stream)


def note_at(one, lead):
    """A note that stands at this lead, by its name in the stream."""
    return f"leads-{one.copy(NOTES[LEADS], 1, entity_id=lead)}"


def contacts_of(one, name):
    """The contacts that a raw says it is about; None where it says nothing of a lead."""
    owner = json.loads(one.seen[name].body).get("owner")
    return owner and [contact["id"] for contact in owner["_embedded"]["contacts"]]


def test_what_stands_at_leads_that_were_just_read_asks_for_no_lead(reading):
    one = reading(MANY)
    pull(one, "leads")
    before = one.calls(LEADS)
    for stream in TIMELINE:
        pull(one, stream)
    assert one.calls(LEADS) == before


def test_a_lead_that_is_remembered_takes_some_hundred_bytes(reading):
    one = reading(FEW)
    owners = owners_of(one.source.account, [LEADS])
    cards = [{"id": number, "name": f"Поставка {number}", "_embedded": {"contacts": [{"id": number}]}} for number in range(500)]  # fmt: skip
    owners.hear(LEADS, cards[:1])
    tracemalloc.start()
    try:
        owners.hear(LEADS, cards)
        held, _peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 400 * len(cards)


def test_a_lead_is_asked_for_once_by_whatever_stands_at_it(reading):
    one = reading(FEW, streams=list(TIMELINE))
    for stream in TIMELINE:
        pull(one, stream)
    asked = [number for effect in one.account.log if effect.path.endswith("/leads") for number in numbers(effect.query)]
    assert len(asked) == len(set(asked)) > 30


def numbers(query):
    return [part.partition("=")[2] for part in query.split("&") if part.startswith("filter%5Bid%5D")]


@pytest.mark.parametrize(("size", "calls"), [(FEW, 3), (MANY, 1)])
def test_a_lead_that_gets_its_contact_after_it_was_read_is_not_taken_for_what_it_was(reading, size, calls):
    one = reading(size)
    name = note_at(one, 5)
    pull(one, "leads")
    one.account.clock.turn(60)
    one.change(LEADS, 5, _contacts=[7])
    before = one.calls(LEADS)
    pull(one, "notes")
    assert contacts_of(one, name) == [7]
    assert one.calls(LEADS) - before <= calls, "only what was changed, or the few that are needed"


def test_a_few_leads_that_were_heard_of_too_early_are_asked_for_with_the_others(reading):
    one = reading(FEW)
    cursors = {}
    for stream in ("leads", "notes"):
        pull(one, stream)
        cursors[stream] = one.cursor
    one.account.clock.turn(7_200)
    one.source.streams()  # as at the next turn, which knows nothing yet
    one.change(LEADS, 8)
    one.cursor = cursors["leads"]
    one.pull("leads")
    one.account.clock.turn(60)
    for lead in (6, 7):
        note_at(one, lead)
    before, one.cursor = one.calls(LEADS), cursors["notes"]
    one.pull("notes")
    assert one.calls(LEADS) - before == 2, "those at which notes stand, and which of them all were changed"


@pytest.mark.parametrize("size", [FEW, MANY])
def test_a_lead_that_is_changed_while_notes_are_read_is_found_by_the_next_pull(reading, size):
    one = reading(size)
    name = note_at(one, 5)
    pull(one, "leads")
    pull(one, "notes")
    one.account.clock.turn(60)
    one.change(LEADS, 5, _contacts=[7])
    one.account.clock.turn(3_600)
    one.pull("notes")
    assert contacts_of(one, name) == [7]


def test_what_is_read_long_after_the_leads_is_no_older_than_its_own_news(reading):
    """A long reading: the notes that are old are walked when a lead has got another contact than when it was read, and no
    note of the news has asked for it.
    """
    one = reading(MANY, recent_days=1)
    old = one.account.tables[NOTES[LEADS]]
    old.put({**old.row(1), "entity_id": 5, "updated_at": old.row(1)["created_at"]})
    pull(one, "leads")
    one.account.clock.turn(40 * 86_400)
    one.change(LEADS, 5, _contacts=[7])
    one.account.clock.turn(3_600)
    pull(one, "notes")
    assert contacts_of(one, "leads-1") == [7]


def test_a_lead_that_is_no_longer_there_tells_nothing_and_is_asked_for_once(reading):
    one = reading(FEW)
    name = note_at(one, 5)
    one.copy(TASKS, 1, entity_id=5, entity_type=LEADS)
    one.account.tables[LEADS].remove(5)
    for stream in ("leads", *TIMELINE):
        pull(one, stream)
    assert contacts_of(one, name) is None
    asked = [effect for effect in one.account.log if "5" in numbers(effect.query)]
    assert len(asked) == 1


def test_what_is_asked_for_by_itself_is_as_it_is_now(reading):
    one = reading(MANY)
    name = note_at(one, 5)
    pull(one, "leads")
    pull(one, "notes")
    one.account.tables[LEADS].put({**one.account.tables[LEADS].row(5), "_contacts": [9]})
    body = json.loads(one.source.fetch("notes", name, ""))
    assert [contact["id"] for contact in body["owner"]["_embedded"][CONTACTS]] == [9]
