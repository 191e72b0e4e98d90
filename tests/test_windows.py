"""How far a stream was read, and what to ask for next: decided without a source."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from hub import CursorLost, Habit, Page, Place, Spans

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
CLOCK = int(NOW.timestamp()) + 1
DAY = 86_400
HABIT = Habit(recent=timedelta(days=90))


def whole(place, habit=HABIT):
    """The place after everything that it asks for was walked."""
    while place.span:
        place = place.finished(habit)
    return place


def test_the_first_pull_looks_at_the_last_days_and_then_at_everything_older():
    place = HABIT.begun(None, NOW)
    first = place.span
    assert (first.since, first.upto, first.is_old) == (CLOCK - 90 * DAY, CLOCK, False)
    second = place.finished(HABIT).span
    assert (second.upto, second.is_old) == (first.since, True)
    assert place.finished(HABIT).finished(HABIT).span is None


def test_who_reads_everything_from_nothing_needs_no_listing_that_day():
    assert HABIT.begun(None, NOW).listed == "2026-11-22"


def test_a_later_pull_looks_for_news_before_it_goes_on_with_what_is_older():
    broken_off = HABIT.begun(None, NOW).finished(HABIT).reached(500)
    assert HABIT.begun(broken_off, NOW + timedelta(minutes=10)).span == broken_off.span, "news can wait a while"
    place = HABIT.begun(broken_off, NOW + timedelta(hours=1))
    news = place.span
    assert (news.since, news.upto, news.is_old) == (CLOCK - 300, CLOCK + 3600, False)
    old = place.finished(HABIT).span
    assert (old.is_old, old.after) == (True, 500)


def test_a_span_that_was_broken_off_keeps_its_bounds():
    broken_off = HABIT.begun(None, NOW).reached(700)
    assert HABIT.begun(broken_off, NOW + timedelta(days=1)).span == broken_off.span


def test_a_clock_that_was_put_back_takes_nothing_back():
    place = HABIT.begun(whole(HABIT.begun(None, NOW)), NOW - timedelta(hours=2))
    assert place.span.upto == CLOCK
    assert place.finished(HABIT).live == CLOCK


def test_every_leg_of_a_span_is_walked_before_it_counts():
    habit = replace(HABIT, legs=2)
    place = habit.begun(None, NOW)
    second = place.reached(9).finished(habit)
    assert (second.span.leg, second.span.after, second.live) == (1, 0, 0)
    assert second.finished(habit).live == CLOCK


def test_other_names_of_stages_have_everything_read_again():
    done = whole(HABIT.begun(None, NOW, "one"))
    place = HABIT.begun(done, NOW + timedelta(hours=1), "two")
    again = place.finished(HABIT).span
    assert (again.upto, again.is_old) == (CLOCK, True)
    assert HABIT.begun(done, NOW, "one").old == 0


def test_what_the_source_does_not_tell_is_looked_for_every_week():
    habit = replace(HABIT, again=timedelta(days=7))
    done = whole(habit.begun(None, NOW), habit)
    assert habit.begun(done, NOW + timedelta(days=6)).old == 0
    assert habit.begun(done, NOW + timedelta(days=7)).old == CLOCK


def test_pages_that_get_no_further_have_places_of_their_own():
    for habit, begun in ((HABIT, HABIT.begun(None, NOW)), (HABIT, HABIT.begun(None, NOW).finished(HABIT))):
        places = [begun.reached(9), begun.reached(9).reached(9), begun.reached(9).reached(9).reached(8)]
        assert len({place.cursor for place in places}) == 3
        assert [place.span.after for place in places] == [9, 9, 8]
        assert places[1].finished(habit).step == 0


@pytest.mark.parametrize(
    "cursor", ["", "[]", "null", '{"live": "x"}', '{"live": -1}', '{"other": 1}', '{"live": true}', "{" * 5000]
)
def test_a_cursor_of_somebody_else_is_lost(cursor):
    with pytest.raises(CursorLost):
        Place.of(cursor)


def test_a_cursor_says_what_it_was_made_of():
    numbers = {name: n for n, name in enumerate(("live", "since", "upto", "leg", "after", "old", "old_leg", "step"), 1)}
    place = Place(**numbers, old_after=9, words="w", walked="d", listed="l", owed=True, process="p", counted="1,2")
    assert Place.of(place.cursor) == place
    assert Place.of(None) is None


@pytest.mark.parametrize(("found", "looks"), [(0, 1), (4, 1), (5, 2)])
def test_news_are_looked_for_once_more_after_a_walk_of_several_pages(found, looks):
    """By then the clock has gone on; so long a walk may have missed what was changed under it."""
    seconds, spans = iter(range(100)), []

    def walked(span, place):
        spans.append(span)
        n = found if len(spans) == 1 else 0
        yield place.reached(1), Page(listed=n, raws=(), cursor=place.reached(1).cursor)

    reading = Spans(habit=Habit(old_legs=0), clock=lambda: NOW + timedelta(seconds=next(seconds)), walked=walked, few=5)
    pages = [page for _place, page in reading.pages(None)]
    assert len(spans) == looks
    assert len({page.cursor for page in pages}) == len(pages)


def test_a_walk_goes_on_while_its_pages_are_stored_and_ends_with_who_wants_them():
    """It asks ahead, but not without bounds, and is over when nobody takes its pages any more."""
    asked, is_ahead = [], Event()

    def walked(_span, place):
        for number in range(100):
            asked.append(number)
            if number == 3:
                is_ahead.set()
            place = place.reached(100 - number)
            yield place, Page(listed=1, raws=(), cursor=place.cursor)

    pages = Spans(habit=Habit(old_legs=0), clock=lambda: NOW, walked=walked, few=5).pages(None)
    place, _page = next(pages)
    assert place.after == 100
    assert is_ahead.wait(10), "nothing is asked for before it is wanted"
    pages.close()
    assert len(asked) <= 20
    before = len(asked)
    assert next(pages, None) is None
    assert len(asked) == before


def test_what_is_older_is_asked_for_while_the_last_pages_of_the_news_are_stored():
    older = Event()

    def walked(span, place):
        if span.is_old:
            older.set()
        yield place.reached(1), Page(listed=1, raws=(), cursor=place.reached(1).cursor)

    pages = Spans(habit=Habit(), clock=lambda: NOW, walked=walked, few=5).pages(None)
    next(pages)
    assert older.wait(10), "the next span waits until the one before is stored"
    pages.close()


def test_what_a_walk_has_brought_comes_before_what_it_has_met():
    def walked(_span, place):
        yield place.reached(2), Page(listed=1, raws=(), cursor="a")
        yield place.reached(1), Page(listed=1, raws=(), cursor="b")
        raise CursorLost("the far end is gone")

    pages = Spans(habit=Habit(), clock=lambda: NOW, walked=walked, few=5).pages(None)
    assert [next(pages)[1].cursor, next(pages)[1].cursor] == ["a", "b"]
    with pytest.raises(CursorLost):
        next(pages)
