"""A scripted source: what the connector `memory` reads.

    memory = Memory("demo")
    memory.add("notes", "1", hub.Note(at=..., title="Позвонить"))
    with memory.serving():
        ...  # a connection with `connector = "memory"` and `name = "demo"` reads it

In a configuration, `path` names a file that `Memory.save` wrote; another process may change it between two runs.
"""

import base64
import dataclasses
import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

import orjson

import hub
from hub.testing.encoding import encode

Said: TypeAlias = "hub.Record | hub.Mapped | bytes"
SERVED: "dict[str, Memory]" = {}


@dataclass(slots=True)
class Item:
    """One item as it stands: `change` is the number of its last change, `gone` that this change took it away."""

    revision: str
    body: bytes
    change: int
    gone: bool = False


@dataclass(slots=True)
class Shelf:
    """One stream: its items by external id, the number of its last change, how many times it was renumbered.

    `made` items come first and are made when they are read: (how many, the body of number n), n from 0.
    """

    title: str = ""
    custodian: str = ""
    items: dict[str, Item] = field(default_factory=dict)
    changes: int = 0
    epoch: int = 0
    made: tuple[int, Callable[[int], bytes]] | None = None


@dataclass(slots=True)
class Memory:
    """A source. Everything may be changed between two pulls, and most of it during one.

    `page_size` items come on a page, in the order `order`; `seed` decides what "shuffled" means. `ties` changes share
    one moment, as in systems that count in seconds. `complete` is what `ids` claims; `tells_gone` says whether a
    deletion comes as news; `token` is what a connection has to know. `read` are the ids whose bodies were read.
    """

    name: str = "memory"
    _: dataclasses.KW_ONLY
    token: str = field(default="", repr=False)
    page_size: int = 100
    order: Literal["recent", "oldest", "shuffled"] = "recent"
    seed: int = 0
    ties: int = 1
    complete: bool = True
    tells_gone: bool = False
    generation: int = 0
    shelves: dict[str, Shelf] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    vanished: set[str] = field(default_factory=set)
    read: list[str] = field(default_factory=list)
    faults: dict[tuple[str, int], Exception] = field(default_factory=dict)

    def stream(self, name: str, *, title: str = "", custodian: str = "") -> Shelf:
        """The stream, made if there is none."""
        return self.shelves.setdefault(name, Shelf(title=title, custodian=custodian))

    def add(self, stream: str, external_id: str, *records: Said) -> None:
        """A new item, or the same one with other records; a single `bytes` is its body as it is."""
        self._put(stream, external_id, _body(records), gone=False)

    amend = add

    def delete(self, stream: str, external_id: str) -> None:
        """The item is no more; with `tells_gone` the next pull says so."""
        if self.tells_gone:
            self._put(stream, external_id, encode(hub.Gone()), gone=True)
        else:
            del self.shelves[stream].items[external_id]

    def move(self, stream: str, external_id: str, to: str, new_id: str = "") -> None:
        """The item goes to another stream, as a mail to another folder, where it may have another id."""
        body = self.shelves[stream].items[external_id].body
        self.delete(stream, external_id)
        self._put(to, new_id or external_id, body, gone=False)

    def attach(self, stream: str, external_id: str, part: str, content: bytes) -> None:
        """What `fetch` gives for this part of the item."""
        self.files[f"{stream}/{external_id}/{part}"] = content

    def make(self, stream: str, count: int, body: Callable[[int], bytes]) -> None:
        """`count` items with the ids "0", "1", …, of which none is kept in memory: `body(n)` is made when read."""
        self.stream(stream).made = (count, body)

    def renumber(self, stream: str) -> None:
        """A new epoch: the same ids are other items now, and cursors of the old epoch start over."""
        self.shelves[stream].epoch += 1

    def lose_cursors(self) -> None:
        """Every cursor that was given so far raises `CursorLost`."""
        self.generation += 1

    def fail(self, stream: str, *, page: int, error: Exception) -> None:
        """Raise `error`, once, instead of giving page number `page` (from 1) of a pull."""
        self.faults[stream, page] = error

    def vanish(self, external_id: str) -> None:
        """The item stays listed, but its body cannot be read: it went between the listing and the reading."""
        self.vanished.add(external_id)

    @contextmanager
    def serving(self) -> "Iterator[Memory]":
        """Connections of this process find the source by its name."""
        SERVED[self.name] = self
        try:
            yield self
        finally:
            del SERVED[self.name]

    def save(self, path: Path) -> None:
        """Write it to a file that the setting `path` can name: everything but faults and `made` items."""
        plain: dict[str, Any] = {name: getattr(self, name) for name in _SAVED}
        plain["files"] = {key: _text(content) for key, content in self.files.items()}
        plain["shelves"] = {name: _plain(shelf) for name, shelf in self.shelves.items()}
        new = path.with_suffix(".new")
        new.write_bytes(orjson.dumps(plain, option=orjson.OPT_INDENT_2))
        new.replace(path)

    @classmethod
    def load(cls, path: Path) -> "Memory":
        """The source in this file. Raises `OSError`, `ValueError`, `TypeError` or `KeyError` when there is none."""
        plain = orjson.loads(path.read_bytes())
        plain["files"] = {key: _bytes(content) for key, content in plain["files"].items()}
        plain["shelves"] = {name: _shelf(shelf) for name, shelf in plain["shelves"].items()}
        return cls(**plain)

    def take_body(self, external_id: str, item: Item) -> bytes:
        """What a raw's body function does. Raises `FileNotFoundError` when the item has vanished."""
        if external_id in self.vanished:
            raise FileNotFoundError(external_id)
        self.read.append(external_id)
        return item.body

    def moment(self, item: Item) -> int:
        """The source's own clock at the last change of this item."""
        return (item.change - 1) // self.ties + 1

    def now(self, shelf: Shelf) -> int:
        """The source's own clock: the moment of the last change."""
        return (shelf.changes - 1) // self.ties + 1

    def _put(self, stream: str, external_id: str, body: bytes, *, gone: bool) -> None:
        shelf = self.stream(stream)
        shelf.changes += 1
        shelf.items[external_id] = Item(hashlib.sha256(body).hexdigest()[:16], body, shelf.changes, gone)


_SAVED = ("name", "token", "page_size", "order", "seed", "ties", "complete", "tells_gone", "generation")


def _body(records: tuple[Said, ...]) -> bytes:
    if len(records) == 1 and isinstance(records[0], bytes):
        return records[0]
    return encode(*(record for record in records if not isinstance(record, bytes)))


def _plain(shelf: Shelf) -> dict[str, Any]:
    items = {
        external_id: [item.revision, _text(item.body), item.change, item.gone]
        for external_id, item in shelf.items.items()
    }
    return {
        "title": shelf.title,
        "custodian": shelf.custodian,
        "items": items,
        "changes": shelf.changes,
        "epoch": shelf.epoch,
    }


def _shelf(plain: Mapping[str, Any]) -> Shelf:
    items = {
        external_id: Item(revision, _bytes(body), change, gone)
        for external_id, (revision, body, change, gone) in plain["items"].items()
    }
    return Shelf(**{**plain, "items": items})


def _text(content: bytes) -> str:
    """Text that is text stays readable in the file; anything else is base64 behind a NUL."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return "\0" + base64.b64encode(content).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text[1:]) if text.startswith("\0") else text.encode()
