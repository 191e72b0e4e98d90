"""A series laid out: its master and changed occurrences (RFC 5545, section 3.8.4.4) to meetings, one per occurrence.

Rules are laid out by `hub_calendar.rules` around the day on which the hub got the calendar, at a bounded price. All is
compared on one wall, that of the series.

An occurrence is named by its *original* start, wherever it was moved: "20261102T070000Z", or "20261102".
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import hub
from hub_calendar.events import MOST_DATES, Event
from hub_calendar.rules import Refusal, Rule, Starts, rule, starts
from hub_calendar.values import Stated, Wall
from hub_calendar.zones import Zone, Zones

_DAY = timedelta(days=1)
_END_OF_DAY = time(23, 59, 59)
_FIRST_YEAR = 1900
"""Birthdays whose year nobody knows are said to be of 1604, and broken programs begin in 1601 or in the year 1."""
_LAST_DAY = date(9990, 1, 1)
_MOST_RULES = 3
_TWO_YEARS = timedelta(days=731)


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


def meetings(group: Sequence[Event], zones: Zones, window: hub.Window) -> list[hub.Meeting]:
    """The meetings of the events of one UID; those of a series have a `recurrence_id` and are in the window.

    A series that begins after it gives its first occurrence.

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
    laid_out = lay_out(series, window)
    if isinstance(laid_out, Refusal):
        return _unfolded(series, laid_out)
    return [
        *([one for one in laid_out if _day(one) < window.until] or _first(series, window)),
        *(replace(one.meeting, recurrence_id=recurrence_id(one.meeting.at)) for one in namesakes),
    ]


def _first(series: Series, window: hub.Window) -> list[hub.Meeting]:
    """The first occurrence of a series that begins at the horizon or later."""
    begin = min(max(window.until, _date(series.master.start)), _LAST_DAY)
    later = lay_out(series, hub.Window(begin, begin + _TWO_YEARS))
    if isinstance(later, Refusal):
        return []
    coming = (one for one in later if _day(one) >= window.until)
    return sorted(coming, key=lambda one: (_day(one), one.recurrence_id))[:1]


def _unfolded(series: Series, refusal: Refusal) -> list[hub.Meeting]:
    """The master as if it were one meeting, and what is said of single occurrences."""
    text = hub.sentence("The series is kept as one meeting: {why}.")
    master = _with_defect(series.master.meeting, text.format(why=refusal.reason))
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


def lay_out(series: Series, window: hub.Window) -> list[hub.Meeting] | Refusal:
    """The occurrences of a series, by original start; some of them at the horizon or after it."""
    if series.master.too_many_dates:
        text = hub.sentences("it lists more than {n} date", "it lists more than {n} dates", MOST_DATES)
        return Refusal(text.format(n=MOST_DATES))
    if series.master.start.year < _FIRST_YEAR:
        return Refusal(hub.sentence("it began before the year {year}").format(year=_FIRST_YEAR))
    try:
        laid_out = _starts(series, window)
        if isinstance(laid_out, Refusal):
            return laid_out
        lengths = {series.wall(when): length for when, length in series.master.dates if length is not None}
        met = [_meeting(series, one, lengths) for one in _combined(series, laid_out.walls)]
    except OverflowError:
        return Refusal(hub.sentence("it reaches to an end of time"))
    return _told(met, laid_out)


def _told(met: list[hub.Meeting], laid_out: Starts) -> list[hub.Meeting]:
    """The occurrences, the first and the last with a word about those that were left out."""
    if met and laid_out.since:
        text = hub.sentence("The series is long: its occurrences before {day} were left out.")
        met[0] = _with_defect(met[0], text.format(day=laid_out.since.date()))
    if met and laid_out.until:
        text = hub.sentence("The series is long: its occurrences after {day} were left out.")
        met[-1] = _with_defect(met[-1], text.format(day=laid_out.until.date()))
    return met


def _starts(series: Series, window: hub.Window) -> Starts | Refusal:
    """Where the rules and dates of the master put its occurrences, before exceptions: to the horizon or a day beyond."""
    last = datetime.combine(min(window.until, _LAST_DAY), _END_OF_DAY)
    seen = datetime.combine(window.seen, time(0))
    rules, not_rules = _parsed(series.master.rules), _parsed(series.master.not_rules)
    if isinstance(rules, Refusal):
        return rules
    if isinstance(not_rules, Refusal):
        return not_rules
    put = [_rule_starts(series, one, seen, max(seen, last)) for one in rules]
    taken = [_rule_starts(series, one, seen, max(seen, last)) for one in not_rules]
    listed = {series.wall(when) for when, _ in series.master.dates}
    first = series.start(series.master)
    if not rules or any((_until(series, one) or first) >= first for one in rules):
        listed.add(first)
    since = max((one.since for one in (*put, *taken) if one.since), default=None)
    until = min((one.until for one in (*put, *taken) if one.until), default=None)
    walls = listed.union(*(one.walls for one in put)).difference(*(one.walls for one in taken))
    near = Starts(sorted(wall for wall in walls if (since or wall) <= wall <= (until or wall)), since, until).near(seen)
    return replace(near, walls=[wall for wall in near.walls if wall <= last])


