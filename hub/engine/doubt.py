"""What a plugin gives is looked at before it is believed: a source that is none, a page that cannot be true, or that brings
us nowhere. Each refusal names the place in the plugin and what is due there.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from hub.connectors import Connector, Page, Raw, Source, Stream, Tools
from hub.core import ids
from hub.engine.hush import Hush
from hub.errors import HubError, Inconsistent
from hub.i18n import sentence

PAGE_LIMIT = 10_000
CURSOR_LIMIT = 65_536
NAME_LIMIT = 4_096
IDLE_PAGES = 1_000
SAME_PAGES = 100
"""So often a pull may bring one page: news are looked for more than once, and a stream may have several ways to look."""
RECENT = 20_000
"""So many items of a pull are remembered: one that comes again on a later page is that near, where pages overlap or shift."""

_METHODS = ("check", "streams", "pull")
_OTHER = sentence("{place} of the plugin {plugin} gave {kind} where {due} is due")
_LACKS = sentence("what open() of the plugin {plugin} gives has no method {name}()")
_NO_NAME = sentence("{place} of the plugin {plugin} is empty, longer than {limit} characters, or no text")
_TWICE = sentence("streams() of the plugin {plugin} gave two streams of the name {name}")
_DOUBLED = sentence("the plugin {plugin} brought different items of one page under the name {name}")
_CHANGED = sentence("the plugin {plugin} brought {name} again in one pull, with other content under the same revision")
_BEYOND = sentence("the plugin {plugin} brought a page beyond all bounds")
_OWN_NAME = sentence("tell the plugin's author: every item needs an external_id of its own")
_OWN_REVISION = sentence(
    "tell the plugin's author: every item needs an external_id of its own, and another revision when it changes"
)


@contextmanager
def opened(connector: Connector, settings: Any, tools: Tools) -> Iterator[Source]:
    """The source that a connector opens. Raises `Inconsistent` for what is none; no error tells secrets of the settings."""
    plugin = connector.name
    door = connector.open(settings, tools)
    if not isinstance(door, AbstractContextManager):
        raise _other(plugin, "open()", door, "a context manager")
    try:
        with door as source:
            for name in _METHODS:
                if not callable(getattr(source, name, None)):
                    raise _defect(_LACKS.format(plugin=plugin, name=name))
            yield source
    except HubError as error:
        Hush.of(settings).error(error)
        raise


def streams(plugin: str, source: Source) -> Sequence[Stream]:
    """The streams that a source names. Raises `Inconsistent` for what are none."""
    named = source.streams()
    if not isinstance(named, Iterable) or isinstance(named, str):
        raise _other(plugin, "streams()", named, "list[hub.Stream]")
    found: dict[str, Stream] = {}
    for stream in named:
        if not isinstance(stream, Stream):
            raise _other(plugin, "streams()", stream, "hub.Stream")
        for part in ("name", "title", "custodian"):
            _text(plugin, f"Stream.{part}", getattr(stream, part))
        if not _is_name(stream.name):
            raise _no_name(plugin, "Stream.name")
        if found.setdefault(stream.name, stream) != stream:
            raise _defect(_TWICE.format(plugin=plugin, name=stream.name))
    return list(found.values())


def pages(plugin: str, source: Source, stream: str, cursor: str | None) -> Generator[Page, None, None]:
    """The pages of a pull, each looked at. Raises `Inconsistent`, and whatever the plugin raises."""
    found = source.pull(stream, cursor)
    if not isinstance(found, Iterable):
        raise _other(plugin, "pull()", found, "Iterator[hub.Page]")
    doubt = Doubt(plugin)
    try:
        for page in found:
            doubt.look(page)
            yield page
    finally:
        if (close := getattr(found, "close", None)) is not None:
            close()


@dataclass(slots=True)
class Doubt:
    """What a pull remembers of its pages: which cursors it has `seen` (digests), how many pages in a row brought nothing, how
    often what it brought last came on a page (`often`), and of the items that came last in this `epoch` what they are called,
    with their revision, and say: by hashes.
    """

    plugin: str
    seen: set[int] = field(default_factory=set)
    idle: int = 0
    epoch: str = ""
    recent: dict[int, int] = field(default_factory=dict)
    often: dict[int, int] = field(default_factory=dict)

    def look(self, brought: Page) -> None:
        """Refuse a page that cannot be true, and a source that goes round in circles. Raises `Inconsistent`."""
        self._is_page(brought)
        self._named_well(brought)
        self._counted(brought)
        self._same_again(brought)
        self._going_on(brought)

    def _is_page(self, brought: Page) -> None:
        if not isinstance(brought, Page):
            raise _other(self.plugin, "pull()", brought, "hub.Page")
        _text(self.plugin, "Page.cursor", brought.cursor)
        _text(self.plugin, "Page.epoch", brought.epoch)
        if type(brought.listed) is not int:
            raise _other(self.plugin, "Page.listed", brought.listed, "int")
        if not isinstance(brought.raws, Sequence) or isinstance(brought.raws, str | bytes):
            raise _other(self.plugin, "Page.raws", brought.raws, "list[hub.Raw]")
        if len(brought.raws) > PAGE_LIMIT or len(brought.cursor) > CURSOR_LIMIT:
            raise _defect(_BEYOND.format(plugin=self.plugin))

    def _named_well(self, brought: Page) -> None:
        """Ids and revisions are what rows are found by: text of a reasonable length."""
        if brought.epoch and not _is_name(brought.epoch):
            raise _no_name(self.plugin, "Page.epoch")
        for raw in brought.raws:
            if not isinstance(raw, Raw):
                raise _other(self.plugin, "Page.raws", raw, "hub.Raw")
            name, revision = raw.external_id, raw.revision
            if not (type(name) is type(revision) is str):
                _text(self.plugin, "Raw.external_id", name)
                _text(self.plugin, "Raw.revision", revision)
            if not _is_name(name):
                raise _no_name(self.plugin, "Raw.external_id")
            if revision and not _is_name(revision):
                raise _no_name(self.plugin, "Raw.revision")

    def _counted(self, brought: Page) -> None:
        by_name = {raw.external_id: raw for raw in brought.raws}
        if len(by_name) < len(brought.raws):
            self._one_each(brought, by_name)
        if brought.listed < len(by_name):
            text = sentence("the counts of the source do not add up: it listed {listed} and brought {brought}")
            raise _defect(text.format(listed=brought.listed, brought=len(brought.raws)))

    def _one_each(self, brought: Page, by_name: dict[str, Raw]) -> None:
        """An item may come again; another one under its name would take its place, and be lost with it in silence."""
        for raw in brought.raws:
            if _differ(raw, by_name[raw.external_id]):
                text = _DOUBLED.format(plugin=self.plugin, name=raw.external_id[:80])
                raise Inconsistent(text, fix=_OWN_NAME)

    def _same_again(self, brought: Page) -> None:
        """What has come is known by its revision, so that other content under it would be dropped without a word."""
        if self.epoch != brought.epoch:
            self.epoch, self.recent = brought.epoch, {}
        for raw in brought.raws:
            if type(raw.body) is not bytes:  # a function is not called for what is known
                continue
            named, said = hash((raw.external_id, raw.revision)), hash(raw.body)
            if self.recent.pop(named, said) != said:
                text = _CHANGED.format(plugin=self.plugin, name=raw.external_id[:80])
                raise Inconsistent(text, fix=_OWN_REVISION)
            self.recent[named] = said
        for named in list(islice(self.recent, max(len(self.recent) - RECENT, 0))):
            del self.recent[named]

    def _going_on(self, brought: Page) -> None:
        self.idle = 0 if brought.raws else self.idle + 1
        if self.idle > IDLE_PAGES:
            raise _defect(sentence("the source brought nothing for {n} pages in a row").format(n=IDLE_PAGES))
        cursor = ids.number(brought.cursor)
        if cursor in self.seen or self.came_too_often(brought.raws):
            raise _defect(sentence("the source came back to a page it had already brought"))
        self.seen.add(cursor)

    def came_too_often(self, raws: Sequence[Raw]) -> bool:
        """A circle whose cursors all differ: one that counts its pages, and a server that does not care from where to go on."""
        page = hash(tuple([(raw.external_id, raw.revision) for raw in raws]))
        self.often[page] = often = self.often.pop(page, 0) + 1
        for oldest in list(islice(self.often, max(len(self.often) - IDLE_PAGES, 0))):
            del self.often[oldest]
        return bool(raws) and often > SAME_PAGES


def _differ(one: Raw, other: Raw) -> bool:
    if callable(one.body) or callable(other.body):
        return one.revision != other.revision
    return one.body != other.body


def _is_name(text: str) -> bool:
    """Whether a database can keep it and find by it: no NUL, no lone surrogates."""
    if not text or len(text) > NAME_LIMIT or "\0" in text:
        return False
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return False
    return True


def _text(plugin: str, place: str, value: object) -> None:
    if not isinstance(value, str):
        raise _other(plugin, place, value, "str")


def _no_name(plugin: str, place: str) -> Inconsistent:
    return _defect(_NO_NAME.format(place=place, plugin=plugin, limit=NAME_LIMIT))


def _other(plugin: str, place: str, given: object, due: str) -> Inconsistent:
    return _defect(_OTHER.format(place=place, plugin=plugin, kind=type(given).__name__, due=due))


def _defect(text: str) -> Inconsistent:
    return Inconsistent(text, fix=sentence("tell the plugin's author"))
