"""What must not be lost by a power cut, and what may."""

import pytest


def how(tx):
    """How sure a commit is here: "sure" where it waits for the disk."""
    said = tx.connection.exec_driver_sql(
        "SHOW synchronous_commit" if tx.is_postgresql else "PRAGMA synchronous"
    ).scalar()
    return {"on": "sure", "off": "quick", 2: "sure", 1: "quick"}[said]


def test_only_what_is_written_for_good_waits_for_the_disk(store):
    for _ in range(3):
        with store.write() as tx:
            assert how(tx) == "quick"
        with store.write_for_good() as tx:
            assert how(tx) == "sure"


def test_a_failure_inside_leaves_the_next_one_as_quick_as_before(store):
    with pytest.raises(ZeroDivisionError), store.write_for_good():
        _ = 1 / 0
    with store.write() as tx:
        assert how(tx) == "quick"
