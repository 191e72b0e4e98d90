"""What was changed of a meeting, when and by whom: out of what calendars say one after another, and of mails."""

from datetime import UTC, datetime

import pytest

import hub
from hub.core import said
from hub.core.amend import Part, amend
from hub.core.course import course
from hub.core.duplicates import Member
from hub.core.said import Said

ANNA, PETR, IVAN = (hub.Identifier("email", address) for address in ("anna@my.example", "p@a.example", "i@a.example"))


def day(number, hour=9):
    return hub.Moment(datetime(2026, 6, number, hour, tzinfo=UTC), "UTC")


def ms(moment):
    return int(moment.utc.timestamp() * 1000)


def meeting(start, *, stamp=None, status="confirmed", method="", sequence=0, **answers):
    known = {"petr": PETR, "ivan": IVAN}
    people = [hub.Participant("attendee", known[name], status=answer) for name, answer in answers.items()]
    return hub.Meeting(
        at=start, uid="m", status=status, method=method, sequence=sequence, stamp=stamp,
        participants=(hub.Participant("organizer", ANNA), *people),
    )  # fmt: skip


def kept(*revisions):
    """A copy in a calendar after revisions, each received at noon of the day: (day received, meeting)."""
    parts = {}
    for number, one in revisions:
        parts = dict(amend(parts, {"": one}, ms(day(number, 12))))
    return Member("calendar", parts[""].record, before=said.loads(said.dumps(parts[""].before)))


def told(*members):
    return [(turn.at, turn.who, turn.before, turn.after) for turn in course(members)]


def test_what_was_moved_answered_and_called_off_is_told_with_who_and_when():
    copy = kept(
        (1, meeting(day(20), stamp=day(1), petr="needs_action", ivan="needs_action")),
        (3, meeting(day(20), stamp=day(2), petr="accepted", ivan="needs_action")),
        (5, meeting(day(21), stamp=day(4), petr="needs_action", ivan="needs_action")),
        (7, meeting(day(21), stamp=day(6), petr="declined", ivan="needs_action")),
        (9, meeting(day(21), stamp=day(8), petr="declined", ivan="needs_action", status="cancelled")),
    )
    assert told(copy) == [
        (ms(day(2)), PETR, "needs_action", "accepted"),
        (ms(day(4)), PETR, "accepted", "needs_action"),
        (ms(day(4)), ANNA, (ms(day(20)), None), (ms(day(21)), None)),
        (ms(day(6)), PETR, "needs_action", "declined"),
        (ms(day(8)), ANNA, "confirmed", "cancelled"),
    ]


@pytest.mark.parametrize("stamp", [None, day(1), day(28)], ids=["none", "as before", "in the future"])
def test_a_stamp_that_tells_nothing_gives_way_to_the_day_we_heard_of_it(stamp):
    copy = kept((1, meeting(day(20), stamp=day(1))), (5, meeting(day(21), stamp=stamp)))
    assert [at for at, *_ in told(copy)] == [ms(day(5, 12))]


def test_the_same_change_in_two_calendars_is_told_once_by_who_heard_first():
    first = meeting(day(20), petr="needs_action")
    early, late = (kept((1, first), (seen, meeting(day(20), petr="accepted"))) for seen in (3, 5))
    assert told(late, early) == [(ms(day(3, 12)), PETR, "needs_action", "accepted")]


def test_who_comes_and_goes_several_times_is_told_every_time():
    answers = ("accepted", "declined", "accepted", "declined")
    copy = kept(*((n, meeting(day(20), petr=answer)) for n, answer in enumerate(answers, 1)))
    assert [after for *_, after in told(copy)] == ["declined", "accepted", "declined"]


def test_answers_and_a_cancellation_by_mail_are_told_too_and_not_twice():
    copy = kept((1, meeting(day(20), petr="needs_action")), (4, meeting(day(20), petr="accepted")))
    yes = Member("yes", meeting(day(20), method="REPLY", stamp=day(3), petr="accepted"))
    no = Member("no", meeting(day(20), method="REPLY", stamp=day(4), ivan="declined"))
    off = Member("off", meeting(day(20), method="CANCEL", stamp=day(5), sequence=1))
    assert told(copy, off, no, yes) == [
        (ms(day(4)), IVAN, "", "declined"),
        (ms(day(4, 12)), PETR, "needs_action", "accepted"),
        (ms(day(5)), ANNA, "", "cancelled"),
    ]


def test_nobody_is_named_in_the_past_alone():
    """Who forgets somebody finds the meeting by who is in it now."""
    copy = kept(
        (1, meeting(day(20), petr="needs_action", ivan="needs_action")),
        (2, meeting(day(20), petr="accepted", ivan="declined")),
        (3, meeting(day(20), ivan="declined")),
    )
    assert "p@a.example" not in said.dumps(copy.before)
    assert told(copy) == [(ms(day(2, 12)), IVAN, "needs_action", "declined")]


def test_what_older_versions_have_kept_is_read():
    [one] = said.loads('[[1000,2000,"confirmed"]]')
    assert one == Said(1000, 2000, "confirmed")
    [turn] = course([Member("old", meeting(day(20)), before=(one,))])
    assert (turn.at, turn.before) == (None, (1000, 2000))


def test_a_change_of_words_is_none():
    copy = kept((1, meeting(day(20), petr="accepted")), (2, meeting(day(20), petr="accepted", sequence=3)))
    assert copy.before == ()
    assert course([copy]) == []
    assert Part(meeting(day(20))).before == ()
