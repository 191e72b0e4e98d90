"""A query that is asked of a file as it was compiled says what SQLAlchemy would say."""

from typing import Any

import pytest
from sqlalchemy import BigInteger, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import Select

import hub
from hub.store import blobs, copies, employees, items, journal, lines, parties, refetch
from hub.store.columns import METADATA
from tests.engine.conftest import at, company, mail, world

__all__ = ["world"]

FEWEST = 20
"""So many of the queries find something in what is stored here."""


@pytest.fixture
def filled(world):
    world.memory.add("crm", "1", company("АО Завод", domain="zavod.test"))
    world.memory.add("people", "1", hub.Contact(name="Пётр", identifiers=(hub.Identifier("email", "petr@zavod.test"),)))
    world.memory.add("people", "2", hub.User(name="Ольга", identifiers=(hub.Identifier("email", "olga@ours.test"),)))
    world.memory.add("inbox", "1", mail("petr@zavod.test", "anna@my.example", mid="m@x"))
    world.memory.add("inbox", "2", mail("petr@zavod.test", "anna@my.example"))
    for name in "123456789":
        world.memory.add("call", name, hub.Call(at=at(1), seconds=60, text="Перезвонить"))
    world.sync()
    world.memory.delete("call", "1")
    world.sync()
    return world


def queries() -> list[Select[Any]]:
    modules = (blobs, copies, employees, items, journal, lines, parties, refetch)
    named = [value for module in modules for value in vars(module).values() if isinstance(value, Select)]
    found = [query for query in (*named, *copies._BY.values()) if "json_each" in str(compiled(query))]
    return [*found, employees._KNOWN, journal._ALL, journal._ONE, copies._ANY, copies._MAILS]


def compiled(query: Select[Any]) -> Any:
    return query.compile(dialect=sqlite.dialect())


def test_a_query_says_the_same_by_either_way(filled):
    answered = 0
    with filled.open() as opened, opened.store.read() as tx:
        numbers = every_number(tx)
        for query in queries():
            bound = {name: bind for name, bind in compiled(query).binds.items() if bind.required}
            said = {name: (["x"] if getattr(bind.type, "texts", False) else numbers) for name, bind in bound.items()}
            said |= {name: value for name, value in (("since", 0), ("before", 1 << 62)) if name in bound}
            asked, rows = tx.ask(query, **said), tx.rows(query, **said)
            assert sorted(map(repr, map(tuple, asked))) == sorted(map(repr, map(tuple, rows)))
            answered += bool(rows)
    assert answered >= FEWEST


def every_number(tx) -> list[int]:
    columns = [
        column for one in METADATA.sorted_tables for column in one.columns if isinstance(column.type, BigInteger)
    ]
    return sorted({row[0] for column in columns for row in tx.rows(select(column)) if row[0] is not None})


def test_rows_bear_the_names_of_their_columns(filled):
    with filled.open() as opened, opened.store.read() as tx:
        known = items.known(tx, every_number(tx)).values()
    assert sorted(one.removed for one in known) == [False] * 13 + [True]
    assert {one.state for one in known} == {"stored"}
