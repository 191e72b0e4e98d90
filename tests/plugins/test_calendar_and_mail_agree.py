"""A meeting in the calendar and the invitation to it are one interaction only if both plugins lay out the same."""

from datetime import UTC, date, datetime

import pytest
from hub_calendar.mapping import map_calendar
from hub_email.invitations import meetings
from hub_email.message import Calendar
from hypothesis import given, settings
from hypothesis import strategies as st

import hub

SEEN = date(2026, 11, 20)
SENT = hub.moment(datetime(2026, 11, 20, 9, tzinfo=UTC), "+03:00")
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def invitation(start: str, *lines: str) -> bytes:
    event = "\r\n".join(("UID:1@romashka.example", f"DTSTART{start}", "SUMMARY:Планёрка", *filter(None, lines)))
    return f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n".encode()


def both(body: bytes, until: date) -> list[dict[str, tuple[object, ...]]]:
    window = hub.Window(SEEN, until)
    mapped = map_calendar(body, "Europe/Moscow", window)
    assert not isinstance(mapped, hub.Unreadable)
    calendar = [one.record for one in mapped]
    mail = [one.record for one in meetings(Calendar(body, "REQUEST"), SENT, window)]
    found = [{one.recurrence_id: said(one) for one in records} for records in (calendar, mail)]
    assert [len(one) for one in found] == [len(calendar), len(mail)]
    return found


def said(record: hub.Record) -> tuple[object, ...]:
    assert isinstance(record, hub.Meeting)
    return (record.at, record.uid, record.recurring, record.status, record.defects)


_STARTS = st.sampled_from(
    [
        ";TZID=Europe/Moscow:20190107T100000",
        ";TZID=Russian Standard Time:20261102T100000",
        ":20261231T200000Z",
        ";VALUE=DATE:20240229",
        ";TZID=Europe/Berlin:20300331T023000",
    ]
)
_RULES = st.builds(
    lambda frequency, *parts: ";".join((f"RRULE:FREQ={frequency}", *filter(None, parts))),
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.integers(1, 5).map("INTERVAL={}".format),
    st.one_of(
        st.just(""),
        st.sampled_from([1, 3, 700, 3000]).map("COUNT={}".format),
        st.sampled_from(["UNTIL=20270301", "UNTIL=20270301T070000Z", "UNTIL=20250101T000000Z"]),
    ),
)
_BY_DAYS = st.sets(st.sampled_from(_WEEKDAYS)).map(sorted)


@settings(max_examples=120, deadline=None)
@given(_STARTS, _RULES, _BY_DAYS, st.sampled_from([2020, 2027, 2029, 2035]))
def test_simple_series_are_laid_out_alike(start, rule, weekdays, year):
    by_day = f";BYDAY={','.join(weekdays)}" if weekdays and "YEARLY" not in rule else ""
    calendar, mail = both(invitation(start, rule + by_day), date(year, 11, 1))
    assert calendar == mail


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=30",
        "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31",
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=MO,SU",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29",
    ],
)
@pytest.mark.parametrize(
    "more", ["", "EXDATE:20261130T070000Z", "EXDATE;VALUE=DATE:20261130", "RDATE:20261201T070000Z"]
)
def test_series_with_exceptions_are_laid_out_alike(rule, more):
    calendar, mail = both(invitation(";TZID=Europe/Moscow:20150105T100000", f"RRULE:{rule}", more), date(2027, 11, 1))
    assert calendar == mail


@pytest.mark.parametrize("lines", [(), ("DTEND;TZID=Europe/Moscow:20500105T110000",), ("STATUS:CANCELLED",)])
def test_single_meetings_are_alike_however_far_away(lines):
    calendar, mail = both(invitation(";TZID=Europe/Moscow:20500105T100000", *lines), date(2027, 11, 1))
    assert calendar == mail
