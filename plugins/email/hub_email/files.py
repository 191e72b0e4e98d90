"""The source of `email.files`: folders of .eml files, mbox files, Maildirs. Only reads; a mail stays unread."""

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from io import FileIO
from itertools import chain
from pathlib import Path

import hub
from hub_email import caps, mbox, tnef
from hub_email.listing import Entry, Place, entries, find, newest, place_of, state
from hub_email.mime import read
from hub_email.places import Box, boxes, name_of
from hub_email.prune import TNEF, header_only, prune

PAGE = 100
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class MailFiles:
    """Reads `paths`, `page` mails at a time; `owner` is whose mailbox it is, "" where it is nobody's."""

    paths: tuple[Path, ...]
    owner: str
    tools: hub.Tools
    page: int = PAGE
    _boxes: dict[str, Box] = field(default_factory=dict, init=False, repr=False)
    _indexes: dict[tuple[str, tuple[int, ...]], mbox.Mbox] = field(default_factory=dict, init=False, repr=False)

    def check(self) -> None:
        self._check_names()
        for path in self.paths:
            try:
                _look(path)
            except OSError as error:
                if self._was_read(path):
                    raise _out_of_reach(path, error) from error
                if not isinstance(error, FileNotFoundError):
                    raise hub.Misconfigured(_unreadable(path, error), setting="path", fix=_ALLOW) from error
                missing = hub.sentence("{path} does not exist").format(path=path)
                fix = hub.sentence("correct `path`, or connect the disk that it is on")
                raise hub.Misconfigured(missing, setting="path", fix=fix) from error

    def streams(self) -> Iterable[hub.Stream]:
        self._check_names()
        found: dict[str, Box] = {}
        for path in self.paths:
            with _reaching(path):
                _look(path)
                found.update((box.name, box) for box in boxes(path))
        self._boxes.clear()
        self._boxes.update(found)
        return [hub.Stream(box.name, box.title, self.owner) for box in found.values()]

    def pull(self, stream: str, cursor: str | None, /) -> Iterator[hub.Page]:
        box = self._box(stream)
        pages = self._mbox_pages(box, cursor) if box.kind == "mbox" else self._pages(box, cursor)
        with _reaching(box.path):
            for page in pages:
                yield page
                if self.tools.stopping():
                    return

    def ids(self, stream: str) -> hub.Listing:
        box = self._box(stream)
        with _reaching(box.path):
            if box.kind == "mbox":
                held, whole = self._index(box)
                return hub.Listing(whole, [held.id(number) for number in range(len(held.index))])
            found: set[str] = set()
            for _ in range(_ATTEMPTS):
                before = state(box)
                found.update(entry.id for entry in entries(box))
                if state(box) == before:
                    return hub.Listing(complete=True, ids=found)
            return hub.Listing(complete=False, ids=found)

    def size(self, stream: str) -> hub.Size:
        box = self._box(stream)
        with _reaching(box.path):
            if box.kind == "mbox":
                return hub.Size(len(self._index(box)[0].index), box.path.stat().st_size)
            sizes = {entry.id: entry.size for entry in entries(box)}
            return hub.Size(len(sizes), sum(sizes.values()))

    def fetch(self, stream: str, external_id: str, part: str) -> bytes:
        """A whole mail that may not be read raises `OSError`, as its raw does: the others of its folder can be read."""
        box = self._box(stream)
        try:
            if part:
                return _part(self._whole(box, external_id), part)
            if box.kind == "mbox":
                return _pruned_of_mbox(box.path, *self._span(box, external_id))
            return _pruned(box, external_id)
        except FileNotFoundError as error:
            raise KeyError(external_id) from error
        except OSError as error:
            if not part:
                raise
            raise _forbidden(box.path, error) from error

    def _was_read(self, path: Path) -> bool:
        """What was there before may come back by itself, as a disk does: the hub goes on trying."""
        name = name_of(path)
        known = self.tools.known()
        return any(one.cursor for stream, one in known.items() if stream == name or stream.startswith(f"{name}/"))

    def _check_names(self) -> None:
        names = [path.resolve().name for path in self.paths]
        if repeated := next((name for name in names if names.count(name) > 1), ""):
            text = hub.sentence('Two paths are called "{name}", so their folders would have the same names')
            fix = hub.sentence("make a connection of its own for one of them")
            raise hub.Misconfigured(text.format(name=repeated), setting="path", fix=fix)

    # --- folders ---

    def _pages(self, box: Box, cursor: str | None) -> Iterator[hub.Page]:
        begun = place_of(cursor)
        seen = state(box)
        if begun.done and begun.sure and begun.state == seen and box.kind == "maildir":
            return
        resumed = begun.after is not None
        place = Place() if begun.done else begun
        done = Place(done=True, state=None if resumed else seen, sure=begun.done and begun.state == seen)
        walks = self._walk(box, place)
        if resumed:
            walks = chain(walks, self._walk(box, Place(until=begun.top)))
        before: hub.Page | None = None
        for page in walks:
            if before:
                yield before
            before = page
        last = before or hub.Page(listed=0, raws=(), cursor="")
        yield replace(last, cursor=done.cursor)

    def _walk(self, box: Box, place: Place) -> Iterator[hub.Page]:
        more = True
        while more:
            found, total, more = newest(box, place)
            for start in range(0, len(found), self.page):
                chunk = found[start : start + self.page]
                place = replace(place, after=chunk[-1].key, top=place.top or chunk[0].key)
                raws = [_raw(box, one) for one in chunk]
                yield hub.Page(listed=len(raws), raws=raws, cursor=place.cursor, total=total)
            found, chunk, raws = [], [], []  # before the next are gathered

    # --- mbox ---

    def _mbox_pages(self, box: Box, cursor: str | None) -> Iterator[hub.Page]:
        begun = mbox.place_of(cursor)
        seen = _file_state(box.path)
        if begun == mbox.Place(seen, 0):
            return
        held, whole = self._index(box)
        total = len(held.index)
        left = min(begun.left, total) if begun.file == seen else total
        while True:
            numbers = range(left - 1, max(left - self.page, 0) - 1, -1)
            left -= len(numbers)
            yield hub.Page(
                listed=len(numbers),
                raws=[_mbox_raw(box.path, held, number) for number in numbers],
                cursor=mbox.Place(seen if whole else (), left).cursor,
                total=total,
            )
            if not left:
                return

    def _index(self, box: Box) -> tuple[mbox.Mbox, bool]:
        """The mails of an mbox, and whether these are all: not while somebody is writing the last."""
        for _ in range(_ATTEMPTS):
            seen = _file_state(box.path)
            known = self._indexes.get((box.name, seen))
            if known:
                return known, True
            held = _read_mbox(box.path)
            if _file_state(box.path) == seen:
                self._indexes.clear()
                self._indexes[box.name, seen] = held
                return held, True
        return _read_mbox(box.path, without_last=True), False

    def _span(self, box: Box, external_id: str) -> tuple[int, int, bytes]:
        held, _ = self._index(box)
        number = held.find(external_id)
        if number is None:
            raise KeyError(external_id)
        return held.index.offsets[number], held.index.lengths[number], held.index.digest(number)

    # --- both ---

    def _whole(self, box: Box, external_id: str) -> bytes:
        if box.kind == "mbox":
            offset, length, _ = self._span(box, external_id)
            with box.path.open("rb") as file:
                return mbox.message(file, offset, length)
        with find(box, external_id).open("rb") as file:
            return file.read(caps.MESSAGE)

    def _box(self, stream: str) -> Box:
        if stream not in self._boxes:
            self.streams()
        if stream not in self._boxes:
            text = hub.sentence('The folder "{name}" does not exist any more')
            raise hub.Unreachable(text.format(name=stream), fix=_PUT_BACK)
        return self._boxes[stream]


