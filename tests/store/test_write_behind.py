"""A unit of work that is committed while we go on."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from hub.store import running
from hub.store.commit import Commit
from hub.store.database import Store
from tests.conftest import KINDS, place_of


@pytest.fixture(params=KINDS)
def store(request, tmp_path) -> Iterator[Store]:
    with place_of(request, request.param, tmp_path) as place:
        opened = Store.open(place)
        yield opened
        opened.close()


class _Slow:
    """Commits that take as long as we say, and fail if we say so."""

    def __init__(self) -> None:
        self.begun, self.end, self.fails = threading.Event(), threading.Event(), False

    def __call__(self, _connection: object) -> None:
        self.begun.set()
        assert self.end.wait(20)
        if self.fails:
            raise OSError("the disk is gone")


@contextmanager
def _slow(store: Store) -> Iterator[_Slow]:
    slow = _Slow()
    event.listen(store.writer, "commit", slow)
    try:
        yield slow
    finally:
        slow.end.set()
        event.remove(store.writer, "commit", slow)


def _nothing(_seconds: float) -> None:
    """Nobody asks for how long."""


def _ring(store: Store, commit: Commit, name: str, committed: Callable[[float], None] = _nothing) -> None:
    with store.write_behind(commit, committed) as tx:
        running.ring(tx, name, 1_000)


def _rung(store: Store) -> set[str]:
    with store.read() as tx:
        return {one.connection for one in running.rung(tx)}


def test_who_writes_goes_on_while_it_is_committed_and_a_look_sees_it_once_that_is_settled(store):
    commit = Commit()
    with _slow(store) as slow:
        _ring(store, commit, "mail")
        assert slow.begun.wait(20)
        assert _rung(store) == set()
        slow.end.set()
        commit.settle()
    assert _rung(store) == {"mail"}


def test_who_writes_next_waits_for_it(store):
    commit = Commit()
    with _slow(store) as slow:
        _ring(store, commit, "mail")
        threading.Timer(0.1, slow.end.set).start()
        with store.write() as tx:
            assert {one.connection for one in running.rung(tx)} == {"mail"}


def test_it_is_said_for_how_long_it_held_the_database(store):
    commit, told = Commit(), []
    with _slow(store) as slow:
        _ring(store, commit, "mail", told.append)
        assert told == []
        threading.Timer(0.1, slow.end.set).start()
        commit.settle()
    assert len(told) == 1
    assert 0.09 < told[0] < 10


def test_a_commit_that_fails_is_heard_of_by_who_settles_it_once_and_nothing_is_kept(store):
    commit, told = Commit(), []
    with _slow(store) as slow:
        slow.fails = True
        slow.end.set()
        _ring(store, commit, "mail", told.append)
        with pytest.raises(OSError, match="the disk is gone"):
            commit.settle()
    commit.settle()
    assert told == []
    assert _rung(store) == set()
    _ring(store, commit, "calendar")
    commit.settle()
    assert _rung(store) == {"calendar"}


def test_nothing_is_written_upon_what_could_not_be_committed(store):
    commit = Commit()
    with _slow(store) as slow:
        slow.fails = True
        slow.end.set()
        _ring(store, commit, "mail")
        with pytest.raises(OSError, match="the disk is gone"):
            _ring(store, commit, "calendar")
    assert _rung(store) == set()


def test_what_fails_before_it_is_committed_is_raised_at_once(store):
    commit = Commit()
    with pytest.raises(ZeroDivisionError), store.write_behind(commit, _nothing) as tx:
        running.ring(tx, "mail", 1 // 0)
    commit.settle()
    assert _rung(store) == set()


def test_a_database_is_closed_after_it(store):
    commit = Commit()
    with _slow(store) as slow:
        _ring(store, commit, "mail")
        threading.Timer(0.1, slow.end.set).start()
        store.close()
    again = Store.open(getattr(store.place, "path", None) or store.place.server)
    assert _rung(again) == {"mail"}
    again.close()


def test_a_process_is_forked_after_it(store):
    commit = Commit()
    with _slow(store) as slow:
        _ring(store, commit, "mail")
        assert slow.begun.wait(20)
        threading.Timer(0.1, slow.end.set).start()
        child = os.fork()
        if not child:
            os._exit(0 if slow.end.is_set() and threading.active_count() == 1 else 1)
        assert os.waitpid(child, 0)[1] == 0
    commit.settle()


def test_where_there_is_no_thread_to_be_had_it_is_committed_at_once(store, monkeypatch):
    def no_more(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_more)
    commit = Commit()
    _ring(store, commit, "mail")
    assert _rung(store) == {"mail"}
    with _slow(store) as slow:
        slow.fails = True
        slow.end.set()
        _ring(store, commit, "calendar")
        with pytest.raises(OSError, match="the disk is gone"):
            commit.settle()
    assert _rung(store) == {"mail"}
