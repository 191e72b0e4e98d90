import json
from datetime import UTC, datetime

import pytest

from hub.cli import sync
from hub.cli.output import Output
from hub.cli.progress import Lines, so_far
from hub.core.pages import Counts
from hub.engine.runs import Report
from hub.errors import AskedToWait, AuthFailed, Inconsistent, Misconfigured, SuddenlyEmpty, Unreachable
from hub.i18n import using
from hub.testing.memory import Memory
from tests.cli import shop

WAIT = AskedToWait("x", until=datetime.now(UTC))


@pytest.fixture
def fresh(hub, tmp_path, monkeypatch):
    """`hub` in a shop that was never synced; its second connection names no source."""
    config = shop.CONFIG + '[connections.lost]\nconnector = "memory"\npath = "lost.json"\n'
    monkeypatch.setenv("HUB_CONFIG", str(shop.found(tmp_path, config)))
    hub.folder = tmp_path
    return hub


def test_a_sync_tells_what_came_of_every_stream_and_fails_for_the_connection_that_failed(fresh):
    said = fresh("sync")
    assert said.code == 1
    rows = [line.split() for line in said.out.splitlines()]
    assert rows[0] == ["Connection", "Stream", "State", "Listed", "Stored", "Quarantined", "Excluded"]
    assert rows[3][:7] == ["shop", "Входящие", "(anna@my.example)", "done", "8", "6", "1"]
    assert "shop/Входящие (anna@my.example): 1 item could not be read" in said.err
    assert "Error: lost: " in said.err
    assert "In all: 4 clients, 13 interactions." in said.err
    again = json.loads(fresh("sync", "shop", "--json").out)
    assert {one["state"] for one in again} == {"ok"}
    assert sum(one["counts"]["stored"] for one in again) == 0


def test_a_source_that_names_no_stream_is_told(hub, tmp_path, monkeypatch):
    config = shop.CONFIG + '[connections.bare]\nconnector = "memory"\npath = "bare.json"\n'
    monkeypatch.setenv("HUB_CONFIG", str(shop.found(tmp_path, config)))
    Memory("bare").save(tmp_path / "bare.json")
    said = hub("sync")
    assert said.code == 0
    assert "bare: the source has nothing to read" in said.err
    assert "shop: the source" not in said.err


def test_every_count_of_a_sync_adds_up(fresh):
    for one in json.loads(fresh("sync", "shop", "--json").out):
        counts = one["counts"]
        assert one["adds_up"]
        assert counts["listed"] == sum(counts[name] for name in ("stored", "unchanged", "quarantined", "excluded"))


def test_a_connection_that_there_is_not_is_a_mistake_in_the_line(fresh):
    said = fresh("sync", "shop", "mail")
    assert said.code == 2
    assert "mail" in said.err
    assert "shop" in said.err


def test_a_sign_in_that_is_refused_ends_with_code_3(fresh):
    source = shop.memory()
    source.token = "secret"
    source.save(fresh.folder / "shop.json")
    said = fresh("sync", "shop")
    assert said.code == 3
    assert "does not accept the token" in said.err
    assert "secret" not in said.err


def test_a_stream_that_another_process_pulls_is_left_out_with_its_holder(sold):
    import time

    from hub.store import pulls
    from hub.store.database import Store

    store = Store.open(sold.folder / "data/hub.db")
    now = int(time.time() * 1000)
    with store.write() as tx:
        assert pulls.take(tx, pulls.stream_id("shop", "crm"), "other-host:4711", now, now + 100_000)
    store.close()
    said = sold("sync")
    assert said.code == 0
    assert "shop/CRM" in said.err
    assert "other-host:4711" in said.err
    assert [line.split()[2:4] for line in said.out.splitlines() if "CRM" in line] == [["busy", "elsewhere"]]


def test_the_stream_of_a_process_that_was_killed_is_taken_over_at_once(sold):
    import os
    import socket
    import subprocess
    import sys

    from hub.store import pulls
    from hub.store.database import Store

    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait(timeout=30)
    store = Store.open(sold.folder / "data/hub.db")
    later = int(datetime.now(UTC).timestamp() * 1000) + 100_000
    with store.write() as tx:
        for stream, process in (("crm", dead.pid), ("calendar", os.getppid())):
            assert pulls.take(tx, pulls.stream_id("shop", stream), f"{socket.gethostname()}:{process}", 0, later)
    store.close()
    told = sold("sync").err.splitlines()
    assert not [line for line in told if "shop/CRM" in line]
    at = next(n for n, line in enumerate(told) if "shop/Календарь" in line)
    assert "wait for it to end" in told[at + 1]


def test_a_stream_that_suddenly_lists_nothing_is_refused_until_that_is_accepted(sold):
    source = Memory.load(sold.folder / "shop.json")
    for number in range(1, 9):
        source.delete("INBOX", str(number))
    source.save(sold.folder / "shop.json")
    said = sold("sync")
    assert said.code == 1
    assert "hub accept-empty shop INBOX" in said.err
    assert "hub accept-empty shop 'INBOX'" in sold("status").err
    assert sold("accept-empty", "shop", "Входящие").code == 2  # two streams are called so
    assert sold("accept-empty", "shop", "INBOX").code == 0
    assert sold("sync").code == 0
    assert "Договор поставки" in sold("history", "ООО Ромашка").out


@pytest.mark.parametrize(
    ("errors", "code"),
    [
        ([None], 0),
        ([Unreachable("x")], 4),
        ([WAIT, None], 4),
        ([Unreachable("x"), SuddenlyEmpty("x")], 1),
        ([Misconfigured("x")], 1),
        ([Inconsistent("x")], 1),
        ([SuddenlyEmpty("x"), AuthFailed("x"), Unreachable("x")], 3),
    ],
)
def test_the_exit_code_is_that_of_the_failure_that_needs_a_person_most(errors, code):
    reports = [Report(connection="a", stream="", state="failed" if one else "ok", error=one) for one in errors]
    assert sync.exit_code(reports) == code


def test_streams_that_are_busy_elsewhere_are_no_failure():
    assert sync.exit_code([Report(connection="a", stream="s", state="skipped", error=Inconsistent("x"))]) == 0


# --- progress --------------------------------------------------------------------------------------------------------


def test_without_a_terminal_a_line_is_printed_every_ten_seconds(capsys):
    now = [0.0]
    lines = Lines(Output(), clock=lambda: now[0])
    with using("ru"):
        for second in range(25):
            now[0] = float(second)
            lines("mail", "INBOX", Counts(listed=second * 100), 5000)
    told = capsys.readouterr().err.splitlines()
    assert told == [
        "mail/INBOX: 1000 из 5000, 100/с, осталось 40 секунд",
        "mail/INBOX: 2000 из 5000, 100/с, осталось 30 секунд",
    ]


@pytest.mark.parametrize(
    ("done", "total", "rate", "said"),
    [
        (1200, 20000, 350.4, "1200 of 20000, 350/s, 53 seconds left"),
        (1200, None, 350.0, "1200, 350/s"),
        (20000, 20000, 350.0, "20000 of 20000, 350/s"),
        (0, 10, 0.0, "0 of 10, 0/s"),
    ],
)
def test_progress_says_what_is_known(done, total, rate, said):
    with using("en"):
        assert so_far(done, total, rate) == said


def test_quiet_prints_no_progress(fresh):
    said = fresh("sync", "shop", "--quiet")
    assert "In all" not in said.err
