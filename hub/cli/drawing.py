"""Lines of the history as text: aligned columns, fitted to a terminal, plain elsewhere.

02.11.2026 12:00  письмо  ←  Пётр Иванов → Анна Смирнова  #1 ↳ Re: Договор · 📎 договор.pdf
when              kind       who → whom                    thread, title · whatever else there is to say
"""

import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from hub import i18n
from hub.cli import moments, terms
from hub.cli.output import Output, printable
from hub.cli.view import Line, Somebody
from hub.core import text
from hub.core.records import Moment
from hub.i18n import _, ngettext

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text as RichText

Span: TypeAlias = tuple[str, str]
"""A text and its style on a terminal, in the words of rich; "" for none."""

_ARROWS: Final = {"in": "←", "out": "→", "internal": "•"}
_ARROW_STYLES: Final = {"in": "green", "out": "cyan", "internal": "dim"}
_PEOPLE: Final = 44
_ONE_ROW: Final = 120
_LEAST_TITLE: Final = 24
_PREVIEW: Final = 240
_NAMED: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How lines are drawn. `connections` are names by permanent id; `extra` are rows to stand under a line (its id);
    `hits` sets off the words of a title that were looked for.
    """

    zone: ZoneInfo
    connections: Mapping[str, str] = field(default_factory=dict)
    threads: Mapping[int, int] = field(default_factory=dict)
    keys: bool = False
    origins: bool = False
    preview: bool = False
    extra: Mapping[int, Sequence[Sequence[Span]]] = field(default_factory=dict)
    hits: Callable[[str], Iterable[Span]] | None = None


def draw(output: Output, lines: Sequence[Line], look: Look) -> None:
    """Print lines, one below the other in the order given."""
    seen: set[int] = set()
    when = [moment(line, look.zone) for line in lines]
    kinds = [terms.called(terms.KINDS, line.kind) for line in lines]
    people = [fitted(line) for line in lines]
    widths = [max(map(cells, column), default=0) for column in (when, kinds, people)]
    rows: list[list[Span]] = []
    for line, *columns in zip(lines, when, kinds, people, strict=True):
        head = [padded(text, width) for text, width in zip(columns, widths, strict=True)]
        rows += _rows(line, head, look, follows=line.thread in seen)
        rows += _below(line, look)
        if line.thread:
            seen.add(line.thread)
    write(output, rows)


def _rows(line: Line, head: Sequence[str], look: Look, *, follows: bool) -> list[list[Span]]:
    """A line in one row; where that leaves too little room, people and notes stand in a second one."""
    when, kind, people = head
    arrow = (_ARROWS.get(line.direction, "·"), _ARROW_STYLES.get(line.direction, "dim"))
    number = look.threads.get(line.thread)
    thread = f"#{number} {'↳ ' if follows else ''}" if number else ""
    title = titled(line)
    said = "".join(f" · {note}" for note in notes(line, look.zone))
    said = said if title else said.removeprefix(" · ")
    begin = [(when, "bold"), ("  ", ""), (kind, ""), ("  ", ""), arrow, ("  ", "")]
    if _room() < _ONE_ROW:
        second = [("    ", ""), (people.rstrip(), ""), (said, "dim")]
        return [[*begin, (thread, "dim"), *_title(line, title, look)], second]
    used = sum(map(cells, (when, kind, people, thread, said))) + len("  " * 4) + 1
    title = shortened(title, max(_LEAST_TITLE, _room() - used))
    return [[*begin, (people, ""), ("  ", ""), (thread, "dim"), *_title(line, title, look), (said, "dim")]]


def titled(line: Line) -> str:
    """The title in one row; "" where nobody expects one."""
    return printable(line.title).replace("\n", " ") or ("" if line.kind in _NAMELESS else _("(no subject)"))


def _title(line: Line, title: str, look: Look) -> Iterable[Span]:
    if look.hits is not None:
        return look.hits(title)
    return [(title, "strike" if line.status == "cancelled" else "")]


def _room() -> int:
    """How wide the terminal is; without one, as wide as can be."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 100_000


