"""What has changed among the files of a stream since the last pull.

The files are dealt into 256 *drawers* by a hash of their names, and a cursor holds a digest of each drawer (names,
sizes, times of change). So it stays at 2 kB however many files there are; a pass over unchanged files opens none of
them, and a changed file costs the reading of its drawer.

    cursor  {"drawers": 256 digests, "at": [a drawer, its digest, how many pieces of it are delivered] or null,
             "listed": a digest of all files as they were when all that is in them was last listed}

`at` lets a pull go on inside a drawer, which is how the reading of a big export is resumed; a drawer that has changed
meanwhile is read from its start. Files that are as they were when they were `listed` need not be read to tell what is
gone from them: nothing is. A digest is of the drawer as it was before it was read: a file that changes under
our hands is one that has changed, at the next pull.
"""

import base64
import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import hub

DRAWERS = 256
_DIGEST = 6
_EMPTY = bytes(_DIGEST)
_CUT = b"1"
"""Raise it when files are cut into other pieces than before: all are read again."""
_SUFFIXES = frozenset((".ics", ".ical", ".icalendar"))


@dataclass(frozen=True, slots=True)
class File:
    """A file of a stream. `name` is its path within the stream's folder, "" for a stream that is one file.

    `changed` holds the times of the last change of the content and of anything else, permissions among it.
    """

    name: str
    path: Path
    size: int
    changed: tuple[int, int]

    @property
    def state(self) -> bytes:
        return f"{self.name}\0{self.size}\0{self.changed}\0".encode()

    def id(self, piece: str) -> str:
        """The external id of a piece, and with "" of a file that is no calendar."""
        return f"{self.name}#{piece}" if self.name or not piece else piece


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a stream; `whole` unless a folder could not be looked into."""

    files: Sequence[File]
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Drawer:
    """The files whose names have one hash, those changed last first."""

    number: int
    digest: bytes = _EMPTY
    files: Sequence[File] = ()

    @property
    def newest(self) -> tuple[int, int]:
        return max((file.changed for file in self.files), default=(0, 0))


@dataclass(frozen=True, slots=True)
class Place:
    """What a cursor says: the drawers as they were delivered, how far the one is that was being read, and how all of
    them were when they were listed.
    """

    drawers: tuple[bytes, ...] = (_EMPTY,) * DRAWERS
    at: tuple[int, str, int] | None = None
    listed: str = ""

    @property
    def cursor(self) -> str:
        drawers = base64.b64encode(b"".join(self.drawers)).decode()
        return json.dumps({"drawers": drawers, "at": self.at, "listed": self.listed})

    @property
    def is_listed(self) -> bool:
        """Whether all files are now as they were when they were listed."""
        return self.at is None and self.listed == _state(self.drawers)

    def after(self, drawer: Drawer) -> "Place":
        before, behind = self.drawers[: drawer.number], self.drawers[drawer.number + 1 :]
        return replace(self, drawers=(*before, drawer.digest, *behind), at=None)

    def having_listed(self, files: Sequence[File]) -> "Place":
        dealt = _dealt(files)
        return replace(self, listed=_state([dealt.get(n, Drawer(n)).digest for n in range(DRAWERS)]))

    def inside(self, drawer: Drawer, delivered: int) -> "Place":
        return replace(self, at=(drawer.number, drawer.digest.hex(), delivered))

    def delivered(self, drawer: Drawer) -> int:
        """How many pieces of the drawer, as it is, were delivered before."""
        return self.at[2] if self.at and self.at[:2] == (drawer.number, drawer.digest.hex()) else 0


def place_of(cursor: str | None) -> Place:
    """The place that a cursor means. Raises `CursorLost` for one that is not ours."""
    if cursor is None:
        return Place()
    try:
        said = json.loads(cursor)
        digests, at = base64.b64decode(said["drawers"], validate=True), said["at"]
        place = at and (int(at[0]), str(at[1]), max(int(at[2]), 0))
        listed = str(said.get("listed", ""))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise hub.CursorLost(hub.sentence("The cursor is none of calendar files")) from error
    if len(digests) != DRAWERS * _DIGEST:
        raise hub.CursorLost(hub.sentence("The cursor was made by another version of calendar files"))
    drawers = (digests[start : start + _DIGEST] for start in range(0, len(digests), _DIGEST))
    return Place(tuple(drawers), place or None, listed)


def changed_drawers(files: Sequence[File], place: Place) -> list[Drawer]:
    """The drawers that are not as they were at `place`, also those that are empty now; newest first."""
    dealt = _dealt(files)
    drawers = (dealt.get(number, Drawer(number)) for number in range(DRAWERS))
    changed = [drawer for drawer in drawers if drawer.digest != place.drawers[drawer.number]]
    return sorted(changed, key=lambda drawer: drawer.newest, reverse=True)


def _state(drawers: Sequence[bytes]) -> str:
    return hashlib.blake2b(b"".join(drawers), digest_size=_DIGEST).hexdigest()


def _dealt(files: Sequence[File]) -> Mapping[int, Drawer]:
    drawers: dict[int, list[File]] = {}
    for file in files:
        number = hashlib.blake2b(file.name.encode(), digest_size=1).digest()[0]
        drawers.setdefault(number, []).append(file)
    return {number: _drawer(number, inside) for number, inside in drawers.items()}


def _drawer(number: int, files: Sequence[File]) -> Drawer:
    digest = hashlib.blake2b(_CUT, digest_size=_DIGEST)
    for state in sorted(file.state for file in files):
        digest.update(state)
    return Drawer(number, digest.digest(), sorted(files, key=lambda file: (file.changed, file.name), reverse=True))


def files_of(root: Path) -> Files:
    """The calendar files at a path: itself, or those below it. Hidden ones are left out, links to folders not followed.

    Raises `Unreachable` when there is nothing at the path.
    """
    if not root.is_dir():
        file = look_at(root, "")
        if file is None:
            fix = hub.sentence("connect the disk it is on, or correct `path`")
            raise hub.Unreachable(hub.sentence("There is no {path}").format(path=root), fix=fix)
        return Files([file])
    failed: list[OSError] = []
    found = (look_at(path, _name(path, root)) for path in _below(root, failed))
    files = [file for file in found if file is not None]
    if failed and not files:
        text = hub.sentence("{path} cannot be read: {why}")
        fix = hub.sentence("allow the hub to read it")
        raise hub.Unreachable(text.format(path=root, why=failed[0].strerror), fix=fix)
    return Files(files, whole=not failed)


def _below(root: Path, failed: list[OSError]) -> Iterator[Path]:
    for folder, folders, names in os.walk(root, onerror=failed.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(folder, name) for name in names if is_calendar_name(name))


def is_calendar_name(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in _SUFFIXES and not name.startswith(".")  # noqa: PTH122 - names, not paths


def _name(path: Path, root: Path) -> str:
    """The path below `root`; bytes in it that are no UTF-8 are written out."""
    return os.fsencode(path.relative_to(root).as_posix()).decode("utf-8", "backslashreplace")


def look_at(path: Path, name: str) -> File | None:
    """The file at a path as it is now; None when there is none. A pipe is none: reading it might never end."""
    try:
        status = path.stat()
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return File(name, path, status.st_size, (status.st_mtime_ns, status.st_ctime_ns))
