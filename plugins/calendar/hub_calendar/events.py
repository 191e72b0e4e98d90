"""One VEVENT (RFC 5545, section 3.6.1) to a meeting, and to what its series needs to know of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

import hub
from hub_calendar import uids
from hub_calendar.lines import Component, Line, line_of, one_line, parameter, text
from hub_calendar.values import Stated, Wall, address, duration, stated, stated_line, whole
from hub_calendar.zones import Zone, Zones

LONGEST_TEXT = 100_000
MOST_ATTENDEES = 2_000
_LONGEST_KNOWN = 400
MOST_DATES = 5_000
"""Dates that RDATE or EXDATE may list."""

_DAY = timedelta(days=1)
_STATUSES = {"CONFIRMED": "confirmed", "TENTATIVE": "tentative", "CANCELLED": "cancelled"}
_ANSWERS = frozenset(("accepted", "declined", "tentative", "needs_action", "delegated"))
_PUBLIC = frozenset(("", "PUBLIC"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A VEVENT that was understood.

    `start` is on the wall of `zone`, or a day where `zone` is None. `original` is its RECURRENCE-ID: the occurrence
    it speaks of, and with `onwards` (RANGE=THISANDFUTURE) of all after it. `rules` and `not_rules` are RRULE and
    EXRULE as written.
    """

    meeting: hub.Meeting
    start: Wall
    zone: Zone | None
    original: Stated | None = None
    onwards: bool = False
    rules: tuple[str, ...] = ()
    not_rules: tuple[str, ...] = ()
    dates: tuple[tuple[Stated, timedelta | None], ...] = ()
    not_dates: tuple[Stated, ...] = ()
    too_many_dates: bool = False

    @property
    def repeats(self) -> bool:
        return bool(self.rules or self.dates)

    @property
    def length(self) -> timedelta | None:
        """From start to end: time that passes, or days."""
        match self.meeting.at, self.meeting.end:
            case hub.Moment() as at, hub.Moment() as end:
                return end.utc - at.utc
            case date() as at, date() as end:
                return end - at
            case _:
                return None


def event(component: Component, zones: Zones, method: str) -> Event | hub.Unreadable:
    """The event of a VEVENT, or why there is none."""
    original = stated_line(component.first("RECURRENCE-ID"))
    start = _start(component, zones) or original
    if start is None:
        written = component.first("DTSTART").value
        none = hub.sentence("the event has no start (DTSTART)")
        reason = hub.sentence("the start of the event (DTSTART) is not a date") if written else none
        return hub.Unreadable(reason=reason, detail=written[:100])
    zone = zones.known(start) if isinstance(start.wall, datetime) else None
    at = _at(start.wall, zone)
    end = _end(component, start, zone, zones)
    return Event(
        meeting=_meeting(component, at, end, method, tuple(_defects(component, start, at, end, zones))),
        start=start.wall,
        zone=zone,
        original=original,
        onwards=parameter(component.first("RECURRENCE-ID").params.get("RANGE", "")).upper() == "THISANDFUTURE",
        rules=tuple(line.value for line in component.all("RRULE")),
        not_rules=tuple(line.value for line in component.all("EXRULE")),
        dates=tuple(_dates(component.all("RDATE"), zones)),
        not_dates=tuple(one for one, _ in _dates(component.all("EXDATE"), zones)),
        too_many_dates=max(_listed(component, "RDATE"), _listed(component, "EXDATE")) > MOST_DATES,
    )


def _meeting(
    component: Component,
    at: hub.Moment | date,
    end: hub.Moment | date | None,
    method: str,
    defects: tuple[str, ...],
) -> hub.Meeting:
    cancelled = method == "CANCEL"
    return hub.Meeting(
        at=at,
        end=end,
        uid=uids.normal(uids.written(component)),
        title=one_line(component.first("SUMMARY").value),
        text=_text(component),
        location=one_line(component.first("LOCATION").value),
        status="cancelled" if cancelled else _STATUSES.get(_word(component, "STATUS"), "confirmed"),
        method=method,
        sequence=whole(component.first("SEQUENCE").value),
        stamp=_stamp(component),
        participants=tuple(dict.fromkeys(_participants(component))),
        private=not _PUBLIC.issuperset((_word(component, "CLASS"), _word(component, "X-CALENDARSERVER-ACCESS"))),
        defects=defects,
    )


def _word(component: Component, name: str) -> str:
    return component.first(name).value.strip().upper()


def _text(component: Component) -> str:
    """The description; in an answer, which has none, what the attendee says to it."""
    lines = component.all("DESCRIPTION")[:1] or component.all("COMMENT")[:10]
    return text("\\n".join(line.value[: 2 * LONGEST_TEXT] for line in lines), LONGEST_TEXT)


def _stamp(component: Component) -> hub.Moment | None:
    for name in ("LAST-MODIFIED", "DTSTAMP"):
        said = stated(component.first(name).value)
        if said is not None and isinstance(said.wall, datetime):
            return Zones().known(said).moment(said.wall)
    return None


# --- when ------------------------------------------------------------------------------------------------------------


