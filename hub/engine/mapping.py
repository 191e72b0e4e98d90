"""Bytes become records: a connector's pure `map`, called inside a guard. Nothing here touches the database."""

import linecache
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import PurePath
from traceback import walk_tb
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from hub.connectors import Mapped, MapResult, Raw, Window
from hub.core import history, ids, shapes
from hub.core.amend import Part
from hub.core.ids import Name
from hub.core.records import KINDS, Company, Contact, Gone, NoZone, Record, Unreadable, User
from hub.engine.hush import Hush
from hub.i18n import sentence
from hub.store import encoding
from hub.store.encoding import Packed

if TYPE_CHECKING:
    from hub.projection.beforehand import Alone

_NONE: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page comes from: the stream's row id, its connection's id, name, title and epoch."""

    stream: int
    connection: str
    stream_name: str
    title: str
    epoch: str

    def name(self, external_id: str) -> Name:
        return Name(self.connection, self.stream_name, self.epoch, external_id)

    def item(self, external_id: str) -> int:
        return ids.item(self.stream, self.epoch, external_id)


class Prepared(NamedTuple):
    """An item of a page, read and mapped. Exactly one of `records` and `unreadable` says what it is, `packed` are
    the records as they are stored, `written` as they were before they were packed, `words` what the search finds the
    statements among them by, and `alone` what they say by themselves, where that is made out; `received` is when we got its
    bytes (milliseconds since 1970); `replayed` are its parts when all its revisions were mapped again.
    """

    item: int
    external_id: str
    revision: str
    body: Packed
    digest: int
    received: int
    records: Mapping[str, Record] = _NONE
    packed: Mapping[str, bytes] = _NONE
    words: Mapping[str, str] = _NONE
    alone: "Alone | None" = None
    unreadable: Unreadable | None = None
    replayed: Mapping[str, Part] | None = None
    written: Mapping[str, bytes] = _NONE


NO_BODY = Packed.of(b"")
_FEW: Final = 32
_MUCH: Final = 1 << 20
"""So many items, or bytes of them, are read before they are mapped."""
RECORDS_LIMIT = 5_000
"""So many records one item may give: a series up to the horizon is far below it."""

_UNOPENED: Final = sentence("it cannot be opened: {why}")
NO_BYTES: Final = sentence("the plugin brought {kind} instead of bytes")
_NUL: Final = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
"""As JSON writes it; behind an odd number of backslashes it is something that only looks like it."""
_FAILED: Final = sentence("the plugin failed in {place}: {kind}")
_NO_ZONE: Final = sentence("the plugin made a moment without a time zone in {place}")
_TOO_MANY: Final = sentence("the plugin made more than {limit} records of one item")
_OTHER: Final = sentence("{place} of the plugin gave {kind} where {due} is due")
_TWICE: Final = sentence("the plugin returned two records for one part")


_NO_STATEMENT = (Company, Contact, User, Gone)


@dataclass(frozen=True, slots=True)
class Maker:
    """How bytes received at a moment (milliseconds since 1970) become records: a connector's `map` with its settings,
    version and the horizon; `finds_words`: and what they are found by.
    """

    map: Callable[[bytes, Any, Window], MapResult]
    settings: Any
    version: int
    horizon: date
    received: int
    finds_words: bool = field(default=True, kw_only=True)

    @property
    def window(self) -> Window:
        return Window(datetime.fromtimestamp(self.received / 1000, UTC).date(), self.horizon)

    def prepare(self, place: Place, external_id: str, revision: str, body: bytes) -> Prepared:
        """Map one item."""
        return self.prepared(place, external_id, revision, body, self.understood(body))

    def understood(self, body: bytes) -> "Understood":
        """What an item says. Whatever a plugin does in here concerns this item alone."""
        try:
            mapped = _checked(self.map(body, self.settings, self.window))
            if isinstance(mapped, Unreadable):
                return Understood(unreadable=mapped)
            sound = {part: _sound(record) for part, record in mapped.items()}
            records = {part: record for part, (record, _) in sound.items()}
            words = words_of(records) if self.finds_words else {}
            return Understood(records, {part: written for part, (_, written) in sound.items()}, words)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - a bad record never blocks its page, nor ends the sync
            return Understood(unreadable=_defect(error))

    def prepared(self, place: Place, external_id: str, revision: str, body: bytes, said: "Understood") -> Prepared:
        """An item as it will be stored."""
        return Prepared(
            item=place.item(external_id),
            external_id=external_id,
            revision=revision,
            body=Packed.of(body),
            digest=ids.digest(body),
            received=self.received,
            records=said.records,
            packed={part: encoding.pack(written) for part, written in said.written.items()},
            written=said.written,
            words=said.words,
            unreadable=self._hushed(said.unreadable) if said.unreadable is not None else None,
        )

    def unreadable(self, place: Place, external_id: str, revision: str, reason: str, detail: str) -> Prepared:
        """An item whose bytes could not even be read."""
        return Prepared(
            item=place.item(external_id),
            external_id=external_id,
            revision=revision,
            body=NO_BODY,
            digest=0,
            received=self.received,
            unreadable=self._hushed(Unreadable(reason=reason, detail=detail)),
        )

    def _hushed(self, why: Unreadable) -> Unreadable:
        hush = Hush.of(self.settings)
        return replace(why, reason=hush(why.reason), detail=hush(why.detail))


class Understood(NamedTuple):
    """What an item says: its records, the same as JSON, and their words; or why it says nothing."""

    records: Mapping[str, Record] = _NONE
    written: Mapping[str, bytes] = _NONE
    words: Mapping[str, str] = _NONE
    unreadable: Unreadable | None = None


_Opened: TypeAlias = tuple[Raw, bytes | Unreadable]
"""A raw and its bytes, or why they cannot be had."""


def read(place: Place, maker: Maker, raws: Sequence[Raw]) -> tuple[list[Prepared], int]:
    """Read and map raws; returns them, and how many vanished since they were listed."""
    prepared = [one for few in _opened(raws) for one in _made(place, maker, few)]
    return prepared, len(raws) - len(prepared)


def made(place: Place, maker: Maker, raw: Raw) -> Prepared:
    """Raises `FileNotFoundError` when it has vanished."""
    (one,) = _made(place, maker, [(raw, _body(raw))])
    return one


def _made(place: Place, maker: Maker, few: Sequence[_Opened]) -> Iterator[Prepared]:
    """First all are understood, then all are packed: what is done many times in a row stays in the processor's caches, and
    takes an eighth less than both in turns.
    """
    said = [maker.understood(body) if isinstance(body, bytes) else Understood(unreadable=body) for _, body in few]
    for (raw, body), understood in zip(few, said, strict=True):
        if isinstance(body, bytes):
            yield maker.prepared(place, raw.external_id, raw.revision, body, understood)
        else:
            yield maker.unreadable(place, raw.external_id, raw.revision, body.reason, body.detail)


def _opened(raws: Iterable[Raw]) -> Iterator[list[_Opened]]:
    """A few raws at a time with their bytes, without those that vanished."""
    few: list[_Opened] = []
    size = 0
    for raw in raws:
        try:
            body = _body(raw)
        except FileNotFoundError:
            continue
        few.append((raw, body))
        size += len(body) if isinstance(body, bytes) else 0
        if len(few) >= _FEW or size >= _MUCH:
            yield few
            few, size = [], 0
    yield few


def _body(raw: Raw) -> bytes | Unreadable:
    try:
        body = raw.body() if callable(raw.body) else raw.body
    except (FileNotFoundError, ConnectionError, TimeoutError):
        raise
    except OSError as error:
        return Unreadable(reason=_UNOPENED.format(why=error.strerror or type(error).__name__), detail=str(error))
    if not isinstance(body, bytes | bytearray | memoryview):
        return Unreadable(reason=NO_BYTES.format(kind=type(body).__name__))
    return bytes(body)


def words_of(records: Mapping[str, Record]) -> Mapping[str, str]:
    """What the search finds the statements among these parts by."""
    return {part: history.words(one) for part, one in records.items() if not isinstance(one, _NO_STATEMENT)}


def _defect(error: BaseException) -> Unreadable:
    """Where in the plugin it was raised is told with the line that stands there, which names the field."""
    place, line = _raised_at(error)
    said = _NO_ZONE if isinstance(error, NoZone) else _FAILED
    return Unreadable(
        reason=said.format(place=place, kind=type(error).__name__), detail=f"{str(error)[:500]}\n{line}".strip()
    )


def _raised_at(error: BaseException) -> tuple[str, str]:
    """The last line of the plugin's own package on the way to an error: "acme_notes.py:34", and what stands there."""
    frames = [
        (frame.f_globals.get("__name__", "").partition(".")[0], frame.f_code.co_filename, number)
        for frame, number in walk_tb(error.__traceback__)
        if frame.f_code.co_filename != __file__
    ]
    own = [(path, number) for package, path, number in frames if package == frames[0][0]]
    if not own:
        return "map()", ""
    path, number = own[-1]
    return f"{PurePath(path).name}:{number}", linecache.getline(path, number).strip()[:200]


