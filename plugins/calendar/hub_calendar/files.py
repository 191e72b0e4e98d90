"""The source of `calendar.files`: each stream is one iCalendar file, or one folder with all below it.

Files of a changed drawer (`hub_calendar.drawers`) are cut into pieces, one for each UID (`hub_calendar.split`). A
piece comes with a hash of what it says as revision: what is read again without being new is unchanged to the hub,
and nothing is written.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from itertools import islice
from pathlib import Path, PurePosixPath

import hub
from hub_calendar import split
from hub_calendar.drawers import Drawer, File, Place, changed_drawers, files_of, is_calendar_name, look_at, place_of

PAGE = 100
LONGEST_PAGE = 8_000_000
"""Raws of a page: each may be a series of many meetings. And bytes of them, however few they are."""
_START = 64 * 1024


@dataclass(frozen=True, slots=True)
class CalendarFiles:
    """Reads `paths`; `owner` is the address of whose calendars they are, "" where it is nobody's."""

    paths: Sequence[Path]
    owner: str
    tools: hub.Tools
    _indexed: dict[bytes, split.Index] = field(default_factory=dict, init=False, repr=False)
    """The file that was fetched from last, as it was then."""
    _pulled: dict[str, Place] = field(default_factory=dict, init=False, repr=False)
    """Where the last pull of each stream ended."""

    def check(self) -> None:
        """Raises `Misconfigured` when no path is there, or two have one name, `Unreachable` when they were there before; where
        only some are missing, the others are pulled.
        """
        names = self._streams()
        missing = [error for path in self.paths if (error := _missing(path))]
        if len(missing) == len(self.paths):
            text = hub.sentence("{path} cannot be read: {why}").format(
                path=missing[0].filename, why=missing[0].strerror
            )
            fix = hub.sentence("correct `path`, connect the disk that it is on, or allow the hub to read it")
            if any(one.cursor for name, one in self.tools.known().items() if name in names):
                raise hub.Unreachable(text, fix=fix) from missing[0]
            raise hub.Misconfigured(text, setting="path", fix=fix) from missing[0]

    def streams(self) -> Iterable[hub.Stream]:
        return [hub.Stream(name, path.name, self.owner) for name, path in self._streams().items()]

    def pull(self, stream: str, cursor: str | None, /) -> Iterator[hub.Page]:
        begun = place = place_of(cursor)
        raws: list[hub.Raw] = []
        size = 0
        for drawer in changed_drawers(files_of(self._path(stream)).files, place):
            delivered = begun.delivered(drawer)
            for raw in islice(self._raws(drawer), delivered, None):
                raws.append(raw)
                delivered += 1
                size += len(raw.body) if isinstance(raw.body, bytes) else 0
                if len(raws) >= PAGE or size >= LONGEST_PAGE:
                    yield hub.Page(listed=len(raws), raws=raws, cursor=place.inside(drawer, delivered).cursor)
                    if self.tools.stopping():
                        return
                    raws, size = [], 0
            place = place.after(drawer)
        if raws or place.cursor != cursor:
            yield hub.Page(listed=len(raws), raws=raws, cursor=place.cursor)
        self._pulled[stream] = place

    def ids(self, stream: str) -> hub.Listing:
        """What is in the files; not all of it where a pull found them as they were at the last listing."""
        place = self._pulled.get(stream, Place())
        if place.is_listed:
            return hub.Listing(complete=False, ids=())
        listed = files_of(self._path(stream))
        found: list[str] = []
        whole = listed.whole
        for file in listed.files:
            try:
                found += [file.id(name) for name in _names(file)]
            except OSError:
                found.append(file.id(""))
                whole = False
        known = stream in self._pulled and whole
        return hub.Listing(whole, found, cursor=place.having_listed(listed.files).cursor if known else "")

    def fetch(self, stream: str, external_id: str, part: str) -> bytes:
        for file, name in () if part else self._candidates(stream, external_id):
            if not name:
                return _start(file)
            with file.path.open("rb") as content:
                if file.state not in self._indexed:
                    self._indexed.clear()
                    self._indexed[file.state] = split.index(content)
                found = split.piece(content, self._indexed[file.state], name)
            if found is not None and found.name == name:
                return found.body
        raise KeyError(external_id)

    def _path(self, stream: str) -> Path:
        return self._streams()[stream]

    def _streams(self) -> dict[str, Path]:
        """The paths by their own names, so that the whole may be moved elsewhere. Namesakes are refused: whatever told them
        apart would give the first one another name on the day when the second one comes.
        """
        named: dict[str, Path] = {}
        for path in self.paths:
            if named.setdefault(path.name, path) != path:
                text = hub.sentence('Two paths are called "{name}", so their calendars would have the same name')
                fix = hub.sentence("make a connection of its own for one of them")
                raise hub.Misconfigured(text.format(name=path.name), setting="path", fix=fix)
        return named

    def _candidates(self, stream: str, external_id: str) -> Iterator[tuple[File, str]]:
        """The files that the id can name, with the name of the piece: both may have a # in them."""
        root = self._path(stream)
        if not root.is_dir():
            yield from ((file, external_id.removeprefix("#")) for file in files_of(root).files)
            return
        marks = (at for at, character in enumerate(external_id) if character == "#")
        for inside, name in ((external_id[:at], external_id[at + 1 :]) for at in marks):
            inner = PurePosixPath(inside)
            if is_calendar_name(inner.name) and not inner.is_absolute() and ".." not in inner.parts:
                file = look_at(root / inner, inside)
                yield from [(file, name)] if file else []

    def _raws(self, drawer: Drawer) -> Iterator[hub.Raw]:
        for file in drawer.files:
            try:
                yield from _pieces(file)
            except FileNotFoundError:
                self.tools.log.info("changed while it was read: %s", file.path, extra={"action": "calendar.changed"})
            except OSError as error:
                self.tools.log.warning("cannot read %s: %s", file.path, error, extra={"action": "calendar.unreadable"})
                yield _whole(file)


def _missing(path: Path) -> OSError | None:
    try:
        path.stat()
    except OSError as error:
        return error
    return None


def _pieces(file: File) -> Iterator[hub.Raw]:
    with file.path.open("rb") as content:
        built = split.index(content)
        for piece in split.pieces(content, built):
            yield hub.Raw(file.id(piece.name), piece.revision, piece.body)
    if not built.keys and not _is_calendar(_start(file)):
        yield _whole(file)


def _names(file: File) -> Iterable[str]:
    with file.path.open("rb") as content:
        names = split.names(content)
    return names or ([] if _is_calendar(_start(file)) else [""])


def _whole(file: File) -> hub.Raw:
    """A file that is no calendar, or cannot be opened: as one raw, it ends in quarantine where people see it."""
    return hub.Raw(file.id(""), blake2b(file.state, digest_size=16).hexdigest(), partial(_start, file))


def _start(file: File) -> bytes:
    with file.path.open("rb") as content:
        return content.read(_START)


def _is_calendar(start: bytes) -> bool:
    return b"BEGIN:VCALENDAR" in start.upper()
