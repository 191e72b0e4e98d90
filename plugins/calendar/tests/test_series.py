"""Series: what repeats, what was moved, cancelled, taken out and put in."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hub_calendar.rules import MOST_BEFORE

import hub

SEEN = date(2026, 11, 1)
WINDOW = hub.Window(SEEN, date(2027, 1, 1))

WEEKLY = """UID:1
DTSTART;TZID=Europe/Moscow:20261102T100000
DTEND;TZID=Europe/Moscow:20261102T110000
RRULE:FREQ=WEEKLY;COUNT=4
SUMMARY:Планёрка
"""
DAYS = "UID:1\nDTSTART;VALUE=DATE:20261102\nRRULE:FREQ=DAILY;COUNT=3\nSUMMARY:Отпуск"
PARTS = ["meeting:20261102T070000Z", "meeting:20261109T070000Z", "meeting:20261116T070000Z", "meeting:20261123T070000Z"]


def starts(found: dict[str, hub.Meeting]) -> dict[str, str]:
    """The starts by the names of the occurrences, both short."""
    return {part.removeprefix("meeting:"): _short(one.at) for part, one in found.items()}


def _short(at: hub.Moment | date) -> str:
    return f"{at.utc:%m-%d %H:%M}" if isinstance(at, hub.Moment) else f"{at:%m-%d}"


def changed(recurrence_id: str, lines: str) -> str:
    return f"UID:1\nRECURRENCE-ID{recurrence_id}\n{lines}"


def test_every_occurrence_is_a_meeting_named_by_its_start(meetings):
    found = meetings(WEEKLY)
    assert list(found) == PARTS
    for part, one in found.items():
        assert one.recurrence_id == part.removeprefix("meeting:")
        assert (one.uid, one.title, one.recurring) == ("1", "Планёрка", True)
        assert one.end == hub.Moment(one.at.utc + timedelta(hours=1), "Europe/Moscow")


def test_whole_days_are_named_by_their_day(meetings):
    found = meetings(DAYS)
    assert starts(found) == {"20261102": "11-02", "20261103": "11-03", "20261104": "11-04"}
    assert [one.end for one in found.values()] == [date(2026, 11, 3), date(2026, 11, 4), date(2026, 11, 5)]


def test_a_meeting_that_does_not_repeat_is_the_main_record(meetings):
    found = meetings("UID:1\nDTSTART:20261102T070000Z")
    assert list(found) == [""]
    assert (found[""].recurrence_id, found[""].recurring) == ("", False)


def test_occurrences_end_before_the_horizon(meetings):
    assert list(meetings(WEEKLY, horizon=date(2026, 11, 16))) == PARTS[:2]
    assert list(meetings(WEEKLY, horizon=date(2026, 11, 17))) == PARTS[:3]


def test_a_series_that_begins_after_the_horizon_gives_its_first_occurrence(meetings):
    """From nothing nobody could tell that there is something to look at again."""
    assert list(meetings(WEEKLY, horizon=date(2026, 11, 1))) == PARTS[:1]
    assert list(meetings(WEEKLY, horizon=date(2020, 1, 1))) == PARTS[:1]
    assert list(meetings(f"{WEEKLY}EXDATE:20261102T070000Z", horizon=date(2026, 11, 1))) == PARTS[1:2]
    moved = changed(":20261102T070000Z", "DTSTART:20261203T070000Z")
    assert list(meetings(WEEKLY, moved, horizon=date(2026, 11, 1))) == PARTS[1:2]
    assert list(starts(meetings(DAYS, horizon=date(2026, 1, 1)))) == ["20261102"]


def test_a_meeting_after_the_horizon_that_does_not_repeat_is_a_meeting(meetings):
    assert list(meetings("UID:1\nDTSTART:20401102T070000Z")) == [""]


STAND_UP = "UID:1\nDTSTART;TZID=Europe/Moscow:20190107T100000\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"


def test_of_a_long_series_the_recent_and_the_coming_meetings_are_kept_and_it_is_said(meetings):
    found = meetings(STAND_UP)
    days = [one.at.utc.date() for one in found.values()]
    assert (days[0], days[-1]) == (date(2024, 12, 2), date(2026, 12, 31))
    assert sum(day < SEEN for day in days) == MOST_BEFORE
    first, *others = found.values()
    assert first.defects == ("The series is long: its occurrences before 2024-12-02 were left out.",)
    assert not any(one.defects for one in others)


def test_of_a_long_series_a_later_horizon_drops_nothing(meetings):
    found = [meetings(STAND_UP, horizon=date(year, 1, 1)) for year in range(2026, 2040)]
    assert all(early.items() <= late.items() for early, late in pairwise(found))
    assert len(found[-1]) > 3_000


def test_what_is_said_of_a_meeting_long_ago_is_kept(meetings):
    changed_long_ago = changed(";TZID=Europe/Moscow:20190109T100000", "DTSTART;TZID=Europe/Moscow:20190109T120000")
    assert "meeting:20190109T070000Z" in meetings(STAND_UP, changed_long_ago)


def test_a_later_horizon_changes_nothing_that_was_laid_out(meetings):
    event = WEEKLY.replace("COUNT=4", "BYDAY=MO,WE")
    early, late = meetings(event, horizon=date(2027, 1, 1)), meetings(event, horizon=date(2030, 1, 1))
    assert early.items() <= late.items()


def test_a_moved_occurrence_keeps_its_name(meetings):
    moved = changed(
        ";TZID=Europe/Moscow:20261109T100000", "DTSTART;TZID=Europe/Moscow:20261111T150000\nSUMMARY:Перенос"
    )
    found = meetings(WEEKLY, moved)
    assert list(found) == PARTS
    assert (found[PARTS[1]].at.utc, found[PARTS[1]].title) == (datetime(2026, 11, 11, 12, tzinfo=UTC), "Перенос")
    assert found[PARTS[1]].recurring


@pytest.mark.parametrize(
    "name",
    [
        ";TZID=Europe/Moscow:20261109T100000",
        ":20261109T070000Z",
        ";TZID=America/New_York:20261109T020000",
        ";VALUE=DATE:20261109",
        ";TZID=Russian Standard Time:20261109T100000",
    ],
)
def test_a_changed_occurrence_is_found_in_whatever_zone_it_is_named(meetings, name):
    found = meetings(WEEKLY, changed(name, "DTSTART:20261109T120000Z"))
    assert list(found) == PARTS
    assert found[PARTS[1]].at.utc.hour == 12


def test_a_changed_day_is_found_though_it_is_named_as_a_time(meetings):
    found = meetings(DAYS, changed(":20261102T210000Z", "DTSTART;VALUE=DATE:20261110"))
    assert starts(found) == {"20261102": "11-02", "20261103": "11-10", "20261104": "11-04"}


def test_a_cancelled_occurrence_stays_as_cancelled(meetings):
    cancelled = changed(":20261116T070000Z", "DTSTART;TZID=Europe/Moscow:20261116T100000\nSTATUS:CANCELLED")
    found = meetings(WEEKLY, cancelled)
    assert [one.status for one in found.values()] == ["confirmed", "confirmed", "cancelled", "confirmed"]


@pytest.mark.parametrize("exdate", [";TZID=Europe/Moscow:20261109T100000", ":20261109T070000Z", ";VALUE=DATE:20261109"])
def test_an_occurrence_that_was_taken_out_is_absent(meetings, exdate):
    assert list(meetings(f"{WEEKLY}EXDATE{exdate}")) == [PARTS[0], *PARTS[2:]]


def test_an_occurrence_that_was_changed_and_then_taken_out_is_absent(meetings):
    moved = changed(":20261109T070000Z", "DTSTART:20261110T070000Z")
    for exdate in ("EXDATE:20261109T070000Z", "EXDATE;VALUE=DATE:20261109"):
        assert list(meetings(WEEKLY + exdate, moved)) == [PARTS[0], *PARTS[2:]]


def test_several_dates_can_be_taken_out_in_one_line_and_in_several(meetings):
    found = meetings(f"{WEEKLY}EXDATE:20261102T070000Z,20261109T070000Z\nEXDATE:20261116T070000Z")
    assert list(found) == [PARTS[3]]


def test_a_day_of_a_series_of_days_can_be_taken_out(meetings):
    assert list(starts(meetings(f"{DAYS}\nEXDATE;VALUE=DATE:20261103"))) == ["20261102", "20261104"]
    assert list(starts(meetings(f"{DAYS}\nEXDATE:20261103T000000"))) == ["20261102", "20261104"]


def test_dates_that_were_put_in_are_present(meetings):
    found = meetings(f"{WEEKLY}RDATE;TZID=Europe/Moscow:20261105T180000,20261106T180000")
    assert starts(found)["20261105T150000Z"] == "11-05 15:00"
    assert len(found) == 6


def test_a_period_that_was_put_in_has_its_own_length(meetings):
    found = meetings(f"{WEEKLY}RDATE;VALUE=PERIOD:20261105T150000Z/PT3H,20261106T150000Z/20261106T153000Z")
    lengths = {part: one.end.utc - one.at.utc for part, one in found.items()}
    assert lengths["meeting:20261105T150000Z"] == timedelta(hours=3)
    assert lengths["meeting:20261106T150000Z"] == timedelta(minutes=30)
    assert lengths[PARTS[0]] == timedelta(hours=1)


def test_dates_alone_make_a_series(meetings):
    found = meetings("UID:1\nDTSTART:20261102T070000Z\nRDATE:20261104T070000Z")
    assert starts(found) == {"20261102T070000Z": "11-02 07:00", "20261104T070000Z": "11-04 07:00"}


def test_this_and_all_that_follow_are_moved_together_and_keep_their_names(meetings):
    moved = changed(
        ";RANGE=THISANDFUTURE;TZID=Europe/Moscow:20261116T100000",
        "DTSTART;TZID=Europe/Moscow:20261117T120000\nDTEND;TZID=Europe/Moscow:20261117T123000\nSUMMARY:По вторникам",
    )
    found = meetings(WEEKLY, moved)
    assert list(found) == PARTS
    assert [_short(one.at) for one in found.values()] == ["11-02 07:00", "11-09 07:00", "11-17 09:00", "11-24 09:00"]
    assert [one.title for one in found.values()] == ["Планёрка", "Планёрка", "По вторникам", "По вторникам"]
    assert found[PARTS[3]].end.utc - found[PARTS[3]].at.utc == timedelta(minutes=30)


def test_of_two_changes_of_one_occurrence_the_later_version_counts(meetings):
    old = changed(":20261109T070000Z", "DTSTART:20261109T120000Z\nSEQUENCE:1")
    new = changed(":20261109T070000Z", "DTSTART:20261109T130000Z\nSEQUENCE:2")
    for events in ((WEEKLY, old, new), (WEEKLY, new, old)):
        assert meetings(*events)[PARTS[1]].at.utc.hour == 13


def test_of_two_changes_of_one_version_the_later_stamp_counts(meetings):
    old = changed(":20261109T070000Z", "DTSTART:20261109T120000Z\nDTSTAMP:20261101T000000Z")
    new = changed(":20261109T070000Z", "DTSTART:20261109T130000Z\nDTSTAMP:20261102T000000Z")
    for events in ((WEEKLY, old, new), (WEEKLY, new, old), (old, new), (new, old)):
        assert meetings(*events)[PARTS[1]].at.utc.hour == 13


def test_a_series_that_begins_at_a_skipped_clock_keeps_it_afterwards(meetings):
    found = meetings("UID:1\nDTSTART;TZID=Europe/Berlin:20260329T023000\nRRULE:FREQ=WEEKLY;COUNT=2")
    assert starts(found) == {"20260329T013000Z": "03-29 01:30", "20260405T003000Z": "04-05 00:30"}


def test_of_two_masters_the_later_version_counts(meetings):
    later = WEEKLY.replace("Планёрка", "Новая").replace("COUNT=4", "COUNT=2") + "SEQUENCE:1"
    for events in ((WEEKLY, later), (later, WEEKLY)):
        found = meetings(*events)
        assert [one.title for one in found.values()] == ["Новая", "Новая"]


def test_a_changed_occurrence_without_its_series_is_one_meeting_with_a_name(meetings):
    """Somebody is invited to one meeting of a series: nothing is to be laid out, and no horizon hides it."""
    found = meetings(
        changed(";TZID=Europe/Moscow:20261109T100000", "DTSTART:20261109T120000Z"), horizon=date(2020, 1, 1)
    )
    assert starts(found) == {"20261109T070000Z": "11-09 12:00"}
    assert not found[PARTS[1]].recurring


def test_an_occurrence_outside_of_the_rule_is_kept(meetings):
    found = meetings(WEEKLY, changed(":20261104T070000Z", "DTSTART:20261104T080000Z"))
    assert starts(found)["20261104T070000Z"] == "11-04 08:00"


def test_a_start_outside_of_the_rule_is_the_first_meeting(meetings):
    """RFC 5545, section 3.8.5.3: DTSTART always is the first instance."""
    found = meetings(WEEKLY.replace("COUNT=4", "COUNT=2;BYDAY=WE"))
    assert list(starts(found).values()) == ["11-02 07:00", "11-04 07:00", "11-11 07:00"]


def test_a_copy_of_an_older_master_behind_the_cut_of_a_series_is_left_out(meetings):
    master = WEEKLY.replace("COUNT=4", "UNTIL=20261110T000000Z") + "SEQUENCE:2"
    left_over = changed(":20261123T070000Z", "DTSTART:20261123T070000Z\nRRULE:FREQ=WEEKLY\nSEQUENCE:1")
    assert list(meetings(master, left_over)) == PARTS[:2]
    assert PARTS[3] in meetings(master, left_over.replace("SEQUENCE:1", "SEQUENCE:3"))


def test_a_series_that_ended_before_it_began_has_no_meetings(meetings):
    assert meetings(WEEKLY.replace("COUNT=4", "UNTIL=20261001T000000Z")) == {}


@pytest.mark.parametrize(
    ("until", "count"),
    [
        ("20261116T070000Z", 3),
        ("20261116T065959Z", 2),
        ("20261116", 3),
        ("20261115", 2),
        ("20261116T100000", 3),
        ("99991231T235959Z", 9),
    ],
)
def test_until_is_included_in_whatever_zone_it_is_written(meetings, until, count):
    assert len(meetings(WEEKLY.replace("COUNT=4", f"UNTIL={until}"))) == count


@pytest.mark.parametrize("until", ["20261103", "20261103T000000Z", "20261103T205959Z"])
def test_until_of_whole_days_is_a_day(meetings, until):
    assert list(starts(meetings(DAYS.replace("COUNT=3", f"UNTIL={until}")))) == ["20261102", "20261103"]


def test_whole_days_have_no_time_of_day_whatever_their_rule_says(meetings):
    found = meetings(DAYS.replace("COUNT=3", "COUNT=3;BYHOUR=9,17;BYMINUTE=30"))
    assert list(starts(found)) == ["20261102", "20261103", "20261104"]


def test_a_rule_of_exceptions_takes_its_dates_out(meetings):
    assert list(meetings(f"{WEEKLY}EXRULE:FREQ=WEEKLY;INTERVAL=2")) == [PARTS[1], PARTS[3]]


def test_two_rules_are_one_series(meetings):
    found = meetings(f"{WEEKLY}RRULE:FREQ=WEEKLY;BYDAY=TH;COUNT=2")
    assert list(starts(found).values())[:4] == ["11-02 07:00", "11-05 07:00", "11-09 07:00", "11-12 07:00"]


def test_an_occurrence_of_a_private_series_is_private_though_it_says_nothing(meetings):
    found = meetings(f"{WEEKLY}CLASS:PRIVATE", changed(":20261109T070000Z", "DTSTART:20261109T120000Z"))
    assert all(one.private for one in found.values())


def test_a_private_occurrence_of_a_public_series_is_private_alone(meetings):
    found = meetings(WEEKLY, changed(":20261109T070000Z", "DTSTART:20261109T120000Z\nCLASS:PRIVATE"))
    assert [one.private for one in found.values()] == [False, True, False, False]


def test_several_plain_events_under_one_uid_are_all_kept(meetings):
    found = meetings(*(f"UID:1\nDTSTART:2026110{day}T070000Z\nSUMMARY:{day}" for day in (2, 3, 4)))
    assert sorted(one.title for one in found.values()) == ["2", "3", "4"]
    assert len({one.recurrence_id for one in found.values()}) == 3


def test_older_versions_of_an_event_are_not_kept_beside_it(meetings):
    found = meetings("UID:1\nDTSTART:20261102T070000Z", "UID:1\nDTSTART:20261103T070000Z\nSEQUENCE:1")
    assert [_short(one.at) for one in found.values()] == ["11-03 07:00"]


def test_a_bad_event_of_a_series_leaves_the_others(meetings):
    found = meetings(
        WEEKLY, changed(":20261109T070000Z", "DTSTART:rubbish").replace("RECURRENCE-ID:", "RECURRENCE-ID:x")
    )
    assert list(found) == PARTS
    assert all("could not be read" in one.defects[0] for one in found.values())


def test_events_of_several_uids_keep_their_parts_apart(meetings):
    found = meetings(WEEKLY, WEEKLY.replace("UID:1", "UID:2"))
    assert len(found) == 8
    assert "meeting:2/20261102T070000Z" in found
