"""A whole database into another one, of whichever kind."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import MetaData, Table, delete, func, select, text

from hub.store import derived, search
from hub.store.database import Tx, table
from hub.store.derived_tables import DERIVED
from hub.store.groups import KEPT
from hub.store.tables import WORK

STEP = 500


OURS = tuple(table(model) for model in (*KEPT, *DERIVED, *WORK))


def copy(
    source: Tx,
    target: Tx,
    progress: Callable[[int], None] = lambda _rows: None,
    tables: Sequence[Table] = OURS,
) -> int:
    """Copy every row into empty tables; returns how many."""
    copied = 0
    for each in tables:
        for rows in _steps(source.stream(select(each), STEP)):
            target.pour(each, rows)
            copied += len(rows)
            progress(copied)
        _count_on(target, each)
    for rows in _steps(search.everything(source)):
        search.add(target, rows)
        copied += len(rows)
        progress(copied)
    return copied


def reflected(tx: Tx) -> Sequence[Table]:
    """The tables that a database of whatever version has, but for the search index and the version itself."""
    found = MetaData()
    found.reflect(tx.connection, only=lambda name, _: name not in ("search", "alembic_version"))
    return found.sorted_tables


def clear(tx: Tx) -> None:
    """Leave no row in any table."""
    for each in OURS:
        tx.run(delete(each))
    search.clear(tx)


def fingerprint(tx: Tx) -> str:
    """The digest of the canonical dump."""
    said = hashlib.sha256()
    for line in derived.dump(tx):
        said.update(line + b"\n")
    return said.hexdigest()


def _steps(rows: Any) -> Iterator[list[tuple[Any, ...]]]:
    step: list[tuple[Any, ...]] = []
    for row in rows:
        step.append(tuple(row))
        if len(step) == STEP:
            yield step
            step = []
    if step:
        yield step


_COUNT_ON = text(
    "SELECT setval(counter, greatest(cast(:last AS bigint), coalesce(pg_sequence_last_value(counter), 0)))"
    " FROM (SELECT pg_get_serial_sequence(:name, 'id')::regclass AS counter) AS one"
)
"""Never back: a server does not take this back with what is rolled back."""


def _count_on(tx: Tx, target: Table) -> None:
    """Let numbers that a server gives go on behind those that were copied."""
    last = tx.scalar(select(func.max(target.c.id))) if tx.is_postgresql and _is_counted(target) else None
    if last is not None:
        tx.connection.execute(_COUNT_ON, {"name": target.name, "last": last})


def _is_counted(target: Table) -> bool:
    column = target.c.get("id")
    return column is not None and column.autoincrement == "auto" and column.primary_key