# --- raws ------------------------------------------------------------------------------------------------------------


def _raw(box: Box, entry: Entry) -> hub.Raw:
    return hub.Raw(entry.id, entry.revision, partial(_pruned, box, entry.id, entry.file))


def _pruned(box: Box, external_id: str, file: str = "") -> bytes:
    """The raw of a mail in a folder, wherever in it the mail is now; a moment ago it was at `file`. Raises
    `FileNotFoundError`.
    """
    if file:
        with suppress(FileNotFoundError):
            return _pruned_file(f"{box.path}/{file}")
    try:
        return _pruned_file(find(box, external_id))
    except FileNotFoundError:
        return _pruned_file(find(box, external_id))  # it was moved between the two


def _pruned_file(path: Path | str) -> bytes:
    with FileIO(path) as file:  # read whole, it needs no buffer
        size = os.fstat(file.fileno()).st_size
        return prune(file.read()) if size <= caps.MESSAGE else header_only(file.read(caps.HEADER), size)


def _read_mbox(path: Path, *, without_last: bool = False) -> mbox.Mbox:
    """The mails of a file. A mail, a .pst or an archive taken for an mbox would otherwise pass for a mailbox without mail."""
    try:
        with path.open("rb") as file:
            return mbox.read(file, without_last=without_last)
    except mbox.NotAnMbox:
        text = hub.sentence('{path} is no mbox: no line in it begins a mail with "From "')
        fix = hub.sentence(
            "name an mbox file, or the folder that the mails are in; export others, such as .pst, as mbox or .eml"
        )
        raise hub.Misconfigured(text.format(path=path), setting="path", fix=fix) from None


