"""A series laid out: its master and changed occurrences (RFC 5545, section 3.8.4.4) to meetings, one per occurrence.

Rules are laid out by `hub_calendar.rules`, at a bounded price; how the dates, the exceptions and the changed
occurrences then combine is decided by recurring-ical-events, which never sees a rule: it gets walls of one zone,
without the zone, so that there is nothing in it that could take long or fail.

An occurrence is named by its *original* start, wherever it was moved: "20261102T070000Z", or "20261102".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import icalendar
import recurring_ical_events

import hub
from hub_calendar.events import MOST_DATES, Event
from hub_calendar.rules import MOST_STARTS, Refusal, Rule, Starts, rule, starts
from hub_calendar.values import Stated, Wall
from hub_calendar.zones import Zone, Zones

_SOURCE = "X-HUB-SOURCE"
_DAY = timedelta(days=1)
_END_OF_DAY = time(23, 59, 59)
_FIRST_YEAR = 1900
"""Birthdays whose year nobody knows are said to be of 1604, and broken programs begin in 1601 or in the year 1."""
_LAST_DAY = date(9990, 1, 1)
_MOST_RULES = 5


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An occurrence, on the wall of its series. `source` is the event that says what it is."""

    source: Event
    original: datetime
    start: datetime


@dataclass(frozen=True, slots=True)
class Series:
    """A master, its changed occurrences, and the wall on which they are compared: midnight stands for a day."""

    master: Event
    changed: Sequence[Event]
    zones: Zones

    @property
    def zone(self) -> Zone:
        return self.master.zone or self.zones.own

    def wall(self, when: Stated) -> datetime:
        """A time that the series names, on its wall. A mere day means the occurrence of that day."""
        if not isinstance(when.wall, datetime):
            return datetime.combine(when.wall, _clock(self.master.start))
        if self.master.zone is None:
            wall = self._across(when.wall, self.zones.known(when)) if when.tzid == "Z" else when.wall
            return datetime.combine(wall, time(0))
        return self._across(when.wall, self.zones.known(when))

    def start(self, event: Event) -> datetime:
        """Where the event itself stands on the wall."""
        if event.zone is None or not isinstance(event.start, datetime):
            return datetime.combine(event.start, time(0))
        return self._across(event.start, event.zone)

    def _across(self, wall: datetime, zone: Zone) -> datetime:
        """What the wall shows when that of another zone shows this. A clock that is skipped stays what it is."""
        return wall if zone == self.zone else self.zone.wall(zone.moment(wall).utc)

    def name(self, original: datetime) -> str:
        return recurrence_id(original.date() if self.master.zone is None else self.zone.moment(original))


def meetings(group: Sequence[Event], zones: Zones, horizon: date) -> list[hub.Meeting]:
    """The meetings of the events of one UID; those of a series have a `recurrence_id`, up to `horizon` (exclusive).

    Of several that speak of one occurrence the latest version comes first.

    Several plain events under one UID, which broken programs write, are taken for occurrences of one series, unless
    they are older versions of one another.
    """
    masters = sorted((one for one in group if one.original is None), key=_version, reverse=True)
    changed = sorted((one for one in group if one.original is not None), key=_version, reverse=True)
    if not masters:
        return [_alone(one, zones) for one in changed]
    master, *others = masters
    namesakes = [one for one in others if one.meeting.sequence == master.meeting.sequence and one.start != master.start]
    if not (master.repeats or changed or namesakes):
        return [master.meeting]
    series = Series(master, changed, zones)
    laid_out = lay_out(series, horizon)
    if isinstance(laid_out, Refusal):
        return _unfolded(series, laid_out)
    return [
        *(one for one in laid_out if _day(one) < horizon),
        *(replace(one.meeting, recurrence_id=recurrence_id(one.meeting.at)) for one in namesakes),
    ]


def _unfolded(series: Series, refusal: Refusal) -> list[hub.Meeting]:
    """The master as if it were one meeting, and what is said of single occurrences."""
    master = _with_defect(series.master.meeting, f"The series is kept as one meeting: {refusal.reason}.")
    names = (series.name(_original(series, one)) for one in series.changed)
    return [
        master,
        *(replace(one.meeting, recurrence_id=name) for one, name in zip(series.changed, names, strict=True)),
    ]


