"""Bad weather while streams are pulled: items that cannot be read, plugins that misbehave, two processes at once."""

import dataclasses
import os
import socket
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta

import orjson
import pytest

import hub
from hub import plugins
from hub.core.policy import Policy
from hub.engine import decide, replay
from hub.engine import hub as opening
from hub.engine import sync as syncing
from hub.engine.hub import Clock, Hub
from hub.engine.runs import LEASE_MS
from hub.errors import Inconsistent
from hub.settings import BrokenConnection, Connection
from hub.store import derived, items, pulls
from hub.testing import hostile, memory
from tests.engine.conftest import World, company, filled, mail


@pytest.fixture
def place(tmp_path):
    """A file: nothing here depends on the kind of database, and the other modules are run on both."""
    return tmp_path / "hub.db"


def _with(world: World, *connectors: hub.Connector) -> AbstractContextManager[Hub]:
    """The hub with these connectors in place of installed ones of the same name, or as connections beside it."""
    loaded = plugins.load(["memory"])
    loaded = dataclasses.replace(loaded, connectors={**loaded.connectors, **{one.name: one for one in connectors}})
    others = tuple(
        Connection(name=one.name, id=one.name, connector=one.name, settings=one.settings())
        for one in connectors if one.name != "memory"
    )  # fmt: skip
    config = dataclasses.replace(world.config, connections=(*others, *world.config.connections))
    return opening.opened(config, loaded, Clock(fixed=world.now))


def _mapping(change: Callable[[bytes], hub.MapResult | None]) -> hub.Connector:
    """The connector `memory`, but for the bodies to which `change` has an answer of its own."""
    plain = memory.CONNECTOR.map
    return dataclasses.replace(memory.CONNECTOR, map=lambda body, *rest: change(body) or plain(body, *rest))


def _dump(opened: Hub) -> list[bytes]:
    with opened.store.read() as tx:
        return list(derived.dump(tx))


def _bad(body: bytes) -> hub.MapResult | None:
    if "Тема 17".encode() in body:
        raise RecursionError("not this one")
    return None


# --- items that cannot be read ---------------------------------------------------------------------------------------


def test_one_bad_item_of_fifty_is_put_aside_and_the_others_are_stored(world):
    with _with(filled(world, 50), _mapping(_bad)) as opened:
        reports = syncing.sync(opened, syncing.Wish())
        inbox = next(report for report in reports if report.stream == "inbox")
        assert (inbox.state, inbox.counts.stored, inbox.counts.quarantined) == ("ok", 49, 1)
        with opened.store.read() as tx:
            (row,) = items.quarantined(tx)
    assert row.external_id == "17"
    assert "RecursionError" in row.reason
    assert "Тема" not in row.reason
    assert len(world.history("ООО Ромашка")) == 49


def test_what_was_put_aside_is_as_if_it_had_never_been_bad_once_the_plugin_is_mended(world):
    calm = World(world.path / "calm", world.memory)
    filled(calm, 50).sync()
    with _with(world, _mapping(_bad)) as opened:
        syncing.sync(opened, syncing.Wish())
    with _with(world) as opened:
        counts = replay.quarantine(opened)
        assert (counts.stored, counts.quarantined) == (1, 0)
        assert _dump(opened) == calm.dump()


def test_what_stays_unreadable_stays_aside(world):
    with _with(filled(world, 50), _mapping(_bad)) as opened:
        syncing.sync(opened, syncing.Wish())
        before = _dump(opened)
        assert replay.quarantine(opened).quarantined == 1
        assert _dump(opened) == before


def test_a_run_with_too_much_that_is_unreadable_fails_and_its_cursor_stays(world):
    filled(world, 40)
    broken = _mapping(lambda body: hub.Unreadable(reason="No such format") if b'"mail"' in body else None)
    with _with(world, broken) as opened:
        inbox = next(one for one in syncing.sync(opened, syncing.Wish()) if one.stream == "inbox")
        assert inbox.state == "failed"
        assert isinstance(inbox.error, Inconsistent)
        assert "No such format" in str(inbox.error)
        with opened.store.read() as tx:
            (stream,) = [row for row in pulls.streams(tx) if row.name == "inbox"]
            assert orjson.loads(stream.cursor)[-1] is not None, "the walk back has not come to its end"
            assert sum(pulls.states(tx, stream.id).values()) == inbox.counts.listed < 40
    with _with(world) as opened:
        assert {one.state for one in syncing.sync(opened, syncing.Wish())} == {"ok"}
        replay.quarantine(opened)
        opened.settle()
    assert len(world.history("ООО Ромашка")) == 40


