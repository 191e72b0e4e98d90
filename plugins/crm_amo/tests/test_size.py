"""How much an account holds, before anything of it is read and after."""

import pytest
from hub_crm_amo.questions import List
from hub_crm_amo.simulator.world import COMPANIES, CONTACTS, LEADS, NOTES


@pytest.mark.parametrize("there", [0, 1, 24, 25, 26, 100, 101, 138])
def test_the_last_page_tells_how_many_there_are(reading, there):
    one = reading(700)
    leads = one.account.tables[LEADS]
    for number in list(leads.ids)[there:]:
        leads.remove(number)
    one.source.account.largest = 25
    assert one.source.size("leads").items == there


def test_a_few_questions_are_enough_for_a_large_account(reading):
    one = reading(100_000)
    one.source.streams()
    before = one.calls()
    size = one.source.size("leads")
    assert size.items == len(one.account.tables[LEADS].ids)
    assert one.calls() - before <= 12
    assert size.bytes is None, "that would have to be read"


@pytest.mark.parametrize(
    ("stream", "a_row"), [("leads", 1 / 250), ("notes", 1 / 250 + 1 / 125), ("events", 1 / 100 + 1 / 125)]
)
def test_the_time_is_what_the_limit_makes_of_the_questions_to_come(reading, stream, a_row):
    size = reading(2_000, calls_per_second=500).source.size(stream)
    assert size.seconds == pytest.approx(size.items * a_row / 500)


@pytest.mark.parametrize("near", [0, 1, 99, 100, 101, 138, 150, 151, 1_000])
@pytest.mark.parametrize("there", [0, 1, 100, 101, 138])
def test_whatever_is_guessed_the_number_is_right(reading, there, near):
    one = reading(700)
    leads = one.account.tables[LEADS]
    for number in list(leads.ids)[there:]:
        leads.remove(number)
    one.source.account.largest = 25
    before = one.calls()
    assert one.source.account.count(List(path="leads", under="leads"), near) == there
    if -(-near // 25) == -(-there // 25):
        assert one.calls() - before == 1


def pull(one, stream):
    """As the hub does it: a pull, and then what is there. Returns how many, and by how many questions of lists that was found."""
    one.pull(stream)
    before = one.calls()
    said = one.source.ids(stream)
    one.cursor = said.cursor or one.cursor
    return said.total, one.calls() - before


def later(one, stream):
    """Hours pass, and what was changed in the last minutes of a pull was seen again."""
    one.account.clock.turn(3_600)
    pull(one, stream)
    one.account.clock.turn(3_600)


@pytest.mark.parametrize("stream", ["companies", "leads", "tasks", "events"])
def test_after_a_pull_one_question_tells_how_many_there_are(reading, stream):
    one = reading(10_000)
    table = one.account.tables[stream]
    assert pull(one, stream) == (len(table), 1)
    later(one, stream)
    assert pull(one, stream) == (None, 0), "nothing has come"
    one.account.clock.turn(3_600)
    one.copy(stream, 5, **({"created_at": int(one.account.clock.now())} if stream == "events" else {}))
    assert pull(one, stream) == (len(table), 1)


def test_of_several_lists_only_those_are_asked_of_which_something_came(reading):
    one = reading(3_000)
    tables = [one.account.tables[NOTES[kind]] for kind in (LEADS, CONTACTS, COMPANIES)]
    assert pull(one, "notes") == (sum(map(len, tables)), 3)
    later(one, "notes")
    one.copy(NOTES[CONTACTS], 5)
    assert pull(one, "notes") == (sum(map(len, tables)), 1)
    later(one, "notes")
    one.change(LEADS, one.account.tables[NOTES[LEADS]].row(1)["entity_id"])
    assert pull(one, "notes") == (sum(map(len, tables)), 0), "notes that were known, of a lead that was changed"
