"""XLSX: a sheet's values, never its formulas. Numbers and dates come as text that loses nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import MAXYEAR, date, datetime, time, timedelta
from typing import Final, TypeAlias

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

import hub
from hub_contacts.archives import Unfit, measure
from hub_contacts.settings import File, Settings
from hub_contacts.tables import Line, Sheet, tabulate
from hub_contacts.text import listed, with_guess

Value: TypeAlias = int | float | str | bool | time | date | datetime | timedelta
_Fills: TypeAlias = dict[int, list[tuple[int, int]]]

_EXACT: Final = 10**15
"""Whole numbers below this are exact in Excel, which keeps fifteen digits."""
_MOST_MERGED: Final = 100_000


@contextmanager
def open_workbook(file: File, settings: Settings) -> Iterator[Sheet]:
    """The table of a sheet: the one that the settings name, else the first that is visible."""
    try:
        measure(file.path)
        with CalamineWorkbook.from_path(str(file.path)) as workbook:
            sheet = workbook.get_sheet_by_name(_choose_sheet(file, workbook))
            yield tabulate(file, settings, lambda: _lines(sheet), ragged=False, decimal_point=True)
    except PasswordError as error:
        raise locked(file) from error
    except (Unfit, CalamineError) as error:
        text = hub.sentence("{path} is not a workbook that can be read: {why}").format(path=file.path, why=error)
        raise hub.Misconfigured(text, fix=hub.sentence("Open it in Excel and save it anew as .xlsx")) from error


def locked(file: File) -> hub.Misconfigured:
    text = hub.sentence("{path} is protected by a password").format(path=file.path)
    return hub.Misconfigured(text, fix=hub.sentence("Save a copy without the password"))


def _choose_sheet(file: File, workbook: CalamineWorkbook) -> str:
    sheets = [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    names = [sheet.name for sheet in sheets]
    visible = [sheet.name for sheet in sheets if sheet.visible == SheetVisibleEnum.Visible]
    if not file.sheet:
        if not names:
            text = hub.sentence("{path} has no sheets with cells").format(path=file.path)
            raise hub.Misconfigured(text, fix=hub.sentence("Take the file out of `files`"))
        return (visible or names)[0]
    for name in names:
        if name.strip().casefold() == file.sheet.strip().casefold():
            return name
    text = hub.sentence("{path} has no sheet «{name}»; it has {names}")
    raise hub.Misconfigured(
        with_guess(text.format(path=file.path, name=file.sheet, names=listed(names)), file.sheet, names),
        setting="sheet",
        fix=hub.sentence("Write the sheet's name as it stands on its tab"),
    )


def _lines(sheet: CalamineSheet) -> Iterator[Line]:
    """The rows, their first column being A. A cell merged over several rows stands in each of them."""
    left = sheet.start[1] if sheet.start else 0
    before = [""] * left
    fills = _merged_down(sheet)
    wanted = {top: "" for filled in fills.values() for top in filled}
    for number, values in enumerate(sheet.iter_rows()):
        cells = [*before, *map(as_text, values)]
        if wanted and any(cells):
            for row, column in fills.get(number, ()):
                if column < len(cells) and not cells[column]:
                    cells[column] = wanted[row, column]
            wanted.update({(number, column): text for column, text in enumerate(cells) if (number, column) in wanted})
        yield Line(number + 1, cells)


def _merged_down(sheet: CalamineSheet) -> _Fills:
    """Row -> the upper left cells of what is merged down over it."""
    fills: _Fills = {}
    left = _MOST_MERGED
    for (top, column), (bottom, _) in sheet.merged_cell_ranges or ():
        left -= bottom - top
        if left < 0:
            break
        for row in range(top + 1, bottom + 1):
            fills.setdefault(row, []).append((top, column))
    return fills


def as_text(value: Value) -> str:
    """A value as text: whole numbers without a point, dates and times in ISO 8601, durations as h:mm:ss."""
    match value:
        case str():
            return value
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | float():
            return str(int(value)) if abs(value) < _EXACT and value == int(value) else repr(value)
        case datetime():
            return _moment(value)
        case timedelta():
            minutes, seconds = divmod(round(value.total_seconds()), 60)
            return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
        case date() | time():
            return value.isoformat()


def _moment(value: datetime) -> str:
    if value.microsecond >= 500_000 and value.year < MAXYEAR:
        value += timedelta(seconds=1)
    value = value.replace(microsecond=0)
    return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
