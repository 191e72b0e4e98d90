"""A source that is opened while the database is."""

import os
from contextlib import contextmanager
from dataclasses import replace

import pytest

import hub
from hub import plugins
from hub.engine import ahead
from hub.engine import hub as opening
from hub.engine import sync as syncing
from hub.engine.clock import Clock
from hub.settings import Limits
from tests.engine.conftest import filled, mail
from tests.engine.notes import alive

LIMITS = Limits(memory=256 << 20, silence=20.0)


@pytest.fixture
def place(tmp_path):
    """Of any database all of this is the same."""
    return tmp_path / "hub.db"


@pytest.fixture
def begun(world, tmp_path):
    """What a sync begins with, of a mailbox that was synced; `opens` is how often it was signed in to, by whom."""
    filled(world, 1)
    world.sync()
    found = plugins.load(["memory"])
    log, real = tmp_path / "opens", found.connectors["memory"]

    @contextmanager
    def opened(settings, tools):
        with log.open("a") as file:
            file.write(f"{os.getpid()}\n")
        with real.open(settings, tools) as source:
            yield source

    world.opens = lambda: list(map(int, log.read_text().split())) if log.exists() else []
    loaded = replace(found, connectors={"memory": replace(real, open=opened)})
    return replace(world.config, limits=LIMITS), loaded


def synced(world, config, loaded, taken, names=()):
    with opening.opened(config, loaded, Clock(fixed=world.now)) as one:
        one.ahead = taken
        return syncing.sync(one, syncing.Wish(names=names, limits=config.limits))


def process_of(taken):
    [(process, _began)] = taken._begun.values()
    return process.pid


def test_the_source_that_was_opened_meanwhile_is_the_one_that_is_pulled(world, begun):
    world.memory.add("mail", "news", mail("petr@romashka.test", "anna@my.test"))
    with ahead.opening(*begun, ()) as taken:
        opened = process_of(taken)
        reports = synced(world, *begun, taken)
    assert {report.state for report in reports} == {"ok"}
    assert sum(report.counts.stored for report in reports) == 1
    assert world.opens() == [opened]
    assert not alive(opened)


def test_who_is_not_taken_is_ended(begun):
    with ahead.opening(*begun, ()) as taken:
        opened = process_of(taken)
        assert alive(opened)
    assert not alive(opened)


def test_who_has_waited_for_long_is_opened_anew(world, begun, monkeypatch):
    monkeypatch.setattr(ahead, "FRESH_S", 0.0)
    with ahead.opening(*begun, ()) as taken:
        opened = process_of(taken)
        reports = synced(world, *begun, taken)
    assert {report.state for report in reports} == {"ok"}
    assert world.opens()[-1] != opened


@pytest.mark.parametrize("why", ["no database", "here", "not enabled", "unknown", "no such connector"])
def test_nobody_is_opened_who_would_be_opened_for_nothing(begun, why, tmp_path):
    config, loaded = begun
    [one] = config.connections
    match why:
        case "no database":
            config = replace(config, server=None, store_path=tmp_path / "none.db")
        case "here":
            config = replace(config, limits=None)
        case "not enabled":
            config = replace(config, connections=(replace(one, enabled=False),))
        case "no such connector":
            loaded = replace(loaded, connectors={})
    with ahead.opening(config, loaded, ("nobody",) if why == "unknown" else ()) as taken:
        assert not taken._begun


def test_what_a_source_raises_while_it_is_opened_is_told_of_its_connection(world, begun):
    config, loaded = begun

    @contextmanager
    def refused(_settings, _tools):
        raise hub.AuthFailed("no", fix="sign in")
        yield

    loaded = replace(loaded, connectors={"memory": replace(loaded.connectors["memory"], open=refused)})
    with ahead.opening(config, loaded, ()) as taken:
        [report] = synced(world, config, loaded, taken)
    assert (report.state, type(report.error)) == ("failed", hub.AuthFailed)


def test_a_process_that_ends_before_it_is_taken_is_told_as_one_that_ended(world, begun):
    with ahead.opening(*begun, ()) as taken:
        os.kill(process_of(taken), 9)
        [report] = synced(world, *begun, taken)
    assert report.state == "failed"
    assert "SIGKILL" in str(report.error)
    with ahead.opening(*begun, ()) as taken:
        assert {report.state for report in synced(world, *begun, taken)} == {"ok"}
