"""vCard 2.1, 3.0 and 4.0 (RFC 2426, RFC 6350), as address books write them, read a line at a time under caps.

Lines are unfolded as bytes, since a fold may cut a character in two; a value is decoded by its own CHARSET, else by
the file's encoding. Pictures, sounds, keys and programs' own properties (X-…) are left out; a card of the kind "group"
is no person and is passed over. A card becomes a row whose columns are the names of its properties; the values of one
that comes several times stand on lines of their own.

The library `vobject` was last released in December 2024, so this reader is ours.
"""

import codecs
import quopri
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import hub
from hub_contacts.encodings import find_encoding
from hub_contacts.rows import Meaning, Row
from hub_contacts.settings import File, Settings
from hub_contacts.text import BAD_BYTE, clean

MOST_LINES: Final = 20_000
"""Of one card; a picture of 1 MB has 18,000."""
LONGEST_VALUE: Final = 1 << 17
"""Of one property, in bytes."""
LONGEST_CARD: Final = 1 << 20
"""Of all properties of a card that are kept, in bytes."""

_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("FN",),
    "last_name": ("N last",),
    "first_name": ("N first",),
    "middle_name": ("N middle",),
    "company": ("ORG",),
    "position": ("TITLE", "ROLE"),
    "email": ("EMAIL",),
    "phone": ("TEL",),
    "text": ("NOTE",),
}
_SKIPPED: Final = "PHOTO LOGO SOUND KEY VERSION PRODID REV AGENT MEMBER CLIENTPIDMAP SORT-STRING"
_LEFT_OUT: Final = frozenset(_SKIPPED.split())
_PARTS: Final = {"N": ("N last", "N first", "N middle", "N prefix", "N suffix"), "ORG": ("ORG", "ORG unit", "ORG team")}
_HEAD: Final = re.compile(rb'((?:[^":]|"[^"]*")*):')
_SCHEME: Final = re.compile(r"(?:tel|mailto|urn:uuid):", re.IGNORECASE)
_CHARSETS: Final = re.compile(r"utf-8|ascii|iso8859-\d+|cp125\d|cp866|koi8-[ru]|mac-cyrillic")


@dataclass(frozen=True)
class Cards:
    """The cards of a file. A card without UID is known by its name and company."""

    path: Path
    encoding: str
    meaning: Meaning
    key: str = "UID"
    key_is_needed: bool = False

    @property
    def name(self) -> str:
        return self.path.name

    def rows(self) -> Iterator[Row]:
        for card in _cards(_unfolded(_lines(self.path, self.encoding)), self.encoding):
            if card.kind != "group":
                cells = {column: "\n".join(values) for column, values in card.cells.items()}
                yield Row(card.number, cells, card.problem, unit=hub.sentence("card {number}"))


@contextmanager
def open_cards(file: File, settings: Settings) -> Iterator[Cards]:
    """The cards of a vCard file."""
    encoding = find_encoding(file.path, folded=True) if file.encoding == "auto" else file.encoding
    cards = Cards(file.path, encoding, Meaning(file.kind, _FIELDS, file.name, zone=settings.timezone))
    if next(cards.rows(), None) is None:
        raise hub.Misconfigured(
            hub.sentence("{path} has no vCards").format(path=file.path),
            fix=hub.sentence("Export the address book anew as vCard (.vcf)"),
        )
    yield cards


# --- lines -----------------------------------------------------------------------------------------------------------


def _lines(path: Path, encoding: str) -> Iterator[bytes]:
    """The lines without their ends. What is longer than a value may be is cut there."""
    is_rest = False
    for chunk in _chunks(path, encoding):
        if not is_rest:
            yield chunk.removeprefix(codecs.BOM_UTF8).rstrip(b"\r\n")
        is_rest = not chunk.endswith(b"\n")


def _chunks(path: Path, encoding: str) -> Iterator[bytes]:
    if encoding.startswith("utf-16"):
        with path.open(encoding=encoding, errors="replace") as text:
            while line := text.readline(LONGEST_VALUE):
                yield line.encode("utf-8", "replace")
    else:
        with path.open("rb") as file:
            while chunk := file.readline(LONGEST_VALUE):
                yield chunk


