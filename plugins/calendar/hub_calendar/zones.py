"""Names of time zones, as calendars write them, to zones.

In this order: an IANA name; a Windows name ("Russian Standard Time"); an IANA name behind a vendor's prefix
("/freeassociation.sourceforge.net/Europe/Moscow"); what the VTIMEZONE of that name says of its location; a place in
the name ("(GMT+03:00) Moscow", "(UTC+05:00) Екатеринбург"); the rules of the VTIMEZONE; an offset in the name.

Zones come from the tzdata distribution, never from the machine's own files: the same bytes give the same moments
everywhere, and changes of law arrive with an update of the hub.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import cache, lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

import hub
from hub_calendar.lines import Component, one_line
from hub_calendar.observances import observed
from hub_calendar.values import Stated, offset

# Windows numbers the Russian zones and writes the number into its names, "RTZ 2 (зима)" among them.
_RUSSIAN_NUMBER = re.compile(r"\bRTZ (\d{1,2})\b")
_RUSSIAN_NUMBERS = (
    "Europe/Kaliningrad",
    "Europe/Moscow",
    "Europe/Samara",
    "Asia/Yekaterinburg",
    "Asia/Novosibirsk",
    "Asia/Krasnoyarsk",
    "Asia/Irkutsk",
    "Asia/Yakutsk",
    "Asia/Vladivostok",
    "Asia/Srednekolymsk",
    "Asia/Kamchatka",
)
# How Russian programs name places, and times after them ("Московское время"); "томск" stands before the "омск" in it.
_RUSSIAN_PLACES = {
    "москв": "Europe/Moscow",
    "москов": "Europe/Moscow",
    "петербург": "Europe/Moscow",
    "калининград": "Europe/Kaliningrad",
    "волгоград": "Europe/Volgograd",
    "астрахан": "Europe/Astrakhan",
    "саратов": "Europe/Saratov",
    "самар": "Europe/Samara",
    "екатеринбург": "Asia/Yekaterinburg",
    "томск": "Asia/Tomsk",
    "омск": "Asia/Omsk",
    "барнаул": "Asia/Barnaul",
    "новосибирск": "Asia/Novosibirsk",
    "красноярск": "Asia/Krasnoyarsk",
    "иркутск": "Asia/Irkutsk",
    "якутск": "Asia/Yakutsk",
    "чита": "Asia/Chita",
    "владивосток": "Asia/Vladivostok",
    "магадан": "Asia/Magadan",
    "сахалин": "Asia/Sakhalin",
    "камчат": "Asia/Kamchatka",
    "минск": "Europe/Minsk",
    "алматы": "Asia/Almaty",
    "астана": "Asia/Almaty",
    "ташкент": "Asia/Tashkent",
}
_ABBREVIATIONS = {"msk": "Europe/Moscow", "мск": "Europe/Moscow"}
_OFFSET_IN_NAME = re.compile(r"\(?\b(?:GMT|UTC)\s*([+-])(\d{1,2})(?::?(\d\d))?\)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone. `name` "" means that the moment's own offset is the best name there is."""

    tz: tzinfo
    name: str = ""

    def moment(self, wall: datetime) -> hub.Moment:
        """The moment at which the clock on the wall shows `wall`: the first, where it shows it twice.

        Raises `OverflowError` at the two ends of time.
        """
        return hub.moment(wall.replace(tzinfo=self.tz), self.name)

    def wall(self, utc: datetime) -> datetime:
        return utc.astimezone(self.tz).replace(tzinfo=None)


_UTC = Zone(UTC, "UTC")


@dataclass(frozen=True, slots=True)
class Zones:
    """The zones of one calendar: those it defines, and its `own`, in which floating times are meant."""

    own: Zone = _UTC
    defined: Mapping[str, Component] = field(default_factory=dict)

    def of(self, stated: Stated) -> Zone | None:
        """The zone of a time; None when its TZID means nothing to us."""
        return named(stated.tzid, self.defined.get(stated.tzid)) if stated.tzid else self.own

    def known(self, stated: Stated) -> Zone:
        return self.of(stated) or self.own


def zones_of(calendar: Component, vtimezones: Iterable[Component], default: str) -> Zones:
    """The zones of a VCALENDAR; `default` is the zone of floating times where the calendar names none."""
    definitions = {one_line(one.first("TZID").value): one for one in vtimezones}
    own = one_line(calendar.first("X-WR-TIMEZONE").value)
    zone = named(own, definitions.get(own)) or named(default) or _UTC
    return Zones(zone, definitions)


def named(name: str, definition: Component | None = None) -> Zone | None:
    """The zone of that name, which a VTIMEZONE may define; None when nothing is known of it."""
    if zone := _by_name(name[:200]):
        return zone
    location = one_line(definition.first("X-LIC-LOCATION").value) if definition else ""
    if zone := _by_name(location) or _by_place(name[:200]):
        return zone
    if definition and (tz := observed(definition)):
        return Zone(tz)
    return _by_offset(name[:200])


@lru_cache(maxsize=1024)
def _by_name(name: str) -> Zone | None:
    plain = name.strip(" \"'/").lower()
    if exact := _iana_names().get(plain) or _ABBREVIATIONS.get(plain) or _windows_names().get(plain):
        return _iana(exact)
    parts = plain.split("/")
    tails = ("/".join(parts[start:]) for start in range(1, len(parts)))
    return next((_iana(_iana_names()[tail]) for tail in tails if tail in _iana_names()), None)


@lru_cache(maxsize=1024)
def _by_place(name: str) -> Zone | None:
    number = _RUSSIAN_NUMBER.search(name)
    if number and 0 < int(number[1]) <= len(_RUSSIAN_NUMBERS):
        return _iana(_RUSSIAN_NUMBERS[int(number[1]) - 1])
    plain = _OFFSET_IN_NAME.sub(" ", name).lower()
    for word in (word.strip() for word in re.split(r"[,;()/]", plain)):
        if word in _places():
            return _iana(_places()[word])
    return next((_iana(zone) for stem, zone in _RUSSIAN_PLACES.items() if stem in plain), None)


def _by_offset(name: str) -> Zone | None:
    found = _OFFSET_IN_NAME.search(name)
    tz = offset(f"{found[1]}{int(found[2]):02}{found[3] or '00'}" if found else name)
    return (_UTC if tz is UTC else Zone(tz)) if tz else None


@cache
def _iana(name: str) -> Zone:
    package, _, file = f"tzdata.zoneinfo.{name.replace('/', '.')}".rpartition(".")
    with resources.files(package).joinpath(file).open("rb") as stream:
        return Zone(ZoneInfo.from_file(stream, key=name), name)


@cache
def _iana_names() -> Mapping[str, str]:
    names = resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
    return {name.lower(): name for name in names}


@cache
def _windows_names() -> Mapping[str, str]:
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON  # noqa: PLC0415 - it takes 0.2 s to import

    return {name.lower(): zone for name, zone in WINDOWS_TO_OLSON.items()}


@cache
def _places() -> Mapping[str, str]:
    """Every place that a zone of today is named after: "moscow" -> "Europe/Moscow"."""
    table = resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8")
    names = sorted(line.split("\t")[2] for line in table.splitlines() if not line.startswith("#"))
    return {name.rpartition("/")[2].replace("_", " ").lower(): name for name in reversed(names)}
