"""Just enough of iCalendar (RFC 5545) for an invitation: components of content lines, times, texts. Never raises.

Whole calendars are read by the calendar plugin; this reader and its results agree with that one's on purpose.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from urllib.parse import unquote

from hub_email.charsets import decode
from hub_email.words import safe

_LINE = re.compile(r'([A-Za-z0-9-]+)((?:;[^=:;"]*+(?:=(?:"[^"]*+"|[^";:]|"(?![^"]*"))*)?)*):(.*)', re.DOTALL)
_PARAMETER = re.compile(r';([^=:;"]+)=((?:"[^"]*"|[^";:])*)')
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_TIME = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d):?(\d\d):?(\d\d)?(?:[.,]\d+)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII | re.IGNORECASE
)
_DURATION = re.compile(
    r"\+?P(?:(\d{1,5})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,7})H)?(?:(\d{1,7})M)?(?:(\d{1,9})S)?)?", re.ASCII | re.IGNORECASE
)
_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"']{1,64}@[^\s@<>()\[\]\\,;:\"']{1,253}")
_MOST_LINES = 20_000
_LONGEST = 100_000

Wall = datetime | date


@dataclass(frozen=True, slots=True)
class Line:
    """A content line; `name` and the names of its parameters in upper case."""

    name: str
    value: str
    parameters: Mapping[str, str]

    def parameter(self, name: str) -> str:
        return safe(self.parameters.get(name, "").replace('"', ""))

    def text(self, longest: int = 500) -> str:
        """A TEXT value as people read it, in one line."""
        return safe(_unescaped(self.value[: 2 * longest]))[:longest].strip()

    def paragraphs(self) -> str:
        """A TEXT value with its line breaks."""
        lines = _unescaped(self.value[:_LONGEST]).replace("\r\n", "\n").split("\n")
        return "\n".join(map(safe, lines)).strip()


@dataclass(frozen=True, slots=True)
class Component:
    """What stands between BEGIN and END."""

    name: str
    lines: list[Line] = field(default_factory=list)
    parts: list["Component"] = field(default_factory=list)

    def all(self, name: str) -> list[Line]:
        return [line for line in self.lines if line.name == name]

    def first(self, name: str) -> Line:
        """The first line of that name; an empty one where there is none."""
        return next((line for line in self.lines if line.name == name), Line(name, "", {}))

    def inside(self, name: str) -> list["Component"]:
        return [part for part in self.parts if part.name == name]


@dataclass(frozen=True, slots=True)
class Stated:
    """A time as it is written: `tzid` is "Z" or an offset where the time says so itself, "" where nothing does."""

    wall: Wall
    tzid: str = ""


def read(content: bytes) -> Component:
    """All components that stand in `content`, at most two deep, in a component without a name."""
    root = Component("")
    stack = [root]
    for logical in _logical_lines(content):
        match = _LINE.match(logical)
        if not match:
            continue
        name, value = match[1].upper(), match[3]
        if name == "BEGIN":
            part = Component(value.strip().upper())
            if part.name in ("VCALENDAR", "VEVENT", "VTIMEZONE"):
                del stack[1 if part.name == "VCALENDAR" else 2 :]
            stack[min(len(stack), 3) - 1].parts.append(part)
            stack.append(part)
        elif name == "END":
            if len(stack) > 1:
                stack.pop()
        elif len(stack) < 5:
            stack[-1].lines.append(Line(name, value, _parameters(match[2])))
    return root


def _logical_lines(content: bytes) -> list[str]:
    unfolded = content.replace(b"\r\n", b"\n").replace(b"\n ", b"").replace(b"\n\t", b"")
    lines: list[list[str]] = []
    for line in decode(unfolded).split("\n")[:_MOST_LINES]:
        if lines and line.strip() and not _LINE.match(line):
            lines[-1].append(line)  # a text whose line breaks nobody escaped
        else:
            lines.append([line])
    return ["\\n".join(pieces) for pieces in lines]


def _parameters(written: str) -> dict[str, str]:
    return {name.strip().upper(): value for name, value in _PARAMETER.findall(written)}


def _unescaped(value: str) -> str:
    return _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)


def stated(value: str, tzid: str = "") -> Stated | None:
    """A DATE or DATE-TIME; None when it is neither."""
    found = _TIME.fullmatch(value.strip())
    if not found:
        return None
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
        if not found[4]:
            return Stated(day)
        clock = time(int(found[4]), int(found[5]), min(int(found[6] or 0), 59))
    except ValueError:
        return None
    return Stated(datetime.combine(day, clock), found[7] or tzid)


def duration(value: str) -> timedelta | None:
    """A DURATION up to a hundred years; None when it is none."""
    found = _DURATION.fullmatch(value.strip())
    if not found or not any(found.groups()):
        return None
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return length if length < timedelta(days=36_525) else None


def offset(value: str) -> timezone | None:
    """A UTC-OFFSET ("+0300") or "Z" as a zone."""
    if value in ("Z", "z"):
        return UTC
    found = re.fullmatch(r"([+-]?)(\d\d):?(\d\d)(?::?\d\d)?", value.strip(), re.ASCII)
    if not found or int(found[2]) > 18:
        return None
    minutes = int(found[2]) * 60 + int(found[3])
    return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes))


def address(line: Line) -> str:
    """The e-mail address of a CAL-ADDRESS, "" when it has none."""
    at = line.value.lower().rfind("mailto:")
    uri = unquote(line.value[at + 7 :].partition("?")[0]) if at >= 0 else line.value
    found = (_ADDRESS.search(one[:2000]) for one in (line.parameter("EMAIL"), safe(uri)))
    return next((one[0] for one in found if one), "")
