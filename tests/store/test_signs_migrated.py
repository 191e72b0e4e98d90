"""A database of an earlier version gets the signs of its lines, however many lines there are."""

import pytest
from sqlalchemy import select

from hub.core.signs import signs
from hub.store import search
from hub.store.database import Store, table
from hub.store.derived_tables import History

LINES = 5_001
"""One more than a migration takes at once."""


@pytest.fixture
def old(place, taken_back):
    """The place of a database as version 0012 had it."""
    store = Store.open(place)
    with store.write() as tx:
        search.add(tx, [(line, f"насос номер{line} заявк") for line in range(LINES)])
        tx.add(History, [(line % 2, line, "client", "ref", "") for line in range(LINES)])
        tx.add(History, [(7, 5, "client", "ref", "")])
    taken_back(store, "0012")
    store.close()
    return place


def test_every_line_of_an_old_history_gets_its_signs(old):
    store = Store.open(old)
    with store.read() as tx:
        borne = [row.signs for row in tx.rows(select(table(History)))]
    store.close()
    assert borne == [signs("насос заявк")] * (LINES + 1)
