"""One database: opening, units of work, and the few statements that every table shares.

SQLite in WAL mode is the embedded default; statements are SQLAlchemy Core, so that another database needs no second
code path: only `among` and the search index are compiled differently.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Engine,
    Select,
    Table,
    Text,
    bindparam,
    create_engine,
    delete,
    event,
    or_,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import DatabaseError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import QueuePool
from sqlalchemy.sql.expression import Executable
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, TypeDecorator
from sqlmodel import SQLModel

from hub.errors import StoreUnusable
from hub.i18n import N_, _, sentence

BUSY_S = 15


# --- a list of values as one parameter -------------------------------------------------------------------------------


class _Listed(TypeDecorator[Sequence[Any]]):
    """A list bound as one parameter: JSON for SQLite's `json_each`, an array for PostgreSQL's `ANY`."""

    impl = Text
    cache_ok = True

    def __init__(self, *, texts: bool = False) -> None:
        super().__init__()
        self.texts = texts

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(ARRAY(Text() if self.texts else BigInteger()))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        values = list(value)
        return values if dialect.name == "postgresql" else orjson.dumps(values).decode()


class _Among(FunctionElement[bool]):
    """Not of a boolean type: SQLAlchemy would write `… = 1` after it, and SQLite then scans instead of searching."""

    inherit_cache = True
    type = NullType()  # type: ignore[assignment]


@compiles(_Among)
def _among_sqlite(element: _Among, compiler: Any, **kw: Any) -> str:
    column, values = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - both are compiled expressions


@compiles(_Among, "postgresql")
def _among_postgresql(element: _Among, compiler: Any, **kw: Any) -> str:
    column, values = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{column} = ANY({values})"


def among(column: Any, name: str, *, texts: bool = False) -> ColumnElement[bool]:
    """`column` is one of the values of the parameter `name`, a list of any length."""
    return _Among(column, bindparam(name, type_=_Listed(texts=texts)))


def table(model: type[SQLModel]) -> Table:
    return SQLModel.metadata.tables[str(model.__tablename__)]


# --- statements every table shares -----------------------------------------------------------------------------------


class _Bulk:
    """A bulk statement compiled once: rows go to the driver as tuples, in the order of the table's columns."""

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        self.sql = str(compiled)
        self.positional = bool(compiled.positional)
        self.names = list(compiled.positiontup or compiled.params)

    def parameters(self, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[Any]:
        if not self.positional:
            return [dict(zip(columns, row, strict=True)) for row in rows]
        if self.names == list(columns):
            return [tuple(row) for row in rows]
        order = [columns.index(name) for name in self.names]
        return [tuple(row[index] for index in order) for row in rows]


@cache
def _upsert(target: Table, dialect: Dialect, columns: tuple[str, ...]) -> _Bulk:
    """INSERT … ON CONFLICT (primary key) DO UPDATE … WHERE something differs: an unchanged row is not written."""
    make = postgresql_insert if dialect.name == "postgresql" else sqlite_insert
    statement = make(target).values({name: bindparam(name) for name in columns})
    keys = [column.name for column in target.primary_key]
    rest = [name for name in columns if name not in keys]
    if not rest:
        return _Bulk(statement.on_conflict_do_nothing(), dialect)
    differs = or_(*(target.c[name].is_distinct_from(statement.excluded[name]) for name in rest))
    return _Bulk(
        statement.on_conflict_do_update(
            index_elements=keys, set_={name: statement.excluded[name] for name in rest}, where=differs
        ),
        dialect,
    )


@cache
def _insert(target: Table, dialect: Dialect, columns: tuple[str, ...]) -> _Bulk:
    return _Bulk(target.insert().values({name: bindparam(name) for name in columns}), dialect)


@cache
def _keep(target: Table, dialect: Dialect, columns: tuple[str, ...]) -> _Bulk:
    make = postgresql_insert if dialect.name == "postgresql" else sqlite_insert
    statement = make(target).values({name: bindparam(name) for name in columns})
    return _Bulk(statement.on_conflict_do_nothing(), dialect)


@cache
def _columns(target: Table) -> tuple[str, ...]:
    return tuple(column.name for column in target.columns)


class Tx:
    """One transaction. `rows` reads; `put` upserts, `add` inserts, `keep` inserts what is not there, `drop` deletes."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._dialect = connection.dialect

    def rows(self, statement: Select[Any], /, **parameters: Any) -> Sequence[Any]:
        return self.connection.execute(statement, parameters).all()

    def scalar(self, statement: Select[Any], /, **parameters: Any) -> Any:
        return self.connection.execute(statement, parameters).scalar()

    def run(self, statement: Executable, /, **parameters: Any) -> int:
        return self.connection.execute(statement, parameters).rowcount

    def each(self, statement: Executable, rows: Sequence[dict[str, Any]]) -> None:
        """Run a statement once for every set of parameters."""
        if rows:
            self.connection.execute(statement, rows)

    def put(self, model: type[SQLModel], rows: Sequence[Sequence[Any]], columns: tuple[str, ...] = ()) -> None:
        self._bulk(_upsert, model, rows, columns)

    def add(self, model: type[SQLModel], rows: Sequence[Sequence[Any]], columns: tuple[str, ...] = ()) -> None:
        self._bulk(_insert, model, rows, columns)

    def keep(self, model: type[SQLModel], rows: Sequence[Sequence[Any]], columns: tuple[str, ...] = ()) -> None:
        self._bulk(_keep, model, rows, columns)

    def _bulk(
        self,
        make: Callable[[Table, Dialect, tuple[str, ...]], _Bulk],
        model: type[SQLModel],
        rows: Sequence[Sequence[Any]],
        columns: tuple[str, ...],
    ) -> None:
        if not rows:
            return
        target = table(model)
        columns = columns or _columns(target)
        bulk = make(target, self._dialect, columns)
        self.connection.exec_driver_sql(bulk.sql, bulk.parameters(columns, rows))

    def drop(self, model: type[SQLModel], column: str, values: Iterable[int]) -> int:
        listed = list(values)
        return self.run(_delete(table(model), column), values=listed) if listed else 0


@cache
def _delete(target: Table, column: str) -> Executable:
    return delete(target).where(among(target.c[column], "values"))


# --- the database ----------------------------------------------------------------------------------------------------


class Store:
    """An open database. Every change goes through `write`, every look through `read`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, path: Path, *, create: bool = True) -> "Store":
        """Open the database file, creating (0600) and migrating it as needed. Raises `StoreUnusable`."""
        from hub.store import schema  # noqa: PLC0415 - Alembic is imported only where a migration is due

        if create:
            _create(path)
        elif not path.exists():
            raise StoreUnusable(_("there is no database at {path}").format(path=path), fix=_("run `hub sync` first"))
        store = cls(_engine(path))
        with _explained(path):
            schema.prepare(store.engine, path)
        return store

    def close(self) -> None:
        self.engine.dispose()

    def compact(self) -> None:
        """Give freed pages back, so that nothing deleted is left in the file or its log."""
        with _explained(self.engine.url.database):
            raw = self.engine.raw_connection()
            try:
                raw.execute("VACUUM")
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                raw.close()

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """A unit of work: committed whole, or not at all. One at a time; others wait."""
        with _explained(self.engine.url.database), self.engine.connect() as connection:
            connection.execution_options(hub_begin="BEGIN IMMEDIATE")
            with connection.begin():
                yield Tx(connection)

    @contextmanager
    def write_now(self) -> Iterator[Tx | None]:
        """A unit of work as `write` gives it, or None where another one is under way or nothing can be written."""
        with _explained(self.engine.url.database), self.engine.connect() as connection:
            driver: Any = connection.connection.dbapi_connection
            driver.execute("PRAGMA busy_timeout=0")
            connection.execution_options(hub_begin="BEGIN IMMEDIATE")
            try:
                try:
                    transaction = connection.begin()
                except DatabaseError:
                    yield None
                    return
                with transaction:
                    yield Tx(connection)
            finally:
                driver.execute(f"PRAGMA busy_timeout={BUSY_S * 1000}")

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """A consistent look that never waits for writers."""
        with _explained(self.engine.url.database), self.engine.connect() as connection:
            connection.execution_options(hub_begin="BEGIN")
            with connection.begin():
                yield Tx(connection)


def _create(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreUnusable(
            _("the database {path} cannot be opened: {problem}").format(path=path, problem=error.strerror),
            fix=_("check the folder's owner and rights, or set [store] path"),
        ) from error


def _engine(path: Path) -> Engine:
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool,
        pool_size=2,
        hide_parameters=True,
        connect_args={"isolation_level": None, "timeout": BUSY_S, "check_same_thread": False},
    )
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


def _configure(connection: Any, _record: Any) -> None:
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "cache_size=-4000",
        "temp_store=MEMORY",
        "secure_delete=ON",
        "wal_autocheckpoint=8000",
        "journal_size_limit=67108864",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("hub_begin", "BEGIN"))


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


@contextmanager
def _explained(path: object) -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        words = str(error.orig).casefold()
        for sign, (what, fix) in _CAUSES.items():
            if sign in words:
                raise StoreUnusable(sentence("{path}: {why}").format(path=path, why=what), fix=fix) from error
        raise