def _parsed(values: Sequence[str]) -> list[Rule] | Refusal:
    parsed = [rule(value) for value in dict.fromkeys(values[:_MOST_RULES])]
    refused = next((one for one in parsed if isinstance(one, Refusal)), None)
    return refused or [one for one in parsed if isinstance(one, Rule)]


def _rule_starts(series: Series, rule: Rule, seen: datetime, last: datetime) -> Starts:
    """A rule laid out; whole days have no time of day, whatever it says."""
    if series.master.zone is None:
        rule = replace(rule, times=((), (), ()))
    return starts(rule, series.start(series.master), seen, min(last, _until(series, rule) or last))


def _until(series: Series, rule: Rule) -> datetime | None:
    """UNTIL, included; for a series of whole days only its day counts, in whatever zone it was written."""
    if rule.until is None or rule.until.wall.year > _LAST_DAY.year:
        return None
    if series.master.zone is None or not isinstance(rule.until.wall, datetime):
        return datetime.combine(rule.until.wall, _END_OF_DAY)
    return series.wall(rule.until)


def _combined(series: Series, walls: list[datetime]) -> Iterator[Occurrence]:
    """The occurrences at these walls, exceptions and changes taken into account, by original start.

    What was changed is there, whatever the rule says, unless it was taken out afterwards. Programs that cut a series in two leave copies of older masters
    behind, with a RECURRENCE-ID past the cut: these are not.
    """
    at = set(walls)
    changed: dict[datetime, Event] = {}
    for one in series.changed:
        if not _is_left_over(one, series, at):
            changed.setdefault(_original(series, one), one)
    onwards = sorted(original for original, one in changed.items() if one.onwards)
    named = at.union(changed)
    for original in sorted(named.difference(_exceptions(series, named))):
        index = bisect_right(onwards, original)
        source = changed.get(original) or (changed[onwards[index - 1]] if index else series.master)
        yield Occurrence(source, original, original + _moved(series, source))


def _is_left_over(changed: Event, series: Series, walls: Set[datetime]) -> bool:
    is_older = changed.meeting.sequence < series.master.meeting.sequence
    return changed.repeats and is_older and _original(series, changed) not in walls


def _exceptions(series: Series, walls: Set[datetime]) -> Iterator[datetime]:
    """EXDATE on the wall. A mere day takes out all occurrences of that day."""
    days = set()
    for when in series.master.not_dates:
        if isinstance(when.wall, datetime) or series.master.zone is None:
            yield series.wall(when)
        else:
            days.add(when.wall)
    if days:
        yield from (wall for wall in walls if wall.date() in days)


def _original(series: Series, event: Event) -> datetime:
    return series.wall(event.original) if event.original else series.start(event)


def _moved(series: Series, event: Event) -> timedelta:
    """By how much the event moves its occurrence, and with `onwards` those after it."""
    return series.start(event) - _original(series, event)


# --- what an occurrence is -------------------------------------------------------------------------------------------


def _meeting(series: Series, one: Occurrence, lengths: Mapping[datetime, timedelta]) -> hub.Meeting:
    """The occurrence as a meeting; `lengths` are those that single dates of the master have for themselves."""
    source = one.source
    name = series.name(one.original)
    if one.start == series.start(source):
        return replace(source.meeting, recurrence_id=name, recurring=True)
    if source.zone is None:
        day = one.start.date()
        end = day + (source.length or _DAY)
        return replace(source.meeting, recurrence_id=name, recurring=True, at=day, end=end)
    at = series.zone.moment(one.start)
    length = (lengths.get(one.original) if source is series.master else None) or source.length
    until = None if length is None else hub.Moment(at.utc + length, _end_zone(source, at))
    return replace(source.meeting, recurrence_id=name, recurring=True, at=at, end=until)


def _end_zone(source: Event, at: hub.Moment) -> str:
    """The zone the end is given in: the start's, unless the meeting ends in another (a flight does)."""
    match source.meeting.at, source.meeting.end:
        case hub.Moment() as begin, hub.Moment() as end if end.zone != begin.zone:
            return end.zone
        case _:
            return at.zone


def _clock(wall: Wall) -> time:
    return wall.time() if isinstance(wall, datetime) else time(0)


def _date(wall: Wall) -> date:
    return wall.date() if isinstance(wall, datetime) else wall