def _below(line: Line, look: Look) -> Iterator[list[Span]]:
    if look.preview and (said := text.preview(getattr(line.statement, "text", ""), _PREVIEW)):
        yield [("    ", ""), (said, "dim")]
    for row in look.extra.get(line.id, ()):
        yield [("    ", ""), *row]
    if look.origins:
        yield [("    ", ""), (_("seen in: {places}").format(places=", ".join(_places(line, look))), "dim")]
    if look.keys:
        yield [("    ", ""), (line.key, "dim")]


def _places(line: Line, look: Look) -> Iterator[str]:
    for origin in dict.fromkeys((one.connection, one.title or one.stream, one.custodian) for one in line.origins):
        connection, stream, custodian = origin
        whose = f" ({custodian})" if custodian else ""
        yield f"{look.connections.get(connection, connection)}/{stream}{whose}"


# --- when and who ----------------------------------------------------------------------------------------------------


def moment(line: Line, zone: ZoneInfo) -> str:
    if line.all_day:
        return moments.day(moments.day_of(line.at, zone, all_day=True))
    at = moments.local(line.at, zone)
    begin = f"{moments.day(at.date())} {moments.clock(at)}"
    if line.kind != "meeting" or line.ends is None or line.ends <= line.at:
        return begin
    end = moments.local(line.ends, zone)
    return f"{begin}–{moments.clock(end)}" if end.date() == at.date() else begin


def fitted(line: Line) -> str:
    """Who and whom, with two names on a side or, where that gets too long, with one."""
    two = _people(line, _NAMED)
    return two if cells(two) <= _PEOPLE else shortened(_people(line, 1), _PEOPLE)


def _people(line: Line, named: int) -> str:
    """Author → recipients; of a meeting, ours ↔ theirs; of what has neither, whoever is named."""
    if line.kind == "meeting":
        ours, theirs = (_named([one for one in line.people if one.ours is side], named) for side in (True, False))
        return f"{ours} ↔ {theirs}" if ours and theirs else ours or theirs
    speaking = _named([one for one in line.people if one.speaks], named)
    told = _HANDED if line.kind == "stage" else frozenset()
    others = _named(
        sorted((one for one in line.people if not one.speaks and one.role not in told), key=_company_last), named
    )
    return f"{speaking} → {others}" if speaking and others else speaking or others


def _company_last(one: Somebody) -> bool:
    return one.role == "client"


def _named(people: Sequence[Somebody], named: int) -> str:
    return _some(
        list(dict.fromkeys(one.name for one in people if one.role != "reply_to" and not _is_nobody(one))), named
    )


def _is_nobody(one: Somebody) -> bool:
    """Whether it is an object that leads to no one, such as the deal that moved on."""
    return one.identifier.kind == "ref" and one.name == one.identifier.value


# --- what else there is to say ---------------------------------------------------------------------------------------


def notes(line: Line, zone: ZoneInfo) -> Iterator[str]:
    if line.status in terms.STATUSES:
        yield terms.called(terms.STATUSES, line.status)
    elif line.kind in ("document", "ticket") and line.status:
        yield printable(line.status)
    if line.earlier:
        before = moments.day(moments.day_of(line.earlier[-1], zone, all_day=True))
        yield _("moved from {when}").format(when=before if line.all_day else moments.moment(line.earlier[-1], zone))
    yield from _about(line, zone)
    if line.attachments:
        yield _files(line)
    yield from (terms.called(terms.MARKS, mark) for mark in line.marks if mark not in _SILENT)
    if line.removed:
        yield _("no longer at the source")


_NAMELESS: Final = frozenset({"call", "message", "stage"})
"""Kinds of which nobody expects a subject."""
_HANDED: Final = frozenset({"former", "responsible"})
"""Between whom a deal went: the line says it behind its title."""
_SILENT: Final = frozenset({"moved", "signed", "thanks"})


