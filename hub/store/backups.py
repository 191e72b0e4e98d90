"""Backups: a database of one moment in one portable file, the same for a file and a server.

    FILE.zip     hub.db        the database as an SQLite file
                 backup.json   when and from what it was made, and the SHA-256 of hub.db

Why it is no database by itself: ADR 0029. What stands under the name of a backup is whole: it is made in a folder beside,
synced to the disk and renamed. A folder that a dead process left is removed by the next one that makes or reads a backup.
"""

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import IO, Any, Final

from hub.errors import StoreUnusable
from hub.i18n import _
from hub.store import journal, moving, schema
from hub.store.database import Store, explained
from hub.store.sqlite import File

FORMAT: Final = 1
KEPT: Final = 3
"""So many backups from before an upgrade stay beside a database."""
_DATABASE, _MANIFEST = "hub.db", "backup.json"
_WORKSHOP: Final = ".hub-backup-"
_STEP: Final = 1 << 20
_MOST_MANIFEST: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a backup says of itself: `made` in milliseconds since 1970; `epoch` of the database that it was made from."""

    made: int
    program: str
    schema: str
    epoch: str
    bytes: int
    sha256: str
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The database file of a backup, whole and upgradable, in a folder that is removed afterwards."""

    manifest: Manifest
    path: Path


# --- making ----------------------------------------------------------------------------------------------------------


def make(store: Store, file: Path, made: int, version: str = schema.HEAD) -> Manifest:
    """Write a backup of a database that is at a version of the schema, in the place of what stands there. Others read and
    write meanwhile. Raises `StoreUnusable`.
    """
    with _written(file), _workshop(file.parent) as folder:
        copy, packed = folder / _DATABASE, folder / "packed"
        _private(copy).close()
        if isinstance(store.place, File):
            _vacuum(store, copy)
        else:
            _transcribe(store, copy, version)
        epoch = _look_through(copy, file)
        manifest = _pack(copy, packed, made=made, version=version, epoch=epoch)
        packed.replace(file)
        _sync_folder(file.parent)
    return manifest


