"""The contract with connectors: what a plugin gives, and what it may use.

A **Connector** is a frozen value that describes a kind of system. `open` signs in and gives a **Source**, which
*pulls* **pages** of **raws**; `map` turns one raw into records and is pure, so that it can be replayed and rebuilt.

The smallest connector is a settings model, a `pull` and a `map`:

    class Settings(hub.Settings):
        path: Path

    class Notes:
        def __init__(self, settings): self.settings = settings
        def check(self): ...
        def streams(self): yield hub.Stream("notes")
        def pull(self, stream, cursor, /):
            raws = [hub.Raw(p.name, str(p.stat().st_mtime_ns), p.read_bytes) for p in self.settings.path.iterdir()]
            yield hub.Page(listed=len(raws), raws=raws, cursor="done")
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from logging import LoggerAdapter
from typing import Any, Protocol, TypeAlias, runtime_checkable

from pydantic import BaseModel, ConfigDict

from hub.core.pace import Rate
from hub.core.records import Record, Unreadable
from hub.grants import NoTokens, SignIn, Tokens
from hub.network import Limit, Network, Offline, no_limit

API = (1, 0)
"""The version of this contract: a plugin made for the same major and at most this minor is loaded."""


class Settings(BaseModel):
    """Settings of a connection. Subclass it; unknown keys are refused, `SecretStr` fields are masked everywhere."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Stream:
    """One thing a connection lets us read: a folder, a calendar, `deals`.

    `name` is permanent and unique in the connection; `title` is for people; `custodian` is the address of the
    employee whose mailbox or calendar it is, "" for a shared or impersonal one.
    """

    name: str
    title: str = ""
    custodian: str = ""


