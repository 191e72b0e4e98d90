"""mbox files (RFC 4155, and what mail programs make of it): where their mails lie, read in one pass.

A mail is known by a hash of what it says, without the separator and the header fields in which mail programs note
what was read: compacting the file, or reading a mail, changes nothing. Mails that say the same are told apart by a
number.
"""

import json
import os
import re
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import pairwise
from typing import BinaryIO

import hub
from hub_email import caps

_SEPARATOR = b"\nFrom "
_DATED = re.compile(rb"From .{0,500}?[A-Z][a-z]{2},? .{0,40}?\d{1,2}:\d{2}")
_BARE = re.compile(rb"From (?:- ?)?\r?\n[!-9;-~]+:")
_NOTES = re.compile(
    rb"^(?:status|x-status|x-keywords|x-uid|x-imap|x-imapbase|content-length|lines|x-mozilla-status2?|x-mozilla-keys"
    rb"|x-evolution):[^\n]*\n(?:[ \t][^\n]*\n)*",
    re.IGNORECASE | re.MULTILINE,
)
_BLANK = re.compile(rb"\n\r?\n")
_CHUNK = 1 << 20
_LINE = 1_024
_DIGEST = 16


@dataclass(frozen=True, slots=True)
class Index:
    """Where the mails lie, in the order of the file: some 32 bytes for each."""

    offsets: "array[int]" = field(default_factory=lambda: array("Q"))
    lengths: "array[int]" = field(default_factory=lambda: array("Q"))
    digests: bytearray = field(default_factory=bytearray)

    def __len__(self) -> int:
        return len(self.offsets)

    def digest(self, number: int) -> bytes:
        return bytes(self.digests[_DIGEST * number : _DIGEST * (number + 1)])


@dataclass(frozen=True, slots=True)
class Mbox:
    """An index whose mails have names."""

    index: Index
    numbers: dict[int, int]  # of mails that repeat an earlier one: which repetition

    def id(self, number: int) -> str:
        repetition = self.numbers.get(number, 1)
        return self.index.digest(number).hex() + (f"-{repetition}" if repetition > 1 else "")

    def find(self, external_id: str) -> int | None:
        """The number of the mail of that name."""
        return next((number for number in range(len(self.index)) if self.id(number) == external_id), None)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pull of an mbox stands: `left` mails, the oldest, of the file as it looked (inode, size, time)."""

    file: tuple[int, ...] = ()
    left: int = 0

    @property
    def cursor(self) -> str:
        return json.dumps({"file": self.file, "left": self.left})


def place_of(cursor: str | None) -> Place:
    """The place that a cursor means. Raises `hub.CursorLost` when it is none of ours."""
    if cursor is None:
        return Place()
    try:
        said = json.loads(cursor)
        return Place(tuple(map(int, said["file"])), int(said["left"]))
    except (ValueError, TypeError, KeyError) as error:
        raise hub.CursorLost(hub.sentence("The cursor is not one of an mbox")) from error


class NotAnMbox(Exception):
    """There is something in the file, and nowhere a line with which a mail begins."""


def read(file: BinaryIO, *, without_last: bool = False) -> Mbox:
    """The mails of a file; `without_last` when somebody is just writing it. Raises `NotAnMbox`."""
    index = Index()
    size = os.fstat(file.fileno()).st_size
    offsets = array("Q", _separators(file))
    if not offsets and os.pread(file.fileno(), _LINE, 0).strip():
        raise NotAnMbox
    ends = offsets[1:] + array("Q", (size,))
    for start, end in zip(offsets, ends, strict=False):
        found = message(file, start, end - start)
        if _is_internal(found):
            continue
        index.offsets.append(start)
        index.lengths.append(end - start)
        index.digests.extend(digest(found))
    if without_last and len(index):
        index.offsets.pop()
        index.lengths.pop()
        del index.digests[-_DIGEST:]
    return Mbox(index, _repetitions(index))


def message(file: BinaryIO, offset: int, length: int) -> bytes:
    """A mail as it was before it was put into the file, at most `caps.MESSAGE` of it."""
    raw = os.pread(file.fileno(), min(length, caps.MESSAGE + _LINE), offset)
    return raw[raw.find(b"\n") + 1 :].rstrip(b"\r\n").replace(b"\n>From ", b"\nFrom ") + b"\n"


def digest(mail: bytes) -> bytes:
    """What a mail is known by."""
    blank = _BLANK.search(mail, 0, caps.HEADER)
    end = blank.start() + 1 if blank else len(mail)
    return blake2b(_NOTES.sub(b"", mail[:end]) + mail[end:], digest_size=_DIGEST).digest()


def _separators(file: BinaryIO) -> Iterator[int]:
    """Where the lines "From ..." stand that begin a mail."""
    file.seek(0)
    window = file.read(_CHUNK)
    begin = looked_at = 0
    if window.startswith(b"From "):
        yield 0
    while window:
        more = file.read(_CHUNK)
        limit = len(window) - _LINE if more else len(window)
        at = window.find(_SEPARATOR, looked_at)
        while 0 <= at < limit:
            if _separates(window, at + 1):
                yield begin + at + 1
            at = window.find(_SEPARATOR, at + 1)
        kept = window[limit - 2 :] if more else b""  # two bytes to see an empty line by
        looked_at = 2
        begin += len(window) - len(kept)
        window = kept + more


def _separates(window: bytes, at: int) -> bool:
    line = window[at : at + _LINE]
    if _DATED.match(line[: line.find(b"\n")]):
        return True
    return window[max(0, at - 2) : at] in (b"\n\n", b"\r\n") and bool(_BARE.match(line))


def _is_internal(mail: bytes) -> bool:
    """A mail that servers put in front to remember things."""
    return b"FOLDER INTERNAL DATA" in mail[:2_000] and b"\nX-IMAP" in mail[:2_000]


def _repetitions(index: Index) -> dict[int, int]:
    """The numbers of mails that repeat an earlier one, without a table of all mails."""
    keys = array("Q", (int.from_bytes(index.digest(number)[:8], "big") for number in range(len(index))))
    ordered = array("Q", sorted(keys))
    repeated = array("Q", (key for key, after in pairwise(ordered) if key == after))
    counts: Counter[bytes] = Counter()
    numbers: dict[int, int] = {}
    for number, key in enumerate(keys):
        place = bisect_left(repeated, key)
        if place < len(repeated) and repeated[place] == key:
            counts[index.digest(number)] += 1
            numbers[number] = counts[index.digest(number)]
    return numbers