def _mbox_raw(path: Path, held: mbox.Mbox, number: int) -> hub.Raw:
    index = held.index
    span = index.offsets[number], index.lengths[number], index.digest(number)
    return hub.Raw(held.id(number), span[2].hex()[:16], partial(_pruned_of_mbox, path, *span))


def _pruned_of_mbox(path: Path, offset: int, length: int, digest: bytes) -> bytes:
    """The raw of a mail in an mbox. Raises `FileNotFoundError` when another mail is there by now."""
    with path.open("rb") as file:
        mail = mbox.message(file, offset, length)
    if mbox.digest(mail) != digest:
        raise FileNotFoundError(errno.ENOENT, "the mailbox was rewritten while it was read", str(path))
    return prune(mail) if length <= caps.MESSAGE else header_only(mail[: caps.HEADER], length)


def _part(whole: bytes, part: str) -> bytes:
    """A part's content; "2/1" is the first file inside the winmail.dat that is part 2. Raises `KeyError`."""
    mail = read(whole)
    number, _, inner = part.partition("/")
    found = next((one for one in mail.leaves if one.id == number), None)
    if found is None:
        raise KeyError(part)
    content = mail.content(found)
    if not inner:
        return content
    files = tnef.read(content).files if found.kind in TNEF else ()
    if not inner.isdecimal() or not 0 < int(inner) <= len(files):
        raise KeyError(part)
    return files[int(inner) - 1].data


def _file_state(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


# --- what can be wrong with a disk -----------------------------------------------------------------------------------


def _look(path: Path) -> None:
    """Raises `OSError` when the path is not there or may not be read."""
    if stat.S_ISDIR(path.stat().st_mode):
        os.scandir(path).close()
    elif not os.access(path, os.R_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


@contextmanager
def _reaching(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _out_of_reach(path, error) from error


def _out_of_reach(path: Path, error: OSError) -> hub.Unreachable:
    if isinstance(error, FileNotFoundError):
        text = hub.sentence("{path} does not exist any more")
        return hub.Unreachable(text.format(path=path), fix=_PUT_BACK)
    return _forbidden(path, error)


def _forbidden(path: Path, error: OSError) -> hub.Unreachable:
    """What of a path, or in it, could not be read."""
    return hub.Unreachable(_unreadable(Path(error.filename or path), error), fix=_ALLOW)


_PUT_BACK = hub.sentence("put it back, or take it off the connection")
_ALLOW = hub.sentence("allow the hub to read it")


def _unreadable(path: Path, error: OSError) -> str:
    return hub.sentence("{path} cannot be read: {why}").format(path=path, why=error.strerror or error)