def _unfolded(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Whole properties: a line that begins with a space goes on with the one before (RFC 6350 section 3.2), as does
    what follows a soft line break of quoted-printable (vCard 2.1).
    """
    whole = bytearray()
    for line in lines:
        if _has_soft_break(whole) and not line.upper().startswith((b"BEGIN:", b"END:")):
            whole[-1:] = line
        elif line[:1] in (b" ", b"\t") and whole:
            whole += line[1:]
        else:
            yield bytes(whole)
            whole = bytearray(line)
        del whole[LONGEST_VALUE:]
    yield bytes(whole)


def _has_soft_break(line: bytearray) -> bool:
    return line.endswith(b"=") and b"QUOTED-PRINTABLE" in line.partition(b":")[0].upper()


# --- cards -----------------------------------------------------------------------------------------------------------


@dataclass
class _Card:
    """A card while it is read. `last` is the name of its last property."""

    number: int
    cells: dict[str, dict[str, None]] = field(default_factory=dict)
    problem: str = ""
    kind: str = ""
    last: str = ""
    lines: int = 0
    size: int = 0

    def take(self, line: bytes, encoding: str) -> None:
        self.lines += 1
        if self.lines > MOST_LINES or self.size > LONGEST_CARD:
            self.problem = hub.sentence("it is too large")
            return
        name, parameters, value = _property(line)
        self.last = name
        if not name or name in _LEFT_OUT or name.startswith("X-"):
            return
        self.size += len(value)
        if len(line) == LONGEST_VALUE:
            said = hub.sentence("its {property} is longer than {size} KB")
            self.problem = said.format(property=name, size=LONGEST_VALUE >> 10)
        self._keep(name, parameters, _decoded(parameters, value, encoding))

    def _keep(self, name: str, parameters: Mapping[str, str], text: str) -> None:
        if BAD_BYTE in text:
            said = hub.sentence("its {property} has bytes that the file's encoding does not have")
            self.problem = said.format(property=name)
        if name == "KIND":
            self.kind = text.strip().lower()
        for column, part in _columns(name, parameters, text):
            if cleaned := clean(_unescaped(part)):
                self.cells.setdefault(column, {})[cleaned] = None


def _cards(lines: Iterable[bytes], encoding: str) -> Iterator[_Card]:
    number = nested = 0
    card: _Card | None = None
    for line in lines:
        match line.strip().upper():
            case b"BEGIN:VCARD" if card is not None and (nested or card.last == "AGENT"):
                nested += 1
            case b"BEGIN:VCARD":
                if card is not None:
                    yield _cut_short(card)
                number, nested = number + 1, 0
                card = _Card(number)
            case b"END:VCARD" if nested:
                nested -= 1
            case b"END:VCARD" if card is not None:
                yield card
                card = None
            case _ if card is not None and not nested:
                card.take(line, encoding)
    if card is not None:
        yield _cut_short(card)


def _cut_short(card: _Card) -> _Card:
    card.problem = hub.sentence("it has no END:VCARD")
    return card


def _property(line: bytes) -> tuple[str, dict[str, str], bytes]:
    """Name without group, parameters in upper case, value: `item1.TEL;CELL;PREF:+7…`."""
    found = _HEAD.match(line)
    if found is None:
        return "", {}, b""
    name, *given = found[1].decode("ascii", "replace").upper().split(";")
    parameters: dict[str, str] = {}
    for one in given:
        key, has_value, text = one.partition("=")
        key, text = (key.strip(), text.strip('" ')) if has_value else ("TYPE", key.strip())
        parameters[key] = f"{parameters[key]},{text}" if key in parameters else text
    return name.rpartition(".")[2].strip(), parameters, line[found.end() :]


def _decoded(parameters: Mapping[str, str], value: bytes, encoding: str) -> str:
    coding = {parameters.get("ENCODING", ""), *parameters.get("TYPE", "").split(",")}
    if coding & {"B", "BASE64"}:
        return ""
    if "QUOTED-PRINTABLE" in coding:
        value = quopri.decodestring(value)
    charset = encoding if not encoding.startswith("utf-16") else "utf-8"
    with suppress(LookupError, ValueError):
        named = codecs.lookup(parameters.get("CHARSET", "")).name
        charset = named if _CHARSETS.fullmatch(named) else charset
    return value.decode(charset, "replace")


def _columns(name: str, parameters: Mapping[str, str], text: str) -> Iterable[tuple[str, str]]:
    if name in _PARTS:
        return zip(_PARTS[name], _split(text), strict=False)
    if name == "ADR":
        return [(name, ", ".join(filter(None, map(str.strip, _split(text)))))]
    if name == "TEL" and "FAX" in parameters.get("TYPE", ""):
        return [("TEL fax", text)]
    return [(name, _SCHEME.sub("", text, count=1) if name in ("TEL", "EMAIL", "UID") else text)]


_BACKSLASH: Final = "\x00"


def _split(text: str) -> list[str]:
    return re.split(r"(?<!\\);", text.replace("\\\\", _BACKSLASH))


def _unescaped(text: str) -> str:
    text = text.replace("\\\\", _BACKSLASH).replace("\\n", "\n").replace("\\N", "\n")
    return re.sub(r"\\([,;:])", r"\1", text).replace(_BACKSLASH, "\\")
