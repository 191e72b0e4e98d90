"""Several connections in one sync: each in a process of its own, and none keeps the others from theirs."""

import logging
import multiprocessing
import os
import time
from contextlib import contextmanager
from dataclasses import replace

import pytest

import hub
from hub import plugins
from hub.engine import hub as opening
from hub.engine import pool
from hub.engine import sync as syncing
from hub.engine.apart import parent, process
from hub.engine.hub import Clock
from hub.errors import StoreUnusable
from hub.settings import Connection, Limits
from hub.store import pulls
from hub.testing import Memory, hostile
from tests.engine.conftest import NOW, World, mail

LIMITS = Limits(memory=512 << 20, silence=60.0, processes=2)


@pytest.fixture(autouse=True)
def _page_by_page(monkeypatch):
    """However many wait, each turn stores one."""
    monkeypatch.setattr(parent, "TOGETHER", 0)


def many(name, count, page_size=20):
    source = Memory(name, page_size=page_size)
    for number in range(count):
        source.add(
            "inbox", str(number), mail(f"ivan@{name}.example", "anna@my.example", mid=f"{number}@{name}.example")
        )
    return source


def hostiles(**pulls):
    """A connector for each of these, whose source does that before its page."""
    return {f"test.{name}": _hostile(f"test.{name}", act) for name, act in pulls.items()}


def _hostile(name, act):
    class Source:
        def check(self):
            pass

        def streams(self):
            return [hub.Stream("notes")]

        def pull(self, _stream, _cursor, /):
            act()
            yield hub.Page(listed=0, raws=(), cursor="1")

    @contextmanager
    def opened(_settings, _tools):
        yield Source()

    return replace(hostile.HARMLESS, name=name, open=opened)


def burn():
    while True:
        pass


def opened(tmp_path, sources, more=()):
    world = World(tmp_path, sources[0], sources={one.name: one for one in sources[1:]})
    bad = tuple(Connection(name=name, id=name, connector=name, settings=hostile.Settings()) for name in more)
    config = replace(world.config, connections=(*bad, *world.config.connections))
    loaded = plugins.load(["memory"])
    loaded = replace(loaded, connectors={**loaded.connectors, **dict(more)})
    return opening.opened(config, loaded, Clock(fixed=NOW))


def test_connections_are_read_at_the_same_time(tmp_path):
    def slow():
        time.sleep(1.0)

    bad = hostiles(a=slow, b=slow)
    with opened(tmp_path, [many("romashka", 1)], bad) as found:
        began = time.monotonic()
        reports = syncing.sync(found, syncing.Wish(names=tuple(bad), limits=LIMITS))
        assert time.monotonic() - began < 1.9
    assert {one.state for one in reports} == {"ok"}
    assert [one.connection for one in reports] == ["test.a", "test.b"]


def test_who_has_three_mails_need_not_wait_for_who_has_many(tmp_path):
    told = []
    wish = syncing.Wish(limits=LIMITS, progress=lambda connection, *_: told.append(connection))
    large, small = many("large", 600), many("small", 3)
    with large.serving(), small.serving(), opened(tmp_path, [large, small]) as found:
        reports = syncing.sync(found, wish)
    assert {one.state for one in reports} == {"ok"}
    assert told.count("large") == 30
    assert told.index("small") < 15


@pytest.mark.parametrize("processes", [1, 2])
def test_what_hangs_burns_talks_dies_raises_or_wants_too_much_keeps_nobody_waiting(tmp_path, processes, monkeypatch):
    """It is at it until every page of the others is stored: were anybody to wait for it, this would never end."""
    monkeypatch.setattr(pool, "LENDS_S", 0.1)
    monkeypatch.setattr(process, "BURNS_S", 0.1)
    over = tmp_path / "over"
    bad = hostiles(
        dies=lambda: os._exit(3), devours=lambda: b"x" * (2 << 30), raises=lambda: 1 / 0,
        hangs=until(over, lambda: time.sleep(0.05)), burns=until(over, lambda: None), talks=until(over, talk),
    )  # fmt: skip
    good = many("romashka", 100)
    stored = []

    def page(connection, _stream, counts, _total):
        stored.append(connection)
        if (connection, counts.listed) == ("romashka", 100):
            over.touch()

    with good.serving(), opened(tmp_path, [good], bad) as found:
        wish = syncing.Wish(limits=replace(LIMITS, processes=processes), progress=page)
        reports = {one.connection: one for one in syncing.sync(found, wish)}
        with found.store.read() as tx:
            assert all(row.lease_until == 0 for row in pulls.streams(tx))
    assert stored[:5] == ["romashka"] * 5
    failed = {name: str(one.error) for name, one in reports.items() if one.state == "failed"}
    assert failed.keys() == {"test.dies", "test.devours", "test.raises"}
    assert failed["test.devours"] == "the plugin test.devours needs more memory than memory_mb in [sync] allows it"
    assert "exit code 3" in failed["test.dies"]


def until(path, act):
    def acting():
        while not path.exists():
            act()

    return acting


def talk():
    logging.getLogger("hub.plugin").error("and another thing")


def test_who_is_silent_and_burns_gets_only_what_the_others_leave(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "BURNS_S", 0.3)
    lowered = []
    set_priority = os.setpriority
    monkeypatch.setattr(os, "setpriority", lambda *said: (lowered.append(said), set_priority(*said)))
    bad = hostiles(hangs=lambda: time.sleep(600), burns=burn)
    with opened(tmp_path, [many("romashka", 1)], bad) as found:
        syncing.sync(found, syncing.Wish(names=tuple(bad), limits=replace(LIMITS, silence=2.0)))
    assert [value for _what, _thread, value in lowered] == [19]


def test_a_database_that_fails_ends_every_connection_and_leaves_no_process(tmp_path, monkeypatch):
    first, second = many("first", 200), many("second", 200)
    pages = []

    def fail(connection, *_):
        pages.append(connection)
        if len(pages) == 6:
            raise StoreUnusable("the disk is full")

    with first.serving(), second.serving(), opened(tmp_path, [first, second]) as found:
        with pytest.raises(StoreUnusable):
            syncing.sync(found, syncing.Wish(limits=LIMITS, progress=fail))
        with found.store.read() as tx:
            runs = [run.state for run in pulls.last_runs(tx).values()]
        assert runs == ["failed", "failed"]
        reports = syncing.sync(found, syncing.Wish(limits=LIMITS))
    assert {one.state for one in reports} == {"ok"}
    assert not _children()


def _children():
    return [one for one in multiprocessing.active_children() if one.is_alive()]
