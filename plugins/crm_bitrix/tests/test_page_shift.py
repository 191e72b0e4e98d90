"""Whatever is inserted, changed or deleted between two pages: nothing that is there is missed, and the last word counts."""

import json
from itertools import count, islice

import pytest
from hub_crm_bitrix.simulator.fields import DEAL

SIZE = 1_400
"""Of a portal with 280 deals: six pages."""
_CHANGES = 40


def titles(reading):
    return {number: json.loads(raw.body)["item"]["title"] for number, raw in reading.seen.items()}


def there(reading):
    table = reading.portal.tables[DEAL]
    return {str(number): table.row(number)["title"] for number in table.ids}


def between_pages(reading, act):
    """Call `act` with a number that counts up after every page of deals."""
    numbers = count()

    def hook(call):
        if call.method == "crm.item.list" and (number := next(numbers)) < _CHANGES:
            reading.portal.clock.turn(1)
            act(number)

    reading.portal.after.append(hook)


def inserted(reading):
    return lambda number: reading.copy(DEAL, 1 + number, title=f"Новая {number}")


def deleted(reading):
    def act(number):
        ids = reading.portal.tables[DEAL].ids
        for one in (ids[0], ids[len(ids) // 2], ids[-1]):
            reading.portal.tables[DEAL].remove(one)

    return act


def edited(reading):
    def act(number):
        ids = reading.portal.tables[DEAL].ids
        for one in (ids[number % len(ids)], ids[len(ids) // 2], ids[-1 - number % len(ids)]):
            reading.change(DEAL, one, title=f"Правка {number}")

    return act


def all_at_once(reading):
    acts = [inserted(reading), edited(reading), deleted(reading)]
    return lambda number: [act(number) for act in acts]


@pytest.mark.parametrize("ties", [1, 49, 50, 51, 500])
@pytest.mark.parametrize("mutation", [inserted, deleted, edited, all_at_once])
def test_what_happens_between_two_pages_loses_nothing(reading, mutation, ties):
    one = reading(SIZE, ties=ties, recent_days=400)
    between_pages(one, mutation(one))
    before = set(there(one))
    one.pull("deals")
    assert before & set(there(one)) <= set(one.seen), "the first pull has missed what was there all the time"
    one.portal.after.clear()
    one.portal.clock.turn(10)
    one.pull("deals")
    now = there(one)
    assert {number: title for number, title in titles(one).items() if number in now} == now


@pytest.mark.parametrize("ties", [1, 500])
def test_a_pull_that_is_broken_off_after_any_page_goes_on_and_loses_nothing(reading, ties):
    one = reading(SIZE, ties=ties)
    between_pages(one, all_at_once(one))
    before = set(there(one))
    for _ in range(20):
        for page in islice(one.source.pull("deals", one.cursor), 1):
            one.seen |= {raw.external_id: raw for raw in page.raws}
            one.cursor = page.cursor
    one.portal.after.clear()
    one.pull("deals")
    assert before & set(there(one)) <= set(one.seen)
    one.portal.clock.turn(10)
    one.pull("deals")
    now = there(one)
    assert {number: title for number, title in titles(one).items() if number in now} == now


def test_500_changes_of_one_second_are_all_found_by_the_pull_that_follows(reading):
    one = reading(2_600)
    one.pull("deals")
    one.portal.clock.turn(3_600)
    changed = one.portal.tables[DEAL].ids[:500]
    for number in changed:
        one.change(DEAL, number, title="Все разом")
    one.pull("deals")
    assert {number for number, title in titles(one).items() if title == "Все разом"} == set(map(str, changed))


def test_what_is_changed_in_the_second_of_the_bound_is_found_by_the_next_pull(reading):
    one = reading()
    one.pull("deals")
    one.change(DEAL, 1, title="Той же секундой")
    one.portal.clock.turn(1)
    one.pull("deals")
    assert titles(one)["1"] == "Той же секундой"


def test_a_change_that_the_portal_commits_late_is_found(reading):
    one = reading()
    one.portal.clock.turn(3_600)
    one.pull("deals")
    one.portal.clock.turn(-60)
    one.change(DEAL, 2, title="Записано с опозданием")
    one.portal.clock.turn(120)
    one.pull("deals")
    assert titles(one)["2"] == "Записано с опозданием"


def test_what_is_recent_comes_first(reading):
    one = reading(SIZE, recent_days=90)
    one.pull("deals")
    first: dict[str, str] = {}
    for raw in (raw for page in one.pages for raw in page.raws):
        first.setdefault(raw.external_id, json.loads(raw.body)["item"]["updatedTime"])
    stamps = list(first.values())
    recent = sum(stamp >= "2026-08-20" for stamp in stamps)
    assert 0 < recent < len(stamps)
    assert all(stamp >= "2026-08-19" for stamp in stamps[:recent])