def _broken(body: bytes) -> hub.Unreadable | None:
    return hub.Unreadable(reason="No such format") if b'"mail"' in body else None


def _where(opened: Hub) -> tuple[str | None, int]:
    """The cursor of the inbox, and how many of its items are in quarantine."""
    with opened.store.read() as tx:
        (stream,) = [row for row in pulls.streams(tx) if row.name == "inbox"]
        return stream.cursor, pulls.states(tx, stream.id).get("quarantined", 0)


def test_what_is_too_much_is_too_much_at_the_next_run_as_well(world):
    with _with(filled(world, 40), _mapping(_broken)) as opened:
        syncing.sync(opened, syncing.Wish())
        stands = _where(opened)
        assert stands[1] == 9, "pages before the refused one stay"
        for _ in range(3):
            (inbox,) = [one for one in syncing.sync(opened, syncing.Wish()) if one.stream == "inbox"]
            assert inbox.state == "failed"
            assert _where(opened) == stands
        decide.accept_empty(opened, "source", "inbox")
        assert {one.state for one in syncing.sync(opened, syncing.Wish())} == {"ok"}
        assert _where(opened)[1] == 40


def test_once_the_plugin_is_mended_a_few_that_are_really_unreadable_hinder_nothing(world):
    with _with(filled(world, 40), _mapping(_broken)) as opened:
        syncing.sync(opened, syncing.Wish())
    few = _mapping(lambda body: _broken(body) if any(f"m{n}@x".encode() in body for n in (1, 2, 3)) else None)
    with _with(world, few) as opened:
        replay.quarantine(opened)
        assert {one.state for one in syncing.sync(opened, syncing.Wish())} == {"ok"}
        assert _where(opened)[1] == 3


def _guarded(readable: list[bool], *, fetches: bool) -> hub.Connector:
    """The connector `memory`, whose item 3 nobody may open before `readable` says something."""

    class Guarded:
        def __init__(self, inner: hub.Source) -> None:
            self.inner = inner
            self.check, self.streams = inner.check, inner.streams

        def pull(self, stream: str, cursor: str | None, /):
            for page in self.inner.pull(stream, cursor):
                raws = [dataclasses.replace(raw, body=_refuse) if raw.external_id == "3" and not readable else raw
                        for raw in page.raws]  # fmt: skip
                yield dataclasses.replace(page, raws=raws)

    class Fetching(Guarded):
        def fetch(self, stream: str, external_id: str, part: str) -> bytes:
            return self.inner.fetch(stream, external_id, part) if readable or external_id != "3" else _refuse()

    @contextmanager
    def opened(settings, tools):
        with memory.CONNECTOR.open(settings, tools) as inner:
            yield (Fetching if fetches else Guarded)(inner)

    return dataclasses.replace(memory.CONNECTOR, open=opened)


def _refuse() -> bytes:
    raise PermissionError(13, "Permission denied")


@pytest.mark.parametrize("fetches", [True, False])
def test_an_item_that_may_not_be_opened_is_put_aside_and_read_once_it_may(world, fetches):
    readable: list[bool] = []
    with _with(filled(world, 10), _guarded(readable, fetches=fetches)) as opened:
        first = syncing.sync(opened, syncing.Wish())
        assert sum(one.counts.quarantined for one in first) == 1
        with opened.store.read() as tx:
            assert items.quarantined(tx)[0].reason == "it cannot be opened: Permission denied"
        before = _dump(opened)
        assert sum(one.counts.listed for one in syncing.sync(opened, syncing.Wish())) == 0
        assert _dump(opened) == before
        readable.append(True)
        if not fetches:
            world.memory.lose_cursors()
        syncing.sync(opened, syncing.Wish())
        with opened.store.read() as tx:
            assert not items.quarantined(tx)
    assert len(world.history("ООО Ромашка")) == 10