def _alone(event: Event, zones: Zones) -> hub.Meeting:
    """A changed occurrence whose master we do not have: somebody is invited to one meeting of a series."""
    original = event.original
    if original is None or not isinstance(original.wall, datetime):
        name = recurrence_id(original.wall if original else event.meeting.at)
    else:
        name = recurrence_id(zones.known(original).moment(original.wall))
    return replace(event.meeting, recurrence_id=name)


def _with_defect(meeting: hub.Meeting, defect: str) -> hub.Meeting:
    return replace(meeting, defects=(*meeting.defects, defect))


def _day(meeting: hub.Meeting) -> date:
    return meeting.at.utc.date() if isinstance(meeting.at, hub.Moment) else meeting.at


def recurrence_id(original: hub.Moment | date) -> str:
    """The permanent name of an occurrence."""
    if isinstance(original, hub.Moment):
        plain = original.utc.replace(tzinfo=None).isoformat(timespec="seconds")
        return plain.replace("-", "").replace(":", "") + "Z"
    return original.isoformat().replace("-", "")


def _version(event: Event) -> tuple[int, str]:
    stamp = event.meeting.stamp
    return event.meeting.sequence, stamp.utc.isoformat() if stamp else ""


# --- laying out ------------------------------------------------------------------------------------------------------


def lay_out(series: Series, horizon: date) -> list[hub.Meeting] | Refusal:
    """The occurrences of a series, by original start; some of them at `horizon` or after it."""
    if series.master.too_many_dates:
        return Refusal(f"it lists more than {MOST_DATES} dates")
    if series.master.start.year < _FIRST_YEAR:
        return Refusal(f"it began before the year {_FIRST_YEAR}")
    try:
        laid_out = _starts(series, horizon)
        if isinstance(laid_out, Refusal):
            return laid_out
        lengths = {series.wall(when): length for when, length in series.master.dates if length is not None}
        met = [_meeting(series, one, lengths) for one in _combined(series, laid_out.walls)]
    except OverflowError:
        return Refusal("it reaches to an end of time")
    if laid_out.complete:
        return met
    more = f"The series goes on beyond its first {len(laid_out.walls)} occurrences: the others are left out."
    return [_with_defect(one, more) for one in met]


def _starts(series: Series, horizon: date) -> Starts | Refusal:
    """Where the rules and dates of the master put its occurrences, before exceptions: to the horizon or a day beyond."""
    last = datetime.combine(min(horizon, _LAST_DAY), _END_OF_DAY)
    rules, not_rules = _parsed(series.master.rules), _parsed(series.master.not_rules)
    if isinstance(rules, Refusal):
        return rules
    if isinstance(not_rules, Refusal):
        return not_rules
    put = [_rule_starts(series, one, last) for one in rules]
    taken = [_rule_starts(series, one, last) for one in not_rules]
    listed = {series.wall(when) for when, _ in series.master.dates}
    first = series.start(series.master)
    if not rules or any((_until(series, one) or first) >= first for one in rules):
        listed.add(first)
    walls = {wall for wall in listed if wall <= last}.union(*(one.walls for one in put))
    walls = walls.difference(*(one.walls for one in taken))
    ends = [one.walls[-1] if one.walls else last for one in (*put, *taken) if not one.complete]
    kept = sorted(wall for wall in walls if wall <= min(ends, default=last))
    return Starts(kept[:MOST_STARTS], complete=not ends and len(kept) <= MOST_STARTS)


def _parsed(values: Sequence[str]) -> list[Rule] | Refusal:
    parsed = [rule(value) for value in values[:_MOST_RULES]]
    refused = next((one for one in parsed if isinstance(one, Refusal)), None)
    return refused or [one for one in parsed if isinstance(one, Rule)]


def _rule_starts(series: Series, rule: Rule, last: datetime) -> Starts:
    """A rule laid out; whole days have no time of day, whatever it says."""
    if series.master.zone is None:
        rule = replace(rule, times=((), (), ()))
    return starts(rule, series.start(series.master), min(last, _until(series, rule) or last))


