"""A table out of lines of cells: where the headings are, and what stands under them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from typing import Final, NamedTuple, Protocol, TypeAlias

import hub
from hub_contacts.headings import NEEDED, choose, find, score
from hub_contacts.rows import Meaning, Row
from hub_contacts.settings import File, Settings
from hub_contacts.text import BAD_BYTE, clean, listed, one_line, with_guess

SEARCHED: Final = 50
"""How many rows the headings are looked for in."""

MOST_COLUMNS: Final = 1_000


class Line(NamedTuple):
    """What stands on one row of a file. `problem` says why it could not be read."""

    number: int
    cells: Sequence[str]
    problem: str = ""


Lines: TypeAlias = Callable[[], Iterator[Line]]


class Table(Protocol):
    """What a file holds. It can be walked several times."""

    @property
    def name(self) -> str:
        """The file's name, for people."""

    @property
    def meaning(self) -> Meaning:
        """What its columns mean."""

    @property
    def key(self) -> str:
        """The column with the permanent id, "" for none."""

    @property
    def key_is_needed(self) -> bool:
        """Whether a row without a key cannot be read; otherwise it is known by what identifies it."""

    def rows(self) -> Iterator[Row]:
        """The rows that are not empty, in the order of the file."""


Opener: TypeAlias = Callable[[File, Settings], AbstractContextManager[Table]]


@dataclass(frozen=True)
class Sheet:
    """A table under headings. `columns` has a name for every column; `ragged` files may have rows of any length."""

    name: str
    meaning: Meaning
    key: str
    columns: tuple[str, ...]
    headings: Line
    lines: Lines
    ragged: bool
    key_is_needed: bool = True

    def rows(self) -> Iterator[Row]:
        again = {name: cell for name, cell in zip(self.columns, self.headings.cells, strict=False) if cell}
        for line in self.lines():
            if line.number > self.headings.number and (any(line.cells) or line.problem):
                row = self._row(line)
                if row.problem or (row.cells and not _repeats(row.cells, again)):
                    yield row

    def _row(self, line: Line) -> Row:
        cells = {
            name: text for name, cell in zip(self.columns, line.cells, strict=False) if cell and (text := clean(cell))
        }
        return Row(line.number, cells, line.problem or self._problem(line, cells))

    def _problem(self, line: Line, cells: Mapping[str, str]) -> str:
        extra = [cell for cell in line.cells[len(self.columns) :] if cell.strip()]
        if extra and self.ragged:
            text = hub.sentence(
                "it has more cells than the headings ({cells} instead of {columns}): "
                "put a cell that has the delimiter or a line end in it between quotes"
            )
            return text.format(cells=len(self.columns) + len(extra), columns=len(self.columns))
        damaged = next((name for name, text in cells.items() if BAD_BYTE in text), "")
        if damaged and any("\udc80" <= sign <= "\udcff" for cell in line.cells for sign in cell):
            text = hub.sentence(
                "«{column}» has bytes that the file's encoding does not have: set `encoding`, or mend the cell"
            )
            return text.format(column=damaged)
        return ""


def _repeats(cells: Mapping[str, str], headings: Mapping[str, str]) -> bool:
    """Whether a row is the headings once more, as printed pages and glued files have them."""
    return len(cells) == len(headings) and all(one_line(cells.get(name, "")) == text for name, text in headings.items())


def tabulate(file: File, settings: Settings, lines: Lines, *, ragged: bool, decimal_point: bool = False) -> Sheet:
    """The table in `lines`. Raises `Misconfigured` where its headings are not those that the settings speak of."""
    top = [
        Line(number, [*map(one_line, cells)], problem)
        for number, cells, problem in islice(lines(), max(SEARCHED, file.header_row or 0))
    ]
    if not any(any(line.cells) for line in top):
        raise _empty(file)
    headings = find_headings(file, top)
    columns = _name_columns(file, headings)
    _refuse_missing(file, columns)
    meaning = _meaning(file, settings, columns, decimal_point=decimal_point)
    return Sheet(
        file.path.name, meaning, find(file.key, columns), columns, top[_index(top, headings.number)], lines, ragged
    )


def _empty(file: File) -> hub.Misconfigured:
    if file.form == "xlsx" and not file.sheet:  # a workbook may begin with a cover
        text = hub.sentence("the first visible sheet of {path} is empty")
        fix = hub.sentence(
            "Name the sheet with the rows in `sheet`, or put rows with a row of headings into the first one"
        )
        return hub.Misconfigured(text.format(path=file.path), setting="sheet", fix=fix)
    text = hub.sentence("{path} is empty")
    return hub.Misconfigured(
        text.format(path=file.path), fix=hub.sentence("Put rows with a row of headings into it, or take it out")
    )


def find_headings(file: File, top: Sequence[Line]) -> Line:
    """The row among the first ones that looks most like headings, completed by what stands above its empty cells."""
    if file.header_row is not None:
        if all(line.number != file.header_row for line in top):
            raise _no_headings(file, hub.sentence("it has no row {number}").format(number=file.header_row), top)
        return _completed(top, _index(top, file.header_row))
    ranked = [(score(file.kind, line.cells, asked(file)), -line.number, line) for line in completed(top)]
    best = max(ranked, key=lambda one: one[:2], default=None)
    if best is None or not best[0]:
        text = hub.sentences(
            "no row of its first {n} has a known heading", "no row of its first {n} has a known heading", SEARCHED
        )
        raise _no_headings(file, text.format(n=SEARCHED), top)
    return best[2]


