"""What the engine pulls from: an open source, here or in a process of its own.

`Here` is a source opened in this process. `hub.engine.apart` gives the same from a child process, which reads and maps
pages while we store those before them, and which can be stopped when it hangs.
"""

import logging
from array import array
from bisect import bisect_left
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from hub.connectors import Assumption, Covers, Fetches, Lists, Page, Quiet, Raw, Size, Sizes, Source, Stream
from hub.core import ids
from hub.core.pages import Plan
from hub.engine import doubt
from hub.engine.steps import Steps, at_once

if TYPE_CHECKING:
    from hub.core.clients import Ours
    from hub.engine.mapping import Maker, Place, Prepared


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted of a page: where it belongs, what is new of it by `plan`, and how that becomes records. Who we are is told
    where what these say by themselves may be made out, too.
    """

    page: Page
    plan: Plan
    place: "Place"
    maker: "Maker"
    ours: "Ours | None" = None

    @property
    def fresh(self) -> list[int]:
        """Which of the page's raws are wanted, by their number."""
        return [n for n, raw in enumerate(self.page.raws) if self.plan.fresh.get(raw.external_id) is raw]


@dataclass(frozen=True, slots=True)
class Brought:
    """A page as it was asked for, read and mapped. What vanished since it was listed does not count as listed."""

    asked: Asked
    prepared: "Sequence[Prepared]"
    vanished: int


Choose = Callable[[Page], Asked]


@dataclass(frozen=True, slots=True)
class Present:
    """All that a stream has now: ids of items, in order. Where it is not `complete`, only that these have `gone`, by id and
    external id, and how many there are in `total`.
    """

    epoch: str
    items: "array[int]"
    cursor: str = ""
    complete: bool = True
    gone: Sequence[tuple[int, str]] = ()
    total: int | None = None

    def __contains__(self, item: int) -> bool:
        index = bisect_left(self.items, item)
        return index < len(self.items) and self.items[index] == item


class Failed(Exception):
    """A plugin raised what is none of `hub.errors`; `kind` is the name of the exception's class."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind

    @classmethod
    def of(cls, error: BaseException) -> "Failed":
        return error if isinstance(error, Failed) else cls(type(error).__name__, str(error)[:300])


def log_failure(error: BaseException, **where: str) -> None:
    """Log what a plugin raised. The traceback of a `Failed`, and that there is one, stands in the log of the plugin's process."""
    untold = None if isinstance(error, Failed) else error
    level = logging.INFO if untold is None else logging.ERROR
    logging.getLogger("hub.engine").log(level, "plugin failed", exc_info=untold, extra=where)


class Pulled(Protocol):
    """The pages of a pull that is under way."""

    def next(self) -> Steps[Brought | None]:
        """The next page, as it was asked for; None after the last."""

    def more(self, given: Sequence[Brought]) -> Brought | None:
        """The page after those that were given last, where it is here by now and can be stored with them."""

    def close(self) -> None:
        """No more pages are wanted."""


class Feed(Protocol):
    """An open, signed-in source. Everything may raise one of `hub.errors`, or whatever a plugin raises."""

    @property
    def lists(self) -> bool:
        """Whether it can name all items of a stream."""

    @property
    def fetches(self) -> bool:
        """Whether it can give one item."""

    def streams(self) -> Steps[Sequence[Stream]]: ...

    def covered(self, streams: Sequence[str]) -> Steps[Sequence[str]]:
        """Those of these streams, which it does not name, that it has looked for."""

    def size(self, stream: str) -> Steps[Size | None]:
        """How much a stream holds; None where the source does not say it."""

    def quiet(self, cursors: Mapping[str, str]) -> Steps[Collection[str]]:
        """Those of these streams in which there is nothing new since their cursors; none where the source does not know."""

    def pull(self, stream: str, cursor: str | None, choose: Choose) -> Pulled:
        """The stream's pages from `cursor`, each as `choose` asks for it."""

    def present(self, stream: str, number: int) -> Steps[Present | None]:
        """What the source says that the stream has; None when it says nothing that proves anything."""

    def holds(self, stream: str, external_id: str) -> Steps[bool]:
        """Whether the source has an item: only a plain no counts as one."""

    def fetch(self, place: "Place", maker: "Maker", external_id: str, revision: str) -> "Steps[Prepared | None]":
        """One item as it is now; None when the source no longer has it."""

    def part(self, stream: str, external_id: str, part: str) -> Steps[bytes | None]:
        """A file attached to an item; None when the source no longer has it."""

    def assumed(self, assumption: Assumption) -> Steps[bool | None]:
        """Whether what the connector takes for granted holds; None where nothing there shows it."""


