"""CSV as Excel, 1C and everybody else write it.

The dialect is found out: `sep=;` on the first line, else the delimiter under which the headings are recognised best.
Cells may have line ends in quotes. A quote that is opened and not closed costs the row it stands on, never the file.
"""

import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Final

import hub
from hub_contacts.encodings import find_encoding
from hub_contacts.headings import score
from hub_contacts.settings import File, Settings
from hub_contacts.tables import SEARCHED, Line, Sheet, asked, completed, tabulate
from hub_contacts.text import one_line

_DELIMITERS: Final = (";", ",", "\t", "|")
_STATED: Final = re.compile(r"sep=(.)\s*")
_LONGEST_LINE: Final = 1 << 20
_MOST_LINES: Final = 100
"""How many lines one row may have: more of them are an open quote."""


@contextmanager
def open_delimited(file: File, settings: Settings) -> Iterator[Sheet]:
    """The table of a CSV file. It is read anew for every walk, a line at a time."""
    encoding = find_encoding(file.path) if file.encoding == "auto" else file.encoding
    first = next(_physical(file.path, encoding), "")
    stated = _STATED.fullmatch(first.strip("\ufeff\r\n"))
    delimiter = file.delimiter
    if delimiter == "auto":
        delimiter = stated[1] if stated else _find_delimiter(file, encoding)

    def lines() -> Iterator[Line]:
        return _rows(islice(_physical(file.path, encoding), 1 if stated else 0, None), delimiter)

    yield tabulate(file, settings, lines, ragged=True)


def _find_delimiter(file: File, encoding: str) -> str:
    def fitness(delimiter: str) -> tuple[int, int]:
        top = [
            Line(number, [*map(one_line, cells)])
            for number, cells, _ in islice(_rows(_physical(file.path, encoding), delimiter), SEARCHED)
        ]
        best = max((score(file.kind, line.cells, asked(file)) for line in completed(top)), default=0)
        return best, max((len(line.cells) for line in top), default=0)

    return max(_DELIMITERS, key=fitness)


# --- lines -----------------------------------------------------------------------------------------------------------


def _physical(path: Path, encoding: str) -> Iterator[str]:
    """The lines of a file with their ends; bytes that the encoding does not have become lone surrogates."""
    try:
        with path.open(encoding=encoding, errors="surrogateescape", newline="") as text:
            yield from _bounded(text, path)
    except UnicodeError as error:
        said = hub.sentence("{path} is not in the encoding {encoding}: {why}")
        raise hub.Misconfigured(
            said.format(path=path, encoding=encoding, why=getattr(error, "reason", error)),
            setting="encoding",
            fix=hub.sentence('Set `encoding` to the right one, or to "auto"'),
        ) from error


def _bounded(text: io.TextIOBase, path: Path) -> Iterator[str]:
    number = 0
    while line := text.readline(_LONGEST_LINE):
        number += 1
        if len(line) == _LONGEST_LINE and line[-1] not in "\r\n":
            said = hub.sentence("{path}: line {number} is too long, over {most} signs, so this is no CSV file")
            raise hub.Misconfigured(
                said.format(path=path, number=number, most=_LONGEST_LINE),
                fix=hub.sentence("Set `format` to what the file is, or save it as CSV"),
            )
        yield line


# --- rows ------------------------------------------------------------------------------------------------------------


class _Feed:
    """Gives a parser the lines of one row, remembers them, and can take them back."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._ahead: deque[str] = deque()
        self.taken: list[str] = []
        self.is_open = False

    def start(self) -> None:
        self.taken, self.is_open = [], False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) == _MOST_LINES:
            self.is_open = True
            raise StopIteration
        line = self._ahead.popleft() if self._ahead else next(self._lines, None)
        if line is None:
            self.is_open = bool(self.taken)
            raise StopIteration
        self.taken.append(line)
        return line

    def give_back_all_but_first(self) -> str:
        self._ahead.extendleft(reversed(self.taken[1:]))
        return self.taken[0]


def _rows(lines: Iterator[str], delimiter: str) -> Iterator[Line]:
    """The rows, numbered as a spreadsheet shows them."""
    feed = _Feed(lines)
    width = number = 0
    while True:
        feed.start()
        cells: list[str] | None = None
        with suppress(csv.Error):  # a cell longer than 128 KB
            cells = next(csv.reader(feed, delimiter=delimiter), None)
        if not feed.taken:
            return
        number += 1
        if cells is None or feed.is_open or (len(feed.taken) > 1 and _swallowed(cells, delimiter, width)):
            first = feed.give_back_all_but_first()
            yield Line(
                number,
                first.rstrip("\r\n").split(delimiter),
                hub.sentence("a quote is opened in it and not closed, or a cell is longer than 128 KB"),
            )
            continue
        width = max(width, len(cells)) if number <= SEARCHED else width
        yield Line(number, cells)


def _swallowed(cells: list[str], delimiter: str, width: int) -> bool:
    """Whether a cell of several lines has whole rows in it, so that a quote must have been left open above them."""
    least = max(width - 1, 3)
    return any(line.count(delimiter) >= least for cell in cells for line in cell.splitlines()[1:])
