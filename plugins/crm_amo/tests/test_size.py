"""How much an account holds, before anything of it is read."""

import pytest
from hub_crm_amo.simulator.world import LEADS


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
