"""iCalendar text (RFC 5545, section 3.1) as components of content lines, read with caps and without ever raising.

The reader is ours because a calendar library gives up at the first line it cannot read, and takes thirty times as
long for what most events are. It forgives what real exports do: bare LF, a byte-order mark, lines broken without
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
    """What stands between a BEGIN and its END: content lines by their names, and the components inside."""

    name: str
    lines: dict[str, list[Line]] = field(default_factory=dict)
    parts: list["Component"] = field(default_factory=list)

    def all(self, name: str) -> Sequence[Line]:
        return self.lines.get(name, ())

    def first(self, name: str) -> Line:
        """The first line of this name; one without a value where there is none."""
        return self.lines[name][0] if name in self.lines else _MISSING

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
    for logical in unfold(body):
        line = content_line(logical)
        if line.name == "BEGIN":
            if len(stack) > DEEPEST:
                skipped += 1
                continue
            part = Component(line.value.strip().upper())
            if part.name in OF_CALENDAR:
                _end_others(stack)
            stack[-1].parts.append(part)
            stack.append(part)
        elif line.name != "END":
            if not skipped:
                stack[-1].lines.setdefault(line.name, []).append(line)
        elif skipped:
            skipped -= 1
        else:
            _end(stack, line.value.strip().upper())
    return root


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
    text = decode(logical)
    end = _PARAMETER_END.search(text)
    if end is None:
        return Line(text.strip().upper(), "")
    name = text[: end.start()].strip().upper()
    if end.group() != ";":
        return Line(name, text[end.end() :])
    params, value = _parameters(text, end.start())
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
    plain = _ESCAPE.sub(lambda m: "\n" if m[1] in "nN" else m[1], value[: 2 * longest])
    return _CONTROL.sub("", plain.replace("\r\n", "\n")).strip()[:longest]


def one_line(value: str, longest: int = 500) -> str:
    """A TEXT value that is a title or a name: also without line breaks and without marks that turn the text round."""
    return " ".join(_BIDI.sub("", text(value, longest)).split())


def parameter(value: str) -> str:
    """A parameter's value as people read it: quotes and RFC 6868 carets undone."""
    return value and one_line(_CARET.sub(lambda m: {"n": " ", "'": '"', "^": "^"}[m[1]], value.strip().strip('"')))
