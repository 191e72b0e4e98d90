"""Backups as files: whole, private, and refused where they are not; databases that cannot be used; upgrades."""

import gzip
import json
import os
import resource
import sqlite3
import stat
import zipfile
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from hub.errors import StoreUnusable
from hub.store import backups, journal, schema
from hub.store.database import Store
from hub.store.postgresql import Hosted
from tests.engine.test_restoring import back_up, filled, restore

__all__ = ["filled"]

RELEASED = [
    path
    for path in sorted((Path(__file__).parents[1] / "store" / "released").glob("*.db.gz"))
    if path.name[:4] < schema.HEAD  # of today's nothing has to be upgraded
]


@pytest.fixture
def place(tmp_path):
    """A file: what differs on a server is said beside it."""
    return tmp_path / "hub.db"


# --- the file --------------------------------------------------------------------------------------------------------


def test_a_backup_is_for_its_owner_only_and_leaves_nothing_beside(filled):
    old = os.umask(0)
    try:
        file = back_up(filled)
    finally:
        os.umask(old)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(filled.path.glob(".hub-backup-*")) == []


def test_what_is_no_whole_backup_is_refused_and_changes_nothing(filled, tmp_path):
    file, before = back_up(filled), filled.dump()
    content = file.read_bytes()
    middle = len(content) // 2
    wrong = {
        "cut": content[:middle],
        "changed": content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :],
        "empty": b"",
        "other": b"%PDF",
    }
    for name, said in wrong.items():
        (tmp_path / name).write_bytes(said)
        with pytest.raises(StoreUnusable, match="no whole backup") as caught:
            restore(filled, tmp_path / name)
        assert caught.value.fix
    with pytest.raises(StoreUnusable, match="cannot be read"):
        restore(filled, tmp_path / "nowhere.zip")
    assert filled.dump() == before


@pytest.mark.parametrize(
    "change", [{"sha256": "0" * 64}, {"bytes": 1}, {"bytes": "1"}, {"schema": "1); --"}, {"made": None}]
)
def test_a_manifest_that_does_not_fit_is_refused(filled, tmp_path, change):
    file = back_up(filled)
    with zipfile.ZipFile(file) as archive, zipfile.ZipFile(tmp_path / "forged.zip", "w") as forged:
        manifest = json.loads(archive.read("backup.json")) | change
        forged.writestr("hub.db", archive.read("hub.db"))
        forged.writestr("backup.json", json.dumps(manifest))
    with pytest.raises(StoreUnusable, match="no whole backup"):
        restore(filled, tmp_path / "forged.zip")


def test_a_backup_of_a_newer_version_is_refused(filled, tmp_path):
    file = back_up(filled)
    with zipfile.ZipFile(file) as archive, zipfile.ZipFile(tmp_path / "newer.zip", "w") as newer:
        newer.writestr("hub.db", archive.read("hub.db"))
        newer.writestr("backup.json", json.dumps(json.loads(archive.read("backup.json")) | {"schema": "9999"}))
    with pytest.raises(StoreUnusable, match="newer version"):
        restore(filled, tmp_path / "newer.zip")


def test_a_backup_that_was_broken_off_is_swept_away_by_the_next_one(filled):
    left = filled.path / ".hub-backup-dead"
    left.mkdir()
    (left / "hub.db").write_bytes(b"half")
    back_up(filled)
    assert not left.exists()


# --- a database that cannot be used any more -------------------------------------------------------------------------


def test_a_damaged_database_makes_room_and_is_kept(filled):
    file, before = back_up(filled), filled.dump()
    database = filled.path / "hub.db"
    for spoiled in (b"this is no database" * 1000, b"SQLite format 3\0" + b"\x01" * 8000):
        database.write_bytes(spoiled)
        with pytest.raises(StoreUnusable, match="cannot be used"):
            restore(filled, file, over=False)
        done = restore(filled, file)
        assert done.aside is not None
        assert done.aside.read_bytes() == spoiled
        assert filled.dump() == before
        filled.now += timedelta(seconds=1)


