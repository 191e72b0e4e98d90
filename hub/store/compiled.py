"""Statements compiled once, as the drivers take them: those that write rows of a table, and queries that stand written."""

import sqlite3
from collections import namedtuple
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Select, Table, bindparam, or_
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.expression import Executable


class Bulk:
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
def _insert_of(dialect: Dialect) -> Any:
    """INSERT as it can say ON CONFLICT."""
    if dialect.name != "postgresql":
        return sqlite_insert
    from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415 - brings every driver: SQLite need not wait for them

    return insert


@cache
def upsert(target: Table, dialect: Dialect, columns: tuple[str, ...]) -> Bulk:
    """INSERT … ON CONFLICT (primary key) DO UPDATE … WHERE something differs: an unchanged row is not written."""
    statement = _insert_of(dialect)(target).values({name: bindparam(name) for name in columns})
    keys = [column.name for column in target.primary_key]
    rest = [name for name in columns if name not in keys]
    if not rest:
        return Bulk(statement.on_conflict_do_nothing(), dialect)
    differs = or_(*(target.c[name].is_distinct_from(statement.excluded[name]) for name in rest))
    return Bulk(
        statement.on_conflict_do_update(
            index_elements=keys, set_={name: statement.excluded[name] for name in rest}, where=differs
        ),
        dialect,
    )


@cache
def insert(target: Table, dialect: Dialect, columns: tuple[str, ...]) -> Bulk:
    return Bulk(target.insert().values({name: bindparam(name) for name in columns}), dialect)


@cache
def keep(target: Table, dialect: Dialect, columns: tuple[str, ...]) -> Bulk:
    statement = _insert_of(dialect)(target).values({name: bindparam(name) for name in columns})
    return Bulk(statement.on_conflict_do_nothing(), dialect)


each = cache(Bulk)


class Query:
    """A query compiled once, as SQLite's driver takes it: what its parameters are bound as, and what its columns become."""

    def __init__(self, asked: Select[Any], dialect: Dialect) -> None:
        compiled: Any = asked.compile(dialect=dialect)
        columns = asked.selected_columns
        self._sql = str(compiled)
        bound = [(name, compiled.binds[name]) for name in compiled.positiontup]
        self._given = {name: bind.value for name, bind in bound if not bind.required}
        self._bound = [(name, bind.type.dialect_impl(dialect).bind_processor(dialect)) for name, bind in bound]
        row: Any = namedtuple("_row", columns.keys(), rename=True)  # type: ignore[misc]  # noqa: PYI024 - by what is asked
        self._row = row._make
        read = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        self._read = [process or _as_it_is for process in read] if any(read) else []

    def rows(self, driver: sqlite3.Connection, parameters: Mapping[str, Any]) -> list[Any]:
        said = {**self._given, **parameters}
        values = [said[name] if bind is None else bind(said[name]) for name, bind in self._bound]
        found: Iterable[Sequence[Any]] = driver.execute(self._sql, values).fetchall()
        if self._read:
            found = ([read(value) for read, value in zip(self._read, row, strict=True)] for row in found)
        return list(map(self._row, found))


def _as_it_is(value: Any) -> Any:
    return value


query = cache(Query)
