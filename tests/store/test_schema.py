"""The migrations lead to the tables that the models describe, from an empty database and from every released one."""

import gzip
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from hub.store import groups, schema
from hub.store.columns import METADATA
from hub.store.database import Store

RELEASED = sorted((Path(__file__).parent / "released").glob("*.db.gz"))


def differences(store):
    """Between the database and the models; the index is nobody's model."""
    with store.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"include_name": lambda name, kind, _up: kind != "table" or not (name or "").startswith("search")},
        )
        assert groups.ALL
        return compare_metadata(context, METADATA)


def test_a_new_database_is_what_the_models_say(store):
    assert differences(store) == []


def test_the_migrations_lead_to_what_a_new_file_is(tmp_path):
    migrated, made = Store.blank(tmp_path / "migrated", schema.HEAD), Store.open(tmp_path / "made")
    assert differences(migrated) == []
    assert made_of(migrated) == made_of(made)
    assert migrated.version() == made.version() == schema.HEAD
    for store in (migrated, made):
        store.close()


def test_several_that_open_a_new_file_at_once_make_it_once(tmp_path):
    def opened(_turn):
        store = Store.open(tmp_path / "hub.db")
        try:
            return store.version()
        finally:
            store.close()

    with ThreadPoolExecutor(4) as several:
        assert list(several.map(opened, range(4))) == [schema.HEAD] * 4


@pytest.mark.parametrize("released", RELEASED, ids=lambda path: path.name[:4])
def test_a_released_database_becomes_what_a_new_one_is(released, tmp_path):
    stores = []
    for name, filled in (("old", gzip.decompress(released.read_bytes())), ("new", b"")):
        (tmp_path / name).write_bytes(filled)
        stores.append(Store.open(tmp_path / name))
    old, new = stores
    assert differences(old) == []
    assert made_of(old) == made_of(new)
    for store in stores:
        store.close()


def made_of(store):
    """Every table and index, as SQLite was told to make it, but for the order of columns, and what a column that was added
    held where there were rows: those who write name every column.
    """
    with store.engine.connect() as connection:
        said = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {name: sorted(filter(None, re.split(r"[\s,()]+|DEFAULT '\d*'", sql))) for name, sql in said}


def test_on_a_server_texts_are_compared_by_their_bytes(postgresql):
    texts = """SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'
               AND data_type = 'text' AND table_name <> 'search' AND collation_name IS DISTINCT FROM 'C'"""
    assert postgresql.run(texts, "made") == []
    sorted_by_the_server = "SELECT x FROM (VALUES ('ёлка'), ('Ящик'), ('аванс')) AS t(x) ORDER BY x"
    assert postgresql.run(sorted_by_the_server) == [("аванс",), ("ёлка",), ("Ящик",)], "the server must sort otherwise"


def test_every_migration_can_be_taken_back(place, taken_back):
    store = Store.open(place)
    taken_back(store, "base")
    assert inspect(store.engine).get_table_names() == ["alembic_version"]
    store.close()
