"""PostgreSQL through psycopg 3, for when one machine is not enough. Why one unit of work writes at a time: ADR 0023.

A unit of work that writes is READ COMMITTED and begins with the database's one advisory lock: what it reads behind it is
what the last one has committed. A look is REPEATABLE READ: one snapshot, for which nobody waits.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Final

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DatabaseError

from hub.errors import StoreUnusable
from hub.i18n import N_, _
from hub.store.address import Server

BUSY_S = 15
IDLE_S: Final = 300
"""A unit of work that says nothing for so long is given up by the server: a process that is stopped holds up nobody."""
OLDEST: Final = 12
WRITER: Final = 0x68756221
"""The number of the advisory lock: "hub!"."""
_SERVER: Final = 0x68756273
"""And of the one that who serves holds: "hubs"."""
_BEGIN: Final = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
_DEFAULTS: Final[Mapping[str, Any]] = {
    "connect_timeout": 10,
    "application_name": "interaction-hub",
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "client_encoding": "utf8",
}


@dataclass(frozen=True, slots=True)
class Hosted:
    """A database on a server, as a `hub.store.place.Place`."""

    server: Server
    read: ClassVar[str] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    write: ClassVar[str] = f"{_BEGIN}; SELECT pg_advisory_xact_lock({WRITER})"

    def __str__(self) -> str:
        return str(self.server)

    def engine(self, *, create: bool) -> Engine:  # noqa: ARG002 - who may make a database is the server's admin
        """Connections to the database. Raises `StoreUnusable`."""
        parameters = self._parameters()
        import psycopg  # noqa: PLC0415 - an extra: only who names a server needs it

        engine = create_engine(
            "postgresql+psycopg://",
            creator=lambda: psycopg.connect(**parameters, autocommit=True),
            pool_size=2,
            pool_pre_ping=True,
            hide_parameters=True,
            use_native_hstore=False,
        )
        event.listen(engine, "connect", self._configure)
        return engine

    def writer(self) -> Engine:
        """Connections for who writes."""
        return self.engine(create=False)

    def _parameters(self) -> dict[str, Any]:
        try:
            from psycopg import ProgrammingError, conninfo  # noqa: PLC0415
        except ImportError as error:
            text = _("{url} needs psycopg, which is not installed")
            raise StoreUnusable(text.format(url=self), fix=_("install interaction-hub[postgresql]")) from error
        with suppress(ProgrammingError):  # its words may hold the password
            if self.server.is_whole:
                return {**_DEFAULTS, **conninfo.conninfo_to_dict(self.server.url)}
        text = _("{url} is not a URL that PostgreSQL understands")
        fix = _("write postgresql://user:password@host:5432/database, with %40 for an @ in the password")
        raise StoreUnusable(text.format(url=self), fix=fix)

    def _configure(self, connection: Any, _record: Any) -> None:
        if connection.info.parameter_status("server_encoding") != "UTF8":
            text = _("{url}: the database is not encoded in UTF-8")
            raise StoreUnusable(text.format(url=self), fix=_("make one with ENCODING 'UTF8' TEMPLATE template0"))
        if connection.info.server_version < OLDEST * 10_000:
            text = _("{url}: the server is older than PostgreSQL {version}")
            raise StoreUnusable(text.format(url=self, version=OLDEST), fix=_("upgrade the server"))
        connection.adapters.register_dumper(str, _text_dumper())
        connection.execute(
            f"SET lock_timeout = {int(BUSY_S * 1000)}; SET idle_in_transaction_session_timeout = {IDLE_S * 1000};"
            "SET jit = off"
        )

    @contextmanager
    def at_once(self, connection: Connection) -> Iterator[bool]:
        """A transaction that writes, begun without waiting; False where it could not be begun."""
        connection.execution_options(hub_begin=_BEGIN)
        try:
            transaction = connection.begin()
        except DatabaseError:
            yield False
            return
        with transaction:
            yield bool(connection.exec_driver_sql(f"SELECT pg_try_advisory_xact_lock({WRITER})").scalar())

    @contextmanager
    def for_good(self, connection: Connection) -> Iterator[None]:
        """What is committed inside the block is on the disk, even where the server was told to be quick about it."""
        driver: Any = connection.connection.dbapi_connection
        driver.execute("SET synchronous_commit = on")
        try:
            yield
        finally:
            driver.execute("RESET synchronous_commit")

    @contextmanager
    def alone(self, engine: Engine) -> Iterator[bool]:
        """Whether nobody else serves this database; nobody else can until this ends, or the connection does."""
        raw = engine.raw_connection()
        driver: Any = raw.driver_connection
        try:
            yield bool(driver.execute(f"SELECT pg_try_advisory_lock({_SERVER})").fetchone()[0])
        finally:
            with suppress(engine.dialect.loaded_dbapi.Error):  # a server takes its time to notice that somebody is gone
                driver.execute("SELECT pg_advisory_unlock_all()")
            raw.invalidate()

    def compact(self, connection: Any) -> None:
        """Leave nothing that was deleted in the tables, their indexes and statistics. `connection` is the driver's."""
        from hub.store.database import table  # noqa: PLC0415 - that one imports this
        from hub.store.groups import ALL  # noqa: PLC0415 - seldom needed, and long to make

        names = (table(model).name for model in ALL)
        connection.execute(f"VACUUM (FULL, ANALYZE) {', '.join([*names, 'search'])}")

    def size(self, connection: Connection) -> int:
        """Bytes on the disk."""
        return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())

    def cause(self, error: BaseException) -> tuple[str, str] | None:
        """What happened and what to do, of an error of the driver; None for a defect."""
        state = getattr(error, "sqlstate", None) or ""
        if found := _STATES.get(state) or _STATES.get(state[:2]):
            return found
        words = str(error)
        signs = (cause for sign, cause in _SIGNS if re.search(sign, words, re.IGNORECASE))
        is_lost = type(error).__name__ in ("OperationalError", "ConnectionTimeout") and not state
        return next(signs, _AWAY if is_lost else None)