@dataclass(frozen=True, slots=True)
class Here:
    """A source opened in this process."""

    plugin: str
    source: Source

    @property
    def lists(self) -> bool:
        return isinstance(self.source, Lists)

    @property
    def fetches(self) -> bool:
        return isinstance(self.source, Fetches)

    @at_once
    def streams(self) -> Sequence[Stream]:
        return doubt.streams(self.plugin, self.source)

    @at_once
    def covered(self, streams: Sequence[str]) -> Sequence[str]:
        source = self.source
        return [name for name in streams if source.covers(name)] if isinstance(source, Covers) else streams

    @at_once
    def size(self, stream: str) -> Size | None:
        return self.source.size(stream) if isinstance(self.source, Sizes) else None

    @at_once
    def quiet(self, cursors: Mapping[str, str]) -> Collection[str]:
        named = frozenset(self.source.quiet(cursors) if isinstance(self.source, Quiet) else ())
        return [stream for stream in cursors if stream in named]

    def pull(self, stream: str, cursor: str | None, choose: Choose) -> Pulled:
        return _PulledHere(self._pages(stream, cursor, choose))

    def _pages(self, stream: str, cursor: str | None, choose: Choose) -> Generator[Brought, None, None]:
        from hub.engine.mapping import read  # noqa: PLC0415 - a child that reads nothing does without

        with closing(doubt.pages(self.plugin, self.source, stream, cursor)) as pages:
            for page in pages:
                asked = choose(page)
                raws = [page.raws[n] for n in asked.fresh]
                yield Brought(asked, *read(asked.place, asked.maker, raws))

    @at_once
    def present(self, stream: str, number: int) -> Present | None:
        assert isinstance(self.source, Lists)
        listing = self.source.ids(stream)
        named = listing.ids if listing.complete else ()
        found = sorted(ids.item(number, listing.epoch, external_id) for external_id in named)
        if listing.complete:
            return Present(listing.epoch, array("q", found), listing.cursor, total=len(found))
        gone = [(ids.item(number, listing.epoch, external_id), external_id) for external_id in listing.gone]
        if not gone and listing.total is None:
            return None
        return Present(listing.epoch, array("q"), listing.cursor, complete=False, gone=gone, total=listing.total)

    @at_once
    def holds(self, stream: str, external_id: str) -> bool:
        assert isinstance(self.source, Fetches)
        try:
            self.source.fetch(stream, external_id, "")
        except (KeyError, FileNotFoundError):
            return False
        return True

    @at_once
    def fetch(self, place: "Place", maker: "Maker", external_id: str, revision: str) -> "Prepared | None":
        from hub.engine.mapping import made  # noqa: PLC0415 - as above

        source = self.source
        assert isinstance(source, Fetches)
        try:
            raw = Raw(external_id, revision, lambda: source.fetch(place.stream_name, external_id, ""))
            return made(place, maker, raw)
        except (KeyError, FileNotFoundError):
            return None

    @at_once
    def part(self, stream: str, external_id: str, part: str) -> bytes | None:
        assert isinstance(self.source, Fetches)
        try:
            return bytes(self.source.fetch(stream, external_id, part))
        except (KeyError, FileNotFoundError):
            return None

    @at_once
    def assumed(self, assumption: Assumption) -> bool | None:
        return assumption.holds(self.source) if assumption.holds is not None else None


@dataclass(frozen=True, slots=True)
class _PulledHere:
    pages: Generator[Brought, None, None]

    @at_once
    def next(self) -> Brought | None:
        return next(self.pages, None)

    def more(self, given: Sequence[Brought]) -> None:
        """Page by page."""

    def close(self) -> None:
        self.pages.close()
