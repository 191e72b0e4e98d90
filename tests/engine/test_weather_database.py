"""Bad weather around the database: every refusal says what happened and what to do, and nothing is lost."""

import os
import resource
import shutil
import signal
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from hub.engine import sync as syncing
from hub.engine.runs import LEASE_MS
from hub.errors import StoreUnusable
from hub.store import sqlite
from hub.testing.memory import Memory
from tests.engine.conftest import World, company, mail

NOBODY = 65534


@pytest.fixture
def place(tmp_path):
    """A file: what a server does in bad weather is tested beside the store."""
    return tmp_path / "hub.db"


@contextmanager
def _as_nobody() -> Iterator[None]:
    """Rights mean nothing to root."""
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_world() -> Iterator[World]:
    """A world in a folder that everybody can reach."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    with Memory("source", page_size=3).serving() as served:
        yield World(folder, served)
    folder.chmod(0o755)
    shutil.rmtree(folder)


def _filled(world: World, count: int = 10) -> World:
    world.memory.add("crm", "1", company(emails=("info@romashka.test",)))
    for n in range(count):
        world.memory.add("inbox", str(n), mail("ivan@romashka.test", "anna@my.example", mid=f"m{n}@x", day=n % 28 + 1))
    return world


def _fails(world: World, *signs: str) -> StoreUnusable:
    with pytest.raises(StoreUnusable) as caught:
        world.sync()
    for sign in signs:
        assert sign in str(caught.value)
    assert caught.value.fix
    assert str(world.path / "hub.db") in str(caught.value)
    return caught.value


# --- opening ---------------------------------------------------------------------------------------------------------


def test_a_database_that_cannot_be_written_is_refused_and_stays_as_it_is(open_world):
    _filled(open_world).sync()
    path = open_world.path / "hub.db"
    before = path.read_bytes()
    path.chmod(0o444)
    open_world.path.chmod(0o555)
    with _as_nobody():
        _fails(open_world)
    assert path.read_bytes() == before


def test_a_folder_in_which_no_database_can_be_made_is_refused(open_world):
    open_world.path.chmod(0o555)
    with _as_nobody():
        error = _fails(_filled(open_world), "cannot be opened")
    assert "rights" in error.fix


def test_a_database_of_a_newer_version_is_left_alone(world):
    _filled(world).sync()
    with closing(sqlite3.connect(world.path / "hub.db")) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
        raw.commit()
    before = (world.path / "hub.db").read_bytes()
    error = _fails(world, "newer version", "9999")
    assert "install" in error.fix
    assert (world.path / "hub.db").read_bytes() == before


@pytest.mark.parametrize("content", [b"\xd0\x9f\xd0\xb8\xd1\x81\xd1\x8c\xd0\xbc\xd0\xbe" * 1000, b"PK\x03\x04" * 4000])
def test_a_file_that_is_no_database_is_left_alone(world, content):
    (world.path / "hub.db").write_bytes(content)
    error = _fails(_filled(world), "not a database")
    assert "move the file away" in error.fix
    assert (world.path / "hub.db").read_bytes() == content


def test_a_database_that_was_cut_short_is_told_of(world):
    _filled(world, 60).sync()
    content = (world.path / "hub.db").read_bytes()
    (world.path / "hub.db").write_bytes(content[: len(content) // 3])
    _fails(world, "damaged")


def test_a_database_of_somebody_else_is_not_taken_over(world):
    with closing(sqlite3.connect(world.path / "hub.db")) as raw:
        raw.execute("CREATE TABLE invoice (id INTEGER)")
    _fails(_filled(world), "of another program")
    assert _column(world, "SELECT name FROM sqlite_master") == ["invoice"]


# --- while it works --------------------------------------------------------------------------------------------------


def test_a_database_that_another_process_holds_is_told_of_and_then_used(world, monkeypatch):
    monkeypatch.setattr(sqlite, "BUSY_S", 0.1)
    _filled(world).sync()
    world.memory.add("inbox", "new", mail("ivan@romashka.test", "anna@my.example", mid="new@x"))
    held, hold = os.pipe()
    child = os.fork()
    if not child:
        with closing(sqlite3.connect(world.path / "hub.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            os.write(hold, b"1")
            signal.pause()
    try:
        os.read(held, 1)
        error = _fails(world, "another process holds the database")
        assert "wait" in error.fix
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(held)
        os.close(hold)
    world.sync()
    assert len(world.history("ООО Ромашка")) == 11


def _limited(connection, _record):
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 6}")


def test_a_disk_that_fills_up_stops_the_run_and_loses_and_doubles_nothing(world):
    calm = World(world.path / "calm", world.memory)
    _filled(calm, 60).sync()
    with world.open() as opened:
        opened.store.writer.dispose()
        event.listen(opened.store.writer, "connect", _limited)
        with pytest.raises(StoreUnusable) as caught:
            syncing.sync(opened, syncing.Wish())
    assert "the disk is full" in str(caught.value)
    assert "goes on where it stopped" in caught.value.fix
    assert 0 < len(_column(world, "SELECT id FROM item WHERE state = 'stored'")) < 61
    world.sync()
    assert world.dump() == calm.dump()


def test_a_file_that_may_not_grow_is_told_of(world):
    """The same through the operating system: a limit on the size of files, in a process of its own."""
    _filled(world, 40).sync()
    for n in range(80):
        world.memory.add(
            "more", str(n), mail("ivan@romashka.test", "anna@my.example", mid=f"more{n}@x", text="слово " * 900)
        )
    child = os.fork()
    if not child:
        size = (world.path / "hub.db").stat().st_size + 30_000
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        try:
            world.sync()
        except StoreUnusable as error:
            os._exit(7 if error.fix else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    world.now += timedelta(milliseconds=LEASE_MS)
    world.sync()
    assert len(world.history("ООО Ромашка")) == 120


def _column(world: World, query: str) -> list[object]:
    with closing(sqlite3.connect(world.path / "hub.db")) as raw:
        return [row[0] for row in raw.execute(query)]


def test_a_page_that_cannot_be_committed_stops_the_run_counts_for_nothing_and_comes_again(world):
    calm = World(world.path / "calm", world.memory)
    _filled(calm, 12).sync()
    for broken in range(1, 1_000):
        stormy, commits = World(world.path / str(broken), world.memory), []

        def fail(_connection, commits=commits, at=broken):
            commits.append(at)
            if len(commits) == at:
                raise sqlite3.OperationalError("database or disk is full")

        with stormy.open() as opened:
            event.listen(opened.store.writer, "commit", fail)
            with suppress(StoreUnusable):
                syncing.sync(opened, syncing.Wish())
            event.remove(opened.store.writer, "commit", fail)
        assert _said(stormy) == _stored(stormy), broken
        stormy.sync()
        assert stormy.dump() == calm.dump(), broken
        if len(commits) < broken:
            break
    assert 10 < broken < 100


def _said(world: World) -> int:
    return sum(_column(world, "SELECT stored FROM run"))


def _stored(world: World) -> int:
    return len(_column(world, "SELECT id FROM item WHERE state = 'stored'"))
