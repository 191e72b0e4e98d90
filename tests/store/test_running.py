"""What the daemon and those around it tell one another through the database."""

import pytest

from hub.errors import StoreUnusable
from hub.store import running
from hub.store.database import Store
from hub.store.running import Beat, Rung, Term


def test_who_rings_often_has_rung_once_with_the_last_moment(store):
    with store.write() as tx:
        for at in (1_000, 3_000, 2_000):
            running.ring(tx, "mail", at, "INBOX")
        running.ring(tx, "mail", 1_000)
        assert set(running.rung(tx)) == {Rung("mail", "INBOX", 2_000), Rung("mail", "", 1_000)}


def test_what_rang_after_a_pull_began_still_waits(store):
    with store.write() as tx:
        running.ring(tx, "mail", 1_000, "INBOX")
        running.ring(tx, "mail", 5_000, "Sent")
        running.ring(tx, "other", 1_000)
        running.answered(tx, "mail", 2_000)
        assert set(running.rung(tx)) == {Rung("mail", "Sent", 5_000), Rung("other", "", 1_000)}


def test_what_is_due_is_kept(store):
    later = Term("mail", 9_000, 2, "Unreachable", "ab")
    with store.write() as tx:
        running.keep_terms(tx, [Term("mail", 1_000), Term("crm", 0, 1, "AuthFailed", "cd")])
        running.keep_terms(tx, [later])
    with store.read() as tx:
        assert running.terms(tx) == {"mail": later, "crm": Term("crm", 0, 1, "AuthFailed", "cd")}


def test_a_daemon_that_ended_well_leaves_no_pulse(store):
    with store.write() as tx:
        assert running.pulse(tx) is None
        for ticked in (2, 3):
            running.beat(tx, Beat("host", 17, 1, ticked, 1))
        assert running.pulse(tx) == Beat("host", 17, 1, 3, 1)
        running.rest(tx)
        assert running.pulse(tx) is None


def test_one_daemon_works_on_a_database_until_it_ends(store):
    other = Store(store.place, store.place.engine(create=False))
    with store.alone() as first, other.alone() as second:
        assert (first, second) == (True, False)
    with other.alone() as third:
        assert third
    other.close()


def test_who_may_not_open_the_file_of_the_daemon_is_told_so(tmp_path):
    store = Store.open(tmp_path / "hub.db")
    (tmp_path / "hub.db-serve").mkdir()  # as one of another user is: it cannot be written
    with pytest.raises(StoreUnusable, match="-serve"), store.alone():
        pass
    store.close()


def test_the_log_of_a_file_counts_among_what_it_takes(tmp_path):
    store = Store.open(tmp_path / "hub.db")
    with store.write() as tx:
        running.ring(tx, "mail", 1_000)
    log = (tmp_path / "hub.db-wal").stat().st_size
    assert log
    assert store.size() == (tmp_path / "hub.db").stat().st_size + log
    store.close()