def _about(line: Line, zone: ZoneInfo) -> Iterator[str]:
    said = line.statement
    match line.kind:
        case "meeting":
            yield from _about_meeting(line)
        case "call" if line.ends is not None and line.ends > line.at:
            yield moments.span((line.ends - line.at) // 1000)
        case "deal" if said is not None:
            yield from filter(None, (printable(said.stage), amount(said)))
        case "document" if said is not None:
            yield from filter(None, (_document(line), amount(said)))
        case "stage" if said is not None:
            yield from _moved(line)
    due = getattr(said, "due", None)
    if due is not None:
        shown = moments.day(due.utc.astimezone(zone).date() if isinstance(due, Moment) else due)
        yield _("due {day}").format(day=shown)


def _moved(line: Line) -> Iterator[str]:
    """From which stage to which, as far as the title does not say it; or from whom of us to whom."""
    said = line.statement
    if said.before or said.after:
        if line.title != (stages := f"{said.before} → {said.after}"):
            yield stages
        return
    named = {one.identifier.value.partition("/")[2]: one.name for one in line.people if one.identifier.kind == "user"}
    whose = {one.role: named.get(one.identifier.value, "—") for one in said.participants if one.identifier is not None}
    if not _HANDED.isdisjoint(whose):
        text = _("responsible: {before} → {after}")
        yield text.format(before=whose.get("former", "—"), after=whose.get("responsible", "—"))


def _document(line: Line) -> str:
    """What kind of document it is and its number, as far as the title does not say it."""
    said = (terms.called(terms.DOCUMENTS, line.statement.type), printable(line.statement.number))
    return " ".join(word for word in said if word.casefold() not in line.title.casefold())


def _about_meeting(line: Line) -> Iterator[str]:
    if line.all_day:
        yield _("all day")
    if any("invitation" in one.marks.split() for one in line.folded):
        yield _("invitation")
    for status in ("accepted", "declined", "tentative", "delegated"):
        names = [one.name for one in line.people if not one.ours and one.status == status]
        if names:
            said = terms.called(terms.ANSWERS, status)
            yield _("answer: {said} ({names})").format(said=said, names=_some(names))


def _some(names: Sequence[str], named: int = _NAMED) -> str:
    more = f" +{len(names) - named}" if len(names) > named else ""
    return printable(", ".join(names[:named])).replace("\n", " ") + more


def amount(said: Any) -> str:
    """An amount with its digits in threes: 120 000,50 RUB in Russian, 120,000.50 RUB otherwise; "" for none."""
    if said.amount is None:
        return ""
    shown = f"{said.amount:,}"
    if i18n.language() == "ru":
        shown = shown.replace(",", "\N{NO-BREAK SPACE}").replace(".", ",")
    return f"{shown} {said.currency}".strip()


def _files(line: Line) -> str:
    names = [one.name for one in line.attachments if one.name]
    if len(names) != len(line.attachments) or not names:
        text = ngettext("{n} attachment", "{n} attachments", len(line.attachments))
        return "📎 " + text.format(n=len(line.attachments))
    return "📎 " + _some(names)


# --- cells -----------------------------------------------------------------------------------------------------------


def cells(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
               for sign in text)  # fmt: skip


def padded(text: str, width: int) -> str:
    return text + " " * (width - cells(text))


def shortened(text: str, width: int) -> str:
    """A text in at most `width` columns; "…" stands for what is cut."""
    if cells(text) <= width:
        return text
    kept, room = "", width - 1
    for sign in text:
        room -= cells(sign)
        if room < 0:
            break
        kept += sign
    return kept.rstrip() + "…"


def write(output: Output, rows: Iterable[Sequence[Span]], *, wrap: bool = False) -> None:
    """Print rows of spans: in colours on a terminal, where a long one is cut or wrapped, as plain text elsewhere. What is
    wrapped of an indented row stands below where its last span begins.
    """
    if not sys.stdout.isatty():
        for row in rows:
            output.say("".join(text for text, _style in row).rstrip())
        return
    from rich.console import Console

    console = Console(no_color=not output.color or None, highlight=False)
    for row in rows:
        if wrap:
            _print_wrapped(console, row)
        else:
            console.print(_assembled(row), no_wrap=True, overflow="ellipsis")


def _print_wrapped(console: "Console", row: Sequence[Span]) -> None:
    before, last = _assembled(row[:-1]), _assembled(row[-1:])
    room = console.width - before.cell_len
    if row[0][0].strip() or room < _LEAST_TITLE:
        console.print(_assembled(row), overflow="fold")
        return
    for number, line in enumerate(last.wrap(console, room, overflow="fold")):
        line.rstrip()
        console.print(" " * before.cell_len if number else before, line, sep="", no_wrap=True)


def _assembled(row: Sequence[Span]) -> "RichText":
    from rich.text import Text

    return Text.assemble(*((printable(text), style) for text, style in row))
