"""What a ZIP archive really holds, measured before a library that trusts it opens it.

The directory of an archive can lie about sizes, and a sheet with one cell in its farthest corner makes calamine ask
for 512 GB at once, which ends the process. So every member is inflated under a cap and every sheet is measured.
"""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import hub

MOST_MEMBERS: Final = 5_000
MOST_BYTES: Final = 512 << 20
"""Of an archive, unpacked."""
MOST_CELLS: Final = 10_000_000
"""Rows times columns of one sheet: calamine keeps 32 bytes for each, used or not."""

_CHUNK: Final = 1 << 18
_LOCAL_HEADER: Final = struct.Struct("<4s22xHH")  # APPNOTE.TXT 4.3.7: signature, … name length, extra length
_SIGNATURE: Final = b"PK\x03\x04"
_ROWS: Final = b"sheetData"


class Unfit(ValueError):
    """The archive is damaged, or larger than is sane; the text says which."""


def measure(path: Path) -> None:
    """Raises `Unfit` unless the archive is what it says it is and fits into memory."""
    try:
        with ZipFile(path) as archive, path.open("rb") as file:
            members = archive.infolist()
            if len(members) > MOST_MEMBERS or len({member.filename for member in members}) < len(members):
                raise Unfit(hub.sentence("it has too many parts, or two of one name"))
            if sum(member.file_size for member in members) > MOST_BYTES:
                raise Unfit(hub.sentence("unpacked it is larger than {size} MB").format(size=MOST_BYTES >> 20))
            for member in members:
                _measure_member(file, member)
    except (BadZipFile, zlib.error, struct.error, NotImplementedError) as error:
        raise Unfit(hub.sentence("it is damaged")) from error


def _measure_member(file: BinaryIO, member: ZipInfo) -> None:
    if member.flag_bits & 1 or member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise Unfit(hub.sentence("it is packed in an unusual way"))
    size, tail, has_rows = 0, b"", False
    extent = _Extent()
    for chunk in _inflate(file, member):
        size += len(chunk)
        if size > member.file_size:
            break
        has_rows = has_rows or _ROWS in tail + chunk
        tail = chunk[-len(_ROWS) :]
        extent.feed(chunk)
    if size != member.file_size:
        raise Unfit(hub.sentence("its directory does not tell the truth about its parts"))
    if has_rows and not extent.is_whole():
        raise Unfit(hub.sentence("a sheet in it is damaged"))


def _inflate(file: BinaryIO, member: ZipInfo) -> Iterator[bytes]:
    file.seek(member.header_offset)
    signature, name, extra = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
    if signature != _SIGNATURE:
        raise Unfit(hub.sentence("it is damaged"))
    file.seek(name + extra, 1)
    left = member.compress_size
    inflater = zlib.decompressobj(-zlib.MAX_WBITS) if member.compress_type == ZIP_DEFLATED else None
    while left > 0 and (packed := file.read(min(_CHUNK, left))):
        left -= len(packed)
        if inflater is None:
            yield packed
            continue
        while packed:
            yield inflater.decompress(packed, _CHUNK)
            packed = inflater.unconsumed_tail
    if inflater is not None:
        yield inflater.flush()


class _Extent:
    """How far the cells in a piece of XML reach. What is no XML cannot be measured, and so must hold no rows."""

    def __init__(self) -> None:
        self._rows = self._columns = self._row = self._column = 0
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._broken = False

    def feed(self, chunk: bytes, *, last: bool = False) -> None:
        """Raises `Unfit` for a sheet that is too far-flung."""
        if self._broken:
            return
        try:
            self._parser.Parse(chunk, last)
        except (expat.ExpatError, LookupError, ValueError):  # the last two: an encoding that is none
            self._broken = True
        if self._rows * self._columns > MOST_CELLS:
            text = hub.sentence("a sheet reaches over {rows} × {columns} cells: delete stray ones")
            raise Unfit(text.format(rows=self._rows, columns=self._columns))

    def is_whole(self) -> bool:
        self.feed(b"", last=True)
        return not self._broken

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        element = name.rpartition(":")[2]
        if element == "row":
            self._row, self._column = _number(attributes.get("r", ""), self._row + 1), 0
        elif element == "c":
            self._column += 1
            self._place(attributes.get("r", ""))
        elif element in ("v", "is", "f"):
            self._rows, self._columns = max(self._rows, self._row), max(self._columns, self._column)

    def _place(self, reference: str) -> None:
        letters = reference.rstrip("0123456789")
        if letters:
            self._column = _column(letters[:4])
            self._row = _number(reference[len(letters) :], self._row)


def _number(text: str, default: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
