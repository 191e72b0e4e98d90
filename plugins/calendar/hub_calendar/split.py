"""A file of any size to pieces: for each UID a VCALENDAR of its own, its events cut from the file as they stand.

In two passes, and with memory neither for the file nor for a list of its events: `index` notes where the events lie
(some 30 bytes each), `pieces` reads them UID by UID, those with the newest start first.
"""

import hashlib
import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import BinaryIO

from hub_calendar import lines, uids
from hub_calendar.scan import LONGEST_LINE, Found, Head, scan

LONGEST_NAME = 200
"""Characters of the name of a piece."""
LONGEST_EVENT = 1_000_000
LONGEST_PIECE = 4_500_000
CUT = b"X-HUB-CUT:TRUE\r\n"
"""Says in a piece that something in it was too long and left out: an embedded file, mostly."""

_SHORT_EVENT = 128 * 1024
_MOST_HEADS = 1_000
# Almost every UID is like that, and need not be read as the text of a property.
_PLAIN_UID = re.compile(rb"UID:([\w@.{}/+=-]{1,200})\r?\n", re.ASCII)
_PLAIN_UID_INSIDE = re.compile(rb"^UID:([\w@.{}/+=-]{1,200})\r?\n(?![\r\n]*[ \t])", re.ASCII | re.MULTILINE)
_TZID = re.compile(rb'TZID="?([^":;\r\n]+)', re.IGNORECASE)
_OWN_ZONE = re.compile(rb"^X-WR-TIMEZONE[^:\r\n]*:([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
_PROGRAM = re.compile(rb"^PRODID[;:].*\n(?:[ \t].*\n)*", re.IGNORECASE | re.MULTILINE)
_STAMP = re.compile(rb"^DTSTAMP[;:].*\n(?:[ \t].*\n)*", re.IGNORECASE | re.MULTILINE)
_MODIFIED = re.compile(rb"^LAST-MODIFIED[;:]", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Piece:
    """The events of one UID. `name` is the UID, shortened where it is very long; `revision` a hash of what they say."""

    name: str
    body: bytes
    revision: str


@dataclass(frozen=True, slots=True)
class Index:
    """Where the events of a file lie, by number; `heads` has the numbers of their calendars' heads in `distinct`."""

    offsets: "array[int]" = field(default_factory=lambda: array("Q"))
    lengths: "array[int]" = field(default_factory=lambda: array("Q"))
    days: "array[int]" = field(default_factory=lambda: array("I"))
    keys: "array[int]" = field(default_factory=lambda: array("q"))
    heads: "array[int]" = field(default_factory=lambda: array("I"))
    distinct: dict[Head, int] = field(default_factory=dict)

    def add(self, found: Found, name: str) -> None:
        self.offsets.append(found.offset)
        self.lengths.append(found.length)
        self.days.append(found.day)
        self.keys.append(hash(name))

    def close(self, head: Head) -> None:
        """The events since the last head belong to this one."""
        if len(self.heads) == len(self.keys):
            return
        known = head in self.distinct or len(self.distinct) < _MOST_HEADS
        number = self.distinct.setdefault(head if known else Head(), len(self.distinct))
        self.heads.extend([number] * (len(self.keys) - len(self.heads)))


def names(file: BinaryIO) -> set[str]:
    """The names of the pieces of the file."""
    file.seek(0)
    return {_name(file, found) for found in scan(file) if isinstance(found, Found)}


def index(file: BinaryIO) -> Index:
    """Where the events of the file lie."""
    built = Index()
    file.seek(0)
    for found in scan(file):
        if isinstance(found, Head):
            built.close(found)
        else:
            built.add(found, _name(file, found))
    return built


def pieces(file: BinaryIO, built: Index) -> Iterator[Piece]:
    """The pieces of the file, always in the same order.

    Raises `FileNotFoundError` when it notices that the file was changed since it was indexed, which need not show.
    """
    heads = list(built.distinct)
    for numbers in _groups(built):
        yield _piece(list(_read(file, built, numbers, heads)))


def piece(file: BinaryIO, built: Index, name: str) -> Piece | None:
    """The piece of that name."""
    key = hash(name)
    numbers = [number for number, one in enumerate(built.keys) if one == key]
    return _piece(list(_read(file, built, numbers, list(built.distinct)))) if numbers else None


def _groups(built: Index) -> Iterator[Sequence[int]]:
    """The numbers of the events of each UID; those with the newest start come first, then by place in the file."""
    keys, days = built.keys, built.days
    by_key = array("I", sorted(range(len(keys)), key=keys.__getitem__))
    ranks: list[int] = []
    start = 0
    for stop in range(1, len(by_key) + 1):
        if stop == len(by_key) or keys[by_key[stop]] != keys[by_key[start]]:
            newest = max(days[number] for number in by_key[start:stop])
            ranks.append(((99_999_999 - newest) << 96) + (by_key[start] << 64) + (start << 32) + stop)
            start = stop
    ranks.sort()
    for rank in ranks:
        yield by_key[rank >> 32 & 0xFFFFFFFF : rank & 0xFFFFFFFF]


# --- an event --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Event:
    data: bytes
    head: Head
    cut: bool


def _read(file: BinaryIO, built: Index, numbers: Sequence[int], heads: Sequence[Head]) -> Iterator[_Event]:
    """The events of a UID; the last one is said to be cut where there are more than a piece can hold."""
    room = LONGEST_PIECE - LONGEST_EVENT
    for number in numbers:
        data, cut = _bytes(file, built.offsets[number], built.lengths[number])
        room -= len(data)
        yield _Event(data, heads[built.heads[number]], cut or room < 0)
        if room < 0:
            return


def _bytes(file: BinaryIO, offset: int, length: int) -> tuple[bytes, bool]:
    """The bytes of an event, and whether they were cut."""
    file.seek(offset)
    data, cut = (file.read(length), False) if length <= _SHORT_EVENT else (_slim(file, length), True)
    if not data.endswith(b"\n"):
        data += b"\r\n"
    ended = data[-100:].rstrip().upper().endswith(b"END:VEVENT")
    return data if ended else data + b"END:VEVENT\r\n", cut


def _slim(file: BinaryIO, length: int) -> bytes:
    """The next `length` bytes without what makes a line longer than `LONGEST_LINE`, up to `LONGEST_EVENT`."""
    kept = bytearray()
    size, whole = 0, True
    while length > 0 and (line := file.readline(min(length, LONGEST_LINE))):
        length -= len(line)
        size = size + len(line) if line[:1] in b" \t" or not whole else len(line)
        whole = line.endswith(b"\n")
        if size <= LONGEST_LINE and len(kept) < LONGEST_EVENT:
            kept += line
    return bytes(kept)


def _name_of(event: bytes) -> str:
    """The name of an event that was read. Raises `FileNotFoundError` when that is no event any more."""
    shouted = event.upper()
    if shouted.count(b"BEGIN") == shouted.count(b"UID") == 1 and (plain := _PLAIN_UID_INSIDE.search(event)):
        return plain[1].decode()
    found = next(scan(data := BytesIO(event)))
    if not isinstance(found, Found):
        raise FileNotFoundError("the file was changed while it was read")
    return _name(data, found)


def _name(file: BinaryIO, found: Found) -> str:
    """The UID of an event, shortened; of one without a UID, what is made of its content."""
    if plain := _PLAIN_UID.fullmatch(found.uid):
        return plain[1].decode()
    line = lines.content_line(next(lines.unfold(found.uid), b""))
    uid = lines.one_line(line.value, uids.LONGEST)
    if not uid:
        here = file.tell()
        data, _ = _bytes(file, found.offset, found.length)
        uid = uids.written(lines.read(data).parts[0])
        file.seek(here)
    if len(uid) <= LONGEST_NAME:
        return uid
    digest = hashlib.blake2b(uid.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return f"{uid[: LONGEST_NAME - 40]}~{digest}"


# --- a piece ---------------------------------------------------------------------------------------------------------


def _piece(events: Sequence[_Event]) -> Piece:
    properties = events[0].head.properties
    zones = {name: block for event in events for name, block in event.head.zones}
    kept = [event.data for event in events]
    body = b"".join(
        (
            b"BEGIN:VCALENDAR\r\n",
            properties if not properties or properties.endswith(b"\n") else properties + b"\r\n",
            CUT if any(event.cut for event in events) else b"",
            *(zones[name] for name in sorted(zones and _named_zones(properties, kept) & zones.keys())),
            *kept,
            b"END:VCALENDAR\r\n",
        )
    )
    return Piece(_name_of(kept[0]), body, _revision(body, dated=all(map(_MODIFIED.search, kept))))


def _named_zones(properties: bytes, events: Sequence[bytes]) -> set[bytes]:
    named = {name.strip() for event in events for name in _TZID.findall(_unfolded(event))}
    return named | {name.strip() for name in _OWN_ZONE.findall(properties)}


def _unfolded(event: bytes) -> bytes:
    return event.replace(b"\r\n", b"\n").replace(b"\n ", b"").replace(b"\n\t", b"")


def _revision(body: bytes, *, dated: bool) -> str:
    """A hash of what a piece says, without what is new in every export though nothing has changed.

    DTSTAMP is that where the events also give LAST-MODIFIED: Google and others put the time of the export there.
    """
    same = _without(_PROGRAM, b"PRODID", body)
    return hashlib.blake2b(_without(_STAMP, b"DTSTAMP", same) if dated else same, digest_size=16).hexdigest()


def _without(lines: re.Pattern[bytes], name: bytes, body: bytes) -> bytes:
    """The body without the lines of this name. Mostly there is one, and then no pattern need look at all the others."""
    at = body.find(b"\n" + name) + 1
    end = body.find(b"\n", at) + 1
    if not at or not end or body[end : end + 1] in b" \t" or body.upper().count(name) != 1:
        return lines.sub(b"", body)
    return body[:at] + body[end:] if body[at + len(name)] in b";:" else body
