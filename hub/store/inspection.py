"""How a database is, looked at without changing anything."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hub.errors import StoreUnusable
from hub.i18n import _
from hub.store.address import Server
from hub.store.database import Store
from hub.store.place import Place
from hub.store.sqlite import File, is_there

MOST_CHECKED: Final = 1 << 30
"""A file that is larger is not read through: that would take minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """`product` with its version, bytes on the disk and in the log of a file, its journal's mode ("" on a server), what is
    damaged ("" for nothing), and whether all of it was read to know that.
    """

    product: str
    bytes: int
    log_bytes: int = 0
    mode: str = ""
    damage: str = ""
    checked: bool = True


def inspect(where: Path | Server) -> Inspected:
    """Raises `StoreUnusable`."""
    return _file(where) if isinstance(where, Path) else _server(where)


def _file(path: Path) -> Inspected:
    if not is_there(path):
        File(path).engine(create=False)  # which says what to do
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
            size, log = path.stat().st_size, path.with_name(f"{path.name}-wal")
            checked = size <= MOST_CHECKED
            said = connection.execute("PRAGMA quick_check(1)").fetchone()[0] if checked else "ok"
            mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    except sqlite3.Error as error:
        raise _unusable(File(path), error) from error
    return Inspected(
        product=f"SQLite {sqlite3.sqlite_version}", bytes=size, log_bytes=log.stat().st_size if log.exists() else 0,
        mode=mode, damage="" if said == "ok" else said, checked=checked,
    )  # fmt: skip


def _server(where: Server) -> Inspected:
    store = Store.as_it_is(where)
    try:
        with store.read() as tx:
            version = tx.connection.exec_driver_sql("SHOW server_version").scalar()
        return Inspected(product=f"PostgreSQL {version}", bytes=store.size())
    finally:
        store.close()


def _unusable(place: Place, error: Exception) -> StoreUnusable:
    why, fix = place.cause(error) or (str(error), "")
    return StoreUnusable(_("{place} cannot be used: {problem}").format(place=place, problem=why), fix=fix)
