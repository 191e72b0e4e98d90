"""Names of zones as calendars write them, custom VTIMEZONEs, changes of law, the ends of the world's days."""

from datetime import UTC, date, datetime

import pytest
from hub_calendar.zones import named

NAMES = [
    ("Europe/Moscow", "Europe/Moscow"),
    ("europe/moscow", "Europe/Moscow"),
    ('"Europe/Moscow"', "Europe/Moscow"),
    ("Asia/Calcutta", "Asia/Calcutta"),
    ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
    ("Etc/GMT-3", "Etc/GMT-3"),
    ("UTC", "UTC"),
    ("GMT", "GMT"),
    ("Z", "UTC"),
    ("Russian Standard Time", "Europe/Moscow"),
    ("russian standard time", "Europe/Moscow"),
    ("Ekaterinburg Standard Time", "Asia/Yekaterinburg"),
    ("Russia Time Zone 10", "Asia/Srednekolymsk"),
    ("Pacific Standard Time", "America/Los_Angeles"),
    ("/freeassociation.sourceforge.net/Europe/Moscow", "Europe/Moscow"),
    ("/freeassociation.sourceforge.net/Tzfile/Europe/Moscow", "Europe/Moscow"),
    ("/mozilla.org/20050126_1/Asia/Novosibirsk", "Asia/Novosibirsk"),
    ("/citadel.org/20211207_1/Europe/Samara", "Europe/Samara"),
    ("tzone://Microsoft/Utc", "UTC"),
    ("(GMT+03:00) Moscow", "Europe/Moscow"),
    ("(GMT+04:00) Moscow, St. Petersburg, Volgograd", "Europe/Moscow"),
    ("(UTC+03:00) Москва, Санкт-Петербург", "Europe/Moscow"),
    ("(UTC+03:00) Moscow, St. Petersburg (RTZ 2)", "Europe/Moscow"),
    ("(UTC+05:00) Екатеринбург (RTZ 4)", "Asia/Yekaterinburg"),
    ("(UTC+07:00) Томск", "Asia/Tomsk"),
    ("(UTC+06:00) Омск", "Asia/Omsk"),
    ("RTZ 2 (зима)", "Europe/Moscow"),
    ("RTZ 9 (зима)", "Asia/Vladivostok"),
    ("Московское время", "Europe/Moscow"),
    ("MSK", "Europe/Moscow"),
    ("(UTC+01:00) Berlin", "Europe/Berlin"),
]
OFFSETS = [
    ("GMT+0300", 3),
    ("UTC+5", 5),
    ("(UTC-05:00) Eastern Time (US & Canada)", -5),
    ("+0530", 5.5),
    ("-03:30", -3.5),
]
UNKNOWN = [
    "",
    "Customized Time Zone",
    "tzone://Microsoft/Custom",
    "Custom",
    "Romashka Standard Time",
    "+9900",
    "RTZ 99",
]


@pytest.mark.parametrize(("written", "meant"), NAMES)
def test_a_zone_is_known_by_the_names_that_programs_give_it(written, meant):
    zone = named(written)
    assert zone is not None
    assert zone.name == meant


@pytest.mark.parametrize(("written", "hours"), OFFSETS)
def test_an_offset_in_a_name_is_better_than_nothing(written, hours):
    zone = named(written)
    assert zone is not None
    offset = datetime(2026, 1, 1, tzinfo=zone.tz).utcoffset()
    assert offset is not None
    assert offset.total_seconds() == hours * 3600


@pytest.mark.parametrize("written", UNKNOWN)
def test_a_name_that_says_nothing_is_not_guessed(written):
    assert named(written) is None


# --- changes of law --------------------------------------------------------------------------------------------------

LAWS = [
    ("Europe/Moscow", "20110326T120000", 3, "20110327T120000", 4),  # summer time for ever, 27 March 2011
    ("Europe/Moscow", "20141025T120000", 4, "20141026T120000", 3),  # winter time for ever, 26 October 2014
    ("Asia/Yekaterinburg", "20141025T120000", 6, "20141026T120000", 5),
    ("Europe/Samara", "20100327T120000", 4, "20100328T120000", 4),  # joined Moscow's zone in 2010
    ("Asia/Omsk", "20141025T120000", 7, "20141026T120000", 6),
    ("Asia/Novosibirsk", "20160723T120000", 6, "20160724T120000", 7),
    ("Europe/Saratov", "20161203T120000", 3, "20161204T120000", 4),
    ("Europe/Volgograd", "20181027T120000", 3, "20181028T120000", 4),
    ("Europe/Volgograd", "20201226T120000", 4, "20201227T120000", 3),
    ("Asia/Almaty", "20240229T120000", 6, "20240301T120000", 5),
    ("Asia/Qostanay", "20240229T120000", 6, "20240301T120000", 5),
]


