"""Streams of which the source says together that there is nothing new in them."""

from contextlib import contextmanager
from dataclasses import replace

import pytest

from hub import plugins
from hub.core.policy import Never, Policy
from hub.engine import hub as opening
from hub.engine import sync as syncing
from hub.engine.clock import Clock
from hub.store import items, pulls, refetch
from tests.engine.conftest import NOW, company, mail


class Source:
    """The source in memory, which knows what is quiet: all but `news`. `asked` is what was pulled in spite of that."""

    def __init__(self, inner, told):
        self.inner, self.told = inner, told

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def pull(self, stream, cursor, /):
        self.told.asked.append(stream)
        yield from self.inner.pull(stream, cursor)

    def quiet(self, cursors):
        self.told.meanwhile()
        return [stream for stream in [*cursors, "never-heard-of"] if stream not in self.told.news]


class Told:
    def __init__(self, world):
        self.world, self.asked, self.news, self.runs = world, [], set(), []
        self.meanwhile = lambda: None

    def sync(self):
        self.asked.clear()
        real = plugins.load(["memory"])

        @contextmanager
        def opened(settings, tools):
            with real.connectors["memory"].open(settings, tools) as inner:
                yield Source(inner, self)

        kind = real.connectors["memory"]
        kind = replace(kind, open=opened, capabilities=kind.capabilities | {"quiet"})
        loaded = replace(real, connectors={"memory": kind})
        with opening.opened(self.world.config, loaded, Clock(fixed=self.world.now)) as one:
            reports = syncing.sync(one, syncing.Wish())
            with one.store.read() as tx:
                self.runs = list(pulls.last_runs(tx).values())
        return [(report.stream, report.state) for report in reports]


@pytest.fixture
def told(world):
    world.memory.add("crm", "1", company(emails=("info@romashka.test",)))
    for stream in ("inbox", "sent"):
        world.memory.add(stream, "1", mail("ivan@romashka.test", "anna@my.example", mid=f"{stream}@x"))
    found = Told(world)
    found.sync()
    assert set(found.asked) == {"crm", "inbox", "sent"}, "what was never read is pulled, whatever the source says"
    return found


def test_what_is_quiet_is_not_pulled_and_has_a_run_and_a_report_all_the_same(told):
    before = {row.id for row in told.runs}
    assert told.sync() == [("crm", "ok"), ("inbox", "ok"), ("sent", "ok")]
    assert told.asked == []
    assert [(row.state, row.listed, row.stored, row.finished is not None) for row in told.runs] == [
        ("ok", 0, 0, True)
    ] * 3
    assert before.isdisjoint(row.id for row in told.runs)


def test_what_is_not_quiet_is_pulled_and_told_in_its_place(told):
    told.world.memory.add("inbox", "2", mail("ivan@romashka.test", "anna@my.example", mid="new@x", subject="Новое"))
    told.news = {"inbox"}
    assert told.sync() == [("crm", "ok"), ("inbox", "ok"), ("sent", "ok")]
    assert told.asked == ["inbox"]
    assert {row.stored for row in told.runs if row.listed} == {1}


def with_store(act):
    def change(told):
        with told.world.open() as one, one.store.write() as tx:
            act(tx, pulls.stream_id("source", "inbox"))

    return change


def busy(tx, number):
    now = Clock(fixed=NOW).milliseconds()
    assert pulls.take(tx, number, "other-host:4711", now, now + 100_000)


REASONS = {
    "busy elsewhere": with_store(busy),
    "a listing is to be believed": with_store(lambda tx, number: pulls.set_stream(tx, number, accepted=True)),
    "not read to its end": with_store(pulls.reset),
    "another title": with_store(lambda tx, number: pulls.set_stream(tx, number, title="other")),
    "not counted": with_store(lambda tx, number: pulls.set_stream(tx, number, told=None)),
    "an item to be asked for": with_store(lambda tx, number: refetch.excluded(tx, number, ("stored",))),
    "an item that could not be opened": with_store(
        lambda tx, number: [
            items.set_item(tx, item, state="quarantined", digest=0) for item, _, _ in items.of_stream(tx, number, "0")
        ]
    ),
}


@pytest.mark.parametrize("why", REASONS)
def test_a_stream_with_which_something_is_to_be_done_is_pulled_though_it_is_quiet(told, why):
    REASONS[why](told)
    reports = told.sync()
    assert ("inbox", "skipped" if why == "busy elsewhere" else "ok") in reports
    assert "inbox" in told.asked or why == "busy elsewhere"


def test_another_policy_is_followed_though_all_is_quiet(told):
    told.world.policy = Policy(store="all", never=Never(addresses=frozenset({"ivan@romashka.test"})))
    told.sync()
    assert "inbox" in told.asked


def test_who_was_pulled_by_another_meanwhile_is_not_quiet_by_an_older_cursor(told):
    told.meanwhile = lambda: with_store(lambda tx, number: pulls.set_stream(tx, number, cursor="other"))(told)
    assert ("inbox", "ok") in told.sync()
    assert told.asked[0] == "inbox"


def test_a_plugin_that_fails_to_say_it_fails_its_connection(told):
    def fail():
        raise ZeroDivisionError("by nought")

    told.meanwhile = fail
    assert told.sync() == [("", "failed")]
