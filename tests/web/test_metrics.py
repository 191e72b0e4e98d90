"""Figures for Prometheus, read by Prometheus' own parser."""

import math

from prometheus_client.parser import text_string_to_metric_families

from hub.core.pages import Counts
from hub.engine.hub import Clock
from hub.store import journal, measures, pulls, running
from hub.store.running import Term
from hub.web import metrics

MAILBOX = "anna@my.example/Входящие"


def figures(site):
    """(name, labels) -> value."""
    answer = site.ask("GET", "/metrics")
    assert (answer.status, answer.headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def ran(site, connection, stream, state, finished, **counts):
    with site.store() as store, store.write() as tx:
        number = pulls.keep_stream(tx, connection, stream, stream, "", "")
        run = pulls.start_run(tx, number, finished - 10)
        pulls.report(tx, run, Counts(**counts), state=state, finished=finished, error="", message="")
        return measures.stream_label(journal.installation(tx).hash_key, number)


def test_the_age_of_the_last_success_is_told_of_every_stream(site):
    now = Clock().milliseconds()
    ok = ran(site, "crm", "deals", "ok", now - 60_000, listed=3, stored=2, excluded=1)
    ran(site, "crm", "deals", "failed", now - 1_000)
    never = ran(site, "anna", MAILBOX, "failed", now)
    found = figures(site)
    age = found["hub_stream_last_success_age_seconds", ("connection", "crm"), ("stream", ok)]
    assert 60 <= age < 120
    assert found["hub_stream_last_success_age_seconds", ("connection", "anna"), ("stream", never)] == math.inf
    assert found["hub_stream_last_run", ("connection", "crm"), ("state", "failed"), ("stream", ok)] == 1
    assert found["hub_items_total", ("connection", "crm"), ("outcome", "stored"), ("stream", ok)] == 2
    assert found["hub_items_total", ("connection", "crm"), ("outcome", "excluded"), ("stream", ok)] == 1
    assert found["hub_streams", ("connection", "crm"), ("state", "failed")] == 1
    assert found[("hub_quarantine_items",)] == 0


def test_for_how_long_pages_hold_the_database_is_told(site):
    now = Clock().milliseconds()
    with site.store() as store, store.write() as tx:
        running.beat(tx, running.Beat("here", 1, now, now, now, pages=40, held=1_500, slow=2))
    found = figures(site)
    names = ("hub_pages_total", "hub_pages_held_seconds_total", "hub_pages_slow_total")
    assert [found[(name,)] for name in names] == [40, 1.5, 2]


def test_no_name_of_a_stream_stands_in_the_figures(site):
    ran(site, "anna", MAILBOX, "ok", 1)
    text = site.ask("GET", "/metrics").text
    assert "anna@" not in text
    assert "Входящие" not in text


def test_what_rings_and_who_needs_a_person_is_counted(site):
    site.ring()
    site.ring(secret="not-the-secret-of-it")
    with site.store() as store, store.write() as tx:
        running.keep_terms(tx, [Term("anna", 0, 3, "AuthFailed"), Term("crm", 5)])
    found = figures(site)
    assert found["hub_hooks_total", ("result", "written")] == 1
    assert found["hub_hooks_total", ("result", "refused")] == 1
    assert found[("hub_hints_waiting",)] == 1
    assert found["hub_connection_failures", ("connection", "anna")] == 3
    assert found["hub_connection_needs_person", ("connection", "anna")] == 1
    assert found["hub_connection_needs_person", ("connection", "crm")] == 0


def test_without_a_database_it_says_so_and_nothing_else_of_it(site):
    site.config.store_path.unlink()
    found = figures(site)
    assert found[("hub_database_up",)] == 0
    assert ("hub_quarantine_items",) not in found


def test_series_are_bounded_and_the_worst_come_first(site, monkeypatch):
    monkeypatch.setattr(metrics, "MOST_STREAMS", 2)
    labels = [ran(site, "crm", f"s{n}", "ok", 1_000 * n) for n in range(1, 5)]
    found = figures(site)
    shown = {dict(key[1:])["stream"] for key in found if key[0] == "hub_stream_last_success_age_seconds"}
    assert shown == set(labels[:2])
    assert found[("hub_streams_without_series",)] == 2


def test_a_connection_that_is_configured_no_longer_is_left_out(site):
    ran(site, "former", "deals", "failed", 1)
    assert "former" not in site.ask("GET", "/metrics").text


def test_asking_often_looks_into_the_database_once(site):
    site.ask("GET", "/metrics")
    ran(site, "crm", "deals", "ok", 1)
    assert ("hub_streams", ("connection", "crm"), ("state", "ok")) not in figures(site)
