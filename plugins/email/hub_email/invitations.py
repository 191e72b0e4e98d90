"""iMIP (RFC 6047): the meetings that a mail invites to, answers, moves or cancels.

UIDs, RECURRENCE-IDs and what counts as an occurrence are those of the calendar plugin, so that an invitation meets
its meeting in the calendar: `uid` without what differs between copies, `recurrence_id` the original start.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

import hub
from hub_email import caps
from hub_email.ical import Component, Line, Stated, address, duration, read, stated
from hub_email.message import Calendar
from hub_email.recurrence import Starts, rule, starts
from hub_email.zones import zone

_OUTLOOK = "040000008200E00074C5B7101A82E008"
_FOREIGN = b"vCal-Uid"
_LONGEST_UID = 2_000
_LONGEST_PART = 250
_MOST_EVENTS = 100
_MOST_SERIES = 5
_MOST_DATES = 500
_EARLIEST_SERIES = 1990
_LAST_DAY = date(9990, 1, 1)
_TWO_YEARS = timedelta(days=731)
_DAY = timedelta(days=1)
_END_OF_DAY = time(23, 59, 59)
_STATUSES = {"CONFIRMED": "confirmed", "TENTATIVE": "tentative", "CANCELLED": "cancelled"}
_ANSWERS = frozenset(("accepted", "declined", "tentative", "needs_action", "delegated"))


def meetings(calendar: Calendar, sent: hub.Moment, window: hub.Window) -> list[hub.Mapped]:
    """The meetings of an invitation, series laid out in the window. `sent` is the mail's date.

    Floating times are meant where the sender is. What cannot be understood is left out: the mail itself is kept.
    """
    method = "REQUEST" if calendar.method == "ADD" else calendar.method
    root = next(iter(read(calendar.content).inside("VCALENDAR")), None)
    if root is None:
        return []
    place = _Place(root.inside("VTIMEZONE"), sent, method)
    events = [event for one in root.inside("VEVENT")[:_MOST_EVENTS] if (event := _event(one, place))]
    secret = {event.meeting.uid for event in events if event.meeting.private and event.original is None}
    found = (replace(one, private=one.private or one.uid in secret) for one in _laid_out(events, window))
    return [hub.Mapped(meeting, _part(meeting)) for meeting in found]


def normal(uid: str) -> str:
    """The UID without what differs between copies of one meeting.

    Outlook writes as UID the hexadecimal GlobalObjectId ([MS-OXOCAL] 2.2.1.27), with the date of the occurrence in
    bytes 17 to 20, and hides a foreign UID behind "vCal-Uid" ([MS-ASEMAIL] 2.2.2.40).
    """
    plain = uid.strip()
    if not plain.upper().startswith(_OUTLOOK):
        return plain
    try:
        content = bytes.fromhex(plain)
    except ValueError:
        return plain
    if content[40:48] == _FOREIGN:
        foreign = content[52:].partition(b"\0")[0].decode("utf-8", "replace").strip()
        if foreign:
            return foreign
    return (content[:16] + bytes(4) + content[20:]).hex().upper()


def recurrence_id(original: hub.Moment | date) -> str:
    """The permanent name of an occurrence."""
    if isinstance(original, hub.Moment):
        return original.utc.strftime("%Y%m%dT%H%M%SZ") if original.utc.year > 999 else ""
    return original.isoformat().replace("-", "")


def _part(meeting: hub.Meeting) -> str:
    uid = meeting.uid
    if len(uid) > _LONGEST_PART:
        uid = hashlib.blake2b(uid.encode(), digest_size=16).hexdigest()
    return f"meeting:{uid}/{meeting.recurrence_id}"


# --- one event -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the times of an invitation are meant."""

    definitions: list[Component]
    sent: hub.Moment
    method: str

    def zone(self, when: Stated) -> tuple[tzinfo, str]:
        return (zone(when.tzid, self.definitions) if when.tzid else None) or (self._own(), "")

    def _own(self) -> tzinfo:
        sign, hours, minutes = self.sent.zone[:1], self.sent.zone[1:3], self.sent.zone[4:6]
        if sign not in ("+", "-"):
            return UTC
        away = timedelta(hours=int(hours), minutes=int(minutes))
        return timezone(-away if sign == "-" else away)

    def moment(self, when: Stated) -> hub.Moment:
        tz, name = self.zone(when)
        wall = when.wall if isinstance(when.wall, datetime) else datetime.combine(when.wall, time(0))
        return hub.moment(wall.replace(tzinfo=tz), name)

    def at(self, when: Stated) -> hub.Moment | date:
        return self.moment(when) if isinstance(when.wall, datetime) else when.wall


@dataclass(frozen=True, slots=True)
class _Event:
    """A VEVENT that was understood; `start` is on the wall of `place`'s zone for it."""

    meeting: hub.Meeting
    component: Component
    place: _Place
    start: Stated
    original: Stated | None


