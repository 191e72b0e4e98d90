"""One database: opening, units of work, and the few statements that every table shares.

SQLite (`hub.store.sqlite`) is the embedded default, PostgreSQL (`hub.store.postgresql`) the one on a server. Statements
are SQLAlchemy Core, so that there is no second code path: only `among` and the search index are compiled differently, and
what a page asks a file again and again goes there as it was compiled (`Tx.ask`).
"""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

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
    delete,
    event,
)
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import DatabaseError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import Executable
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, TypeDecorator

from hub.errors import StoreUnusable
from hub.i18n import sentence
from hub.store import compiled
from hub.store.address import Server
from hub.store.columns import METADATA
from hub.store.commit import Commit
from hub.store.compiled import Bulk
from hub.store.place import Place
from hub.store.postgresql import Hosted
from hub.store.sqlite import File

if TYPE_CHECKING:
    from hub.store.fields import Row

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


Model: TypeAlias = "Table | type[Row]"


def table(model: Model) -> Table:
    return METADATA.tables[model.name if isinstance(model, Table) else str(model.__tablename__)]


# --- one transaction -------------------------------------------------------------------------------------------------


@cache
def _columns(target: Table) -> tuple[str, ...]:
    return tuple(column.name for column in target.columns)


class Tx:
    """One transaction. `rows` and `ask` read; `put` upserts, `add` inserts, `keep` inserts what is not there, `drop` deletes."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._dialect = connection.dialect
        self._file: Any = None if self.is_postgresql else connection.connection.driver_connection

    @property
    def is_postgresql(self) -> bool:
        """Whether statements that are written out are PostgreSQL's; SQLite's otherwise."""
        return self._dialect.name == "postgresql"

    def rows(self, statement: Select[Any], /, **parameters: Any) -> Sequence[Any]:
        return self.connection.execute(statement, parameters).all()

    def ask(self, query: Select[Any], /, **parameters: Any) -> Sequence[Any]:
        """The rows of a query that stands written in its module, and is kept for good as it was compiled. A page asks dozens
        of them, and SQLAlchemy takes longer to bring one to a file than the file takes to answer.
        """
        if self._file is None:
            return self.rows(query, **parameters)
        return compiled.query(query, self._dialect).rows(self._file, parameters)

    def stream(self, statement: Select[Any], at_once: int, /, **parameters: Any) -> Iterator[Any]:
        """Rows of which only so many are in memory at once."""
        yield from self.connection.execute(statement.execution_options(yield_per=at_once), parameters)

    def scalar(self, statement: Select[Any], /, **parameters: Any) -> Any:
        return self.connection.execute(statement, parameters).scalar()

    def run(self, statement: Executable, /, **parameters: Any) -> int:
        return self.connection.execute(statement, parameters).rowcount

    def each(self, statement: Executable, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Run a statement once for every row of parameters of these names."""
        if rows:
            self._many(compiled.each(statement, self._dialect), names, rows)

    def put(self, model: Model, rows: Sequence[Sequence[Any]], columns: tuple[str, ...] = ()) -> None:
        self._bulk(compiled.upsert, model, rows, columns)

    def add(self, model: Model, rows: Sequence[Sequence[Any]], columns: tuple[str, ...] = ()) -> None:
        self._bulk(compiled.insert, model, rows, columns)

    def pour(self, target: Table, rows: Sequence[Sequence[Any]]) -> None:
        """Insert whole rows into a table, by whatever model or reflection it is known."""
        self._into(compiled.insert, target, rows, _columns(target))

    def keep(self, model: Model, rows: Sequence[Sequence[Any]], columns: tuple[str, ...] = ()) -> None:
        self._bulk(compiled.keep, model, rows, columns)

    def _bulk(
        self,
        make: Callable[[Table, Dialect, tuple[str, ...]], Bulk],
        model: Model,
        rows: Sequence[Sequence[Any]],
        columns: tuple[str, ...],
    ) -> None:
        if rows:
            target = table(model)
            self._into(make, target, rows, columns or _columns(target))

    def _into(
        self,
        make: Callable[[Table, Dialect, tuple[str, ...]], Bulk],
        target: Table,
        rows: Sequence[Sequence[Any]],
        columns: tuple[str, ...],
    ) -> None:
        self._many(make(target, self._dialect, columns), columns, rows)

    def _many(self, bulk: Bulk, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        self.many(bulk.sql, bulk.parameters(names, rows))

    def many(self, sql: str, rows: list[Any]) -> None:
        """Run a statement, as the driver takes it, for each of these rows."""
        if self._file is None:
            self.connection.exec_driver_sql(sql, rows)
        else:
            self._file.executemany(sql, rows)

    def drop(self, model: Model, column: str, values: Iterable[int]) -> int:
        listed = list(values)
        return self.run(_delete(table(model), column), values=listed) if listed else 0


@cache
def _delete(target: Table, column: str) -> Executable:
    return delete(target).where(among(target.c[column], "values"))


# --- the database ----------------------------------------------------------------------------------------------------


class Store:
    """An open database. Every change goes through `write`, every look through `read`.

    Who writes has connections of his own: SQLite forgets what pages it has at hand when another one has written, and a look
    may come while a commit is under way.
    """

    def __init__(self, place: Place, engine: Engine) -> None:
        self.place = place
        self.engine = engine
        self.writer = place.writer()
        self._last = Commit()
        for each in (self.engine, self.writer):
            event.listen(each, "begin", self._begin)

    @classmethod
    def open(
        cls,
        where: Path | Server,
        *,
        create: bool = True,
        before_upgrade: Callable[["Store", str], object] = lambda _store, _version: None,
    ) -> "Store":
        """Open a database, by its file or its server, making and migrating it as needed; one that holds something is
        handed to `before_upgrade` first, with its version. Raises `StoreUnusable`.
        """
        from hub.store import schema  # noqa: PLC0415 - Alembic is imported only where a migration is due

        place: Place = File(where) if isinstance(where, Path) else Hosted(where)
        store = cls(place, place.engine(create=create))
        try:
            with explained(place):
                schema.prepare(store.engine, place, create=create, before_upgrade=partial(before_upgrade, store))
        except BaseException:
            store.close()
            raise
        return store

    @classmethod
    def as_it_is(cls, where: Path | Server) -> "Store":
        """A database as it stands, neither made nor migrated. Raises `StoreUnusable` where there is none."""
        place: Place = File(where) if isinstance(where, Path) else Hosted(where)
        return cls(place, place.engine(create=False))

    def version(self) -> str | None:
        """The version of its schema, as `schema.version` has it."""
        from hub.store import schema  # noqa: PLC0415 - it asks this module what a place is

        with explained(self.place):
            return schema.version(self.engine)

    @classmethod
    def blank(cls, file: Path, version: str) -> "Store":
        """A file of this version of the schema with nothing in it."""
        from hub.store import schema  # noqa: PLC0415 - see above

        place = File(file)
        store = cls(place, place.engine(create=True))
        with explained(place):
            schema.upgrade(store.engine, place, version)
        return store

    def close(self) -> None:
        self._last.wait()
        self.writer.dispose()
        self.engine.dispose()

    def compact(self) -> None:
        """Give freed space back, so that nothing deleted is left in it."""
        with explained(self.place):
            raw = self.engine.raw_connection()
            try:
                self.place.compact(raw.driver_connection)
            finally:
                raw.close()

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether no other daemon works on this database; then none can until this ends, or the process does."""
        with explained(self.place), self.place.alone(self.engine) as is_alone:
            yield is_alone

    def size(self) -> int:
        """Bytes on the disk."""
        with explained(self.place), self.engine.connect() as connection:
            return self.place.size(connection)

    @contextmanager
    def write(self) -> Iterator[Tx]:
        """A unit of work: committed whole, or not at all. One at a time; others wait."""
        with self._writing() as connection, connection.begin():
            yield Tx(connection)

    @contextmanager
    def write_behind(self, commit: Commit, committed: Callable[[float], None]) -> Iterator[Tx]:
        """A unit of work as `write` gives it, which is committed beside us while we go on; `committed` is called there with the
        seconds for which it held the database. Raises what the `commit` before came to; who looks may not see this one
        before it is settled.
        """
        commit.settle()
        with ExitStack() as stack:
            connection = stack.enter_context(self._writing())
            stack.enter_context(connection.begin())
            began = time.monotonic()
            yield Tx(connection)
            leave = stack.pop_all().close

        def work() -> None:
            leave()
            committed(time.monotonic() - began)

        self._last = commit
        commit.begin(work)

    @contextmanager
    def write_for_good(self) -> Iterator[Tx]:
        """A unit of work as `write` gives it; once it is committed, not even a power cut takes it back."""
        with self._writing() as connection, self.place.for_good(connection), connection.begin():
            yield Tx(connection)

    @contextmanager
    def write_now(self) -> Iterator[Tx | None]:
        """A unit of work as `write` gives it, or None where another one is under way or nothing can be written."""
        with self._writing() as connection, self.place.at_once(connection) as begun:
            yield Tx(connection) if begun else None

    @contextmanager
    def read(self) -> Iterator[Tx]:
        """A consistent look that never waits for writers."""
        with explained(self.place), self.engine.connect() as connection, connection.begin():
            yield Tx(connection)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        self._last.wait()
        with explained(self.place), self.writer.connect() as connection:
            yield connection.execution_options(hub_begin=self.place.write)

    def _begin(self, connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("hub_begin", self.place.read))


@contextmanager
def explained(place: Place) -> Iterator[None]:
    """What a driver raises becomes `StoreUnusable`, in words for people, unless it is a defect."""
    try:
        yield
    except (DatabaseError, sqlite3.DatabaseError) as error:
        cause = place.cause(getattr(error, "orig", None) or error)
        if cause is None:
            raise
        why, fix = cause
        raise StoreUnusable(sentence("{path}: {why}").format(path=place, why=why), fix=fix) from error
