"""What an admin is told, as it is kept."""

import pytest

from hub.core.pages import Counts
from hub.store import notices, pulls
from hub.store.notices import Ended, Entry, Need

NEEDS = Entry("needs", "crm", "AuthFailed", "no")


@pytest.fixture(autouse=True)
def nothing_told(store):
    """The database is shared by the tests of the store."""
    with store.write() as tx:
        for table in ("notice", "trouble"):
            tx.connection.exec_driver_sql(f"DELETE FROM {table}")


def test_a_message_grows_until_it_is_tried_and_is_sent_in_its_turn(store):
    with store.write() as tx:
        notices.write(tx, None, [NEEDS], now=0, due=60)
        first = notices.collecting(tx)
        notices.write(tx, first.number, [NEEDS, Entry("well", "mail")], now=1, due=61)
        assert notices.due(tx, 59) is None
        due = notices.due(tx, 60)
        assert due.entries == (NEEDS, Entry("well", "mail"))
        assert notices.tried(tx, due.number, 0, 500)
        assert not notices.tried(tx, due.number, 0, 500), "another has tried meanwhile"
        assert notices.collecting(tx) is None
        notices.write(tx, None, [NEEDS], now=100, due=160)
        assert notices.due(tx, 200) is None, "a message waits for those before it"
        assert notices.stuck(tx) == 1
        notices.sent(tx, due.number, 510, forget_before=0)
        assert notices.due(tx, 511).number > due.number


def test_a_message_with_nothing_left_to_say_is_removed(store):
    with store.write() as tx:
        notices.write(tx, None, [NEEDS], now=0, due=60)
        notices.write(tx, notices.collecting(tx).number, [], now=0, due=60)
        assert notices.collecting(tx) is None


def test_old_messages_are_forgotten(store):
    with store.write() as tx:
        for at in (10, 20):
            notices.write(tx, None, [NEEDS], now=at, due=at)
            notices.sent(tx, notices.collecting(tx).number, at, forget_before=at)
        assert tx.connection.exec_driver_sql("SELECT count(*) FROM notice").scalar() == 1


def test_troubles_are_kept_by_their_connection(store):
    with store.write() as tx:
        notices.keep(tx, [Need("crm", "AuthFailed", "a"), Need("mail", "Refused", "b")], 5)
        notices.keep(tx, [Need("crm", "AuthFailed", "a")], 9)
        notices.forget(tx, ["mail"])
        assert notices.known(tx) == {"crm": Need("crm", "AuthFailed", "a")}


def test_how_runs_ended_is_told_by_the_last_that_did(store):
    with store.write() as tx:
        number = pulls.keep_stream(tx, "crm", "deals", "", "", "")
        for at, state, error in ((10, "ok", ""), (20, "failed", "AuthFailed")):
            run = pulls.start_run(tx, number, at)
            pulls.report(
                tx, run, Counts(listed=2, stored=2), state=state, finished=at, error=error, message="m" * bool(error)
            )
        pulls.start_run(tx, number, 30)
        assert notices.last_ended(tx) == [Ended("crm", "AuthFailed", "m", adds_up=True)]
        assert notices.last_success(tx) == {"crm": 10}