def asked(file: File) -> list[str]:
    """The columns that the settings name."""
    return [*([file.key] if file.key else []), *(column for columns in file.columns.values() for column in columns)]


def completed(top: Sequence[Line]) -> list[Line]:
    return [_completed(top, index) for index in range(len(top))]


def _completed(top: Sequence[Line], index: int) -> Line:
    """A row of headings whose upper part is merged over it: an empty cell takes the text right above it."""
    line = top[index]
    if not any(line.cells):
        return line
    cells = list(line.cells)
    for above in reversed(top[:index]):
        if not any(above.cells) or sum(map(bool, above.cells)) < 2:
            break
        cells += [""] * (len(above.cells) - len(cells))
        cells = [cell or (above.cells[i] if i < len(above.cells) else "") for i, cell in enumerate(cells)]
    return Line(line.number, cells, line.problem)


def _index(top: Sequence[Line], number: int) -> int:
    return next(index for index, line in enumerate(top) if line.number == number)


def _name_columns(file: File, headings: Line) -> tuple[str, ...]:
    if len(headings.cells) > MOST_COLUMNS:
        text = hub.sentence("{path} has too many columns: {columns}, and the hub reads at most {most}")
        raise hub.Misconfigured(
            text.format(path=file.path, columns=len(headings.cells), most=MOST_COLUMNS),
            fix=hub.sentence("Delete the columns that are not needed"),
        )
    names: dict[str, None] = {}
    for index, cell in enumerate(headings.cells):
        name = cell or f"column {letter(index)}"
        if name in names:
            name = next(other for n in range(2, MOST_COLUMNS + 2) if (other := f"{name} ({n})") not in names)
        names[name] = None
    return tuple(names)


def letter(index: int) -> str:
    """The letters of a column as spreadsheets show them: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _refuse_missing(file: File, columns: Sequence[str]) -> None:
    for setting, names in [
        ("key", [file.key] if file.key else []),
        *((f"columns.{n}", c) for n, c in file.columns.items()),
    ]:
        for name in names:
            if not find(name, columns):
                text = hub.sentence("{path} has no column «{name}»; it has {names}")
                fix = hub.sentence("Write the heading as it stands in the file into `{setting}`")
                raise hub.Misconfigured(
                    with_guess(text.format(path=file.path, name=name, names=listed(columns)), name, columns),
                    setting=setting,
                    fix=fix.format(setting=setting),
                )


def _meaning(file: File, settings: Settings, columns: Sequence[str], *, decimal_point: bool) -> Meaning:
    clients = settings.clients_of(file)
    _refuse_doubtful_key(file, settings, columns)
    fields = choose(file.kind, columns, file.columns, with_keys=bool(clients))
    for group in NEEDED[file.kind]:
        if not any(name in fields for name in group):
            text = hub.sentence("{path} has no column for {fields}; it has {names}")
            fix = hub.sentence('Say which column it is: columns = {{ {field} = "…" }}')
            raise hub.Misconfigured(
                text.format(path=file.path, fields=" / ".join(group), names=listed(columns)),
                setting="columns",
                fix=fix.format(field=group[0]),
            )
    return Meaning(
        kind=file.kind,
        fields=fields,
        stream=file.name,
        clients=clients if any(name.endswith("_key") for name in fields) else "",
        zone=settings.timezone,
        currency=file.currency,
        dates=file.dates,
        decimal="." if decimal_point and file.decimal == "auto" else file.decimal,
    )


def _refuse_doubtful_key(file: File, settings: Settings, columns: Sequence[str]) -> None:
    """A column of clients' keys, and several lists that they may be from: left alone, rows would lose their clients."""
    lists = settings.client_lists()
    if file.clients or len(lists) < 2:
        return
    fields = choose(file.kind, columns, file.columns, with_keys=True)
    if name := next((name for name in fields if name.endswith("_key")), ""):
        text = hub.sentence(
            "{path}: «{column}» holds keys of clients, and there are several client lists with a `key`: {names}"
        )
        fix = hub.sentence(
            "Name the list in `clients` of this file, or leave the column alone: columns = {{ {field} = [] }}"
        )
        raise hub.Misconfigured(
            text.format(path=file.path, column=fields[name][0], names=listed(lists)),
            setting="clients",
            fix=fix.format(field=name),
        )


def _no_headings(file: File, why: str, top: Sequence[Line]) -> hub.Misconfigured:
    first = next((line for line in top if any(line.cells)), Line(1, []))
    text = hub.sentence("{path}: {why}. Row {number} has {names}")
    said = text.format(path=file.path, why=why, number=first.number, names=listed(filter(None, first.cells)))
    if file.encoding != "auto" and any(BAD_BYTE in cell for line in top for cell in line.cells):
        fix = hub.sentence("The file is not in {encoding}: correct `encoding`, or leave it out")
        return hub.Misconfigured(said, setting="encoding", fix=fix.format(encoding=file.encoding))
    return hub.Misconfigured(
        said,
        setting="columns",
        fix=hub.sentence("Say which column is which in `columns`, and where the headings stand in `header_row`"),
    )