def _event(component: Component, place: _Place) -> _Event | None:
    try:
        uid = normal(component.first("UID").text(_LONGEST_UID))
        original = _time(component.first("RECURRENCE-ID"))
        start = _start(component) or original or Stated(place.sent.utc.replace(tzinfo=None, microsecond=0), "Z")
        if not uid:
            return None
        at = place.at(start)
        return _Event(_meeting(component, place, uid, at, start, original), component, place, start, original)
    except (OverflowError, ValueError):
        return None


def _meeting(
    component: Component, place: _Place, uid: str, at: hub.Moment | date, start: Stated, original: Stated | None
) -> hub.Meeting:
    description = component.first("DESCRIPTION") if component.all("DESCRIPTION") else component.first("COMMENT")
    return hub.Meeting(
        at=at,
        end=_end(component, place, at, start),
        uid=uid,
        recurrence_id=recurrence_id(place.at(original)) if original else "",
        title=component.first("SUMMARY").text(),
        text=description.paragraphs(),
        location=component.first("LOCATION").text(),
        status="cancelled" if place.method == "CANCEL" else _STATUSES.get(_word(component, "STATUS"), "confirmed"),
        method=place.method,
        sequence=_whole(component.first("SEQUENCE").value),
        stamp=_stamp(component, place),
        participants=tuple(dict.fromkeys(_participants(component))),
        private=not {_word(component, "CLASS")} <= {"", "PUBLIC"},
        defects=tuple(_defects(component, place, start)),
    )


def _word(component: Component, name: str) -> str:
    return component.first(name).value.strip().upper()


def _whole(value: str) -> int:
    digits = value.strip()
    return min(int(digits[:12]), 2**31 - 1) if digits.isascii() and digits.isdigit() else 0


def _time(line: Line) -> Stated | None:
    return stated(line.value, line.parameter("TZID"))


def _start(component: Component) -> Stated | None:
    start = _time(component.first("DTSTART"))
    if start is None or not isinstance(start.wall, datetime):
        return start
    by_day = _word(component, "X-MICROSOFT-CDO-ALLDAYEVENT") == "TRUE" and start.wall.time() == time(0)
    is_day = component.first("DTSTART").parameter("VALUE").upper() == "DATE"
    return Stated(start.wall.date()) if is_day or (by_day and start.tzid != "Z") else start


def _end(component: Component, place: _Place, at: hub.Moment | date, start: Stated) -> hub.Moment | date | None:
    end, length = _time(component.first("DTEND")), duration(component.first("DURATION").value)
    if isinstance(at, hub.Moment):
        if end:
            moment = place.moment(end)
            return moment if moment.utc >= at.utc else None
        return hub.Moment(at.utc + length, at.zone) if length is not None else None
    last = end.wall if end else start.wall + timedelta(days=length.days if length else 1)
    return max(last.date() if isinstance(last, datetime) else last, at + _DAY)


def _stamp(component: Component, place: _Place) -> hub.Moment | None:
    for name in ("LAST-MODIFIED", "DTSTAMP"):
        said = stated(component.first(name).value, "Z")
        if said and isinstance(said.wall, datetime):
            return place.moment(said)
    return None


def _participants(component: Component) -> Iterator[hub.Participant]:
    for line in component.all("ORGANIZER")[:1]:
        yield from _participant(line, "organizer", "")
    for line in component.all("ATTENDEE")[: caps.ADDRESSES]:
        if line.parameter("CUTYPE").upper() not in ("ROOM", "RESOURCE"):
            answer = line.parameter("PARTSTAT").lower().replace("-", "_") or "needs_action"
            yield from _participant(line, "attendee", answer if answer in _ANSWERS else "")


def _participant(line: Line, role: str, status: str) -> Iterator[hub.Participant]:
    mail, name = address(line), line.parameter("CN").strip("'\"")[: caps.NAME]
    name = "" if name.lower() == mail.lower() else name
    if mail or name:
        yield hub.Participant(role, hub.Identifier("email", mail) if mail else None, name, status)


def _defects(component: Component, place: _Place, start: Stated) -> Iterator[str]:
    if _start(component) is None:
        yield hub.sentence("The invitation does not say when the meeting is.")
    if start.tzid and isinstance(start.wall, datetime) and zone(start.tzid, place.definitions) is None:
        text = hub.sentence('The time zone "{zone}" is not known: the sender\'s own was taken.')
        yield text.format(zone=start.tzid[:100])


# --- series ----------------------------------------------------------------------------------------------------------


def _laid_out(events: Sequence[_Event], window: hub.Window) -> list[hub.Meeting]:
    """The meetings of all events; an occurrence that has an event of its own is told by that."""
    found: dict[tuple[str, str], hub.Meeting] = {}
    series = 0
    for event in sorted(events, key=lambda one: one.original is None):
        laid_out: Sequence[hub.Meeting] | None = (event.meeting,)
        if event.original is None and event.component.all("RRULE"):
            series += 1
            laid_out = _in_window(event, window) if series <= _MOST_SERIES else None
        for meeting in (_as_one(event.meeting),) if laid_out is None else laid_out:
            found.setdefault((meeting.uid, meeting.recurrence_id), meeting)
    return list(found.values())


