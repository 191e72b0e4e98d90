"""SQLite in WAL mode: the embedded default, one file."""

import fcntl
import os
import resource
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import QueuePool

from hub.errors import StoreUnusable
from hub.i18n import N_, _
from hub.store.folding import Folding

BUSY_S = 15
_SYNCHRONOUS = "NORMAL"
_LOG: Final = 128 << 20
"""So many bytes the log takes until it is folded back: cut shorter, it would have to be made longer again at once."""


@dataclass(frozen=True, slots=True)
class File:
    """A database file, as a `hub.store.place.Place`."""

    path: Path
    read: ClassVar[str] = "BEGIN"
    write: ClassVar[str] = "BEGIN IMMEDIATE"

    def __str__(self) -> str:
        return str(self.path)

    def engine(self, *, create: bool) -> Engine:
        """Connections to the file, which is made (0600) where it is missing and `create`. Raises `StoreUnusable`."""
        if create:
            os.close(_opened(self.path))
        elif not is_there(self.path):
            text = _("there is no database at {path}")
            raise StoreUnusable(text.format(path=self.path), fix=_("run `hub sync` first"))
        engine = create_engine(
            f"sqlite:///{self.path}",
            poolclass=QueuePool,
            pool_size=2,
            hide_parameters=True,
            connect_args={"isolation_level": None, "timeout": BUSY_S, "check_same_thread": False},
        )
        event.listen(engine, "connect", _configure)
        Folding(self.path).of(engine)
        return engine

    def writer(self) -> Engine:
        """Connections for who writes: what a page changes lies anywhere in the file, and is better at hand."""
        engine = self.engine(create=False)
        event.listen(engine, "connect", _configure_writer)
        return engine

    @contextmanager
    def at_once(self, connection: Connection) -> Iterator[bool]:
        """A transaction that writes, begun without waiting; False where it could not be begun."""
        driver: Any = connection.connection.dbapi_connection
        driver.execute("PRAGMA busy_timeout=0")
        try:
            try:
                transaction = connection.begin()
            except DatabaseError:
                yield False
                return
            with transaction:
                yield True
        finally:
            driver.execute(f"PRAGMA busy_timeout={BUSY_S * 1000}")

    @contextmanager
    def for_good(self, connection: Connection) -> Iterator[None]:
        """What is committed inside the block is on the disk."""
        driver: Any = connection.connection.dbapi_connection
        driver.execute("PRAGMA synchronous=FULL")
        try:
            yield
        finally:
            driver.execute(f"PRAGMA synchronous={_SYNCHRONOUS}")

    @contextmanager
    def alone(self, _engine: Engine) -> Iterator[bool]:
        """Whether nobody else serves this file; nobody else can until this ends, or the process does. The lock is on a file
        beside it: who closes a file of SQLite's lets go of SQLite's own locks.
        """
        path = self.path.with_name(f"{self.path.name}-serve")
        number = _opened(path)
        try:
            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True
        finally:
            os.close(number)

    def compact(self, connection: Any) -> None:
        """Leave nothing that was deleted in the file or its log. `connection` is the driver's."""
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def size(self, _connection: Connection) -> int:
        """Bytes on the disk, those in its log included: a young database is mostly there."""
        files = (Path(f"{self.path}{ending}") for ending in ("", "-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    def damage(self) -> str:
        """What is wrong with the file, by SQLite's own look at all of it; "" for nothing."""
        with closing(sqlite3.connect(self.path, timeout=BUSY_S)) as connection:
            try:
                said = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
            except sqlite3.DatabaseError as error:
                if not {"malformed", "not a database"} & _signs(error):
                    raise
                return str(error)
        return "" if said == "ok" else said

    def set_aside(self, name: str) -> Path:
        """Rename the file, its log first: what comes into its place must not find the log of another."""
        for ending in ("-wal", "-shm", ""):
            with suppress(FileNotFoundError):
                Path(f"{self.path}{ending}").rename(self.path.with_name(name + ending))
        return self.path.with_name(name)

    def cause(self, error: BaseException) -> tuple[str, str] | None:
        """What happened and what to do, of an error of the driver; None for a defect."""
        signs = _signs(error)
        if "disk i/o error" in signs and self._is_limited():
            return _LIMITED
        return next((_CAUSES[sign] for sign in _CAUSES if sign in signs), None)

    def _is_limited(self) -> bool:
        """Whether a file has become as large as this process may make one: SQLite calls that a failing disk."""
        most, _hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        files = (Path(f"{self.path}{ending}") for ending in ("", "-wal"))
        largest = max((file.stat().st_size for file in files if file.exists()), default=0)
        return most != resource.RLIM_INFINITY and largest + _MOST_AT_ONCE >= most


def is_there(path: Path) -> bool:
    """Whether anybody has made the file yet. Raises `StoreUnusable` where we may not look."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise _shut(path, error) from error
    return True


def _opened(path: Path) -> int:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _shut(path, error) from error


def _shut(path: Path, error: OSError) -> StoreUnusable:
    text = _("the database {path} cannot be opened: {problem}")
    return StoreUnusable(
        text.format(path=path, problem=_(str(error.strerror))),
        fix=_("check the folder's owner and rights, or set [store] path"),
    )


def _configure(connection: Any, _record: Any) -> None:
    for pragma in (
        "journal_mode=WAL",
        f"synchronous={_SYNCHRONOUS}",
        "foreign_keys=ON",
        "cache_size=-2000",
        "temp_store=MEMORY",
        "secure_delete=ON",
        "wal_autocheckpoint=32000",
        f"journal_size_limit={_LOG}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _configure_writer(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA cache_size=-4000")


_MOST_AT_ONCE: Final = 128 << 10
"""So much is written to a file in one go, at the most."""
_LIMITED: Final = (
    N_("a file of the database is as large as files of this process may be"),
    N_("raise that limit (`ulimit -f`, LimitFSIZE= of a service); the hub goes on where it stopped"),
)


def _signs(error: BaseException) -> set[str]:
    words = str(error).casefold()
    return {sign for sign in _CAUSES if sign in words}


_CAUSES: Mapping[str, tuple[str, str]] = {
    "database or disk is full": (N_("the disk is full"), N_("free some space; the hub goes on where it stopped")),
    "disk i/o error": (N_("the disk does not read or write"), N_("check the disk and the system log")),
    "database is locked": (N_("another process holds the database"), N_("wait for it to end, or stop it")),
    "readonly": (N_("the database is read-only"), N_("check the owner and rights of the file and its folder")),
    "not a database": (N_("the file is not a database of the hub"), N_("restore a backup, or move the file away")),
    "malformed": (N_("the database is damaged"), N_("restore a backup, or move the file away and sync again")),
    "unable to open": (
        N_("the database cannot be opened"),
        N_("check the owner and rights of the file and its folder"),
    ),
}
