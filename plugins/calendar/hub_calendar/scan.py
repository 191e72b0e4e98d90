"""One pass over an iCalendar file of any size: where its VEVENTs lie, and what its calendars say of all of them.

Nothing is kept of a VEVENT but its place, its UID and the day it starts on. A component that is never ended ends
where the next one begins, so that a broken event costs itself at most.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from hub_calendar.lines import OF_CALENDAR

LONGEST_LINE = 64 * 1024
_LONGEST_HEAD = 64 * 1024
_OF_CALENDAR = frozenset(name.encode() for name in OF_CALENDAR)
_OF_HEAD = re.compile(rb"(?:VERSION|PRODID|METHOD|CALSCALE|X-WR-TIMEZONE)[;:]", re.IGNORECASE)
_PLAIN = frozenset((b"VEVENT", b"VTIMEZONE"))
"""Components whose lines are looked at only if they begin in one of these ways."""
_OF_BOUNDARY = frozenset((b"BEGI", b"END:"))
_OF_EVENT = frozenset((b"UID:", b"UID;", b"UID\r", b"UID\n", b"DTST"))
_DAY = re.compile(rb":(\d{8})")
_TZID = re.compile(rb"^TZID[^:\r\n]*:([^\r\n]*)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Head:
    """What a VCALENDAR says of all its events: some properties, and its VTIMEZONEs, each with its TZID."""

    properties: bytes = b""
    zones: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """Where a VEVENT lies. `uid` is its UID property as it stands; `day` the digits of its start ("20261102") or 0."""

    offset: int
    length: int
    uid: bytes
    day: int


def scan(file: BinaryIO) -> Iterator[Found | Head]:
    """The VEVENTs of a file from where it stands, and after those of each VCALENDAR its head."""
    state = _Scan()
    at, whole = 0, True
    while line := file.readline(LONGEST_LINE):
        if not whole or line[0] in b" \t":
            state.go_on(line)
        elif line in (b"\n", b"\r\n"):
            pass
        elif (start := line[:4].upper()) in _OF_BOUNDARY or state.inside not in _PLAIN or start in _OF_EVENT:
            yield from state.take(line, at)
        elif state.inside == b"VTIMEZONE":
            state.growing = state.zone
            state.go_on(line)
        else:
            state.growing = None
        at += len(line)
        whole = line[-1] == 10
    yield from state.leave(at)


@dataclass(slots=True)
class _Scan:
    """Where the scan stands: `inside` which component of a calendar, and how deep inside that one.

    `growing` is what a continuation of the last line would make longer.
    """

    inside: bytes = b""
    depth: int = 0
    start: int = 0
    day: int = 0
    uid: bytearray = field(default_factory=bytearray)
    zone: bytearray = field(default_factory=bytearray)
    properties: bytearray = field(default_factory=bytearray)
    zones: dict[bytes, bytes] = field(default_factory=dict)
    growing: bytearray | None = None

    def go_on(self, line: bytes) -> None:
        if self.growing is not None and len(self.growing) < _LONGEST_HEAD:
            self.growing += line

    def take(self, line: bytes, at: int) -> Iterator[Found | Head]:
        """A line that is no continuation; it begins at `at`."""
        self.growing = None
        key, _, value = line[:100].removeprefix(b"\xef\xbb\xbf").strip().upper().partition(b":")
        if key == b"END":
            yield from self.end(value.strip(), at, at + len(line))
            return
        if key == b"BEGIN":
            yield from self.begin(value.strip(), at)
        if self.inside == b"VEVENT":
            self.note(key.partition(b";")[0], line)
        elif self.inside == b"VTIMEZONE":
            self.growing = self.zone
        elif not self.inside and _OF_HEAD.match(line):
            self.growing = self.properties
        self.go_on(line)

    def note(self, key: bytes, line: bytes) -> None:
        """A line of a VEVENT. An alarm inside it may have a UID too."""
        if key == b"UID" and not self.depth and not self.uid:
            self.growing = self.uid
        elif key == b"DTSTART" and not self.depth and (day := _DAY.search(line)):
            self.day = int(day[1])

    def begin(self, name: bytes, at: int) -> Iterator[Found | Head]:
        if name == b"VCALENDAR":
            yield from self.leave(at)
        elif not self.inside or name in _OF_CALENDAR:
            yield from self.close(at)
            self.inside, self.start = name, at
        else:
            self.depth += 1

    def end(self, name: bytes, at: int, after: int) -> Iterator[Found | Head]:
        if name == b"VCALENDAR":
            yield from self.leave(at)
        elif name == self.inside:
            yield from self.close(after)
        elif self.depth:
            self.depth -= 1
            if self.zone:
                self.zone += b"END:" + name + b"\r\n"

    def close(self, at: int) -> Iterator[Found]:
        """The component of the calendar is over."""
        if self.inside == b"VEVENT":
            yield Found(self.start, at - self.start, bytes(self.uid), self.day)
        elif self.inside == b"VTIMEZONE" and len(self.zone) < _LONGEST_HEAD:
            name = _TZID.search(self.zone)
            self.zones.setdefault(name[1].strip() if name else b"", bytes(self.zone) + b"END:VTIMEZONE\r\n")
        self.inside, self.depth, self.day = b"", 0, 0
        self.uid.clear()
        self.zone.clear()

    def leave(self, at: int) -> Iterator[Found | Head]:
        """The calendar is over."""
        yield from self.close(at)
        yield Head(bytes(self.properties), tuple(self.zones.items()))
        self.properties.clear()
        self.zones.clear()
