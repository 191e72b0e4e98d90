"""Names of time zones in invitations to zones: IANA, Windows, an offset in the name, the VTIMEZONE that comes along.

Zones come from the tzdata distribution, never from the machine's own files: the same bytes give the same moments
everywhere.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from hub_email.ical import Component, offset, stated
from hub_email.recurrence import rule, starts

_WINDOWS = {
    "russian standard time": "Europe/Moscow",
    "kaliningrad standard time": "Europe/Kaliningrad",
    "russia time zone 3": "Europe/Samara",
    "saratov standard time": "Europe/Saratov",
    "volgograd standard time": "Europe/Volgograd",
    "astrakhan standard time": "Europe/Astrakhan",
    "ekaterinburg standard time": "Asia/Yekaterinburg",
    "omsk standard time": "Asia/Omsk",
    "altai standard time": "Asia/Barnaul",
    "tomsk standard time": "Asia/Tomsk",
    "n. central asia standard time": "Asia/Novosibirsk",
    "north asia standard time": "Asia/Krasnoyarsk",
    "north asia east standard time": "Asia/Irkutsk",
    "transbaikal standard time": "Asia/Chita",
    "yakutsk standard time": "Asia/Yakutsk",
    "vladivostok standard time": "Asia/Vladivostok",
    "sakhalin standard time": "Asia/Sakhalin",
    "magadan standard time": "Asia/Magadan",
    "russia time zone 10": "Asia/Srednekolymsk",
    "russia time zone 11": "Asia/Kamchatka",
    "belarus standard time": "Europe/Minsk",
    "central asia standard time": "Asia/Bishkek",
    "qyzylorda standard time": "Asia/Qyzylorda",
    "west asia standard time": "Asia/Tashkent",
    "georgian standard time": "Asia/Tbilisi",
    "azerbaijan standard time": "Asia/Baku",
    "caucasus standard time": "Asia/Yerevan",
    "turkey standard time": "Europe/Istanbul",
    "arabian standard time": "Asia/Dubai",
    "israel standard time": "Asia/Jerusalem",
    "fle standard time": "Europe/Kiev",
    "gtb standard time": "Europe/Bucharest",
    "e. europe standard time": "Europe/Chisinau",
    "w. europe standard time": "Europe/Berlin",
    "central europe standard time": "Europe/Budapest",
    "central european standard time": "Europe/Warsaw",
    "romance standard time": "Europe/Paris",
    "gmt standard time": "Europe/London",
    "greenwich standard time": "Atlantic/Reykjavik",
    "eastern standard time": "America/New_York",
    "central standard time": "America/Chicago",
    "mountain standard time": "America/Denver",
    "pacific standard time": "America/Los_Angeles",
    "india standard time": "Asia/Kolkata",
    "china standard time": "Asia/Shanghai",
    "tokyo standard time": "Asia/Tokyo",
    "korea standard time": "Asia/Seoul",
    "singapore standard time": "Asia/Singapore",
    "aus eastern standard time": "Australia/Sydney",
    "utc": "UTC",
    "msk": "Europe/Moscow",
}
_OFFSET = re.compile(r"\b(?:GMT|UTC)\s*([+-])(\d{1,2})(?::?(\d\d))?", re.IGNORECASE)


def zone(tzid: str, definitions: list[Component]) -> tuple[tzinfo, str] | None:
    """The zone of that name and what to call it ("" for a bare offset); None when nothing is known of it."""
    if exact := offset(tzid):
        return exact, "UTC" if exact is UTC else ""
    plain = tzid.strip(" \"'/").lower()
    if name := _WINDOWS.get(plain) or _iana_names().get(plain) or _tail(plain):
        return _iana(name), name
    definition = next((one for one in definitions if one.first("TZID").text() == tzid.strip()), None)
    if definition and (observed := tuple(_observances(definition))):
        return Observed(observed), ""
    found = _OFFSET.search(tzid)
    named = offset(f"{found[1]}{int(found[2]):02}{found[3] or '00'}") if found else None
    return (named, "") if named else None


def _tail(plain: str) -> str:
    """An IANA name behind a vendor's prefix ("/freeassociation.sourceforge.net/Europe/Moscow")."""
    parts = plain.split("/")
    tails = ("/".join(parts[at:]) for at in range(1, len(parts)))
    return next((_iana_names()[tail] for tail in tails if tail in _iana_names()), "")


@cache
def _iana_names() -> dict[str, str]:
    names = resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
    return {name.lower(): name for name in names}


@cache
def _iana(name: str) -> ZoneInfo:
    package, _, file = f"tzdata.zoneinfo.{name.replace('/', '.')}".rpartition(".")
    with resources.files(package).joinpath(file).open("rb") as stream:
        return ZoneInfo.from_file(stream, key=name)


Onset = tuple[str, datetime, timedelta]
"""The rule of an observance, its first onset, its offset."""


def _observances(definition: Component) -> Iterator[Onset]:
    for part in definition.parts[:20]:
        at, after = stated(part.first("DTSTART").value), offset(part.first("TZOFFSETTO").value)
        if at and after and isinstance(at.wall, datetime):
            yield part.first("RRULE").value[:500], at.wall, after.utcoffset(None)


class Observed(tzinfo):
    """A zone made of a VTIMEZONE: the observance that began last is in force."""

    def __init__(self, onsets: tuple[Onset, ...]) -> None:
        self._onsets = onsets

    def utcoffset(self, when: datetime | None, /) -> timedelta:
        wall = (when or datetime(1970, 1, 1)).replace(tzinfo=None)  # noqa: DTZ001 - a wall is naive
        began = [(_last_onset(written, first, wall), after) for written, first, after in self._onsets]
        return max(began, key=lambda one: one[0])[1]

    def fromutc(self, when: datetime, /) -> datetime:
        return when + self.utcoffset(when)

    def dst(self, when: datetime | None, /) -> None:
        """Not known: a VTIMEZONE's word for it is not needed."""

    def tzname(self, when: datetime | None, /) -> None:
        """Not known either."""


def _last_onset(written: str, first: datetime, wall: datetime) -> datetime:
    """When an observance last began before `wall`; long ago, where it never did."""
    yearly = rule(written)
    if first > wall:
        return datetime.min  # noqa: DTZ901 - a wall is naive
    if yearly is None or yearly.frequency != "YEARLY" or not (yearly.weekdays or yearly.month_days):
        return first
    yearly = replace(yearly, months=yearly.months or (first.month,))
    new_year = datetime.combine(date(max(first.year, wall.year - 1), 1, 1), first.time())
    return max((one for one in starts(yearly, new_year, new_year, wall).walls[1:] if one >= first), default=first)