def _as_one(meeting: hub.Meeting) -> hub.Meeting:
    unread = hub.sentence("The series is kept as one meeting: its rule is none that invitations have.")
    return _with_defect(meeting, unread)


def _in_window(event: _Event, window: hub.Window) -> list[hub.Meeting] | None:
    """The occurrences of a series in the window, of one that begins after it the first; None when its rule is none of
    those that are understood.
    """
    found = _occurrences(event, window)
    if found is None:
        return None
    inside = [one for one in found if _day(one) < window.until]
    if inside:
        return inside
    begin = min(max(window.until, _as_day(event.start.wall)), _LAST_DAY)
    later = _occurrences(event, hub.Window(begin, begin + _TWO_YEARS)) or []
    return sorted((one for one in later if _day(one) >= window.until), key=_day)[:1]


def _occurrences(event: _Event, window: hub.Window) -> list[hub.Meeting] | None:
    """The occurrences of a series, some of them at the horizon or after it."""
    written = [rule(line.value) for line in event.component.all("RRULE")]
    first = event.start.wall if isinstance(event.start.wall, datetime) else datetime.combine(event.start.wall, time(0))
    if len(written) != 1 or written[0] is None or first.year < _EARLIEST_SERIES:
        return None
    seen, last = datetime.combine(window.seen, time(0)), datetime.combine(min(window.until, _LAST_DAY), _END_OF_DAY)
    try:
        reach = min(max(seen, last), _until(event, written[0].until) or datetime.max)  # noqa: DTZ901 - walls
        laid_out = starts(written[0], first, seen, reach)
        listed = (
            wall for wall in _listed(event, "RDATE") if (laid_out.since or wall) <= wall <= (laid_out.until or wall)
        )
        near = Starts(sorted({*laid_out.walls, *listed}), laid_out.since, laid_out.until).near(seen)
        exceptions = set(_listed(event, "EXDATE"))
        met = [_occurrence(event, wall) for wall in near.walls if wall <= last and wall not in exceptions]
    except OverflowError:
        return None
    return _told(met, near)


def _told(met: list[hub.Meeting], laid_out: Starts) -> list[hub.Meeting]:
    """The occurrences, the first and the last with a word about those that were left out."""
    if met and laid_out.since:
        text = hub.sentence("The series is long: its occurrences before {day} were left out.")
        met[0] = _with_defect(met[0], text.format(day=laid_out.since.date()))
    if met and laid_out.until:
        text = hub.sentence("The series is long: its occurrences after {day} were left out.")
        met[-1] = _with_defect(met[-1], text.format(day=laid_out.until.date()))
    return met


def _with_defect(meeting: hub.Meeting, defect: str) -> hub.Meeting:
    return replace(meeting, defects=(*meeting.defects, defect))


def _occurrence(event: _Event, wall: datetime) -> hub.Meeting:
    meeting = event.meeting
    at = event.place.at(Stated(wall if isinstance(event.start.wall, datetime) else wall.date(), event.start.tzid))
    end = meeting.end
    if isinstance(at, hub.Moment) and isinstance(meeting.at, hub.Moment) and isinstance(end, hub.Moment):
        end = hub.Moment(at.utc + (end.utc - meeting.at.utc), at.zone if end.zone == meeting.at.zone else end.zone)
    elif isinstance(at, date) and isinstance(meeting.at, date) and isinstance(end, date):
        end = at + (end - meeting.at)
    return replace(meeting, at=at, end=end, recurrence_id=recurrence_id(at), recurring=True)


def _until(event: _Event, until: Stated | None) -> datetime | None:
    """UNTIL, included, on the wall of the series; of whole days only the day counts."""
    if until is None:
        return None
    if not isinstance(until.wall, datetime) or not isinstance(event.start.wall, datetime):
        return datetime.combine(until.wall, _END_OF_DAY)
    return _on_wall(event, until)


def _listed(event: _Event, name: str) -> Iterator[datetime]:
    """The dates that EXDATE or RDATE list, on the wall of the series."""
    for line in event.component.all(name)[:_MOST_DATES]:
        for value in line.value.split(",")[:_MOST_DATES]:
            when = stated(value.partition("/")[0], line.parameter("TZID"))
            if when and isinstance(when.wall, datetime) and isinstance(event.start.wall, datetime):
                yield _on_wall(event, when)
            elif when:
                clock = event.start.wall.time() if isinstance(event.start.wall, datetime) else time(0)
                yield datetime.combine(when.wall, clock)


def _on_wall(event: _Event, when: Stated) -> datetime:
    assert isinstance(when.wall, datetime)
    if when.tzid == event.start.tzid:
        return when.wall
    return event.place.moment(when).utc.astimezone(event.place.zone(event.start)[0]).replace(tzinfo=None)


def _day(meeting: hub.Meeting) -> date:
    return meeting.at.utc.date() if isinstance(meeting.at, hub.Moment) else meeting.at


def _as_day(wall: datetime | date) -> date:
    return wall.date() if isinstance(wall, datetime) else wall