def test_a_database_of_a_newer_version_makes_room_too(filled):
    file, before = back_up(filled), filled.dump()
    with closing(sqlite3.connect(filled.path / "hub.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    assert restore(filled, file).aside is not None
    assert filled.dump() == before


# --- upgrades --------------------------------------------------------------------------------------------------------


@pytest.fixture(params=RELEASED, ids=lambda path: path.name[:4])
def older(request, tmp_path):
    path = tmp_path / "data" / "hub.db"
    path.parent.mkdir()
    path.write_bytes(gzip.decompress(request.param.read_bytes()))
    return path


def _opened(path, world):
    return replace(world, path=path.parent).open()


def test_an_older_database_is_backed_up_before_it_is_upgraded(older, world):
    with closing(sqlite3.connect(older)) as database:
        [version] = database.execute("SELECT version_num FROM alembic_version").fetchone()
    before = older.read_bytes()
    with _opened(older, world) as opened:
        [kept] = opened.kept
    with _opened(older, world) as opened:
        assert opened.kept == ()
    assert kept == older.with_name(f"hub-before-{schema.HEAD}.zip")
    with zipfile.ZipFile(kept) as archive:
        assert json.loads(archive.read("backup.json"))["schema"] == version
        (older.parent / "as-it-was.db").write_bytes(archive.read("hub.db"))
    assert _lines(older.parent / "as-it-was.db") == _lines_of(before, older.parent / "before.db")


def _lines(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        return [line for line in database.iterdump() if "sqlite_stat" not in line]


def _lines_of(content: bytes, path: Path) -> list[str]:
    path.write_bytes(content)
    return _lines(path)


def test_what_was_kept_from_before_an_upgrade_can_be_restored(older, world):
    other = replace(world, path=older.parent)
    upgraded = other.dump()
    restore(other, older.with_name(f"hub-before-{schema.HEAD}.zip"))
    assert other.dump() == upgraded


def test_only_a_few_backups_from_before_upgrades_are_kept(older, world):
    for n in range(5):
        old = older.with_name(f"hub-before-000{n}.zip")
        old.write_bytes(b"")
        os.utime(old, (n, n))
    with _opened(older, world):
        pass
    names = sorted(path.name for path in older.parent.glob("hub-before-*.zip"))
    assert names == ["hub-before-0003.zip", "hub-before-0004.zip", f"hub-before-{schema.HEAD}.zip"]


def test_without_room_for_the_backup_nothing_is_upgraded(older, world):
    before = _lines(older)
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        try:
            _opened(older, world).__enter__()
        except StoreUnusable as error:
            os._exit(7 if error.fix else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert _lines(older) == before
    with _opened(older, world) as opened:
        assert opened.kept


def test_an_older_database_on_a_server_is_backed_up_into_a_file_too(postgresql, tmp_path):
    place = postgresql.empty()
    hosted = Hosted(place)
    store = Store(hosted, hosted.engine(create=False))
    schema.upgrade(store.engine, store.place, "0004")
    with store.write() as tx:
        for said in (
            "installation (id, hash_key, horizon, settings) VALUES (1, 'key', '2027-01-01', 'x')",
            "journal (at, author, action, subject, object, note) VALUES (1, 'Анна', 'client', 'a@b.test', '', '')",
        ):
            tx.connection.exec_driver_sql(f"INSERT INTO {said}")
    store.close()
    kept = []

    def keep(store, version):
        kept.append(backups.before_upgrade(tmp_path, "hub", 1, store, version))

    Store.open(place, before_upgrade=keep).close()
    with backups.unpacked(kept[0], tmp_path) as unpacked, closing(Store.open(unpacked.path)) as copy, copy.read() as tx:
        assert unpacked.manifest.schema == "0004"
        assert [entry[1:4] for entry in journal.entries(tx)] == [("Анна", "client", "a@b.test")]
        assert journal.installation(tx).hash_key == b"key"
    postgresql.drop(place)