def _until(series: Series, rule: Rule) -> datetime | None:
    """UNTIL, included; for a series of whole days only its day counts, in whatever zone it was written."""
    if rule.until is None or rule.until.wall.year > _LAST_DAY.year:
        return None
    if series.master.zone is None or not isinstance(rule.until.wall, datetime):
        return datetime.combine(rule.until.wall, _END_OF_DAY)
    return series.wall(rule.until)


def _combined(series: Series, walls: list[datetime]) -> list[Occurrence]:
    """The occurrences at these walls, exceptions and changes taken into account.

    Programs that cut a series in two leave copies of older masters behind, with a RECURRENCE-ID past the cut.
    """
    series = replace(series, changed=[one for one in series.changed if not _is_left_over(one, series, walls)])
    sources = (series.master, *series.changed)
    everywhere = [series.start(one) for one in sources] + [_original(series, one) for one in series.changed] + walls
    reach = max(abs(_moved(series, one)) for one in sources) + _DAY
    found = recurring_ical_events.of(_calendar(series, walls)).between(min(everywhere) - reach, max(everywhere) + reach)
    pairs = ((sources[int(one[_SOURCE])], one["DTSTART"].dt) for one in found)
    laid_out = [Occurrence(event, start - _moved(series, event), start) for event, start in pairs]
    return sorted(laid_out, key=lambda one: one.original)


def _is_left_over(changed: Event, series: Series, walls: list[datetime]) -> bool:
    is_older = changed.meeting.sequence < series.master.meeting.sequence
    return changed.repeats and is_older and _original(series, changed) not in walls


def _calendar(series: Series, walls: list[datetime]) -> icalendar.Calendar:
    calendar = icalendar.Calendar()
    for number, one in enumerate((series.master, *series.changed)):
        event = icalendar.Event()
        event.add("UID", "series")
        event.add(_SOURCE, str(number))
        event.add("SEQUENCE", one.meeting.sequence)
        event.add("DTSTART", series.start(one))
        if number:
            parameters = {"RANGE": "THISANDFUTURE"} if one.onwards else {}
            event.add("RECURRENCE-ID", _original(series, one), parameters)
        calendar.add_component(event)
    master = calendar.subcomponents[0]
    master.add("RDATE", walls)
    master.add("EXDATE", list(_exceptions(series, walls)))
    return calendar


def _exceptions(series: Series, walls: list[datetime]) -> Iterator[Wall]:
    """EXDATE on the wall. A mere day stays one: it takes out all occurrences of that day."""
    if (first := series.start(series.master)) not in walls:
        yield first
    for when in series.master.not_dates:
        is_day = not isinstance(when.wall, datetime) and series.master.zone is not None
        yield when.wall if is_day else series.wall(when)


def _original(series: Series, event: Event) -> datetime:
    return series.wall(event.original) if event.original else series.start(event)


def _moved(series: Series, event: Event) -> timedelta:
    """By how much the event moves its occurrence, and with `onwards` those after it."""
    return series.start(event) - _original(series, event)


# --- what an occurrence is -------------------------------------------------------------------------------------------


def _meeting(series: Series, one: Occurrence, lengths: Mapping[datetime, timedelta]) -> hub.Meeting:
    """The occurrence as a meeting; `lengths` are those that single dates of the master have for themselves."""
    named = replace(one.source.meeting, recurrence_id=series.name(one.original), recurring=True)
    if one.start == series.start(one.source):
        return named
    if one.source.zone is None:
        day = one.start.date()
        return replace(named, at=day, end=day + (one.source.length or _DAY))
    at = series.zone.moment(one.start)
    own = lengths.get(one.original) if one.source is series.master else None
    length = own or one.source.length
    return replace(named, at=at, end=None if length is None else hub.Moment(at.utc + length, _end_zone(one.source, at)))


def _end_zone(source: Event, at: hub.Moment) -> str:
    """The zone the end is given in: the start's, unless the meeting ends in another (a flight does)."""
    match source.meeting.at, source.meeting.end:
        case hub.Moment() as begin, hub.Moment() as end if end.zone != begin.zone:
            return end.zone
        case _:
            return at.zone


def _clock(wall: Wall) -> time:
    return wall.time() if isinstance(wall, datetime) else time(0)
