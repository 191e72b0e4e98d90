"""iCalendar text (RFC 5545, section 3.1) as components of content lines, read with caps and without ever raising.

The reader is ours because a calendar library gives up at the first line it cannot read, and takes thirty times as
long for what most events are. A body without oddities is unfolded at once, and a line is taken apart when somebody asks
for it. What is odd is read line by line. The reader forgives what real exports do: bare LF, a byte-order mark, lines broken without
the leading space, a component that is never ended, undeclared cp1251, NUL bytes, vCalendar 1.0's quoted-printable.
"""

import quopri
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

LONGEST_LINE = 256 * 1024
"""Bytes of a logical line that are kept."""
MOST_LINES = 50_000
"""Logical lines of a body that are read."""
DEEPEST = 8
"""Components inside one another; what is deeper is passed over."""

OF_CALENDAR = frozenset(("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "VAVAILABILITY"))
"""The components of a calendar."""

_NOTHING: Mapping[str, str] = MappingProxyType({})
_FOLDED_NAME = re.compile(rb"(?<=\n)([A-Z][A-Z0-9-]*)[\r\n]+[ \t](?=[;:])")
_CONTENT = re.compile(rb"[A-Za-z0-9-]+[;:]")
_EMPTY_LINES = re.compile(rb"\n{2,}")
_LINES = re.compile(r"^([A-Za-z0-9-]+)([;:].*)", re.MULTILINE)
_ODD_LINE = re.compile(r"^(?![A-Za-z0-9-]+[;:]|[ \t\x0b\f]*$)", re.MULTILINE)
_SOFT_BREAK = re.compile(rb"=[\r\n]")
_QUOTED_PRINTABLE = re.compile(rb"[^:]*QUOTED-PRINTABLE", re.IGNORECASE)
_ESCAPE = re.compile(r"\\([nN,;:\\\"])")
_CARET = re.compile(r"\^([n'^])")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_PARAMETER_END = re.compile('[";:]')


class Line(NamedTuple):
    """A content line: `name` and the keys of `params` in upper case, `value` as it stands (text still escaped)."""

    name: str
    value: str
    params: Mapping[str, str] = _NOTHING


_MISSING = Line("", "")


@dataclass(frozen=True, slots=True)
class Component:
    """What stands between a BEGIN and its END: content lines by their names, and the components inside.

    `written` has what stands behind the name; a line is taken apart when it is first asked for.
    """

    name: str
    written: dict[str, list[str]] = field(default_factory=dict)
    parts: list["Component"] = field(default_factory=list)
    _read: dict[str, list[Line]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def lines(self) -> Iterator[Line]:
        """All content lines, those of one name together."""
        for name in self.written:
            yield from self.all(name)

    def all(self, name: str) -> Sequence[Line]:
        if name not in self.written:
            return ()
        if name not in self._read:
            self._read[name] = [line_of(name, rest) for rest in self.written[name]]
        return self._read[name]

    def first(self, name: str) -> Line:
        """The first line of this name; one without a value where there is none."""
        return self.all(name)[0] if name in self.written else _MISSING

    def inside(self, name: str) -> list["Component"]:
        """Components of this name anywhere inside, but not inside one another."""
        found: list[Component] = []
        for part in self.parts:
            found += [part] if part.name == name else part.inside(name)
        return found


def read(body: bytes) -> Component:
    """All components of `body`, in a component without a name."""
    root = Component("")
    stack = [root]
    skipped = 0
    for name, rest in _at_once(body) or map(_apart, unfold(body)):
        if name == "BEGIN":
            if len(stack) > DEEPEST:
                skipped += 1
                continue
            part = Component(line_of(name, rest).value.strip().upper())
            if part.name in OF_CALENDAR:
                _end_others(stack)
            stack[-1].parts.append(part)
            stack.append(part)
        elif name != "END":
            if not skipped:
                stack[-1].written.setdefault(name, []).append(rest)
        elif skipped:
            skipped -= 1
        else:
            _end(stack, line_of(name, rest).value.strip().upper())
    return root


def _at_once(body: bytes) -> list[tuple[str, str]] | None:
    """The names of the content lines in upper case, and what stands behind them; None for a body with oddities."""
    if len(body) > LONGEST_LINE or b"\0" in body or _SOFT_BREAK.search(body):
        return None
    plain = body.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if b"\n\n" in plain:
        plain = _EMPTY_LINES.sub(b"\n", plain)
    try:
        text = plain.replace(b"\n ", b"").replace(b"\n\t", b"").decode()
    except UnicodeDecodeError:
        return None
    if _ODD_LINE.search(text) or text.count("\n") >= MOST_LINES:
        return None
    found = _LINES.findall(text)
    return [(name if name.isupper() else name.upper(), rest) for name, rest in found]


def _end_others(stack: list[Component]) -> None:
    """A calendar's components do not stand inside one another: where the last was never ended, it ends here."""
    depth = next((i for i, one in enumerate(stack) if one.name in OF_CALENDAR), len(stack))
    del stack[depth:]


def _end(stack: list[Component], name: str) -> None:
    """Closes the innermost open component of this name, and with it those inside that were never ended."""
    depth = next((i for i in range(len(stack) - 1, 0, -1) if stack[i].name == name), 0)
    if depth:
        del stack[depth:]


def unfold(body: bytes) -> Iterator[bytes]:
    """The logical lines of `body`: at most `MOST_LINES`, each cut at `LONGEST_LINE`."""
    count = 0
    current = bytearray()
    body = _FOLDED_NAME.sub(rb"\1", body.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b""))
    for physical in body.splitlines():
        if physical[:1] in (b" ", b"\t"):
            more = physical[1:]
        elif not physical.strip():
            continue
        elif _is_soft_break(current):
            del current[-1]
            more = physical
        elif current and not _CONTENT.match(physical):
            more = b"\\n" + physical
        else:
            if current:
                yield bytes(current)
                count += 1
                if count >= MOST_LINES:
                    return
            current = bytearray()
            more = physical
        if len(current) < LONGEST_LINE:
            current += more[: LONGEST_LINE - len(current)]
    if current:
        yield bytes(current)


def _is_soft_break(current: bytearray) -> bool:
    return current[-1:] == b"=" and _QUOTED_PRINTABLE.match(current) is not None


def content_line(logical: bytes) -> Line:
    """One logical line. What has no colon has an empty value."""
    return line_of(*_apart(logical))


def _apart(logical: bytes) -> tuple[str, str]:
    """The name of a line in upper case, and what stands behind it."""
    text = decode(logical)
    end = _PARAMETER_END.search(text)
    return (text[: end.start()].strip().upper(), text[end.start() :]) if end else (text.strip().upper(), "")


def line_of(name: str, rest: str) -> Line:
    """A line by its name, and by what stands behind it."""
    if rest[:1] != ";":
        return Line(name, rest[1:])
    params, value = _parameters(rest, 0)
    if "QUOTED-PRINTABLE" in (params.get("ENCODING", "").upper(), *params):
        value = _from_quoted_printable(value)
    return Line(name, value, params)


def _parameters(text: str, at: int) -> tuple[dict[str, str], str]:
    """The parameters of a line from its first semicolon on, and its value."""
    params: dict[str, str] = {}
    while text[at : at + 1] == ";":
        end = _end_of_parameter(text, at + 1)
        key, _, value = text[at + 1 : end].partition("=")
        params.setdefault(key.strip().upper(), value)
        at = end
    return params, text[at + 1 :]


def _end_of_parameter(text: str, at: int) -> int:
    while (end := _PARAMETER_END.search(text, at)) is not None:
        if end.group() != '"':
            return end.start()
        closing = text.find('"', end.end())
        at = closing + 1 if closing >= 0 else end.end()
    return len(text)


def _from_quoted_printable(value: str) -> str:
    plain = quopri.decodestring(value.encode("utf-8", "replace"))
    return decode(plain).replace("\\", "\\\\").replace("\r", "").replace("\n", "\\n")


def decode(data: bytes) -> str:
    """UTF-8, as the standard says, or cp1251, which Russian programs write without a word about it.

    A stray byte, or a character cut in two, does not make UTF-8 cp1251: there, most letters would be wrong.
    """
    if data.isascii():
        return data.decode("ascii")
    plain = data.decode("utf-8", "replace")
    wrong = plain.count("\ufffd")
    if wrong and wrong * 8 > sum(character > "\x7f" for character in plain):
        return data.decode("cp1251", "replace")
    return plain


def text(value: str, longest: int) -> str:
    """A TEXT value as people read it: unescaped, without control characters, at most `longest` characters."""
    if not value:
        return ""
    if len(value) <= longest and "\\" not in value and value.isprintable():
        return value.strip()
    plain = _ESCAPE.sub(lambda m: "\n" if m[1] in "nN" else m[1], value[: 2 * longest])
    return _CONTROL.sub("", plain.replace("\r\n", "\n")).strip()[:longest]


def one_line(value: str, longest: int = 500) -> str:
    """A TEXT value that is a title or a name: also without line breaks and without marks that turn the text round."""
    plain = text(value, longest)
    return " ".join((plain if plain.isprintable() else _BIDI.sub("", plain)).split())


def parameter(value: str) -> str:
    """A parameter's value as people read it: quotes and RFC 6868 carets undone."""
    plain = value.strip().strip('"')
    return one_line(_CARET.sub(lambda m: {"n": " ", "'": '"', "^": "^"}[m[1]], plain) if "^" in plain else plain)
