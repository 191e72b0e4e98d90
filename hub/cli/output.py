"""What a command prints, the same way everywhere.

Results go to stdout, everything else to stderr. A table has lines and colours on a terminal and is plain text
elsewhere. Whatever comes from outside is made printable first: a subject cannot steer the terminal.
"""

import dataclasses
import io
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, redirect_stdout, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path, PurePath
from typing import Any, Final, TextIO

from hub.errors import HubError
from hub.i18n import _

_UNPRINTABLE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)  # controls, direction overrides, lone surrogates
_RED, _YELLOW, _DIM = "31", "33", "2"
_WHOLE: Final = 12
"""Words of a table up to this length are never broken: an id, a day, an INN."""


def printable(text: str) -> str:
    """`text` with every character that could steer a terminal, or mislead an eye, replaced."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """Where a command prints. `color` is what the person allows; a file or a pipe never gets any. `besides` is what an
    object of JSON says besides the result.
    """

    color: bool = True
    quiet: bool = False
    besides: dict[str, Any] = field(default_factory=dict)

    def say(self, text: str = "") -> None:
        """A line of the result."""
        _write(results(), printable(text))

    def json(self, value: Any) -> None:
        """The result as JSON: UTF-8, indented, keys in the order they were given."""
        import orjson

        value = {**value, **self.besides} if isinstance(value, dict) else value
        text = orjson.dumps(value, default=_plain, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS)
        _write(results(), text.decode())

    def raw(self, chunks: Iterable[bytes]) -> None:
        """The result as bytes, as they are."""
        with _written(results()):
            results().buffer.writelines(chunks)
            results().flush()

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> None:
        """A table of the result. Nothing is cut off outside of a terminal."""
        cells = [[printable(_cell(value)) for value in row] for row in rows]
        if results().isatty():
            _draw(results(), columns, cells, title, color=self.color)
        else:
            _write(results(), "\n".join(_aligned([list(columns), *cells])))

    def note(self, text: str) -> None:
        """How the work goes, on stderr; nothing with --quiet."""
        if not self.quiet:
            _write(sys.stderr, printable(text))

    def warn(self, text: str, fix: str = "") -> None:
        """Something to look at, on stderr."""
        _write(sys.stderr, self._report(_YELLOW, _("Warning"), text, fix))

    def fail(self, text: str, fix: str = "") -> None:
        """What went wrong and what the person can do, on stderr."""
        _write(sys.stderr, self._report(_RED, _("Error"), text, fix))

    def _report(self, color: str, label: str, text: str, fix: str) -> str:
        lines = [f"{self._painted(color, label + ':')} {printable(text)}"]
        if fix:
            label = _("Fix")
            lines.append(f"  {self._painted(_DIM, label + ':')} {printable(fix)}")
        return "\n".join(lines)

    def _painted(self, color: str, text: str) -> str:
        wanted = self.color and sys.stderr.isatty() and not os.environ.get("NO_COLOR")
        return f"\x1b[{color}m{text}\x1b[0m" if wanted else text


class _Aside(io.TextIOBase):
    """What is printed goes to stderr, results to where they went before."""

    def __init__(self, results: TextIO) -> None:
        self.results = results

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()

    def fileno(self) -> int:
        return sys.stderr.fileno()


def aside() -> AbstractContextManager[Any]:
    """Meanwhile whatever a plugin prints is no part of any result."""
    return redirect_stdout(_Aside(results()))


def results() -> TextIO:
    """Where results go, even where what is printed goes aside."""
    return sys.stdout.results if isinstance(sys.stdout, _Aside) else sys.stdout


def _write(stream: TextIO, text: str) -> None:
    with _written(stream):
        stream.write(f"{text}\n")
        stream.flush()


@contextmanager
def _written(stream: TextIO) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        _let_go(stream)
        message = _("what the command says cannot be written: {why}").format(why=_(error.strerror or str(error)))
        raise HubError(message, fix=_("free space, or let it go elsewhere")) from error


def _let_go(stream: TextIO) -> None:
    """What could not be written would be tried once more at the end of the process, and spoil its exit code."""
    with suppress(OSError, ValueError), Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return _("yes") if value else _("no")
        case datetime():
            return value.isoformat(sep=" ", timespec="minutes")
        case list() | tuple() | set() | frozenset():
            return ", ".join(map(_cell, value))
        case _:
            return str(value)


def _plain(value: object) -> object:
    """What orjson cannot write by itself."""
    match value:
        case PurePath() | Decimal():
            return str(value)
        case set() | frozenset():
            return sorted(value)
        case date():
            return value.isoformat()
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return dataclasses.asdict(value)
        case _:
            raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def _aligned(rows: list[list[str]]) -> Iterable[str]:
    flat = [[cell.replace("\n", " ") for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*flat, strict=True)]
    for row in flat:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _draw(out: TextIO, columns: Sequence[str], rows: list[list[str]], title: str, *, color: bool) -> None:
    """A table whose words stay whole; row by row, one column below the other, where the terminal is too narrow for that."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=out, no_color=not color or None, highlight=False)
    least = [_least(column) for column in zip(columns, *rows, strict=True)]
    if sum(least) + 2 * len(least) > console.width:
        console.print(*_stacked(columns, rows, title), sep="\n", soft_wrap=True, markup=False)
        return
    table = Table(box=box.SIMPLE_HEAD, title=title or None, title_justify="left", show_edge=False, padding=(0, 1, 0, 0))
    for name, width in zip(columns, least, strict=True):
        table.add_column(name, min_width=width, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    console.print(table)


def _least(cells: Sequence[str]) -> int:
    """How wide a column has to be: its heading and ids whole, of long words at least so much."""
    longest = max((len(word) for cell in cells[1:] for word in cell.split()), default=0)
    return max(min(longest, _WHOLE), *map(len, cells[0].split() or [""]), 1)


def _stacked(columns: Sequence[str], rows: list[list[str]], title: str) -> Iterator[str]:
    if title:
        yield title
    width = max(map(len, columns))
    for row in rows:
        named = [(name, cell) for name, cell in zip(columns, row, strict=True) if cell]
        yield from (f"{name.ljust(width)}  {cell}" for name, cell in named)
        yield ""
