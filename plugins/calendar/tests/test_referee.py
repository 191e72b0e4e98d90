# ruff: noqa: DTZ001 - recurring-ical-events is asked in naive times
"""Two referees who know nothing of our code: icalendar reads the same events, recurring-ical-events lays out the same
series. The calendars are ours, and those that the two libraries are tested with."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
from hub_calendar import lines
from hub_calendar.events import Event, event
from hub_calendar.mapping import map_calendar
from hub_calendar.zones import zones_of

import hub

pytestmark = pytest.mark.filterwarnings("ignore::icalendar.error.GloballyUniqueTZIDGuessed")

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.ics"))
READ = sorted((Path(icalendar.__file__).parent / "tests").rglob("*.ics"))
LAID_OUT = sorted(
    path
    for path in (Path(recurring_ical_events.__file__).parent / "test" / "calendars").rglob("*.ics")
    if path.stat().st_size < 20_000  # the few big ones take as long as all others together
)
HORIZON = date(2021, 1, 1)

# Names of zones that icalendar made up for a test, and one of Outlook that it does not know.
UNKNOWN_TO_ONE = (b"Western/Central Europe", b"(GMT+03:00) Moscow")
# Where we differ, and why we would not change that.
DIFFERENT = {
    "end_before_start_event": "it takes the end for the start",
    "issue_132_swapped_start_and_end": "the same",
    "issue_201_mixed_datetime_and_date": "it makes a time of a day when the end is a time",
    "issue_201_test_matrix": "the same",
    "bad_rrule_missing_until_event": "it cannot read it",
    "answers": "it does not know the name of the zone",
    "apple": "it makes meetings of the birthdays of four hundred years",
    "issue_15_duplicated_events": "events without UID that start together are one to this comparison",
}


# --- reading ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*SAMPLES, *READ], ids=lambda path: path.stem)
def test_icalendar_reads_the_same_in_an_event(path):
    """Whatever icalendar can read, calendar by calendar; for what it cannot there are other tests."""
    for calendar in path.read_bytes().split(b"END:VCALENDAR")[:-1]:
        body = calendar[max(calendar.find(b"BEGIN:VCALENDAR"), 0) :] + b"END:VCALENDAR\r\n"
        theirs = _theirs(body)
        if theirs and not any(name in body for name in UNKNOWN_TO_ONE):
            assert list(_ours(body)) == theirs


def _ours(body: bytes) -> Iterator[dict[str, object]]:
    root = lines.read(body)
    zones = zones_of(next(iter(root.inside("VCALENDAR")), root), root.inside("VTIMEZONE"), "UTC")
    for one in root.inside("VEVENT"):
        read = event(one, zones, "")
        if isinstance(read, Event) and one.all("UID") and one.all("DTSTART"):
            yield {
                "summary": read.meeting.title,
                "location": read.meeting.location,
                "description": " ".join(lines.text(one.first("DESCRIPTION").value, 10**6).split()),
                "start": read.meeting.at.utc if isinstance(read.meeting.at, hub.Moment) else read.meeting.at,
                "sequence": read.meeting.sequence,
                "attendees": len(one.all("ATTENDEE")),
                "rules": len(read.rules),
                "exceptions": len(read.not_dates),
            }


def _theirs(body: bytes) -> list[dict[str, object]] | None:
    try:
        calendar = icalendar.Calendar.from_ical(body)
        found = [_their_event(one) for one in calendar.walk("VEVENT") if "UID" in one and "DTSTART" in one]
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return None
    return None if calendar.errors or any(one.errors for one in calendar.walk()) else found


def _their_event(one: icalendar.Event) -> dict[str, object]:
    start = one["DTSTART"].dt
    return {
        "summary": _line(_first(one, "SUMMARY")),
        "location": _line(_first(one, "LOCATION")),
        "description": _line(_first(one, "DESCRIPTION").replace('\\"', '"')),
        "start": (start if start.tzinfo else start.replace(tzinfo=UTC)).astimezone(UTC)
        if isinstance(start, datetime)
        else start,
        "sequence": max(int(one.get("SEQUENCE", 0)), 0),
        "attendees": len(_list(one.get("ATTENDEE"))),
        "rules": len(_list(one.get("RRULE"))),
        "exceptions": sum(len(dates.dts) for dates in _list(one.get("EXDATE"))),
    }


def _first(one: icalendar.Event, name: str) -> str:
    return str(_list(one.get(name, ""))[0])


def _line(text: str) -> str:
    return " ".join("".join(letter for letter in text if letter >= " " or letter in "\n\t").split())


def _list(value: object) -> list:
    return value if isinstance(value, list) else [] if value is None else [value]


# --- laying out ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*SAMPLES, *LAID_OUT], ids=lambda path: path.stem)
def test_recurring_ical_events_lays_out_the_same_series(path):
    if path.stem in DIFFERENT:
        pytest.skip(DIFFERENT[path.stem])
    theirs = set(_their_starts(path.read_bytes()))
    mapped = map_calendar(path.read_bytes(), "UTC", hub.Window(date(1990, 1, 1), HORIZON))
    ours = set() if isinstance(mapped, hub.Unreadable) else set(_our_starts(mapped))
    cut = not isinstance(mapped, hub.Unreadable) and any("were left out" in str(one.record.defects) for one in mapped)
    assert ours <= theirs if cut else ours == theirs


def _our_starts(mapped: Iterable[hub.Mapped]) -> Iterator[tuple[str, object]]:
    for one in mapped:
        uid = "" if one.record.uid.startswith("no-uid") else one.record.uid
        start = one.record.at.utc if isinstance(one.record.at, hub.Moment) else one.record.at
        if (start.date() if isinstance(start, datetime) else start) < HORIZON:
            yield uid, start


def _their_starts(body: bytes) -> Iterator[tuple[str, object]]:
    horizon = datetime.combine(HORIZON + timedelta(days=2), datetime.min.time())
    for calendar in icalendar.Calendar.from_ical(body, multiple=True):
        own = ZoneInfo(str(calendar.get("X-WR-TIMEZONE", "UTC")))
        for one in recurring_ical_events.of(calendar).between(datetime(1600, 1, 1), horizon):
            start = one["DTSTART"].dt
            if isinstance(start, datetime):
                start = (start if start.tzinfo else start.replace(tzinfo=own)).astimezone(UTC)
            if (start.date() if isinstance(start, datetime) else start) < HORIZON:
                yield str(one.get("UID", "")).strip(), start
