"""Another system rings."""

import asyncio
import logging
import sys
import threading
import time
from dataclasses import replace
from functools import partial

import pytest

from hub import plugins
from hub.engine.hub import opened
from hub.errors import StoreUnusable
from hub.web import hooks
from tests.web.conftest import SECRET, answering


def test_a_ring_with_the_right_secret_is_written_down_as_news_of_any_stream(site):
    answer = site.ring()
    assert (answer.status, answer.text) == (200, "OK")
    assert site.hints() == [("crm", "")]


def test_the_doorbell_of_the_connector_says_which_streams_have_news(site):
    site.doorbell(lambda _settings, ring: ring.body.decode().split())
    assert site.ring(b"deals contacts").status == 200
    assert site.hints() == [("crm", "contacts"), ("crm", "deals")]


def test_the_doorbell_sees_what_was_sent_and_no_secret(site):
    seen = []
    site.doorbell(lambda settings, ring: seen.append((settings, ring)) or ["deals"])
    site.ask("POST", f"/hooks/crm/{SECRET}?a=1&a=%D0%B1", b"body", X_Token="t")
    [(settings, ring)] = seen
    assert settings.name == "crm"
    assert (ring.body, list(ring.query), ring.headers["x-token"]) == (b"body", [("a", "1"), ("a", "б")], "t")
    assert SECRET not in repr(ring)


def test_whoever_does_not_know_the_secret_learns_nothing(site):
    site.doorbell(lambda _settings, ring: None if ring.body == b"forged" else [])
    alike = [
        site.ring(secret="wrong-secret-of-the-crm"),
        site.ring(connection="nobody"),
        site.ring(connection="anna"),  # it has no hook
        site.ring(connection="anna", secret="x"),
        site.ring(b"forged"),
        site.ask("POST", "/nothing/here"),
    ]
    assert {(one.status, one.text, frozenset(one.headers.items())) for one in alike} == {
        (404, "Not Found", frozenset(alike[0].headers.items()))
    }
    assert site.hints() == []


@pytest.mark.parametrize("fault", [lambda *_: 1 / 0, lambda *_: sys.exit(), lambda *_: 7])
def test_a_doorbell_that_fails_refuses_and_the_server_lives_on(site, fault):
    site.doorbell(fault)
    assert site.ring().status == 404
    assert site.ask("GET", "/healthz").status == 200


def test_a_doorbell_that_never_comes_back_holds_up_nobody(site, monkeypatch):
    monkeypatch.setattr(hooks, "BELL_S", 0.1)
    over = threading.Event()
    site.doorbell(lambda *_: over.wait(20))
    began = time.monotonic()
    try:
        assert site.ring().status == 404
        assert time.monotonic() - began < 5
    finally:
        over.set()


def test_a_doorbell_that_names_too_much_rings_for_all_of_the_connection(site):
    site.doorbell(lambda *_: [str(n) for n in range(hooks.MOST_STREAMS + 1)])
    assert site.ring().status == 200
    assert site.hints() == [("crm", "")]


def test_a_body_over_the_cap_is_not_read_to_its_end(site):
    answer = site.ask("POST", f"/hooks/crm/{SECRET}", b"x" * (hooks.MOST_BYTES + 1))
    assert answer.status == 413
    assert site.hints() == []


def test_a_body_that_never_arrives_is_given_up(site, monkeypatch):
    monkeypatch.setattr(hooks, "BODY_S", 0.1)
    assert site.ask("POST", f"/hooks/crm/{SECRET}", b"", Content_Length="10").status == 413


def test_only_post_rings(site):
    assert site.ask("GET", f"/hooks/crm/{SECRET}").status == 405
    assert site.hints() == []


def test_a_caller_who_rings_without_end_is_slowed_down_and_the_hint_stands(site, monkeypatch):
    monkeypatch.setattr(hooks, "_BURST", 3.0)
    monkeypatch.setattr(hooks, "_PER_SECOND", 0.001)
    assert [site.ring().status for _ in range(5)] == [200, 200, 200, 429, 429]
    assert site.hints() == [("crm", "")]


def test_strangers_wear_out_their_own_allowance_and_not_that_of_a_connection(served, monkeypatch):
    monkeypatch.setattr(hooks, "_STRANGERS_BURST", 3.0)
    monkeypatch.setattr(hooks, "_STRANGERS_PER_SECOND", 0.001)
    with answering(served) as site:
        strangers = [site.ring(secret=f"guess-{n:020}").status for n in range(5)]
        assert strangers == [404, 404, 404, 429, 429]
        assert site.ring().status == 200


def test_while_the_database_is_busy_the_caller_is_answered_at_once_and_the_hint_comes_later(site, monkeypatch):
    monkeypatch.setattr(hooks, "ANSWER_S", 0.04)
    with site.store() as store:
        with store.write():
            began = time.monotonic()
            answer = site.ring()
            assert answer.status == 202
            assert time.monotonic() - began < 2
            assert site.hints() == []
        for _ in range(100):
            if site.hints():
                break
            time.sleep(0.05)
    assert site.hints() == [("crm", "")]


@pytest.mark.parametrize(
    "error", [MemoryError(), OSError("too many open files"), RuntimeError("cannot start a thread")]
)
def test_whatever_keeps_a_hint_from_being_written_down_it_is_written_later(site, monkeypatch, error):
    monkeypatch.setattr(hooks, "AGAIN_S", 0.01)
    put, errors = hooks.Hints._put, [error, error]

    def failing(hints, batch):
        if errors:
            raise errors.pop()
        put(hints, batch)

    monkeypatch.setattr(hooks.Hints, "_put", failing)
    assert site.ring().status == 200
    assert site.hints() == [("crm", "")]


def test_names_of_streams_do_not_pile_up_while_the_database_is_away(served, monkeypatch):
    monkeypatch.setattr(hooks, "ANSWER_S", 0.001)
    monkeypatch.setattr(hooks.Hints, "_put", lambda *_: (_ for _ in ()).throw(StoreUnusable("full")))
    hints = hooks.Hints(served)

    async def rung():
        for n in range(50):
            await hints.add("crm", [f"stream {n} {m}" for m in range(10)])
        return len(hints._waiting)

    assert asyncio.run(rung()) <= 2 * hooks.MOST_STREAMS
    assert ("crm", "") in hints._waiting


def test_a_secret_stands_in_no_log(site, caplog, request):
    caplog.set_level(logging.DEBUG)
    for name in ("uvicorn.access", "uvicorn.error"):
        request.addfinalizer(partial(logging.getLogger(name).removeHandler, caplog.handler))
        logging.getLogger(name).addHandler(caplog.handler)
    site.doorbell(lambda *_: 1 / 0)
    site.ring()
    site.ring(secret="another-secret-of-the-crm")
    assert "doorbell of crm failed" in caplog.text
    assert SECRET not in caplog.text
    assert "another-secret" not in caplog.text


def test_on_a_server_a_ring_is_written_down_and_the_figures_are_told_as_in_a_file(served, postgresql):
    served.config = replace(served.config, server=postgresql.fresh())
    with opened(served.config, plugins.load(())), answering(served) as site:
        assert site.ring().status == 200
        assert site.hints() == [("crm", "")]
        assert "hub_hints_waiting 1.0" in site.ask("GET", "/metrics").text
        assert site.ask("GET", "/readyz").json["database"] == "ok"
    postgresql.drop(served.config.server)
