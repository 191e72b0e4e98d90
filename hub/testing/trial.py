"""A connector on trial: opened with the settings of its author and pulled as the hub would, with what came of it kept.

The pulls here are bounded, and an endless one is cut short without a word: whether a pull ends is one clause of the
kit, and the others have to go on.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from logging import DEBUG, getLogger
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import hub
from hub.engine import doubt
from hub.http.network import internet
from hub.log import Log
from hub.testing.shared import Budgets, Drawer

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
WINDOW = hub.Window(NOW.date(), date(2027, 1, 1))
_MOST_PAGES = 2_000
_LOG = getLogger("hub.testing.trial")
_LOG.setLevel(DEBUG)


class Key(NamedTuple):
    """What an item is known by within a connection."""

    stream: str
    epoch: str
    external_id: str


class Taken(NamedTuple):
    """An item as it was read."""

    revision: str
    body: bytes


@dataclass(slots=True)
class Reading:
    """What a pull brought: pages with their streams, items as they were read last, the last cursor of each stream."""

    pages: list[tuple[str, hub.Page]] = field(default_factory=list)
    items: dict[Key, Taken] = field(default_factory=dict)
    cursors: dict[str, str] = field(default_factory=dict)

    @property
    def bodies(self) -> list[bytes]:
        """Every different body, in the order of the keys."""
        return list(dict.fromkeys(self.items[key].body for key in sorted(self.items)))

    @property
    def longest(self) -> int:
        """How many pages the stream with the most of them has."""
        streams = [stream for stream, _ in self.pages]
        return max(map(streams.count, streams), default=0)


@dataclass(slots=True)
class Trial:
    """A connector, the settings it was given, and its author, a `ConnectorTests`.

    `changes` are those of `add`, `amend`, `delete` that the author says how to make; `now` is what the clock shows;
    `grant` is what `hub connect` has stored, if anything.
    """

    connector: hub.Connector
    given: Mapping[str, Any]
    place: Path
    author: Any
    changes: frozenset[str] = frozenset()
    now: datetime = NOW
    grant: hub.Grant | None = None
    budgets: Budgets = field(init=False)
    drawer: Drawer = field(init=False)

    def __post_init__(self) -> None:
        self.budgets = Budgets(lambda: self.now)
        self.drawer = Drawer(self.grant, lambda: self.now)

    # --- the source ---

    def change(self, change: str, name: str) -> None:
        """Add, amend or delete an item; skips the test when the author does not say how."""
        self.needs(change)
        time.sleep(self.author.tick)  # a file changed within one tick of the file system's clock may look unchanged
        getattr(self.author, change)(self.place, name)

    def needs(self, *changes: str) -> None:
        """Skip the test unless the author says how to make these changes."""
        missing = [change for change in changes if change not in self.changes]
        if missing:
            pytest.skip(f"the test class does not say how to {' or '.join(missing)}")

    def needs_capability(self, name: str) -> None:
        if name not in self.connector.capabilities:
            pytest.skip(f"the connector does not have the capability {name}")

    @property
    def names(self) -> list[str]:
        """The names of the items that were added before the test."""
        return [f"item{number:03}" for number in range(self.author.items)]

    def state(self) -> object:
        return self.author.state(self.place)

    def reads(self) -> int:
        found: int = self.author.reads(self.place)
        return found

    # --- the connector ---

    def settings(self) -> hub.Settings:
        return self.connector.settings.model_validate(dict(self.given))

    @contextmanager
    def opened(self, settings: hub.Settings | None = None, *, stopping: bool = False) -> Iterator[Any]:
        """A source of this connector; with `stopping` it is told to end every pull after the page it is at."""
        log = Log(_LOG, {"connection": "trial"})
        settings = settings or self.settings()
        network = internet(self.connector.hosts(settings), now=lambda: self.now, stopping=lambda: stopping)
        tools = hub.Tools(
            clock=lambda: self.now, log=log, stopping=lambda: stopping, network=network, limit=self.budgets.limit,
            tokens=self.drawer.tokens("trial"),
        )  # fmt: skip
        with doubt.opened(self.connector, settings, tools) as source:
            yield source

    def pull(
        self, cursors: Mapping[str, str] | None = None, *, pages: int | None = None, stopping: bool = False
    ) -> Reading:
        """Pull every stream from its cursor; `pages` is after how many pages of a stream the reader dies."""
        reading = Reading()
        with self.opened(stopping=stopping) as source:
            for stream in doubt.streams(self.connector.name, source):
                for page in pages_of(source, stream.name, (cursors or {}).get(stream.name), most=pages):
                    reading.pages.append((stream.name, page))
                    reading.cursors[stream.name] = page.cursor
                    for raw in page.raws:
                        key = Key(stream.name, page.epoch, raw.external_id)
                        reading.items[key] = Taken(raw.revision, body_of(raw))
        return reading

    def map(self, body: bytes, window: hub.Window = WINDOW) -> hub.MapResult:
        return self.connector.map(body, self.settings(), window)

    def records(self, reading: Reading) -> Iterator[tuple[Key, hub.Mapped]]:
        """Every record of what was read; what cannot be mapped is passed over."""
        for key, taken in reading.items.items():
            result = self.map(taken.body)
            if not isinstance(result, hub.Unreadable):
                yield from ((key, mapped) for mapped in result)


def pages_of(source: hub.Source, stream: str, cursor: str | None, *, most: int | None = None) -> Iterator[hub.Page]:
    """The pages of a stream, to the end, or to `most`, or to the first cursor that comes again. A circle whose cursors all differ
    has no end.
    """
    seen: set[str] = set()
    circle = doubt.Doubt("")
    for number, page in enumerate(source.pull(stream, cursor), 1):
        assert not circle.came_too_often(page.raws), (
            f"{stream}: the pull brings one page for ever, with ever new cursors"
        )
        yield page
        if page.cursor in seen or number >= (most or _MOST_PAGES):
            return
        seen.add(page.cursor)


def body_of(raw: hub.Raw) -> bytes:
    return raw.body() if callable(raw.body) else raw.body
