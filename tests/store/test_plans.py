"""No statement that is run for every page scans a table: its cost must not grow with the history."""

from types import ModuleType

import pytest
from sqlalchemy.sql import Select

from hub.store import blobs, clients, items, lines, parties
from hub.store.database import Store

SMALL = {"stale", "refetch", "stream", "quarantine", "run", "review"}
"""Tables that are small, or read whole on purpose."""
MADE = ("json_each", "few", "(subquery")
"""How what a statement makes for itself is called."""


def statements() -> list[tuple[str, Select]]:
    modules: tuple[ModuleType, ...] = (blobs, clients, items, lines, parties)
    found = [
        (f"{module.__name__}.{name}", value)
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, Select) and "json_each" in str(value.compile(dialect=_sqlite()))
    ]
    assert len(found) > 20
    return found


def _sqlite():
    from sqlalchemy.dialects import sqlite

    return sqlite.dialect()


@pytest.fixture(scope="module")
def connection(tmp_path_factory):
    store = Store.open(tmp_path_factory.mktemp("plans") / "hub.db")
    raw = store.engine.raw_connection()
    yield raw
    raw.close()
    store.close()


@pytest.mark.parametrize(("name", "statement"), statements(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_statement_with_a_list_uses_an_index(connection, name, statement):
    sql = str(statement.compile(dialect=_sqlite()))
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", ["[]"] * sql.count("?")).fetchall()]
    scans = [
        step
        for step in plan
        if step.startswith("SCAN") and step.split()[1] not in SMALL and not step.split()[1].startswith(MADE)
    ]
    assert not scans, plan