@dataclass(frozen=True, slots=True)
class Raw:
    """What the source said about one item.

    `external_id` is permanent within the stream (and epoch); the same bytes always come with the same id and
    `revision`. `body` may be a function: it is called at most once, and only when the revision is new to the hub,
    so listing a folder of known files reads none of them. (After pages on which all was new, the next are taken to be so,
    too, until one is not.) It may raise `FileNotFoundError` when the item has vanished meanwhile.
    """

    external_id: str
    revision: str
    body: bytes | Callable[[], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One step of a pull: stored whole, with its cursor, or not at all.

    `listed` is how many ids the source named on this page, counted apart from `raws`. `cursor` is where to go on
    from once this page is stored; opaque to the hub. `epoch` changes when the source renumbers its items (IMAP's
    UIDVALIDITY): the same id in another epoch is another item. `total` is how many items the whole pull may bring,
    for a progress bar. `rests`: what comes after this page is older than what is recent, so that other streams may come
    first; the pull is then begun anew from here, in its turn.
    """

    listed: int
    raws: Sequence[Raw]
    cursor: str
    epoch: str = ""
    total: int | None = None
    rests: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """All ids a stream has now. Only a `complete` one proves that an item is gone.

    `cursor` takes the place of the pull's once everything is marked that is not listed: so a source knows from its cursor
    what needs no listing again, and says so with one that is not complete. Such a one may name what has `gone` since the
    hub last marked everything that had, and how many items there are in `total`.
    """

    complete: bool
    ids: Iterable[str]
    epoch: str = ""
    cursor: str = ""
    gone: Iterable[str] = ()
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Size:
    """How much a stream holds now, by the source's own word; `bytes` is None where it would have to read them.

    `seconds` is how long reading all of it takes at the least, where the source lets itself be asked only so often.
    """

    items: int
    bytes: int | None = None
    seconds: float = 0


@dataclass(frozen=True, slots=True)
class Known:
    """A stream as the hub knows it: the title it was last given, and the cursor at which its pull stands."""

    title: str
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """All that a connector may use of the outside. `stopping()` is true when the pull should end after this page.

    `limit(key, rate)` is the budget of that name: the same one in every connection and process of this hub, so that a
    key names what a system counts by ("amocrm.ru account 31"), and nothing secret. `tokens` is what `hub connect` was
    given for this connection. `known()` are the connection's streams by their names: a source whose streams get other names
    (folders) sees by them which is which, keeps the name, and gives another title.
    """

    clock: Callable[[], datetime]
    log: LoggerAdapter[Any]
    stopping: Callable[[], bool]
    network: Network = field(default_factory=Offline)
    limit: Callable[[str, Rate], Limit] = no_limit
    tokens: Tokens = field(default_factory=NoTokens)
    known: Callable[[], Mapping[str, Known]] = dict


@runtime_checkable
class Source(Protocol):
    """One signed-in connection.

    `pull` promises: recent first, otherwise free order; resuming from any committed cursor and running to the end
    delivers every item that existed at the first pull and still exists; repeats are allowed. A pull that begins
    from the cursor of a finished one brings what is new or changed since.
    """

    def check(self) -> None:
        """Sign in and read nothing. Raises one of `hub.errors`."""

    def streams(self) -> Iterable[Stream]:
        """What there is to read now."""

    def pull(self, stream: str, cursor: str | None, /) -> Iterator[Page]:
        """The stream's pages from `cursor` (None: from the start)."""


@runtime_checkable
class Lists(Protocol):
    """Capability `ids`: the source can name all items of a stream."""

    def ids(self, stream: str) -> Listing: ...


@runtime_checkable
class Covers(Protocol):
    """For a source of several accounts: whether `streams` looked where a stream would be that it did not name.

    Only there is a stream missing. An account that lets nobody in now, or that is no longer asked for, proves nothing: its
    streams and their history stay as they are.
    """

    def covers(self, stream: str) -> bool: ...


@runtime_checkable
class Fetches(Protocol):
    """Capability `fetch`: one item, or one part of it, on demand.

    `part` "" is the whole item, as the raw that `pull` would give; anything else is `Attachment.part`. Raises
    `KeyError` when the source no longer has it.
    """

    def fetch(self, stream: str, external_id: str, part: str) -> bytes: ...


@runtime_checkable
class Waits(Protocol):
    """Capability `wait`: returns when something may have changed, or at `deadline`. Only a doorbell."""

    def wait(self, deadline: datetime) -> None: ...


@runtime_checkable
class Sizes(Protocol):
    """Capability `size`: the source says how much a stream holds without reading it; None for one of which it cannot.

    People plan a first sync by it, and compare it with what came of one.
    """

    def size(self, stream: str) -> Size | None: ...


@runtime_checkable
class Quiet(Protocol):
    """Capability `quiet`: the source knows of its streams together in which of them there is nothing new.

    `cursors` are those of finished pulls, by stream. Of the streams that it returns the hub asks nothing more: `pull` would
    bring no page, and `ids` would name nothing that has gone.
    """

    def quiet(self, cursors: Mapping[str, str], /) -> Iterable[str]: ...


@runtime_checkable
class Stays(Protocol):
    """Capability `stay`: the source may stay open, in its process, from one turn of `hub serve` to the next.

    `stay` begins every turn but the first: the source looks after its connections, signs in anew where who signs in is
    another now, and forgets what it had noted of the turn before. Whatever it raises, another source is opened in its
    place without a word.
    """

    def stay(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Mapped:
    """One record of a raw. `part` tells several records of one raw apart and is permanent: "" for the main one."""

    record: Record
    part: str = ""


MapResult: TypeAlias = Sequence[Mapped] | Unreadable


@dataclass(frozen=True, slots=True)
class Window:
    """How much of a series `map` lays out.

    `until` is the horizon, exclusive: it moves on with time. `seen` is the day on which the hub got the bytes (UTC),
    the same whenever they are mapped: a long series that is cut is cut by it, so that a later horizon only adds.
    """

    seen: date
    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """What another system sent to the address of a connection's hook, by POST: header names are in lower case, `query` and
    the bytes of the body are as they came (1 MB at most). The secret in the address was right.
    """

    headers: Mapping[str, str]
    query: Sequence[tuple[str, str]]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """What a connector takes for granted of the other system, though no page of its vendor says so.

    `name` is permanent, `text` one sentence for a person, marked with `hub.sentence`. `holds(source)` asks the opened source
    and only reads: whether it is so, None where nothing there shows it. Without `holds`, nothing but a write or an accident
    would show it.
    """

    name: str
    text: str
    holds: Callable[[Any], bool | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """A kind of system a plugin can talk to.

    `map(body, settings, window)` is pure: bytes in, records out; recurring things are laid out up to `window.until`
    (exclusive), and a series that begins later gives its first occurrence, or nobody would look at it again. It
    returns `Unreadable` instead of raising. `mapping` is its version: raise it when the same bytes now give other
    records, and stored raws are mapped again. `sign_in(settings)` says how a person lets the hub in (`hub connect`), None
    where these settings take no browser.

    `doorbell(settings, ring)` reads a call of the connection's hook: the names of the streams that have news, none where
    it does not say which; None refuses it, since it is not from whom it should be. Pure, and quick: the caller waits.
    Without it, every call with the right secret says that there is news somewhere.

    `assumptions()` are what it takes for granted: `hub doctor NAME --assumptions` tells them and asks the other system.
    """

    name: str
    title: str
    settings: type[Settings]
    open: Callable[[Any, Tools], AbstractContextManager[Source]]
    map: Callable[[bytes, Any, Window], MapResult]
    mapping: int = 1
    api: tuple[int, int] = (1, 0)
    capabilities: frozenset[str] = field(default_factory=frozenset)
    hosts: Callable[[Any], frozenset[str]] = field(default=lambda _settings: frozenset())
    sign_in: Callable[[Any], SignIn | None] | None = None
    doorbell: Callable[[Any, Ring], Sequence[str] | None] | None = None
    assumptions: Callable[[], Sequence[Assumption]] = tuple


# --- writing back ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Target:
    """An object in the other system: `stream` and `external_id` as in pulling."""

    stream: str
    external_id: str


@dataclass(frozen=True, slots=True)
class Current:
    """What the object says now, `None` where it does not exist; `version` is the source's own, if it has one."""

    fields: dict[str, str | None] | None
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteBack:
    """What a CRM should hear: set `fields` of `target` (None: create it), which stood at `before` when decided."""

    target: Target | None
    kind: str
    fields: dict[str, str | None]
    before: dict[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The proof that the other system heard: the object, and its fields as read back."""

    target: Target
    fields: dict[str, str | None]


@runtime_checkable
class Writer(Protocol):
    """The writing side of a signed-in connection. `key` is unique to the write-back and travels with it."""

    def read(self, target: Target) -> Current:
        """The object as it stands: compared before a write, planned against, read back after it."""

    def find(self, key: str) -> Target | None:
        """The object that a write with this key has already made or changed."""

    def write(self, write_back: WriteBack, key: str, /) -> Receipt:
        """Write once. Raises `Refused` when the system says no, `Unreachable` when the outcome is unknown."""


CAPABILITIES = {"ids": Lists, "fetch": Fetches, "wait": Waits, "size": Sizes, "quiet": Quiet, "stay": Stays}
"""Capability name -> the protocol that its source then satisfies."""
