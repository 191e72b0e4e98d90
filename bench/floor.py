"""The physical limit of storing: the rows that a sync has left behind, written once more by nothing but `sqlite3`, with the
same tables, indexes and settings, in transactions of as many items. No record is read, compared or resolved.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from hub.store.sqlite import File

Pages = dict[int, dict[str, list[tuple[Any, ...]]]]

_BY_ITEM = {"item": "id", "record": "item_id", "raw": "item_id"}
_BY_LINE = {"interaction": "id", "origin": "interaction_id", "mention": "interaction_id", "history": "interaction_id",
            "search": "rowid"}  # fmt: skip
_SPREAD = ("node", "claim", "identifier", "client", "person", "speaker")


def write_again(source: Path, target: Path, page: int) -> float:
    """CPU seconds to write the rows of the database `source` into `target`, `page` items a transaction."""
    with closing(sqlite3.connect(source)) as read:
        pages = _pages(read, page)
        making = [row[0] for row in read.execute(_SCHEMA)]
    target.touch()
    with closing(File(target).writer().raw_connection()) as pooled:
        write = pooled.cursor()
        for statement in making:
            write.execute(statement)
        began = time.process_time()
        for number in sorted(pages):
            write.execute("BEGIN IMMEDIATE")
            for name, rows in pages[number].items():
                write.executemany(_insert(name, len(rows[0])), rows)
            write.execute("COMMIT")
        return time.process_time() - began


_SCHEMA = """SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'search\\_%' ESCAPE '\\'
             AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type = 'index'"""


def _insert(name: str, columns: int) -> str:
    marks = ", ".join("?" * columns)
    return f"INSERT INTO {name}{' (rowid, tokens)' if name == 'search' else ''} VALUES ({marks})"


def _pages(read: sqlite3.Connection, page: int) -> Pages:
    """Transaction -> table -> rows, as they came: items by the number their name ends with, a line with the last of its items."""
    names = read.execute("SELECT id, external_id FROM item")
    came = {item: n for n, (item, _) in enumerate(sorted(names, key=lambda row: int(row[1].rpartition("/")[2])))}
    line: dict[int, int] = {}
    for of, item in read.execute("SELECT interaction_id, item_id FROM origin"):
        line[of] = max(came[item], line.get(of, 0))
    found: Pages = {}
    for name, number, row in _placed(read, came, line):
        found.setdefault(number // page, {}).setdefault(name, []).append(row)
    return found


def _placed(
    read: sqlite3.Connection, came: dict[int, int], line: dict[int, int]
) -> Iterator[tuple[str, int, tuple[Any, ...]]]:
    for names, of in ((_BY_ITEM, came), (_BY_LINE, line)):
        for name, column in names.items():
            columns = "rowid, tokens" if name == "search" else "*"
            yield from ((name, of[row[0]], row[1:]) for row in read.execute(f"SELECT {column}, {columns} FROM {name}"))
    first = dict(read.execute("SELECT sha256, min(item_id) FROM raw GROUP BY sha256"))
    yield from (("blob", came[first[row[0]]], row) for row in read.execute("SELECT * FROM blob"))
    for name in _SPREAD:
        rows = read.execute(f"SELECT * FROM {name}").fetchall()
        yield from ((name, n * len(came) // len(rows), row) for n, row in enumerate(rows))
