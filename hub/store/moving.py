"""A whole database into another one, of whichever kind."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import func, select, text
from sqlmodel import SQLModel

from hub.store import derived, search
from hub.store.database import Tx, table
from hub.store.derived_tables import DERIVED
from hub.store.tables import KEPT, WORK

STEP = 500


def copy(source: Tx, target: Tx, progress: Callable[[int], None] = lambda _rows: None) -> int:
    """Copy every row into empty tables; returns how many."""
    copied = 0
    for model in (*KEPT, *DERIVED, *WORK):
        for rows in _steps(source.connection.execute(select(table(model)))):
            target.add(model, rows)
            copied += len(rows)
            progress(copied)
        _count_on(target, model)
    for rows in _steps(search.everything(source)):
        search.add(target, rows)
        copied += len(rows)
        progress(copied)
    return copied


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


def _count_on(tx: Tx, model: type[SQLModel]) -> None:
    """Let numbers that a server gives go on behind those that were copied."""
    target = table(model)
    last = tx.scalar(select(func.max(target.c.id))) if tx.is_postgresql and _is_counted(model) else None
    if last is not None:
        tx.connection.execute(text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)"),
                              {"name": target.name, "last": last})  # fmt: skip


def _is_counted(model: type[SQLModel]) -> bool:
    column = table(model).c.get("id")
    return column is not None and column.autoincrement == "auto" and column.primary_key
