"""What a mailbox calls a conversation is one thread, in its own stream and whatever the order of arrival."""

import pytest

from hub.engine import rebuild
from hub.store import clients
from hub.testing import Memory
from tests.engine.conftest import World, company, mail

SAID = {
    "asked": ("anna", "7"), "answered": ("anna", "7"), "other": ("anna", "8"), "elsewhere": ("boris", "7"),
    "alone": ("boris", ""),
}  # fmt: skip


def told(path, order):
    """What two mailboxes say, and what becomes of it: subject -> thread."""
    path.mkdir()
    with Memory("source").serving() as memory:
        world = World(path, memory)
        memory.add("crm", "1", company(emails=("info@romashka.test",), domain="romashka.test"))
        for name in order:
            stream, number = SAID[name]
            refs = (f"conversation:{number}",) if number else ()
            memory.add(
                stream, name, mail("ivan@romashka.test", "anna@my.example", mid=f"{name}@x", subject=name, refs=refs)
            )
            world.sync()
        before = world.dump()
        with world.open() as opened:
            rebuild.rebuild(opened)
        assert world.dump() == before
        with world.open() as opened, opened.store.read() as tx:
            return {row.title: row.thread for row in clients.history(tx, world.client("ООО Ромашка").id, limit=10)}


@pytest.mark.parametrize("order", [tuple(SAID), tuple(reversed(SAID))])
def test_a_conversation_is_one_thread_and_another_mailboxs_of_that_number_another(tmp_path, order):
    threads = told(tmp_path / "world", order)
    assert threads["asked"] == threads["answered"]
    assert len(set(threads.values())) == 4
    assert threads == told(tmp_path / "again", sorted(SAID))


def test_it_counts_behind_what_the_mail_itself_refers_to(tmp_path):
    path = tmp_path / "world"
    path.mkdir()
    with Memory("source").serving() as memory:
        world = World(path, memory)
        memory.add("crm", "1", company(domain="romashka.test"))
        many = ("conversation:7", *(f"{number}@x" for number in range(100)))
        for name, refs in (("a", many), ("b", ("conversation:7",)), ("c", ("99@x",))):
            memory.add(
                "anna", name, mail("ivan@romashka.test", "anna@my.example", mid=f"{name}@x", subject=name, refs=refs)
            )
        world.sync()
        with world.open() as opened, opened.store.read() as tx:
            found = {row.title: row.thread for row in clients.history(tx, world.client("ООО Ромашка").id, limit=10)}
    assert found["a"] == found["c"] != found["b"]