def test_an_item_that_could_be_opened_in_the_end_is_listed_once_and_not_put_aside(world):
    class Late:
        def __init__(self, inner: hub.Source) -> None:
            self.check, self.streams, self.fetch, self.inner = inner.check, inner.streams, inner.fetch, inner

        def pull(self, stream: str, cursor: str | None, /):
            for page in self.inner.pull(stream, cursor):
                yield dataclasses.replace(page, raws=[dataclasses.replace(raw, body=_refuse) for raw in page.raws])

    with _with(filled(world, 4), _wrapped(Late)) as opened:
        reports = {one.stream: one.counts for one in syncing.sync(opened, syncing.Wish())}
        assert (reports["inbox"].listed, reports["inbox"].stored, reports["inbox"].quarantined) == (4, 4, 0)


def test_what_is_fetched_afterwards_does_not_hide_that_the_run_failed(world):
    class Breaking:
        def __init__(self, inner: hub.Source) -> None:
            self.check, self.streams, self.fetch, self.inner = inner.check, inner.streams, inner.fetch, inner

        def pull(self, stream: str, cursor: str | None, /):
            yield from self.inner.pull(stream, cursor)
            if stream == "inbox":
                raise hub.Unreachable("no answer", fix="try again later")

    world.policy = Policy(store="clients")
    world.memory.add("inbox", "1", mail("ivan@romashka.test", "anna@my.example", mid="a@x", subject="Первое"))
    world.memory.add("sent", "2", mail("anna@my.example", "ivan@romashka.test", mid="b@x", subject="Второе"))
    with _with(world, _wrapped(Breaking)) as opened:
        reports = {one.stream: one for one in syncing.sync(opened, syncing.Wish())}
        with opened.store.read() as tx:
            (inbox,) = [row for row in pulls.streams(tx) if row.name == "inbox"]
            run = pulls.last_runs(tx)[inbox.id]
    assert reports["inbox"].state == "failed"
    assert reports["inbox"].counts.stored == 1
    assert (run.state, run.error, bool(inbox.complete)) == ("failed", "Unreachable", False)


def _wrapped(kind: Callable[[hub.Source], hub.Source]) -> hub.Connector:
    @contextmanager
    def opened(settings, tools):
        with memory.CONNECTOR.open(settings, tools) as inner:
            yield kind(inner)

    return dataclasses.replace(memory.CONNECTOR, open=opened)


def test_what_was_left_out_comes_with_the_next_listing_where_one_item_cannot_be_fetched(world):
    world.policy = Policy(store="clients")
    world.memory.add("inbox", "5", mail("ivan@romashka.test", "anna@my.example", mid="a@x", subject="Первое"))
    world.memory.add("sent", "6", mail("anna@my.example", "nobody@gmail.com", mid="b@x"))
    with _with(world, _guarded([True], fetches=False)) as opened:
        syncing.sync(opened, syncing.Wish())
        world.memory.add("crm", "1", company(emails=("info@romashka.test",)))
        for _ in range(2):
            assert {one.state for one in syncing.sync(opened, syncing.Wish())} == {"ok"}
    assert world.history("ООО Ромашка") == ["mail in Первое"]


# --- plugins that misbehave ------------------------------------------------------------------------------------------

FAILS = ("raises", "raises_at_once", "goes_in_a_circle", "lists_more_than_it_brings", "lists_less_than_it_brings",
         "brings_no_page", "brings_no_iterator", "check_raises", "streams_raise", "open_raises", "opens_to_nothing",
         "brings_a_huge_page", "exits", "never_ends")  # fmt: skip
PUTS_ASIDE = ("map_raises", "map_recurses", "maps_to_none", "maps_to_rubbish", "maps_and_raises_late",
              "maps_to_wrong_types", "maps_to_one_part", "brings_what_cannot_be_read", "map_exits",
              "maps_to_naive_moments")  # fmt: skip


@pytest.mark.parametrize("name", FAILS)
def test_a_plugin_that_misbehaves_fails_alone(world, name):
    with _with(filled(world, 5), hostile.CONNECTORS[name]) as opened:
        reports = syncing.sync(opened, syncing.Wish())
    states = {one.connection: one.state for one in reports}
    assert states == {f"hostile.{name}": "failed", "source": "ok"}
    assert all(one.error and one.error.fix for one in reports if one.state == "failed")
    assert len(world.history("ООО Ромашка")) == 5


