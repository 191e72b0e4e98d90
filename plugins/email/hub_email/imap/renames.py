"""Which stream a folder is. A folder that gets another name, by itself or with the folder it lies in, stays the stream it was.

a stream's folder by its last title    is there                        that folder
                                       is not, or is another one now   the one unknown folder that proves to be the same
a folder of no stream                  its own name; where a stream that has moved on bears it, with a number behind
"""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, count

import hub
from hub_email.imap.cursor import Place, place_of
from hub_email.imap.folders import Folder, Status
from hub_email.imap.reading import examine
from hub_email.imap.wire import Refusal, Wire

_TRIES = 100
"""Folders that are opened to see whether they are one that is missed."""

Same = Callable[[str, Place], bool]
"""Whether the folder of this name is the one that was read up to this place."""


@dataclass(frozen=True, slots=True)
class _Missed:
    """A stream whose folder has another name now, or is no more."""

    stream: str
    folder: str
    place: Place


def streams_of(
    address: str, folders: Mapping[str, Status], known: Mapping[str, hub.Known], is_same: Same
) -> dict[str, str]:
    """The streams of a mailbox's folders, by the folders' names."""
    mine = {name: one for name, one in known.items() if name.startswith(f"{address}/")}
    missed = list(_missed(address, folders, mine))
    moved = {one.stream for one in missed}
    named = {_folder(address, name, one): name for name, one in mine.items() if name not in moved}
    named = {folder: stream for folder, stream in named.items() if folder in folders}
    free = [folder for folder in folders if folder not in named and f"{address}/{folder}" not in mine]
    named |= _found(missed, free, folders, is_same)
    for one in missed:  # another mailbox of the same name, or the same one renumbered
        if one.stream not in named.values() and one.folder in folders:
            named.setdefault(one.folder, one.stream)
    taken = {*mine, *named.values()}
    for folder in folders:
        if folder not in named:
            named[folder] = _new(f"{address}/{folder}", taken)
            taken.add(named[folder])
    return named


def _missed(address: str, folders: Mapping[str, Status], known: Mapping[str, hub.Known]) -> Iterator[_Missed]:
    for name, one in known.items():
        folder = _folder(address, name, one)
        with suppress(hub.CursorLost):
            place = place_of(one.cursor)
            state = folders.get(folder)
            if place and (state is None or state.validity not in (-1, place.validity)):
                yield _Missed(name, folder, place)


def _folder(address: str, name: str, one: hub.Known) -> str:
    return (one.title if one.title.startswith(f"{address}/") else name).removeprefix(f"{address}/")


def _found(missed: Iterable[_Missed], free: list[str], folders: Mapping[str, Status], is_same: Same) -> dict[str, str]:
    tries = _TRIES
    found: dict[str, str] = {}
    for one in missed:
        for folder in [each for each in free if _may_be(folders[each], one.place)][:tries]:
            tries -= 1
            if is_same(folder, one.place):
                found[folder] = one.stream
                free.remove(folder)
                break
    return found


def _may_be(state: Status, place: Place) -> bool:
    return bool(place.mailbox or (place.marks and state.validity in (-1, place.validity)))


def _new(name: str, taken: Container[str]) -> str:
    return next(one for one in chain((name,), (f"{name}#{number}" for number in count(2))) if one not in taken)


def is_same(wire: Wire, folder: Folder, place: Place) -> bool:
    """Whether a folder is the one that was read up to a place: by its id (RFC 8474); of a server that gives it none, by the
    same mails under the same numbers, some of those that were marked at least, and no other.
    """
    try:
        opened = examine(wire, folder)
        if place.mailbox or opened.mailbox:
            return place.mailbox == opened.mailbox
        from hub_email.imap.fetching import Batch  # noqa: PLC0415 - seldom needed

        there = Batch(lambda: wire, [uid for uid, _ in place.marks]).marks(wire)
    except Refusal:
        return False
    return opened.validity == place.validity and bool(there) and set(there) <= set(place.marks)
