"""A limit of the size of files is told as that: the disk is well."""

import resource
from pathlib import Path

import pytest

from hub.errors import StoreUnusable
from hub.i18n import using
from hub.store.database import Store


@pytest.fixture
def at_most():
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def grow(store):
    for _ in range(100):
        with store.write() as tx:
            tx.connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS heap (x BLOB)")
            tx.connection.exec_driver_sql("INSERT INTO heap VALUES (zeroblob(100000))")


def test_a_file_that_may_not_grow_is_no_failing_disk(tmp_path: Path, at_most):
    store = Store.open(tmp_path / "hub.db", create=True)
    at_most(2 << 20)
    with using("en"), pytest.raises(StoreUnusable, match="as large as files of this process may be") as told:
        grow(store)
    assert "ulimit -f" in told.value.fix
    store.close()