@pytest.mark.parametrize(("zone", "before", "hours_before", "after", "hours_after"), LAWS)
def test_a_wall_clock_means_what_the_law_of_the_day_said(meeting, zone, before, hours_before, after, hours_after):
    for wall, hours in ((before, hours_before), (after, hours_after)):
        found = meeting(f"UID:1\nDTSTART;TZID={zone}:{wall}")
        noon = datetime.strptime(wall, "%Y%m%dT%H%M%S").replace(hour=12 - hours, tzinfo=UTC)
        assert found.at.utc == noon
        assert found.at.zone == zone


def test_a_series_keeps_its_wall_clock_over_a_change_of_law(meetings):
    found = meetings("UID:1\nDTSTART;TZID=Europe/Moscow:20141020T100000\nDTEND;TZID=Europe/Moscow:20141020T110000\n"
                     "RRULE:FREQ=WEEKLY;COUNT=3")  # fmt: skip
    assert list(found) == ["meeting:20141020T060000Z", "meeting:20141027T070000Z", "meeting:20141103T070000Z"]


def test_a_series_keeps_its_wall_clock_over_daylight_saving_both_ways(meetings):
    found = meetings("UID:1\nDTSTART;TZID=Europe/Berlin:20260320T100000\nRRULE:FREQ=MONTHLY;BYDAY=3FR,-1FR;COUNT=20")
    hours = {one.at.utc.date(): one.at.utc.hour for one in found.values()}
    assert hours[date(2026, 3, 20)] == 9
    assert hours[date(2026, 3, 27)] == 9
    assert hours[date(2026, 4, 17)] == 8
    assert hours[date(2026, 10, 16)] == 8
    assert hours[date(2026, 10, 30)] == 9


def test_a_wall_clock_that_is_skipped_is_read_by_the_clock_before_the_change(meeting):
    found = meeting("UID:1\nDTSTART;TZID=Europe/Berlin:20260329T023000")
    assert found.at.utc == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_a_wall_clock_that_comes_twice_means_the_first_time(meeting):
    found = meeting("UID:1\nDTSTART;TZID=Europe/Moscow:20141026T013000")
    assert found.at.utc == datetime(2014, 10, 25, 21, 30, tzinfo=UTC)


# --- times without a zone --------------------------------------------------------------------------------------------


def test_a_floating_time_is_in_the_zone_of_its_calendar(meeting):
    found = meeting("UID:1\nDTSTART:20261102T100000", head="X-WR-TIMEZONE:Asia/Yekaterinburg")
    assert (found.at.utc.hour, found.at.zone) == (5, "Asia/Yekaterinburg")


def test_a_floating_time_of_a_calendar_without_zone_is_in_the_zone_of_the_settings(meeting):
    found = meeting("UID:1\nDTSTART:20261102T100000", timezone="Europe/Moscow")
    assert (found.at.utc.hour, found.at.zone) == (7, "Europe/Moscow")


def test_a_floating_time_is_in_utc_where_nobody_says_anything(meeting):
    assert meeting("UID:1\nDTSTART:20261102T100000", timezone="").at.zone == "UTC"


def test_a_zone_that_is_not_known_is_taken_for_the_calendars_own_and_it_is_said(meeting):
    found = meeting("UID:1\nDTSTART;TZID=Customized Time Zone:20261102T100000")
    assert found.at.zone == "Europe/Moscow"
    assert any("Customized Time Zone" in defect for defect in found.defects)


@pytest.mark.parametrize(
    "zone", ["Pacific/Pago_Pago", "America/New_York", "UTC", "Europe/Moscow", "Pacific/Kiritimati"]
)
def test_a_whole_day_stays_its_day_in_every_zone(meeting, zone):
    found = meeting("UID:1\nDTSTART;VALUE=DATE:20261102\nDTEND;VALUE=DATE:20261103", head=f"X-WR-TIMEZONE:{zone}")
    assert (found.at, found.end) == (date(2026, 11, 2), date(2026, 11, 3))


@pytest.mark.parametrize("zone", ["Pacific/Pago_Pago", "Pacific/Kiritimati"])
def test_a_series_of_whole_days_stays_on_its_days_in_every_zone(meetings, zone):
    found = meetings("UID:1\nDTSTART;VALUE=DATE:20261102\nRRULE:FREQ=DAILY;UNTIL=20261104",
                     head=f"X-WR-TIMEZONE:{zone}")  # fmt: skip
    assert list(found) == ["meeting:20261102", "meeting:20261103", "meeting:20261104"]


