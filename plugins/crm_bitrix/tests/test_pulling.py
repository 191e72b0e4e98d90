"""How far a stream was read, and what to ask for next: decided without a portal."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hub_crm_bitrix.pulling import Habit, Place, begun, finished, place_of, reached, window

import hub

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
CLOCK = int(NOW.timestamp()) + 1
DAY = 86_400
HABIT = Habit(recent=timedelta(days=90))


def whole(place, habit=HABIT):
    """The place after everything that it asks for was walked."""
    while window(place):
        place = finished(place, habit)
    return place


def test_the_first_pull_looks_at_the_last_days_and_then_at_everything_older():
    place = begun(None, NOW, "", HABIT)
    first = window(place)
    assert (first.since, first.upto, first.is_old) == (CLOCK - 90 * DAY, CLOCK, False)
    second = window(finished(place, HABIT))
    assert (second.upto, second.is_old) == (first.since, True)
    assert window(finished(finished(place, HABIT), HABIT)) is None


def test_a_later_pull_looks_for_news_before_it_goes_on_with_what_is_older():
    broken_off = reached(finished(begun(None, NOW, "", HABIT), HABIT), 500)
    assert window(begun(broken_off, NOW + timedelta(minutes=10), "", HABIT)) == window(broken_off), (
        "news can wait a while"
    )
    place = begun(broken_off, NOW + timedelta(hours=1), "", HABIT)
    news = window(place)
    assert (news.since, news.upto, news.is_old) == (CLOCK - 300, CLOCK + 3600, False)
    old = window(finished(place, HABIT))
    assert (old.is_old, old.after) == (True, 500)


def test_a_window_that_was_broken_off_keeps_its_bounds():
    broken_off = reached(begun(None, NOW, "", HABIT), 700)
    assert window(begun(broken_off, NOW + timedelta(days=1), "", HABIT)) == window(broken_off)


def test_a_clock_that_was_put_back_takes_nothing_back():
    place = begun(whole(begun(None, NOW, "", HABIT)), NOW - timedelta(hours=2), "", HABIT)
    assert window(place).upto == CLOCK
    assert finished(place, HABIT).live == CLOCK


def test_every_leg_of_a_window_is_walked_before_it_counts():
    habit = replace(HABIT, legs=2)
    place = begun(None, NOW, "", habit)
    second = finished(reached(place, 9), habit)
    assert (window(second).leg, window(second).after, second.live) == (1, 0, 0)
    assert finished(second, habit).live == CLOCK


def test_other_names_of_stages_have_everything_read_again():
    done = whole(begun(None, NOW, "one", HABIT))
    place = begun(done, NOW + timedelta(hours=1), "two", HABIT)
    assert (window(finished(place, HABIT)).upto, window(finished(place, HABIT)).is_old) == (CLOCK, True)
    assert begun(done, NOW, "one", HABIT).old == 0


def test_what_the_portal_does_not_tell_is_looked_for_every_week():
    habit = replace(HABIT, again=timedelta(days=7))
    done = whole(begun(None, NOW, "", habit), habit)
    assert begun(done, NOW + timedelta(days=6), "", habit).old == 0
    assert begun(done, NOW + timedelta(days=7), "", habit).old == CLOCK


@pytest.mark.parametrize(
    "cursor", ["", "[]", "null", '{"live": "x"}', '{"live": -1}', '{"other": 1}', '{"live": true}', "{" * 5000]
)
def test_a_cursor_of_somebody_else_is_lost(cursor):
    with pytest.raises(hub.CursorLost):
        place_of(cursor)


def test_a_cursor_says_what_it_was_made_of():
    place = Place(
        live=1,
        since=2,
        upto=3,
        leg=4,
        after=5,
        old=6,
        old_leg=7,
        old_after=8,
        words="w",
        walked="d",
        listed="l",
        owed=True,
        process="p",
    )
    assert place_of(place.cursor) == place
    assert place_of(None) is None
