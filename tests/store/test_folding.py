"""The log of a file is folded back beside whoever writes."""

import os
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from hub.store import folding, running
from hub.store.database import Store, Tx

PAGE = 4_096
_FOLD = folding._fold


@pytest.fixture
def place(tmp_path):
    """A file: a server folds its own log."""
    return tmp_path / "hub.db"


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(folding, "ROWS", 40)
    monkeypatch.setattr(folding, "MOST", 120)


@pytest.fixture
def store(place):
    opened = Store.open(place)
    yield opened
    opened.close()


def _write(tx: Tx, n: int) -> None:
    for row in range(10):
        running.ring(tx, f"mail-{n}-{row}", 1_000 + n)


def _much(store: Store, units: int, first: int = 0) -> None:
    for n in range(first, first + units):
        with store.write() as tx:
            _write(tx, n)


def _log(place: Path) -> int:
    return place.with_name("hub.db-wal").stat().st_size


def _is_folding() -> bool:
    return any(thread.name == "fold" for thread in threading.enumerate())


def _held(monkeypatch) -> tuple[threading.Event, threading.Event]:
    """A disk that takes as long as we say: set when a fold has begun, and to be set for it to end."""
    begun, end = threading.Event(), threading.Event()

    def fold(path: Path) -> None:
        begun.set()
        assert end.wait(20)
        _FOLD(path)

    monkeypatch.setattr(folding, "_fold", fold)
    return begun, end


def test_a_log_begins_anew_while_others_go_on_writing(store, place):
    _much(store, 30)
    early = _log(place)
    _much(store, 270, first=30)
    assert _log(place) < 4 * early
    store.close()
    with closing(sqlite3.connect(place)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM hint").fetchone() == (3_000,)


def test_without_folding_the_log_would_have_grown(store, place, monkeypatch):
    monkeypatch.setattr(folding, "ROWS", 1_000_000)
    _much(store, 30)
    early = _log(place)
    _much(store, 270, first=30)
    assert _log(place) > 6 * early


def test_who_writes_goes_on_while_the_disk_is_slow(store, monkeypatch):
    begun, end = _held(monkeypatch)
    _much(store, 5)
    assert begun.wait(20)
    _much(store, 5)
    assert _is_folding()
    end.set()


def test_who_has_written_too_much_meanwhile_waits_for_it(store, monkeypatch):
    begun, end = _held(monkeypatch)
    written = []

    def write() -> None:
        for n in range(40):
            _much(store, 1, first=n)
            written.append(n)

    writer = threading.Thread(target=write)
    writer.start()
    assert begun.wait(20)
    while len(written) < 14:
        time.sleep(0.001)
    time.sleep(0.1)
    assert len(written) < 20
    end.set()
    writer.join(20)
    assert len(written) == 40


def test_a_process_is_forked_between_two_folds(store, monkeypatch):
    begun, end = _held(monkeypatch)
    _much(store, 5)
    assert begun.wait(20)
    threading.Timer(0.1, end.set).start()
    child = os.fork()
    if not child:
        os._exit(0 if end.is_set() else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert not _is_folding()


def test_a_database_is_closed_after_the_fold_that_is_under_way(store, monkeypatch):
    begun, end = _held(monkeypatch)
    _much(store, 5)
    assert begun.wait(20)
    threading.Timer(0.1, end.set).start()
    store.close()
    assert not _is_folding()


def test_who_looks_at_how_it_was_sees_it_so_to_the_end(store, place):
    _much(store, 1)
    with store.read() as look:
        before = list(running.rung(look))
        _much(store, 100, first=1)
        assert list(running.rung(look)) == before
    early = _log(place)
    _much(store, 200, first=101)
    assert _log(place) < 2 * early


def test_a_disk_that_fails_beside_is_no_matter_of_who_writes(store, monkeypatch):
    monkeypatch.setattr(folding, "_COPY", "SELECT * FROM nothing_of_that_name")
    _much(store, 100)
    with store.read() as tx:
        assert len(list(running.rung(tx))) == 1_000


def test_where_there_is_no_thread_to_be_had_the_log_is_folded_as_sqlite_does(store, place, monkeypatch):
    monkeypatch.setattr(threading.Thread, "start", _no_more)
    _much(store, 100)
    with store.read() as tx:
        assert len(list(running.rung(tx))) == 1_000
    assert os.waitpid(_forked(), 0)[1] == 0


def _no_more(_thread: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


def _forked() -> int:
    child = os.fork()
    if not child:
        os._exit(0)
    return child
