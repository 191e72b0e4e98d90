"""The pure mapping of `calendar.files`: a VCALENDAR with the events of one UID to meetings."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import hub
from hub_calendar import lines
from hub_calendar.events import Event, event
from hub_calendar.lines import Component
from hub_calendar.occurrences import meetings
from hub_calendar.zones import Zones, zones_of

LONGEST_BODY = 5_000_000
MOST_EVENTS = 1_000
"""VEVENTs of one body that are read: a master and its changed occurrences."""

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def map_calendar(body: bytes, timezone: str, window: hub.Window) -> hub.MapResult:
    """The meetings of a VCALENDAR; occurrences of series as parts `meeting:RECURRENCE_ID`.

    Floating times are in the calendar's X-WR-TIMEZONE, else in `timezone`. VTODO, VJOURNAL and VFREEBUSY are not
    meetings. A body with several UIDs, which the connector never makes, gives parts `meeting:UID/RECURRENCE_ID`.
    """
    if len(body) > LONGEST_BODY:
        return hub.Unreadable(reason=hub.sentence("the event is larger than 5 MB"))
    if body.startswith(_UTF_16):
        return hub.Unreadable(reason=hub.sentence("the file is in UTF-16: save it in UTF-8"))
    try:
        return _map(lines.read(body), timezone, window)
    except Exception as error:  # noqa: BLE001 - whatever the bytes are, they go to quarantine and not to a crash
        reason = hub.sentence("the event could not be understood")
        return hub.Unreadable(reason=reason, detail=f"{type(error).__name__}: {error}")


def _map(root: Component, timezone: str, window: hub.Window) -> hub.MapResult:
    found = root.inside("VEVENT")
    if not found:
        return hub.Unreadable(reason=hub.sentence("there is no event (VEVENT) in it"))
    calendar = next(iter(root.inside("VCALENDAR")), root)
    zones = zones_of(calendar, root.inside("VTIMEZONE"), timezone)
    read = [event(one, zones, _method(calendar)) for one in found[:MOST_EVENTS]]
    lost = [one for one in read if isinstance(one, hub.Unreadable)]
    if len(lost) == len(read):
        return lost[0]
    series: dict[str, list[Event]] = {}
    for one in read:
        if isinstance(one, Event):
            series.setdefault(one.meeting.uid, []).append(one)
    cut = bool(calendar.all("X-HUB-CUT"))
    return _parts(series, zones, window, tuple(_defects(lost, found=len(found), cut=cut)))


def _method(calendar: Component) -> str:
    """The iMIP method of an invitation; a calendar that publishes itself says nothing new with it."""
    method = calendar.first("METHOD").value.strip().upper()
    return method[:20] if method.isalpha() and method != "PUBLISH" else ""


def _parts(
    series: Mapping[str, Sequence[Event]], zones: Zones, window: hub.Window, defects: tuple[str, ...]
) -> list[hub.Mapped]:
    parts: dict[str, hub.Meeting] = {}
    for uid, group in series.items():
        private = any(event.meeting.private for event in group if event.original is None)
        for one in meetings(group, zones, window):
            inside = one.recurrence_id if len(series) == 1 else f"{uid}/{one.recurrence_id}"
            told = (
                replace(one, private=one.private or private, defects=one.defects + defects)
                if private or defects
                else one
            )
            parts.setdefault(f"meeting:{inside}" if inside else "", told)
    return [hub.Mapped(meeting, part) for part, meeting in parts.items()]


def _defects(lost: Sequence[hub.Unreadable], *, found: int, cut: bool) -> Iterator[str]:
    if cut:
        yield hub.sentence("What the event says is too long: a part of it was left out.")
    if lost:
        yield hub.sentence("Another event of this UID could not be read: {why}.").format(why=lost[0].reason)
    if found > MOST_EVENTS:
        yield hub.sentences(
            "There is more than {n} event of this UID: the others were left out.",
            "There are more than {n} events of this UID: the others were left out.",
            MOST_EVENTS,
        ).format(n=MOST_EVENTS)
