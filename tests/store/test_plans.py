"""No statement that is run for every page scans a table: its cost must not grow with the history."""

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import Select

from hub.store import attachments, blobs, clients, items, lines, parties, undone

SMALL = {"stale", "refetch", "stream", "quarantine", "run", "review"}
"""Tables that are small, or read whole on purpose."""
MADE = ("json_each", "few", "(subquery")
"""How what a statement makes for itself is called."""


def statements() -> list[Any]:
    modules: tuple[ModuleType, ...] = (attachments, blobs, clients, items, lines, parties)
    found = [
        pytest.param(value, id=f"{module.__name__}.{name}")
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, Select) and "json_each" in str(value.compile(dialect=sqlite.dialect()))
    ]
    assert len(found) > 20
    return found


@pytest.mark.parametrize("statement", statements())
def test_a_statement_with_a_list_uses_an_index(store, statement):
    with store.read() as tx:
        found = _on_a_server(tx, statement) if tx.is_postgresql else _in_a_file(tx, statement)
    assert not found


def test_what_a_stream_holds_is_gone_through_unsorted(store):
    said: list[Any] = []
    with store.read() as tx:
        event.listen(tx.connection, "before_cursor_execute", lambda *about: said.append(about[2:4]))
        assert list(items.of_stream(tx, 1, "")) == []
        sql, values = said[0]
        explain = "EXPLAIN" if tx.is_postgresql else "EXPLAIN QUERY PLAN"
        plan = "\n".join(str(tuple(row)) for row in tx.connection.exec_driver_sql(f"{explain} {sql}", values))
    assert "item" in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan


def test_whether_an_older_mapping_made_something_is_looked_up(store):
    """It is asked at every pull: a mailbox without news must not be gone through."""
    said: list[Any] = []
    with store.read() as tx:
        event.listen(tx.connection, "before_cursor_execute", lambda *about: said.append(about[2:4]))
        assert not undone.mappings(tx, "anna", 3)
        sql, values = said[0]
        if tx.is_postgresql:
            tx.connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN" if tx.is_postgresql else "EXPLAIN QUERY PLAN"
        plan = [str(tuple(row)) for row in tx.connection.exec_driver_sql(f"{explain} {sql}", values)]
    steps = [step.replace(" ", "") for step in plan]
    looked_up = [step for step in steps if "mapping<" in step or "mapping>" in step]
    assert len(looked_up) == 2, plan
    assert all("Filter" not in step for step in looked_up), plan


def _in_a_file(tx, statement) -> list[str]:
    sql = str(statement.compile(dialect=tx.connection.dialect))
    plan = [row[3] for row in tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", ("[]",) * sql.count("?"))]
    scans = [step.split()[1] for step in plan if step.startswith("SCAN")]
    return [name for name in scans if name not in SMALL and not name.startswith(MADE)]


def _on_a_server(tx, statement) -> list[str]:
    """Tables are empty here, so the planner is kept from what would do for empty ones. What it falls back on tells:
    a table is walked whole, be it along an index, where no condition leads into it.
    """
    for way in ("seqscan", "hashjoin", "mergejoin"):
        tx.connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
    compiled = statement.compile(dialect=tx.connection.dialect)
    values = {name: [1] if value is None else value for name, value in compiled.params.items()}
    values |= {name: ["a"] for name in values if "TEXT[]" in str(compiled) and values[name] == [1]}
    [[[plan]]] = tx.connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {compiled}", values)
    return [
        node["Relation Name"]
        for node in _nodes(plan["Plan"])
        if node.get("Relation Name", "search") not in {*SMALL, "search"} and _walks_it_whole(node)
    ]


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for inner in node.get("Plans", ()):
        yield from _nodes(inner)


def _walks_it_whole(node: dict[str, Any]) -> bool:
    if node["Node Type"] == "Bitmap Heap Scan":
        return not all("Index Cond" in one for one in _nodes(node) if one["Node Type"] == "Bitmap Index Scan")
    return "Index Cond" not in node
