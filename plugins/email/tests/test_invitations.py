"""Invitations, answers and cancellations: the meetings a mail speaks of."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hub_email.invitations import meetings, normal, recurrence_id
from hub_email.message import Calendar

import hub

SENT = hub.moment(datetime.fromisoformat("2026-11-16T10:05:00+03:00"))
HORIZON = date(2027, 6, 1)


def invited(*lines: str, method: str = "REQUEST", horizon: date = HORIZON) -> list[hub.Meeting]:
    """The meetings of an invitation with one event of these lines; UID and DTSTART are given unless among them."""
    own = [
        line
        for line in ("UID:1@romashka.example", "DTSTART:20261125T070000Z")
        if not any(one.startswith(line.split(":")[0]) for one in lines)
    ]
    text = "\n".join(("BEGIN:VCALENDAR", "BEGIN:VEVENT", *own, *lines, "END:VEVENT", "END:VCALENDAR"))
    return [
        mapped.record
        for mapped in meetings(Calendar(text.encode(), method), SENT, hub.Window(SENT.utc.date(), horizon))
    ]


def starts(found: list[hub.Meeting]) -> list[str]:
    return [
        one.at.utc.strftime("%d.%m %H:%M") if isinstance(one.at, hub.Moment) else f"{one.at:%d.%m}" for one in found
    ]


# --- the same meeting as in the calendar ---


def test_an_outlook_uid_loses_the_date_of_the_occurrence() -> None:
    a = "040000008200E00074C5B7101A82E00807EA0B1900F1A2B3C4D5D801000000000000000010000000AABBCCDDEEFF00112233445566778899"
    b = a.replace("07EA0B19", "00000000")
    assert normal(a) == normal(b) == normal(a.lower()) == b


def test_a_foreign_uid_hidden_in_an_outlook_uid_is_found() -> None:
    """The vector of [MS-ASEMAIL], section 4.3."""
    hidden = (
        bytes.fromhex("040000008200E00074C5B7101A82E008")
        + bytes(24)
        + b"vCal-Uid\x01\0\0\0{81412D3C-2A24-4E9D-B20E-11F7BBE92799}\0"
    )
    assert normal(hidden.hex()) == "{81412D3C-2A24-4E9D-B20E-11F7BBE92799}"


@pytest.mark.parametrize("uid", [" a@b ", "040000008200E00074C5B7101A82E008zz", "04000000"])
def test_any_other_uid_is_only_stripped(uid: str) -> None:
    assert normal(uid) == uid.strip()


def test_an_occurrence_is_named_by_its_original_start_in_utc() -> None:
    assert recurrence_id(hub.moment(datetime(2026, 11, 2, 7, tzinfo=UTC))) == "20261102T070000Z"
    assert recurrence_id(date(2026, 11, 2)) == "20261102"


def test_the_part_of_a_meeting_says_which_it_is() -> None:
    text = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:u\nDTSTART:20261125T070000Z\nRECURRENCE-ID:20261124T070000Z\nEND:VEVENT\nEND:VCALENDAR"
    assert [one.part for one in meetings(Calendar(text, "CANCEL"), SENT, hub.Window(SENT.utc.date(), HORIZON))] == [
        "meeting:u/20261124T070000Z"
    ]


# --- what it says ---


def test_everything_that_is_said_is_kept() -> None:
    (found,) = invited(
        "DTEND:20261125T080000Z", "SUMMARY:Цены\\, сроки", "LOCATION:Москва", "DESCRIPTION:1\\n2", "SEQUENCE:3", "STATUS:TENTATIVE",
        "DTSTAMP:20261116T000000Z", "CLASS:CONFIDENTIAL", 'ORGANIZER;CN="Петров; Пётр":MAILTO:petr@romashka.example',
        "ATTENDEE;PARTSTAT=DECLINED;CN=Анна:mailto:anna@my.example", "ATTENDEE;CUTYPE=ROOM:mailto:room@my.example",
    )  # fmt: skip
    assert (found.title, found.location, found.text, found.sequence, found.status, found.private) == (
        "Цены, сроки",
        "Москва",
        "1\n2",
        3,
        "tentative",
        True,
    )
    assert found.participants == (
        hub.Participant("organizer", hub.Identifier("email", "petr@romashka.example"), "Петров; Пётр"),
        hub.Participant("attendee", hub.Identifier("email", "anna@my.example"), "Анна", "declined"),
    )


@pytest.mark.parametrize(
    ("method", "kept", "status"),
    [
        ("REQUEST", "REQUEST", "confirmed"),
        ("ADD", "REQUEST", "confirmed"),
        ("REPLY", "REPLY", "confirmed"),
        ("CANCEL", "CANCEL", "cancelled"),
        ("COUNTER", "COUNTER", "confirmed"),
    ],
)
def test_the_method_is_kept(method: str, kept: str, status: str) -> None:
    (found,) = invited(method=method)
    assert (found.method, found.status) == (kept, status)


def test_an_answer_need_not_say_when_the_meeting_is() -> None:
    text = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:u\nATTENDEE;PARTSTAT=ACCEPTED:mailto:petr@romashka.example\nEND:VEVENT\nEND:VCALENDAR"
    (mapped,) = meetings(Calendar(text, "REPLY"), SENT, hub.Window(SENT.utc.date(), HORIZON))
    assert isinstance(mapped.record, hub.Meeting)
    assert mapped.record.at.utc == SENT.utc
    assert mapped.record.defects == ("The invitation does not say when the meeting is.",)


def test_an_event_without_uid_is_left_out() -> None:
    assert invited("UID:") == []


def test_lines_may_be_folded_and_broken() -> None:
    (found,) = invited("SUMMARY:Оч", " ень ", "\tдлинно", "DESCRIPTION:first line", "second line without a space")
    assert found.title == "Очень длинно"
    assert found.text == "first line\nsecond line without a space"


# --- when ---


@pytest.mark.parametrize(
    ("start", "utc", "zone"),
    [
        ("DTSTART;TZID=Europe/Moscow:20261125T100000", "25.11 07:00", "Europe/Moscow"),
        ("DTSTART;TZID=Russian Standard Time:20261125T100000", "25.11 07:00", "Europe/Moscow"),
        ("DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Berlin:20260725T100000", "25.07 08:00", "Europe/Berlin"),
        ('DTSTART;TZID="(UTC+05:00) Екатеринбург":20261125T100000', "25.11 05:00", "+05:00"),
        ("DTSTART:20261125T100000", "25.11 07:00", "+03:00"),
        ("DTSTART;TZID=Nowhere:20261125T100000", "25.11 07:00", "+03:00"),
        ("DTSTART:20261125T100000+0400", "25.11 06:00", "+04:00"),
    ],
)
def test_a_time_is_understood_in_its_zone(start: str, utc: str, zone: str) -> None:
    (found,) = invited(start)
    assert starts([found]) == [utc]
    assert isinstance(found.at, hub.Moment)
    assert found.at.zone == zone


def test_a_zone_that_the_invitation_defines_itself_is_understood() -> None:
    zone = (
        "BEGIN:VTIMEZONE\nTZID:Ours\nBEGIN:STANDARD\nDTSTART:16011028T030000\nTZOFFSETTO:+0100\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\n"
        "BEGIN:DAYLIGHT\nDTSTART:16010325T020000\nTZOFFSETTO:+0200\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE\n"
    )
    event = "BEGIN:VEVENT\nUID:{0}\nDTSTART;TZID=Ours:2026{0}T100000\nEND:VEVENT\n"
    text = f"BEGIN:VCALENDAR\n{zone}{event.format('0115')}{event.format('0715')}{event.format('1101')}END:VCALENDAR"
    found = [
        one.record for one in meetings(Calendar(text.encode(), "REQUEST"), SENT, hub.Window(SENT.utc.date(), HORIZON))
    ]
    assert starts(found) == ["15.01 09:00", "15.07 08:00", "01.11 09:00"]


@pytest.mark.parametrize(
    ("end", "hours"),
    [
        ("DTEND:20261125T090000Z", 2),
        ("DURATION:PT90M", 1.5),
        ("DURATION:P1D", 24),
        ("DTEND:20261124T090000Z", None),
        ("X:y", None),
    ],
)
def test_the_end_is_said_in_one_of_two_ways(end: str, hours: float | None) -> None:
    (found,) = invited(end)
    assert (found.end and (found.end.utc - found.at.utc).total_seconds() / 3600) == hours


def test_a_day_is_a_date_and_its_end_is_exclusive() -> None:
    (found,) = invited("DTSTART;VALUE=DATE:20261231")
    assert (found.at, found.end) == (date(2026, 12, 31), date(2027, 1, 1))


# --- series ---


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=DAILY;COUNT=3", ["25.11", "26.11", "27.11"]),
        ("FREQ=WEEKLY;COUNT=3", ["25.11", "02.12", "09.12"]),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=3;BYDAY=MO,WE", ["25.11", "07.12", "09.12"]),
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;COUNT=4", ["25.11", "26.11", "27.11", "30.11"]),
        ("FREQ=MONTHLY;COUNT=2", ["25.11", "25.12"]),
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=2", ["25.11", "27.11", "25.12"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2", ["25.11", "30.11", "31.12"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=2", ["25.11", "30.11", "31.12"]),
        ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31;COUNT=1", ["25.11", "31.12"]),
        ("FREQ=WEEKLY;UNTIL=20261209T070000Z", ["25.11", "02.12", "09.12"]),
        ("FREQ=WEEKLY;UNTIL=20261209T065959Z", ["25.11", "02.12"]),
        ("FREQ=WEEKLY;UNTIL=20261209", ["25.11", "02.12", "09.12"]),
    ],
)
def test_a_series_is_laid_out(rule: str, days: list[str]) -> None:
    found = invited(
        "DTSTART;TZID=Europe/Moscow:20261125T100000", "DTEND;TZID=Europe/Moscow:20261125T110000", f"RRULE:{rule}"
    )
    assert [day for day, _ in map(str.split, starts(found))] == days
    assert all(one.recurring and one.end and one.recurrence_id for one in found)


def test_a_series_keeps_its_hour_when_the_clocks_change() -> None:
    found = invited("DTSTART;TZID=Europe/Berlin:20270322T100000", "RRULE:FREQ=WEEKLY;COUNT=2")
    assert starts(found) == ["22.03 09:00", "29.03 08:00"]


def test_exceptions_are_left_out_and_extra_dates_put_in() -> None:
    found = invited("RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20261126T070000Z", "RDATE:20261224T070000Z")
    assert starts(found) == ["25.11 07:00", "27.11 07:00", "24.12 07:00"]


def test_a_series_reaches_as_far_as_the_horizon_and_a_later_one_only_adds() -> None:
    near = invited("RRULE:FREQ=DAILY", horizon=date(2026, 12, 1))
    far = invited("RRULE:FREQ=DAILY", horizon=date(2026, 12, 5))
    assert len(near) == 6
    assert far[:6] == near


def test_a_series_that_begins_after_the_horizon_gives_its_first_occurrence() -> None:
    assert starts(invited("RRULE:FREQ=DAILY", horizon=date(2026, 11, 25))) == ["25.11 07:00"]
    assert starts(invited("RRULE:FREQ=DAILY", "EXDATE:20261125T070000Z", horizon=date(2020, 1, 1))) == ["26.11 07:00"]


def test_of_a_long_series_the_recent_and_the_coming_meetings_are_kept_and_it_is_said() -> None:
    daily = ("DTSTART:20190107T070000Z", "RRULE:FREQ=DAILY")
    found = invited(*daily)
    days = [one.at.utc.date() for one in found if isinstance(one.at, hub.Moment)]
    assert sum(day < SENT.utc.date() for day in days) == 500
    assert days[-1] == HORIZON - timedelta(days=1)
    assert found[0].defects == (f"The series is long: its occurrences before {days[0]} were left out.",)
    assert invited(*daily, horizon=date(2035, 1, 1))[: len(found)] == found


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=HOURLY",
        "FREQ=YEARLY;BYWEEKNO=3",
        "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=DAILY;INTERVAL=0",
        "nonsense",
        "",
        "FREQ=DAILY;UNTIL=x",
        "FREQ=WEEKLY;BYDAY=XX",
    ],
)
def test_a_rule_that_invitations_do_not_have_makes_one_meeting(rule: str) -> None:
    (found,) = invited(f"RRULE:{rule}")
    assert found.recurring is False
    assert found.defects == ("The series is kept as one meeting: its rule is none that invitations have.",)


@pytest.mark.parametrize(
    "line",
    [
        "DTSTART:99991231T235959Z",
        "DTSTART;TZID=Europe/Moscow:00010101T000000",
        "DURATION:P99999999D",
        "DTSTART:20261345T990000",
        "RRULE:FREQ=YEARLY;INTERVAL=9999",
        "RDATE:99991231T235959Z",
        "SEQUENCE:" + "9" * 50,
        "RECURRENCE-ID:x",
    ],
)
def test_absurd_values_break_nothing(line: str) -> None:
    invited(line)
    invited(line, "RRULE:FREQ=DAILY;COUNT=3")
