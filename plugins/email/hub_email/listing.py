"""The mails of a folder, newest first, in memory for some thousands of them only, and where a pull of them stands.

A *pass* goes through the folder by (time of change, id). A cursor in the middle of a pass says after which mail to go
on. A pull that goes on reads the rest, and then what has come or changed above the place where the pass began: a mail
that is touched while it waits for its turn is not lost.

A Maildir's mails never change, so a pass is left out when nothing has come into `cur` and `new` or gone out of them.
Two changes within one tick of the file system's clock look like one, so this is believed from the second pass on that
finds the same.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import hub
from hub_email.places import Box, is_mail, is_maildir_mail, quoted, unquoted

Key = tuple[int, str]
"""(minus the time of change in ns, id): ascending is newest first."""

_AT_ONCE = 20_000
_LAST_ID = "\U0010ffff"
_BEGINNING: Key = (-(1 << 63), "")
_END: Key = (1 << 63, "")
_order = attrgetter("key")
_FLAGS = (":2,", ";2,", "!2,")


@dataclass(frozen=True, slots=True)
class Entry:
    """A mail's file. `file` is its path inside the folder."""

    key: Key
    file: str
    size: int

    @property
    def id(self) -> str:
        return self.key[1]

    @property
    def revision(self) -> str:
        return f"{self.size}-{-self.key[0]}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pull stands: deliver what comes after `after` and before `until`; `top` is where the pass began.

    A finished pass is `done`; `state` is what the folder looked like when it began, None when that proves nothing,
    and `sure` that the pass before saw the same.
    """

    done: bool = False
    after: Key | None = None
    until: Key | None = None
    top: Key | None = None
    state: list[int] | None = None
    sure: bool = False

    @property
    def cursor(self) -> str:
        if self.done:
            return json.dumps({"done": self.state, "sure": self.sure})
        return json.dumps({"after": self.after, "until": self.until, "top": self.top})


def place_of(cursor: str | None) -> Place:
    """The place that a cursor means. Raises `hub.CursorLost` when it is none of ours."""
    if cursor is None:
        return Place()
    try:
        said = json.loads(cursor)
        if "done" in said:
            state = said["done"]
            return Place(done=True, state=None if state is None else list(map(int, state)), sure=said["sure"] is True)
        after, until, top = (_key(said[name]) for name in ("after", "until", "top"))
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise hub.CursorLost(hub.sentence("The cursor is not one of a mail folder")) from error
    return Place(after=after, until=until, top=top)


def _key(said: object) -> Key | None:
    match said:
        case None:
            return None
        case [int() as moment, str() as name]:
            return moment, name
        case _:
            raise ValueError(said)


class Next(NamedTuple):
    """The next mails from a place on, in their order, how many the folder has `altogether`, and whether there may be `more`."""

    mails: list[Entry]
    altogether: int
    more: bool


def newest(box: Box, place: Place, most: int = _AT_ONCE) -> Next:
    first, last = place.after or _BEGINNING, place.until or _END
    kept: list[Entry] = []
    total, more = 0, False
    for folder, file, found in _listed(box):
        total += 1
        moment = -found.st_mtime_ns
        if first[0] <= moment <= last[0] and first < (key := (moment, _id(folder, file))) < last:
            kept.append(_entry(key, folder, file, found))
            if len(kept) >= most + most // 4:
                kept.sort(key=_order)
                del kept[most:]
                more = True
                last = min(last, (kept[-1].key[0], _LAST_ID))
    kept.sort(key=_order)
    repeated = [one.key == before.key for before, one in pairwise(kept)]
    once = [one for one, again in zip(kept, [False, *repeated], strict=False) if not again]
    return Next(once[:most], total, more or len(once) > most)


def entries(box: Box) -> Iterator[Entry]:
    """The mails of a folder, each once or, while it is being moved from `new` to `cur`, twice."""
    for folder, file, found in _listed(box):
        yield _entry((-found.st_mtime_ns, _id(folder, file)), folder, file, found)


def _listed(box: Box) -> Iterator[tuple[str, str, os.stat_result]]:
    wanted = is_maildir_mail if box.kind == "maildir" else is_mail
    for folder in ("new", "cur") if box.kind == "maildir" else ("",):
        with os.scandir(box.path / folder) as listed:
            for entry in listed:
                if wanted(entry.name) and (found := _state(entry)):
                    yield folder, entry.name, found


def _state(entry: "os.DirEntry[str]") -> os.stat_result | None:
    try:
        return entry.stat() if entry.is_file() else None
    except OSError:
        return None  # it went, or is a link to nowhere


def _id(folder: str, file: str) -> str:
    return quoted(base(file) if folder else file)


def _entry(key: Key, folder: str, file: str, found: os.stat_result) -> Entry:
    return Entry(key, f"{folder}/{file}" if folder else file, found.st_size)


def base(name: str) -> str:
    """The part of a Maildir file's name that stays when flags change: mbsync also writes its UID there."""
    for mark in _FLAGS:
        name = name.partition(mark)[0]
    return name.partition(",U=")[0]


def state(box: Box) -> list[int]:
    """What differs when mails have come or gone; nothing is known of changes inside them."""
    folders = [box.path / folder for folder in ("new", "cur")] if box.kind == "maildir" else [box.path]
    return [number for found in (folder.stat() for folder in folders) for number in (found.st_ino, found.st_mtime_ns)]


def find(box: Box, external_id: str) -> Path:
    """The file of a mail now. Raises `FileNotFoundError`."""
    if box.kind == "eml":
        name = unquoted(external_id)
        if "/" not in name and is_mail(name) and (path := box.path / name).is_file():
            return path
    for folder in ("new", "cur") if box.kind == "maildir" else ():
        with os.scandir(box.path / folder) as listed:
            for entry in listed:
                if is_maildir_mail(entry.name) and quoted(base(entry.name)) == external_id:
                    return Path(entry.path)
    raise FileNotFoundError(external_id)
