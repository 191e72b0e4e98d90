"""Whatever is inserted, changed or deleted between two pages: nothing that is there is missed, and the last word counts."""

import json
import os
from itertools import count, islice

import pytest

SIZE = 700
"""Of an account with 139 leads and 56 tasks: with pages of 25, many of them."""
_CHANGES = 40
_BORDERS = [one + by for one in (*range(25, 126, 25), 250, 500) for by in (-1, 0, 1)]
TIES = sorted({*range(1, 11), *_BORDERS} - {501}) if os.environ.get("HUB_TIES_ALL") else [1, 26, 500]
"""How many rows share a second: at every border of a page where all are asked for."""
STREAMS = {"leads": "leads", "tasks": "tasks", "notes": "leads/notes"}


def small(one):
    one.source.account.largest = 25
    return one


def name_of(stream, number):
    return f"leads-{number}" if stream == "notes" else str(number)


def stamps(reading):
    return {key: json.loads(raw.body)["item"].get("updated_at") for key, raw in reading.seen.items()}


def there(reading, stream):
    table = reading.account.tables[STREAMS[stream]]
    return {name_of(stream, number): table.row(number)["updated_at"] for number in table.ids}


def between_pages(reading, stream, act):
    """Call `act` with a number that counts up after every page of the stream."""
    numbers = count()

    def hook(call):
        if "/".join(call.way) == STREAMS[stream] and (number := next(numbers)) < _CHANGES:
            reading.account.clock.turn(1)
            act(number)

    reading.account.after.append(hook)


def inserted(reading, table):
    return lambda number: reading.copy(table, 1 + number % 20)


def deleted(reading, table):
    def act(number):
        ids = reading.account.tables[table].ids
        for one in (ids[0], ids[len(ids) // 2], ids[-1]) if len(ids) > 30 else ():
            reading.account.tables[table].remove(one)

    return act


def edited(reading, table):
    def act(number):
        ids = reading.account.tables[table].ids
        for one in {ids[number % len(ids)], ids[len(ids) // 2], ids[-1 - number % len(ids)]}:
            reading.change(table, one)

    return act


def all_at_once(reading, table):
    acts = [inserted(reading, table), edited(reading, table), deleted(reading, table)]
    return lambda number: [act(number) for act in acts]


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("mutation", [edited, all_at_once])
@pytest.mark.parametrize("stream", STREAMS)
def test_what_happens_between_two_pages_loses_nothing(reading, stream, mutation, ties):
    one = small(reading(SIZE, ties=ties, recent_days=400))
    between_pages(one, stream, mutation(one, STREAMS[stream]))
    before = set(there(one, stream))
    one.pull(stream)
    assert before & set(there(one, stream)) <= set(one.seen), "the first pull has missed what was there all the time"
    one.account.after.clear()
    one.account.clock.turn(10)
    one.pull(stream)
    now = there(one, stream)
    assert {key: stamp for key, stamp in stamps(one).items() if key in now} == now


@pytest.mark.parametrize("ties", [1, 500])
@pytest.mark.parametrize("stream", STREAMS)
def test_a_pull_that_is_broken_off_after_any_page_goes_on_and_loses_nothing(reading, stream, ties):
    one = small(reading(SIZE, ties=ties))
    between_pages(one, stream, all_at_once(one, STREAMS[stream]))
    before = set(there(one, stream))
    for _ in range(20):
        for page in islice(one.source.pull(stream, one.cursor), 1):
            one.seen |= {raw.external_id: raw for raw in page.raws}
            one.cursor = page.cursor
    one.account.after.clear()
    one.pull(stream)
    assert before & set(there(one, stream)) <= set(one.seen)
    one.account.clock.turn(10)
    one.pull(stream)
    now = there(one, stream)
    assert {key: stamp for key, stamp in stamps(one).items() if key in now} == now


def test_what_stands_at_a_lead_that_was_changed_is_read_however_often_the_pull_is_broken_off(reading):
    one = reading(SIZE)
    one.pull("notes")
    one.account.clock.turn(3_600)
    for number in one.account.tables["leads"].ids:
        one.account.clock.turn(1)
        one.change("leads", number, _contacts=[1])
    one.account.clock.turn(600)
    one.seen.clear()
    for _ in range(12):
        for page in islice(one.source.pull("notes", one.cursor), 1):
            one.seen |= {raw.external_id: raw for raw in page.raws}
            one.cursor = page.cursor
    assert set(there(one, "notes")) <= set(one.seen)


@pytest.mark.parametrize("stream", STREAMS)
def test_500_changes_of_one_second_are_all_found_by_the_pull_that_follows(reading, stream):
    table = STREAMS[stream]
    one = reading(7_000)
    one.pull(stream)
    one.account.clock.turn(3_600)
    changed = one.account.tables[table].ids[:500]
    for number in changed:
        one.change(table, number)
    one.pull(stream)
    now = int(one.account.clock.now())
    assert {key for key, stamp in stamps(one).items() if stamp == now} == {name_of(stream, n) for n in changed}


def test_rows_that_leave_a_crowded_second_while_it_is_read_hide_no_others(reading):
    """The only pages that follow one another are those of one second: each edit shifts what is behind it."""
    one = small(reading(SIZE, ties=500, recent_days=3_660))
    gone: list[int] = []

    def hook(call):
        if call.way == ("leads",) and len(gone) < 60:
            one.account.clock.turn(1)
            ids = [number for number in one.account.tables["leads"].ids if number not in gone][:3]
            for number in ids:
                one.change("leads", number)
            gone.extend(ids)

    one.account.after.append(hook)
    one.pull("leads")
    assert set(there(one, "leads")) == set(one.seen)


def test_what_is_changed_in_the_second_of_the_bound_is_found_by_the_next_pull(reading):
    one = reading()
    one.pull("leads")
    one.change("leads", 1, name="Той же секундой")
    one.account.clock.turn(1)
    one.pull("leads")
    assert json.loads(one.seen["1"].body)["item"]["name"] == "Той же секундой"


def test_a_change_that_is_seen_late_is_found(reading):
    one = reading()
    one.account.clock.turn(3_600)
    one.pull("leads")
    one.account.clock.turn(-60)
    one.change("leads", 2, name="Видно с опозданием")
    one.account.clock.turn(120)
    one.pull("leads")
    assert json.loads(one.seen["2"].body)["item"]["name"] == "Видно с опозданием"


def test_a_change_that_somebody_has_dated_back_is_found_when_everything_is_read_again(reading):
    one = reading()
    one.pull("leads")
    one.change("leads", 2, name="Задним числом", updated_at=int(one.account.clock.now()) - 40 * 86_400)
    one.account.clock.turn(86_400)
    one.pull("leads")
    assert json.loads(one.seen["2"].body)["item"]["name"] != "Задним числом", "nothing tells of it so soon"
    one.account.clock.turn(7 * 86_400)
    one.pull("leads")
    assert json.loads(one.seen["2"].body)["item"]["name"] == "Задним числом"


def test_what_is_recent_comes_first(reading):
    one = reading(SIZE, recent_days=90)
    one.pull("leads")
    first: dict[str, int] = {}
    for raw in (raw for page in one.pages for raw in page.raws):
        first.setdefault(raw.external_id, json.loads(raw.body)["item"]["updated_at"])
    found = list(first.values())
    assert found == sorted(found, reverse=True)
    assert found[0] > one.account.clock.now() - 90 * 86_400 > found[-1]
