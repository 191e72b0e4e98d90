"""A stream that has gone quiet is told by its own rhythm; weekends and holidays alarm nobody."""

import random
from datetime import date, timedelta

import pytest

from hub.core.silence import Silence, listen

DAY = timedelta(days=1)


def spoken(first, last, share=1.0, *, weekdays=range(5), seed=1, without=()):
    chance = random.Random(seed)
    days = [first + n * DAY for n in range((last - first).days + 1)]
    return [day for day in days if day.weekday() in weekdays and day not in without and chance.random() < share]


MARCH, FRIDAY = date(2026, 3, 2), date(2026, 9, 4)


def quiet(days, today):
    return listen({1: days}, today).get(1)


def test_a_mailbox_that_heard_something_every_working_day_is_missed_in_its_fourth_day():
    days = spoken(MARCH, FRIDAY)
    alarms = [n for n in range(1, 12) if quiet(days, FRIDAY + n * DAY)]
    assert alarms[0] == 7, "Monday to Thursday were silent"
    assert quiet(days, FRIDAY + 10 * DAY) == Silence(FRIDAY, 9, 4.8)


@pytest.mark.parametrize("today", [FRIDAY + DAY, FRIDAY + 2 * DAY, FRIDAY + 3 * DAY, FRIDAY + 4 * DAY])
def test_a_weekend_is_no_silence(today):
    assert quiet(spoken(MARCH, FRIDAY), today) is None


def test_the_new_year_is_no_silence():
    last = date(2026, 12, 30)
    days = spoken(date(2026, 6, 1), last)
    assert quiet(days, date(2027, 1, 12)) is None
    assert quiet(days, date(2027, 1, 20)) is not None


def test_a_day_on_which_nearly_everybody_is_silent_is_off_for_all():
    vacation = {date(2026, 8, 3) + n * DAY for n in range(14)}
    streams = {n: spoken(MARCH, date(2026, 8, 2), seed=n) for n in range(5)}
    assert listen(streams, max(vacation) + DAY) == {}
    others = {n: spoken(MARCH, date(2026, 8, 16), seed=n) for n in range(1, 5)}
    assert set(listen(streams | others, max(vacation) + DAY)) == {0}, "the others went on speaking"


def test_a_folder_that_seldom_hears_something_is_given_time():
    days = spoken(date(2025, 9, 1), FRIDAY, 0.2)
    assert len(days) > 30
    assert quiet(days, days[-1] + 14 * DAY) is None
    assert quiet(days, days[-1] + 120 * DAY) is not None


def test_what_has_no_rhythm_yet_is_never_quiet():
    assert quiet([], FRIDAY) is None
    assert quiet(spoken(FRIDAY - 21 * DAY, FRIDAY), FRIDAY + 60 * DAY) is None
    assert quiet([FRIDAY - n * 7 * DAY for n in range(19)][::-1], FRIDAY + 300 * DAY) is None


def test_who_was_away_for_as_long_before_is_not_missed_but_one_failure_hides_no_other():
    holiday = {date(2026, 4, 6) + n * DAY for n in range(12)}
    other = {date(2026, 6, 15) + n * DAY for n in range(12)}
    today = FRIDAY + 11 * DAY
    assert quiet(spoken(MARCH, FRIDAY, without=holiday), today) is not None
    assert quiet(spoken(MARCH, FRIDAY, without=holiday | other), today) is None


@pytest.mark.parametrize("share", [0.9, 0.6, 0.3])
def test_chance_alone_seldom_alarms(share):
    alarms = 0
    for seed in range(15):
        days = spoken(date(2025, 10, 1), FRIDAY, share, seed=seed)
        for today in (date(2026, 6, 1) + n * DAY for n in range(0, 90, 7)):
            alarms += quiet([day for day in days if day < today], today) is not None
    assert alarms <= 1