def _sound(record: Record) -> tuple[Record, bytes]:
    """A record as every database can keep it, and its bytes: a text of PostgreSQL's holds no NUL."""
    body = encoding.dump(record)
    if b"\\u0000" in body:
        record = encoding.load(encoding.kind_of(record), _NUL.sub(rb"\1", body))
        body = encoding.dump(record)
    return record, body


def _checked(result: MapResult) -> Mapping[str, Record] | Unreadable:
    if isinstance(result, Unreadable):
        said = {"reason": result.reason, "detail": result.detail}
        wrong = [_other(f"Unreadable.{name}", text, "str") for name, text in said.items() if not isinstance(text, str)]
        return wrong[0] if wrong else result
    if not isinstance(result, Iterable):
        return _other("map()", result, "list[hub.Mapped]")
    records: dict[str, Record] = {}
    for mapped in result:
        if len(records) >= RECORDS_LIMIT:
            return Unreadable(reason=_TOO_MANY.format(limit=RECORDS_LIMIT))
        if not isinstance(mapped, Mapped):
            return _other("map()", mapped, "hub.Mapped")
        if type(mapped.record) not in KINDS:
            return _other("Mapped.record", mapped.record, "a record")
        if not isinstance(mapped.part, str):
            return _other("Mapped.part", mapped.part, "str")
        if mapped.part in records:
            return Unreadable(reason=_TWICE, detail=mapped.part[:200])
        if (found := shapes.misfit(mapped.record)) is not None:
            return _misfit(found)
        records[mapped.part] = mapped.record
    return records


def _other(place: str, given: object, due: str) -> Unreadable:
    return Unreadable(reason=_OTHER.format(place=place, kind=type(given).__name__, due=due))


def _misfit(found: shapes.Misfit) -> Unreadable:
    said = _OTHER.format(place=found.place, kind=found.given, due=found.due)
    return Unreadable(reason=said, detail=f"{found.value!a:.200}")
