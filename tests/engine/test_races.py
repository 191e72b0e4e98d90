"""Several hubs at work in one database at once: as if they had worked one after the other."""

import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace

import pytest

from hub.core.policy import Policy
from hub.engine.runs import LEASE_MS
from hub.store import pulls
from hub.store.database import Store
from tests.engine.conftest import World, company, mail, serving

HUBS = 8
INN = "7707083893"


@pytest.fixture
def crowd(world: World) -> Iterator[World]:
    """Eight connections that tell of one client nobody knows yet: by its INN, its domain, its people and their mails."""
    with ExitStack() as stack:
        for n in range(HUBS):
            source = world.sources[f"source-{n}"] = stack.enter_context(serving(f"source-{n}", page_size=2))
            source.add(
                "crm", "1", company("ООО Ромашка", inn=INN, emails=("info@romashka.test", f"n{n}@romashka.test"))
            )
            for m in range(5):
                refs = (f"m{(n + m) % 7}@x",)
                sender, to = ("anna@my.example", f"n{m}@romashka.test")[:: 1 if m % 2 else -1]
                source.add("inbox", str(m), mail(sender, to, mid=f"m{(n * m) % 11}@x", day=m + 1, refs=refs))
        yield world


def _at_once(tasks: Sequence[Callable[[], object]]) -> None:
    """Run every task in a process of its own, all from the same moment on."""
    start, go = os.pipe()
    children = []
    for task in tasks:
        child = os.fork()
        if not child:
            os.close(go)
            os.read(start, 1)  # nothing comes: it ends when the parent closes it
            try:
                task()
            except BaseException:
                traceback.print_exc(file=sys.__stderr__)
                os._exit(1)
            os._exit(0)
        children.append(child)
    os.close(go)
    os.close(start)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * len(tasks)


def _calm(world: World) -> World:
    """The same sources, read one after the other into a file of its own."""
    calm = replace(world, path=world.path / "calm", server=None)
    calm.sync()
    return calm


def test_eight_hubs_that_meet_a_new_client_at_once_make_one_of_it(crowd):
    crowd.clients()  # the database is founded
    _at_once([lambda name=name: crowd.sync(names=(name,)) for name in crowd.sources])
    assert crowd.clients() == ["ООО Ромашка"]
    assert crowd.dump() == _calm(crowd).dump()
    crowd.sync()
    assert crowd.dump() == _calm(crowd).dump()


def test_hubs_that_come_to_an_empty_database_at_once_found_it_once(crowd, request, tmp_path):
    place = crowd.config.database
    if crowd.server is not None:
        place = request.getfixturevalue("postgresql").empty()
        crowd.server = place
    _at_once([lambda name=name: crowd.sync(names=(name,)) for name in list(crowd.sources)[:4]])
    assert crowd.clients() == ["ООО Ромашка"]
    Store.open(place, create=False).close()


def test_what_was_left_out_is_found_again_whoever_meets_its_client(crowd):
    crowd.policy = Policy(store="clients")
    crowd.clients()
    _at_once([lambda name=name: crowd.sync(names=(name,)) for name in crowd.sources])
    crowd.sync()
    assert crowd.dump() == _calm(crowd).dump()


def test_a_lease_of_a_clock_that_was_set_back_blocks_no_stream_and_its_holder_finds_it_gone(world):
    world.memory.add("crm", "1", company(emails=("info@romashka.test",)))
    world.sync()
    now = int(world.now.timestamp() * 1000)
    year = 365 * 86_400_000
    with world.open() as opened, opened.store.write() as tx:
        [stream] = [row.id for row in pulls.streams(tx)]
        assert pulls.take(tx, stream, "elsewhere:1", now + year, now + year + LEASE_MS)
        epoch = pulls.stream(tx, stream).lease_epoch
    [report] = world.sync()
    assert report.state == "ok"
    with world.open() as opened, opened.store.write() as tx:
        assert not pulls.renew(tx, stream, epoch, now + year + 2 * LEASE_MS)