@pytest.mark.parametrize(("start", "zone"), [("DTSTART:20261101T210000Z", "Europe/Moscow"),
                                             ("DTSTART:20261101T100000Z", "Pacific/Kiritimati"),
                                             ("DTSTART;TZID=Pacific Standard Time:20261102T000000", "UTC")])  # fmt: skip
def test_what_outlook_calls_a_whole_day_is_the_day_it_shows(meeting, start, zone):
    found = meeting(f"UID:1\n{start}\nX-MICROSOFT-CDO-ALLDAYEVENT:TRUE", head=f"X-WR-TIMEZONE:{zone}")
    assert found.at == date(2026, 11, 2)


# --- VTIMEZONE -------------------------------------------------------------------------------------------------------

INDIA = """BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:+0530
TZOFFSETTO:+0530
END:STANDARD
END:VTIMEZONE"""
SUMMERS = """BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:16010101T040000
TZOFFSETFROM:+0300
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:00010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0300
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE"""


def test_a_zone_of_the_calendars_own_making_has_its_offset_for_a_name(meeting):
    found = meeting("UID:1\nDTSTART;TZID=Customized Time Zone:20261102T100000", head=INDIA)
    assert found.at.utc == datetime(2026, 11, 2, 4, 30, tzinfo=UTC)
    assert found.at.zone == "+05:30"
    assert found.defects == ()


@pytest.mark.parametrize(
    ("day", "hour"), [("20260328", 8), ("20260329", 7), ("20261024", 7), ("20261025", 8), ("19500701", 8)]
)
def test_a_zone_of_the_calendars_own_making_has_its_summers(meeting, day, hour):
    """In 1950 its rule was not in force yet for us, who read it from 1970 on."""
    found = meeting(f"UID:1\nDTSTART;TZID=Customized Time Zone:{day}T100000", head=SUMMERS)
    assert found.at.utc.hour == hour


def test_a_zone_of_the_calendars_own_making_agrees_with_the_law_it_copies(meetings):
    event = "UID:1\nDTSTART;TZID={}:20200101T033000\nRRULE:FREQ=DAILY;INTERVAL=6;COUNT=400"
    own = meetings(event.format("Customized Time Zone"), head=SUMMERS)
    law = meetings(event.format("Europe/Kyiv"))
    assert [one.at.utc for one in own.values()] == [one.at.utc for one in law.values()]


def test_a_name_that_is_known_beats_an_old_definition_of_it(meeting):
    """Machines that were never updated still write summer time, or +04:00, into Moscow's zone."""
    old = INDIA.replace("Customized Time Zone", "Russian Standard Time").replace("+0530", "+0400")
    found = meeting("UID:1\nDTSTART;TZID=Russian Standard Time:20261102T100000", head=old)
    assert found.at.utc.hour == 7


def test_a_location_in_a_definition_tells_its_zone(meeting):
    head = INDIA.replace("BEGIN:STANDARD", "X-LIC-LOCATION:Asia/Tbilisi\nBEGIN:STANDARD")
    assert meeting("UID:1\nDTSTART;TZID=Customized Time Zone:20261102T100000", head=head).at.zone == "Asia/Tbilisi"


@pytest.mark.parametrize(
    "line", ["TZOFFSETTO:+9999", "TZOFFSETTO:", "DTSTART:19700101", "DTSTART:x", "DTSTART:99991231T235959"]
)
def test_a_definition_that_cannot_be_read_is_like_none(meeting, line):
    name = line.partition(":")[0]
    head = "\n".join(line if one.startswith(name) else one for one in INDIA.splitlines())
    found = meeting("UID:1\nDTSTART;TZID=Customized Time Zone:20261102T100000", head=head)
    assert found.at.zone == "Europe/Moscow"


@pytest.mark.parametrize(
    ("until", "hour"),
    [("20250101T000000Z", 7), ("20270101T000000Z", 8), ("99991231T235959Z", 8), ("00010101T000000Z", 7)],
)
def test_a_rule_of_a_definition_may_have_ended(meeting, until, hour):
    """After the last time that clocks were put back here, they were only put forward."""
    head = SUMMERS.replace("BYMONTH=10", f"BYMONTH=10;UNTIL={until}")
    found = meeting("UID:1\nDTSTART;TZID=Customized Time Zone:20261202T100000", head=head)
    assert found.at.utc.hour == hour


def test_a_definition_that_repeats_every_second_costs_nothing(meeting):
    head = SUMMERS.replace("FREQ=YEARLY", "FREQ=SECONDLY")
    assert meeting("UID:1\nDTSTART;TZID=Customized Time Zone:20261102T100000", head=head).at.utc.hour in (7, 8)
