"""Every test that asks for a `place` is run on each kind of database."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hub.store.address import Server
from tests.servers import postgresql as servers
from tests.servers.postgresql import PostgreSQL
from tests.servers.required import need


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A real server."""
    need("postgresql", is_there=servers.binaries() is not None, how=servers.HOW)
    with servers.running() as server:
        yield server


KINDS = ("sqlite", "postgresql")


@contextmanager
def place_of(request: pytest.FixtureRequest, kind: str, folder: Path) -> Iterator[Path | Server]:
    """Where a database may be opened: a file that is not there yet, or one on a server with nothing in it."""
    if kind == "sqlite":
        yield folder / "hub.db"
        return
    server = request.getfixturevalue("postgresql")
    fresh = server.fresh()
    yield fresh
    server.drop(fresh)


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path | Server]:
    with place_of(request, request.param, tmp_path) as found:
        yield found
