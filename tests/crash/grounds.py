"""The database that a campaign interrupts: a file, or one of a real server. It can be put aside and brought back, and be
looked at without the hub.
"""

import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from hub.store import postgresql
from hub.store.address import Server
from tests.servers import postgresql as servers
from tests.servers.postgresql import PostgreSQL

Rows = dict[str, tuple[bytes, ...]]
LeftOut = Mapping[str, tuple[str, ...]]

MISCOUNTED = (
    "SELECT count(*) FROM blob WHERE uses <> (SELECT count(*) FROM raw WHERE raw.sha256 = blob.sha256 AND raw.body IS NULL)"
    " + (SELECT count(*) FROM attachment WHERE attachment.sha256 = blob.sha256)"
)
_WORK = ("stale", "refetch", "wanted")
_SECONDS = 20


class Ground(Protocol):
    """`folder` is where the configuration puts the database's file; a server's has its backups there."""

    folder: Path
    server: Server | None

    def clear(self) -> None: ...

    def keep(self, name: str) -> None:
        """Put the database aside as it stands now; there may be none yet."""

    def restore(self, name: str) -> None:
        """Bring back what was put aside."""

    def rows(self, without: LeftOut, *, untouched: bool = False) -> Rows:
        """Every row of every table but `run`, as text, without some columns. `untouched`: what a death left behind, which
        whoever opens a database first recovers, is left as it is. Nothing where there is no database.
        """

    def wrong(self) -> Iterator[str]:
        """What is left to be done, or not as it should be."""

    def saying(self, text: bytes) -> Iterator[str]:
        """Where these bytes are."""

    def is_free(self) -> bool:
        """Whether nobody is in the middle of writing."""


@dataclass
class OnDisk:
    folder: Path
    aside: Path
    server: Server | None = None

    @property
    def file(self) -> Path:
        return self.folder / "hub.db"

    def clear(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def keep(self, name: str) -> None:
        shutil.rmtree(self.aside / name, ignore_errors=True)
        if self.folder.exists():
            shutil.copytree(self.folder, self.aside / name)

    def restore(self, name: str) -> None:
        self.clear()
        if (self.aside / name).exists():
            shutil.copytree(self.aside / name, self.folder)

    def rows(self, without: LeftOut, *, untouched: bool = False) -> Rows:
        if not self.file.exists() or not self.file.stat().st_size:
            return {}
        if untouched:
            self.keep("left")
        found: Rows = {}
        with closing(sqlite3.connect(self.aside / "left" / "hub.db" if untouched else self.file)) as database:
            tables = database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'"
            )
            for (table,) in tables.fetchall():
                columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
                found[table] = _texts(database, table, columns, without)
        return found

    def wrong(self) -> Iterator[str]:
        with closing(sqlite3.connect(self.file)) as database:
            yield from _undone(database)
            if (found := database.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
                yield found

    def saying(self, text: bytes) -> Iterator[str]:
        for path in self.folder.glob("hub.db*"):
            if text in path.read_bytes().lower():
                yield path.name

    def is_free(self) -> bool:
        if not self.file.exists():
            return True
        with closing(sqlite3.connect(self.file, timeout=0.05, isolation_level=None)) as database:
            try:
                database.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return False
            database.execute("ROLLBACK")
        return True


@dataclass
class OnServer:
    folder: Path
    aside: Path
    running: PostgreSQL
    server: Server | None = None
    _kept: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.server = Server(self.running.url("hub_now"))

    def clear(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self._make("hub_now", "template1")

    def keep(self, name: str) -> None:
        self._make(f"hub_{name}", "hub_now")
        self._kept.add(name)
        _copied(self.folder, self.aside / name)

    def restore(self, name: str) -> None:
        self._make("hub_now", f"hub_{name}" if name in self._kept else "template1")
        shutil.rmtree(self.folder, ignore_errors=True)
        _copied(self.aside / name, self.folder)

    def _make(self, name: str, template: str) -> None:
        """A database like another one, as soon as the server has noticed that nobody is in that any more."""
        import psycopg

        until = time.monotonic() + _SECONDS
        self.running.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        while True:
            try:
                self.running.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
            except psycopg.errors.ObjectInUse:
                assert time.monotonic() < until, template
                time.sleep(0.02)
            else:
                return

    def rows(self, without: LeftOut, *, untouched: bool = False) -> Rows:
        names = (
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"
        )
        with self._connected() as database:
            columns: dict[str, list[str]] = {}
            for table, column in database.execute(names).fetchall():
                columns.setdefault(table, []).append(column)
            return {table: _texts(database, table, named, without) for table, named in columns.items()}

    def wrong(self) -> Iterator[str]:
        with self._connected() as database:
            yield from _undone(database)

    def saying(self, text: bytes) -> Iterator[str]:
        wanted = text.decode()
        with self._connected() as database:
            tables = database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            for (name,) in (*tables, ("pg_stats",)):
                mine = " WHERE schemaname = 'public'" if name == "pg_stats" else ""
                said = "\n".join(row[0].lower() for row in database.execute(f"SELECT x::text FROM {name} x{mine}"))
                if wanted in said or text.hex() in said:
                    yield name

    def is_free(self) -> bool:
        with self._connected() as database:
            taken = database.execute(f"SELECT pg_try_advisory_lock({postgresql.WRITER})").fetchone()
            return bool(taken and taken[0])

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        import psycopg

        with closing(psycopg.connect(self.running.url("hub_now"), autocommit=True)) as database:
            yield database


def _copied(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    if source.exists():
        shutil.copytree(source, target)


def _texts(database: Any, table: str, columns: list[str], without: LeftOut) -> tuple[bytes, ...]:
    shown = [f'"{name}"' for name in columns if name not in without.get(table, ())]
    rows = database.execute(f"SELECT {', '.join(shown)} FROM {table}") if table != "run" else ()
    return tuple(sorted(repr(row).encode() for row in rows))


def _undone(database: Any) -> Iterator[str]:
    for table in _WORK:
        if count := database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]:
            yield f"{table} is not what it should be: {count}"
    if count := database.execute(MISCOUNTED).fetchone()[0]:
        yield f"the uses of so many blobs are miscounted: {count}"


KINDS = ("sqlite", "postgresql")


@contextmanager
def made(kind: str, root: Path) -> Iterator[Ground]:
    """The ground of a campaign below a folder."""
    folder, aside = root / "site" / "data", root / "aside"
    if kind == "sqlite":
        yield OnDisk(folder, aside)
        return
    with servers.running() as server:
        ground = OnServer(folder, aside, server)
        yield ground
        with suppress(OSError):
            shutil.rmtree(aside)