@cache
def _text_dumper() -> type[Any]:
    """Texts that other systems gave may hold what no text of PostgreSQL's can: NUL is left out."""
    from psycopg.types.string import StrDumperUnknown  # noqa: PLC0415 - see above

    class Text(StrDumperUnknown):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\0", "") if "\0" in obj else obj)

    return Text


_AWAY: Final = (
    N_("the server does not answer"),
    N_("start it, or correct the host and port in [store] url; the hub goes on where it stopped"),
)
_WRONG_PASSWORD: Final = (
    N_("the server does not accept the user or the password"),
    N_("correct them in [store] url, or what pg_hba.conf says"),
)
_NO_DATABASE: Final = (N_("there is no such database on the server"), N_("make it: createdb --encoding=UTF8 NAME"))
_STATES: Final[Mapping[str, tuple[str, str]]] = {
    "08": _AWAY,
    "28": _WRONG_PASSWORD,
    "3D000": _NO_DATABASE,
    "25006": (N_("the database is read-only"), N_("name the primary server in [store] url, not a standby")),
    "25P03": (N_("the hub was stopped for too long in the middle of its work"), N_("run the command again")),
    "42501": (N_("the user may not do that in the database"), N_("make that user the owner of the database")),
    "53100": (N_("the disk is full"), N_("free some space; the hub goes on where it stopped")),
    "53300": (N_("the server has no connection left"), N_("raise its max_connections, or stop another program")),
    "55P03": (N_("another process holds the database"), N_("wait for it to end, or stop it")),
    "57P01": _AWAY,
    "57P02": _AWAY,
    "57P03": _AWAY,
    "57P05": _AWAY,
    "58": (N_("the disk does not read or write"), N_("check the disk and the system log")),
    "XX001": (N_("the database is damaged"), N_("restore a backup")),
    "XX002": (N_("the database is damaged"), N_("restore a backup")),
}
_SIGNS: Final = (
    (r"password|authentication|pg_hba|пользовател|role .* does not exist|роль", _WRONG_PASSWORD),
    (r'database ".*" does not exist|база данных ".*" не существует', _NO_DATABASE),
    (r"too many (clients|connections)|слишком много клиентов", _STATES["53300"]),
    (
        r"certificate|SSL",
        (N_("no secure connection to the server comes about"), N_("check sslmode and sslrootcert in [store] url")),
    ),
)
"""Why no connection comes about the server says in words only, in its own language."""
