"""What is stored is mapped again in a process of its own: bytes that end a mapping end nothing else."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

import hub
from hub import plugins
from hub.engine import hub as opening
from hub.engine import rebuild, replay
from hub.engine import sync as syncing
from hub.engine.hub import Clock, Hub
from hub.engine.steps import finished
from hub.settings import Limits
from hub.store import derived, items
from hub.testing import Memory, memory
from tests.engine.conftest import World, filled

LIMITS = Limits(memory=192 << 20, silence=0.7, processes=1)
BAD = "Тема 3".encode()


def burns() -> None:
    while True:
        pass


ENDS: dict[str, Callable[[], object]] = {
    "hangs": lambda: time.sleep(60),
    "burns": burns,
    "dies": lambda: os._exit(3),
}


@pytest.fixture
def world(tmp_path) -> Iterator[World]:
    made = World(tmp_path, Memory("source", page_size=9))
    with made.memory.serving():
        yield filled(made, 6)


@contextmanager
def opened(world: World, act: Callable[[], object] = lambda: None, version: int = 1) -> Iterator[Hub]:
    """A hub whose mapping does `act` at one item, and in a later version says so in every subject."""
    plain, ours = memory.CONNECTOR.map, os.getpid()

    def mapped(body, *rest):
        if version > 1 and BAD in body:
            assert os.getpid() != ours, "in the hub's own process"
            act()
        return plain(body.replace("Тема".encode(), "Дело".encode()) if version > 1 else body, *rest)

    connector = replace(memory.CONNECTOR, map=mapped, mapping=version)
    loaded = replace(plugins.load(["memory"]), connectors={"memory": connector})
    with opening.opened(replace(world.config, limits=LIMITS), loaded, Clock(fixed=world.now)) as found:
        yield found


def subjects(one: Hub) -> list[str]:
    with one.store.read() as tx:
        return sorted(
            found.subject[:6] for found in (stored.record for parts in _records(tx) for stored in parts.values())
            if isinstance(found, hub.Email)
        )  # fmt: skip


def _records(tx):
    return items.records(tx, items.readable(tx, -1, 100)).values()


@pytest.mark.parametrize("act", ENDS.values(), ids=ENDS)
def test_a_mapping_that_ends_its_process_leaves_that_item_as_it_is_and_maps_the_others(world, act, caplog):
    with opened(world) as one:
        syncing.sync(one, syncing.Wish())
        assert subjects(one) == [f"Тема {n}" for n in range(6)]
    with opened(world, act, version=2) as one:
        assert finished(replay.outdated(one, one.config.connections[0])).stored > 0
        assert subjects(one) == sorted(["Тема 3", *(f"Дело {n}" for n in range(6) if n != 3)])
        assert "what is stored stays as it is" in caplog.text
        caplog.clear()
        assert finished(replay.outdated(one, one.config.connections[0])).stored == 0
        assert not caplog.text, "it is not tried again at every pull"


def test_a_mapping_that_wants_all_memory_does_not_get_it(world):
    with opened(world) as one:
        syncing.sync(one, syncing.Wish())
    with opened(world, lambda: b"x" * (2 << 30), version=2) as one:
        finished(replay.outdated(one, one.config.connections[0]))
        assert subjects(one) == sorted(["Тема 3", *(f"Дело {n}" for n in range(6) if n != 3)])


def test_a_rebuild_outlives_bytes_that_end_the_mapping(world):
    with opened(world) as one:
        syncing.sync(one, syncing.Wish())
        with one.store.read() as tx:
            before = list(derived.dump(tx))
        rebuild.rebuild(one)
        with one.store.read() as tx:
            assert list(derived.dump(tx)) == before
    with opened(world, ENDS["dies"], version=2) as one:
        assert rebuild.rebuild(one) > 0
        assert subjects(one) == sorted(["Тема 3", *(f"Дело {n}" for n in range(6) if n != 3)])


def test_what_is_put_aside_and_ends_the_mapping_stays_aside_with_the_reason(world):
    with opened(world, lambda: 1 / 0, version=2) as one:
        syncing.sync(one, syncing.Wish(limits=LIMITS))
    with opened(world, ENDS["dies"], version=2) as one:
        assert replay.quarantine(one).quarantined == 1
        with one.store.read() as tx:
            (row,) = items.quarantined(tx)
        assert "exit code 3" in row.reason
    with opened(world, version=2) as one:
        assert replay.quarantine(one).stored == 1


def test_who_ends_the_process_again_and_again_keeps_no_other_connection_from_being_mapped(world, monkeypatch):
    monkeypatch.setattr("hub.engine.apart.mapper.STARTS", 2)
    other = World(world.path, Memory("other", page_size=9))
    with other.memory.serving():
        filled(other, 3)
        world.sources["other"] = other.memory
        with opened(world) as one:
            syncing.sync(one, syncing.Wish())
        with opened(world, version=2) as one:
            connector = one.plugins.connectors["memory"]
            bad = replace(connector, map=lambda body, settings, *rest: (
                os._exit(3) if settings.name == "source" else connector.map(body, settings, *rest)
            ))  # fmt: skip
            one.plugins = replace(one.plugins, connectors={"memory": bad})
            rebuild.rebuild(one)
            assert [said[:4] for said in subjects(one)] == ["Дело"] * 3 + ["Тема"] * 6
