"""A database of an earlier version gets the signs of its lines from the next sync, and is searched without them before."""

from sqlalchemy import select

from hub.core import tokens
from hub.core.signs import signs
from hub.store import clients, finding, search
from hub.store.database import table
from hub.store.derived_tables import History
from tests.engine.conftest import company, mail, world

__all__ = ["world"]


def borne(world):
    """The signs that stand with lines, and those that their tokens have."""
    with world.open() as opened, opened.store.read() as tx:
        lines = dict(search.everything(tx))
        rows = tx.rows(select(table(History)))
    return [row.signs for row in rows], [signs(lines[row.interaction_id]) for row in rows]


def found(world):
    with world.open() as opened, opened.store.read() as tx:
        [client] = clients.find(tx, "Ромашка", [])
        return finding.find(tx, finding.Asked(terms=tokens.query("насос"), client=client.id), 20).ids


def test_every_line_of_an_old_history_gets_its_signs_and_is_found_before(world, taken_back):
    world.memory.add("crm", "1", company(emails=("info@romashka.test",)))
    for number in range(12):
        said = mail("info@romashka.test", "anna@my.example", mid=f"m{number}@x", text="Нужен насос", day=number + 1)
        world.memory.add("inbox", str(number), said)
    world.sync()
    before, hits = borne(world), found(world)
    assert before[0] == before[1]
    assert all(before[0])
    assert len(hits) == 12
    with world.open() as opened:
        taken_back(opened.store, "0012")
    assert set(borne(world)[0]) == {""}
    assert found(world) == hits
    world.sync()
    assert borne(world) == before