def before_upgrade(folder: Path, stem: str, made: int, store: Store, version: str) -> Path:
    """The backup of a database that is about to be upgraded from this version, in a folder; older ones go."""
    file = folder / f"{stem}-before-{schema.HEAD}.zip"
    with _written(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    make(store, file, made, version)
    prune(folder, f"{stem}-before-*.zip", KEPT)
    return file


def prune(folder: Path, pattern: str, most: int) -> list[Path]:
    """Remove the oldest backups of these names, so that no more than `most` are left; returns which."""
    found = sorted(folder.glob(pattern), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in found[most:]:
        path.unlink(missing_ok=True)
    return found[most:]


def _vacuum(store: Store, copy: Path) -> None:
    """One look of SQLite's at all of it: writers go on, and nothing deleted comes along."""
    with explained(store.place), closing(store.engine.raw_connection()) as raw:
        connection: Any = raw.driver_connection
        connection.execute("VACUUM INTO ?", (str(copy),))


def _transcribe(store: Store, copy: Path, version: str) -> None:
    """Row by row out of one look at a server, into a file of the same version."""
    with closing(Store.blank(copy, version)) as target, store.read() as source, target.write() as tx:
        moving.copy(source, tx, tables=moving.reflected(source))


def _look_through(copy: Path, file: Path) -> str:
    """The epoch of a database that was copied; raises `StoreUnusable` where SQLite finds it damaged."""
    place = File(copy)
    if place.damage():
        text = _("{file}: what was copied is damaged; no backup was made")
        raise StoreUnusable(text.format(file=file), fix=_("check the disk, and restore an earlier backup"))
    with closing(Store(place, place.engine(create=False))) as opened, opened.read() as tx:
        epoch = journal.epoch_of(tx)
    for leftover in copy.parent.glob(f"{copy.name}-*"):
        leftover.unlink()
    return epoch


def _pack(copy: Path, packed: Path, *, made: int, version: str, epoch: str) -> Manifest:
    with _private(packed) as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            with copy.open("rb") as source, archive.open(_DATABASE, "w", force_zip64=True) as target:
                size, digest = _stream(source, target)
            manifest = Manifest(
                made=made, program=metadata.version("interaction-hub"), schema=version, epoch=epoch, bytes=size,
                sha256=digest,
            )  # fmt: skip
            archive.writestr(_MANIFEST, json.dumps(asdict(manifest), indent=2))
        file.flush()
        os.fsync(file.fileno())
    return manifest


# --- reading ---------------------------------------------------------------------------------------------------------


@contextmanager
def unpacked(file: Path, beside: Path) -> Iterator[Unpacked]:
    """The database of a backup, in a folder below `beside`. Raises `StoreUnusable` for what is no whole backup."""
    with _workshop(beside) as folder:
        manifest = _unpack(file, folder / _DATABASE)
        yield Unpacked(manifest, folder / _DATABASE)


def _unpack(file: Path, copy: Path) -> Manifest:
    try:
        opened = file.open("rb")
    except OSError as error:
        text = _("{file} cannot be read: {problem}").format(file=file, problem=error.strerror or error)
        raise StoreUnusable(text, fix=_("name the file that hub db backup has made")) from error
    with opened, _written(copy), _whole(file), zipfile.ZipFile(opened) as archive:
        manifest = _manifest(archive, file)
        with archive.open(_DATABASE) as source, _private(copy) as target:
            size, digest = _stream(source, target, most=manifest.bytes)
    if (size, digest) != (manifest.bytes, manifest.sha256):
        raise _broken(file)
    return manifest


@contextmanager
def _whole(file: Path) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError) as error:
        raise _broken(file) from error


def _manifest(archive: zipfile.ZipFile, file: Path) -> Manifest:
    with archive.open(_MANIFEST) as said:
        written = said.read(_MOST_MANIFEST)
    try:
        found = json.loads(written)
        manifest = Manifest(**{name: found[name] for name in Manifest.__dataclass_fields__})
        known = {name: type(getattr(manifest, name)) for name in Manifest.__dataclass_fields__}
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _broken(file) from error
    if known != Manifest.__annotations__ or not schema.is_version(manifest.schema):
        raise _broken(file)
    if manifest.format > FORMAT or manifest.schema > schema.HEAD:
        text = _("{path} was made by a newer version of interaction-hub (schema {found}, this one knows {known})")
        raise StoreUnusable(
            text.format(path=file, found=manifest.schema, known=schema.HEAD),
            fix=_("install that version or a newer one"),
        )
    return manifest


def _broken(file: Path) -> StoreUnusable:
    return StoreUnusable(
        _("{file} is no whole backup of the hub").format(file=file),
        fix=_("take another one: this one was broken off, changed or damaged"),
    )


# --- files -----------------------------------------------------------------------------------------------------------


@contextmanager
def _workshop(folder: Path) -> Iterator[Path]:
    """A private folder below this one, on the same disk. It is ours as long as we hold its lock: those of the dead are
    removed.
    """
    with _written(folder), _locked(folder, fcntl.LOCK_EX):
        for left in folder.glob(f"{_WORKSHOP}*"):
            with suppress(OSError), _locked(left, fcntl.LOCK_EX | fcntl.LOCK_NB):
                shutil.rmtree(left)
        made = Path(tempfile.mkdtemp(prefix=_WORKSHOP, dir=folder))
        held = os.open(made, os.O_RDONLY)
        fcntl.flock(held, fcntl.LOCK_EX)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        os.close(held)


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    number = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(number, how)
        yield
    finally:
        os.close(number)


@contextmanager
def _written(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        text = _("the backup {file} cannot be written: {problem}")
        raise StoreUnusable(
            text.format(file=path, problem=error.strerror or error),
            fix=_("check the folder, its owner and rights, and the room on its disk"),
        ) from error


def _stream(source: IO[bytes], target: IO[bytes], most: int | None = None) -> tuple[int, str]:
    """Copy bytes; returns how many, and their SHA-256. Ends behind the first step beyond `most`."""
    size, digest = 0, hashlib.sha256()
    while step := source.read(_STEP):
        target.write(step)
        digest.update(step)
        size += len(step)
        if most is not None and size > most:
            break
    return size, digest.hexdigest()


def _private(path: Path) -> IO[bytes]:
    """A new file that nobody else may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