def _start(component: Component, zones: Zones) -> Stated | None:
    line = component.first("DTSTART")
    start = stated_line(line)
    if start is None or not isinstance(start.wall, datetime):
        return start
    if parameter(line.params.get("VALUE", "")).upper() == "DATE":
        return Stated(start.wall.date())
    if _word(component, "X-MICROSOFT-CDO-ALLDAYEVENT") == "TRUE":
        wall = zones.own.wall(zones.known(start).moment(start.wall).utc) if start.tzid == "Z" else start.wall
        return Stated(wall.date()) if wall.time() == time(0) else start
    return start


def _at(wall: Wall, zone: Zone | None) -> hub.Moment | date:
    return zone.moment(wall) if zone is not None and isinstance(wall, datetime) else wall


def _end(component: Component, start: Stated, zone: Zone | None, zones: Zones) -> hub.Moment | date | None:
    end = stated_line(component.first("DTEND"))
    length = duration(component.first("DURATION").value)
    if zone is None or not isinstance(start.wall, datetime):
        days = length.days + length.exact // _DAY if length else 0
        last = start.wall + days * _DAY if end is None else end.wall
        last = last.date() if isinstance(last, datetime) else last
        return max(last, start.wall + _DAY)
    if end is not None:
        wall = end.wall if isinstance(end.wall, datetime) else datetime.combine(end.wall, time(0))
        moment = (zones.known(end) if isinstance(end.wall, datetime) else zone).moment(wall)
        return moment if moment.utc >= zone.moment(start.wall).utc else None
    if length is not None:
        moment = zone.moment(start.wall + length.days * _DAY)
        return hub.Moment(moment.utc + length.exact, moment.zone)
    return None


def _dates(lines: Sequence[Line], zones: Zones) -> Iterator[tuple[Stated, timedelta | None]]:
    """Dates that EXDATE and RDATE list, with the length of those that are periods."""
    values = ((value, line) for line in lines for value in line.value.split(","))
    for _, (value, line) in zip(range(MOST_DATES), values, strict=False):
        tzid = parameter(line.params.get("TZID", ""))
        begin, _, close = value.partition("/")
        if (start := stated(begin, tzid)) is not None:
            yield start, _period(start, close, zones) if close else None


def _listed(component: Component, name: str) -> int:
    return sum(line.value.count(",") + 1 for line in component.all(name))


def _period(start: Stated, close: str, zones: Zones) -> timedelta | None:
    length, end = duration(close), stated(close, start.tzid)
    if length is not None:
        return length.days * _DAY + length.exact
    if end is None or not isinstance(start.wall, datetime) or not isinstance(end.wall, datetime):
        return None
    passed = zones.known(end).moment(end.wall).utc - zones.known(start).moment(start.wall).utc
    return passed if passed >= timedelta(0) else None


# --- who -------------------------------------------------------------------------------------------------------------


def _participants(component: Component) -> Iterator[hub.Participant]:
    written = [("ORGANIZER", rest) for rest in component.written.get("ORGANIZER", ())[:1]]
    written += [("ATTENDEE", rest) for rest in component.written.get("ATTENDEE", ())[:MOST_ATTENDEES]]
    for name, rest in written:
        one = _known(name, rest) if len(rest) < _LONGEST_KNOWN else _participant(name, rest)
        if one is not None:
            yield one


def _participant(property_: str, rest: str) -> hub.Participant | None:
    """Whom a line names; None for nobody, a room or a projector."""
    line = line_of(property_, rest)
    organizes = property_ == "ORGANIZER"
    if not organizes and parameter(line.params.get("CUTYPE", "")).upper() in ("ROOM", "RESOURCE"):
        return None
    mail = address(line)
    name = parameter(line.params.get("CN", "")).strip("'\"")
    name = "" if name.lower() == mail.lower() else name
    if not mail and not name:
        return None
    role, status = ("organizer", "") if organizes else ("attendee", _answer(line))
    return hub.Participant(role, hub.Identifier("email", mail) if mail else None, name, status)


_known = lru_cache(maxsize=4_096)(_participant)
"""The same colleagues are at many meetings."""


def _answer(line: Line) -> str:
    answer = parameter(line.params.get("PARTSTAT", "")).lower().replace("-", "_")
    return (answer if answer in _ANSWERS else "") if answer else "needs_action"


# --- what was wrong --------------------------------------------------------------------------------------------------


def _defects(
    component: Component, start: Stated, at: hub.Moment | date, end: hub.Moment | date | None, zones: Zones
) -> Iterator[str]:
    if not component.first("UID").value.strip():
        yield hub.sentence("The event has no UID: one was made of its content.")
    if not component.first("DTSTART").value.strip():
        yield hub.sentence("The event has no start: the occurrence it speaks of was taken.")
    if isinstance(at, hub.Moment) and zones.of(start) is None:
        text = hub.sentence('The time zone "{zone}" is not known: the calendar\'s own was taken, {own}.')
        yield text.format(zone=start.tzid[:100], own=zones.own.name)
    if component.first("DTEND").value and end is None:
        yield hub.sentence("The end of the event is before its start: it was left out.")
    if len(component.written.get("ATTENDEE", ())) > MOST_ATTENDEES:
        yield hub.sentences(
            "The event has more than {n} attendee: the others were left out.",
            "The event has more than {n} attendees: the others were left out.",
            MOST_ATTENDEES,
        ).format(n=MOST_ATTENDEES)