@pytest.mark.parametrize("name", PUTS_ASIDE)
def test_what_a_plugin_makes_rubbish_of_is_put_aside(world, name):
    with _with(filled(world, 5), hostile.CONNECTORS[name]) as opened:
        reports = syncing.sync(opened, syncing.Wish())
        bad = [one for one in reports if one.connection != "source"]
        assert all(one.counts.adds_up and one.counts.quarantined for one in bad)
    assert len(world.history("ООО Ромашка")) == 5


def test_a_plugin_that_is_not_there_concerns_its_own_connections_only(world):
    with _with(filled(world, 5), dataclasses.replace(hostile.HARMLESS, name="hostile.gone")) as opened:
        opened.plugins = dataclasses.replace(opened.plugins, connectors={"memory": memory.CONNECTOR})
        reports = syncing.sync(opened, syncing.Wish())
    assert {(one.connection, one.state) for one in reports} == {("hostile.gone", "failed"), ("source", "ok")}
    assert "not installed" in str(reports[0].error)


def test_a_plugin_that_does_not_import_is_reported_and_the_others_go_on(world):
    broken = BrokenConnection(
        name="crm", id="crm", connector="crm.acme", reason="it fails at import", fix="update acme"
    )
    config = dataclasses.replace(filled(world, 5).config, broken=(broken,))
    with opening.opened(config, plugins.load(["memory"]), Clock(fixed=world.now)) as opened:
        reports = syncing.sync(opened, syncing.Wish())
    (bad,) = [one for one in reports if one.state != "ok"]
    assert (bad.connection, str(bad.error), bad.error.fix) == ("crm", "it fails at import", "update acme")
    assert len(world.history("ООО Ромашка")) == 5


# --- two at once -----------------------------------------------------------------------------------------------------


def test_a_second_process_is_told_who_is_pulling(world):
    filled(world, 10)
    told: list[str] = []

    def meanwhile(*_: object) -> None:
        with world.open() as second:
            second.owner = "laptop:42"
            told.extend(f"{one.stream} {one.state} {one.error}" for one in syncing.sync(second, syncing.Wish()))

    with world.open() as first:
        first.owner = "server:7"
        syncing.sync(first, syncing.Wish(progress=_once(meanwhile)))
    assert told[0] == "crm skipped server:7 is pulling it"
    assert len(world.history("ООО Ромашка")) == 10


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells whether a process has ended")
def test_what_a_process_held_that_has_ended_is_free_though_nobody_has_asked_how_it_ended():
    """As in a container whose first process collects nobody."""
    owner = f"{socket.gethostname()}:"
    assert not opening.is_gone(f"{owner}{os.getpid()}")
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    try:
        assert opening.is_gone(f"{owner}{child}")
    finally:
        os.waitpid(child, 0)
    assert opening.is_gone(f"{owner}{child}")
    assert not opening.is_gone(f"elsewhere:{child}")


def test_a_stream_taken_over_from_a_process_that_hangs_is_pulled_once(world):
    calm = World(world.path / "calm", world.memory)
    filled(calm, 10).sync()
    second: list[str] = []

    def hang(*_: object) -> None:
        world.now += timedelta(milliseconds=LEASE_MS + 1)
        with world.open() as other:
            other.owner = "laptop:42"
            second.extend(one.state for one in syncing.sync(other, syncing.Wish()))

    with world.open() as first:
        reports = syncing.sync(first, syncing.Wish(progress=_once(hang, "inbox")))
    late = next(one for one in reports if one.stream == "inbox")
    assert second == ["ok", "ok"]
    assert late.state == "failed"
    assert "took this stream over" in str(late.error)
    assert late.counts.stored == 3, "the page that came too late is not counted"
    assert world.dump() == calm.dump()


def _once(act: Callable[..., None], stream: str = "") -> Callable[..., None]:
    left = [act]

    def progress(*said: object) -> None:
        if left and stream in ("", said[1]):
            left.pop()(*said)

    return progress
