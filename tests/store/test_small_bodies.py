"""What a source said lies with its revision where it is short, and as a blob where it is long (ADR 0044)."""

import random
import string

import pytest
from sqlalchemy import select

import hub
from hub.store import items
from hub.store.body_tables import Blob, Raw
from hub.store.database import table
from tests.engine.conftest import at, world

__all__ = ["world"]

BEFORE = "0011"
LONG = "".join(random.Random(7).choices(string.ascii_letters, k=9_000))
SHORT = "Перезвонить в четверг"


@pytest.fixture
def filled(world):
    for name, text in (("a", SHORT), ("b", SHORT), ("c", LONG), ("d", LONG)):
        world.memory.add("call", name, hub.Call(at=at(1), seconds=60, text=text))
    world.sync()
    return world


def bodies(tx):
    """External id -> what its source said."""
    rows = tx.rows(select(table(Raw).c.item_id))
    return {number: [body for _, _, body in items.raws(tx, number)] for (number,) in rows}


def uses(tx):
    return sorted(row[0] for row in tx.rows(select(table(Blob).c.uses)))


def test_only_a_long_body_is_a_blob_and_two_that_say_the_same_are_one(filled):
    with filled.open() as opened, opened.store.read() as tx:
        assert uses(tx) == [2]
        assert sorted(len(said[0]) > items.SMALL for said in bodies(tx).values()) == [False, False, True, True]


def test_an_older_version_finds_the_short_ones_among_its_blobs_and_this_one_reads_them_there(filled, taken_back):
    with filled.open() as opened, opened.store.read() as tx:
        said = bodies(tx)
    with filled.open() as opened:
        taken_back(opened.store, BEFORE)
        with opened.store.read() as tx:
            assert uses(tx) == [2, 2]
    with filled.open() as opened, opened.store.read() as tx:
        assert bodies(tx) == said


def test_the_last_of_those_that_say_the_same_takes_the_blob_with_it_and_a_short_one_takes_none(filled):
    with filled.open() as opened, opened.store.write() as tx:
        for number, [body] in bodies(tx).items():
            before = uses(tx)
            items.drop_raws(tx, [number])
            assert sum(uses(tx)) == sum(before) - (len(body) > items.SMALL)
        assert uses(tx) == []
