"""The connector `memory`: a scripted source in this process, or in a file. See `hub.testing.shelves.Memory`.

It reads as a thorough connector does. `base` is the source's moment at the first pull, pinned; `back` is how far the
walk back from there has come; `live` is up to where news have been read:

    pull(None)   -> base = live = now -------------------> walk back page by page -> back = None
    pull(cursor) -> news since `live`, page by page -----> walk on from `back` ----> back = None

A page never ends inside a tie, and where moments can tie, news are read from `live` on, `live` itself included.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TypeVar

import orjson
from pydantic import Field, SecretStr

import hub
from hub.testing.encoding import decode
from hub.testing.shelves import SERVED, Item, Memory, Shelf

__all__ = ["CONNECTOR", "Memory", "Settings", "register_connectors"]

_K = TypeVar("_K")


class Settings(hub.Settings):
    """Where the source is: the name of a `Memory` that is being served in this process, or a file."""

    name: str = Field("", title="Name", description="Name of a source that this process serves")
    path: Path | None = Field(None, title="File", description="File that a source was saved to")
    token: SecretStr = Field(SecretStr(""), title="Token", description="What the source wants to hear, if anything")


@dataclass(frozen=True, slots=True)
class _Position:
    """What a cursor says."""

    generation: int
    epoch: int
    base: int
    live: int
    back: str | None

    def cursor(self) -> str:
        return orjson.dumps(astuple(self)).decode()


@dataclass(frozen=True, slots=True)
class _Source:
    memory: Memory = field(repr=False)
    token: str = field(repr=False)
    tools: hub.Tools

    def check(self) -> None:
        if self.token != self.memory.token:
            raise hub.AuthFailed(
                hub.sentence("The source does not accept the token"),
                fix=hub.sentence("put the right `token` into the settings"),
            )

    def streams(self) -> Iterable[hub.Stream]:
        return [hub.Stream(name, shelf.title, shelf.custodian) for name, shelf in self.memory.shelves.items()]

    def pull(self, stream: str, cursor: str | None, /) -> Iterator[hub.Page]:
        self.check()
        shelf = self.memory.shelves[stream]
        pages = _made_pages(self.memory, shelf, cursor) if shelf.made else self._pages(shelf, cursor)
        for number, page in enumerate(pages, 1):
            if (error := self.memory.faults.pop((stream, number), None)) is not None:
                raise error
            yield page
            if self.tools.stopping():
                return

    def _pages(self, shelf: Shelf, cursor: str | None) -> Iterator[hub.Page]:
        start = _position(self.memory, shelf, cursor)
        for position, ids in _steps(self.memory, shelf, start):
            raws = [_raw(self.memory, one, shelf.items[one]) for one in ids if one in shelf.items]
            yield hub.Page(
                listed=len(raws),
                raws=raws,
                cursor=position.cursor(),
                epoch=str(position.epoch),
                total=len(shelf.items),
            )

    def ids(self, stream: str) -> hub.Listing:
        shelf = self.memory.shelves[stream]
        made = shelf.made[0] if shelf.made else 0
        there = [one for one, item in shelf.items.items() if not item.gone]
        return hub.Listing(self.memory.complete, [*map(str, range(made)), *there], str(shelf.epoch))

    def size(self, stream: str) -> hub.Size:
        shelf = self.memory.shelves[stream]
        there = [item for item in shelf.items.values() if not item.gone]
        made = shelf.made[0] if shelf.made else 0
        return hub.Size(made + len(there), None if made else sum(len(item.body) for item in there))

    def fetch(self, stream: str, external_id: str, part: str) -> bytes:
        if part:
            return self.memory.files[f"{stream}/{external_id}/{part}"]
        shelf = self.memory.shelves[stream]
        if external_id in self.memory.vanished:
            raise KeyError(external_id)
        if shelf.made and external_id not in shelf.items:
            return shelf.made[1](int(external_id))
        return shelf.items[external_id].body


def _position(memory: Memory, shelf: Shelf, cursor: str | None) -> _Position:
    now = memory.now(shelf)
    start = _Position(memory.generation, shelf.epoch, now, now, "")
    if cursor is None:
        return start
    try:
        position = _Position(*orjson.loads(cursor))
        known = position.generation == memory.generation and position.live <= now and position.base <= now
    except (ValueError, TypeError):
        known = False
    if not known:
        raise hub.CursorLost(hub.sentence("The source does not know this cursor"))
    return position if position.epoch == shelf.epoch else start


def _steps(memory: Memory, shelf: Shelf, at: _Position) -> Iterator[tuple[_Position, list[str]]]:
    """(where the cursor stands after it, the ids of the page), page by page."""
    for moment, ids in _cut(_news(memory, shelf, at), memory.page_size):
        at = replace(at, live=moment)
        yield at, ids
    if at.back is None:
        return
    pages = list(_cut(_older(memory, shelf, at), memory.page_size)) or [("", [])]
    for number, (key, ids) in enumerate(pages, 1):
        at = replace(at, back=key if number < len(pages) else None)
        yield at, ids


def _news(memory: Memory, shelf: Shelf, at: _Position) -> list[tuple[int, str]]:
    since = at.live if memory.ties > 1 and at.back != "" else at.live + 1
    found = ((memory.moment(item), external_id) for external_id, item in shelf.items.items())
    return sorted((moment, external_id) for moment, external_id in found if moment >= since)


def _older(memory: Memory, shelf: Shelf, at: _Position) -> list[tuple[str, str]]:
    return sorted(
        (key, external_id)
        for external_id, item in shelf.items.items()
        if memory.moment(item) <= at.base
        and not item.gone
        and (key := _key(memory, external_id, item)) > (at.back or "")
    )


def _key(memory: Memory, external_id: str, item: Item) -> str:
    """Where the item stands in the walk back, as a text that a cursor can hold."""
    moment = memory.moment(item)
    match memory.order:
        case "oldest":
            return f"{moment:012}"
        case "recent":
            return f"{10**11 - moment:012}"
        case "shuffled":
            return hashlib.sha256(f"{memory.seed}/{external_id}".encode()).hexdigest()


def _cut(entries: Sequence[tuple[_K, str]], size: int) -> Iterator[tuple[_K, list[str]]]:
    """Pages of at least `size` ids with their last key, cut only where the key changes."""
    page: list[str] = []
    for following, (key, external_id) in enumerate(entries, 1):
        page.append(external_id)
        if following == len(entries) or (len(page) >= size and entries[following][0] != key):
            yield key, page
            page = []


def _raw(memory: Memory, external_id: str, item: Item) -> hub.Raw:
    return hub.Raw(external_id, item.revision, partial(memory.take_body, external_id, item))


def _made_pages(memory: Memory, shelf: Shelf, cursor: str | None) -> Iterator[hub.Page]:
    """Made items never change: the cursor is how many have been read, and of which generation."""
    generation, start = orjson.loads(cursor) if cursor else (memory.generation, 0)
    if generation != memory.generation:
        raise hub.CursorLost(hub.sentence("The source does not know this cursor"))
    assert shelf.made is not None
    count, body = shelf.made
    for first in range(start, count, memory.page_size):
        last = min(first + memory.page_size, count)
        raws = [hub.Raw(str(n), "1", partial(body, n)) for n in range(first, last)]
        mark = orjson.dumps([generation, last]).decode()
        yield hub.Page(listed=last - first, raws=raws, cursor=mark, epoch=str(shelf.epoch), total=count)


# --- the plugin ------------------------------------------------------------------------------------------------------


@contextmanager
def _open(settings: Settings, tools: hub.Tools) -> Iterator[_Source]:
    yield _Source(_find(settings), settings.token.get_secret_value(), tools)


def _find(settings: Settings) -> Memory:
    if settings.path is None:
        if settings.name in SERVED:
            return SERVED[settings.name]
        text = hub.sentence("No source named {name} is served here").format(name=settings.name)
        fix = hub.sentence("name one that this process serves: {names}").format(names=", ".join(SERVED) or "—")
        raise hub.Misconfigured(text, setting="name", fix=fix)
    try:
        return Memory.load(settings.path)
    except (OSError, ValueError, TypeError, KeyError) as error:
        text = hub.sentence("There is no source in {path}: {why}").format(path=settings.path, why=error)
        fix = hub.sentence("name a file that Memory.save wrote")
        raise hub.Misconfigured(text, setting="path", fix=fix) from error


def _map(body: bytes, _settings: Settings, window: hub.Window) -> hub.MapResult:
    try:
        mapped = decode(body)
    except ValueError as error:
        return hub.Unreadable(reason=hub.sentence("This is not a list of records"), detail=str(error))
    firsts: dict[str, hub.Mapped] = {}
    for one in sorted(mapped, key=lambda one: _day(one.record)):
        firsts.setdefault(getattr(one.record, "uid", ""), one)
    return [one for one in mapped if _day(one.record) < window.until or one in firsts.values()]


def _day(record: hub.Record) -> date:
    """The day of an occurrence; of anything else a day before every horizon."""
    if not isinstance(record, hub.Meeting) or not record.recurring:
        return date.min
    return record.at.utc.date() if isinstance(record.at, hub.Moment) else record.at


def _assumptions() -> Sequence[hub.Assumption]:
    return (
        hub.Assumption(name="complete", text=hub.sentence("a listing names all that there is"), holds=_is_complete),
        hub.Assumption(name="answers", text=hub.sentence("every stream has a page"), holds=_has_pages),
        hub.Assumption(name="renewal", text=hub.sentence("a token is never renewed")),
    )


def _is_complete(source: _Source) -> bool | None:
    return source.memory.complete if source.memory.shelves else None


def _has_pages(source: _Source) -> bool | None:
    found = [next(iter(source.pull(stream, None)), None) is not None for stream in source.memory.shelves]
    return all(found) if found else None


CONNECTOR = hub.Connector(
    name="memory",
    title="Memory",
    settings=Settings,
    open=_open,
    map=_map,
    capabilities=frozenset({"ids", "fetch", "size"}),
    assumptions=_assumptions,
)


@hub.hookimpl
def register_connectors() -> list[hub.Connector]:
    return [CONNECTOR]
