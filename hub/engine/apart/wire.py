"""What is said over the pipe: tuples of plain values, so that neither side needs the other's objects."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from hub import errors
from hub.connectors import Page, Raw
from hub.core.records import KINDS, Record, Unreadable
from hub.engine import mapping
from hub.engine.feed import Failed
from hub.engine.mapping import Maker, Place, Prepared
from hub.errors import HubError
from hub.store import encoding
from hub.store.blobs import Packed

Message: TypeAlias = tuple[Any, ...]


# --- pages and what became of them -----------------------------------------------------------------------------------


def page(brought: Page) -> Message:
    names = [(raw.external_id, raw.revision) for raw in brought.raws]
    return (brought.listed, names, brought.cursor, brought.epoch, brought.total, brought.rests)


def page_of(said: Message) -> Page:
    """A page without the bytes of its raws."""
    listed, names, cursor, epoch, total, rests = said
    return Page(
        listed=listed,
        raws=[Raw(name, revision, b"") for name, revision in names],
        cursor=cursor,
        epoch=epoch,
        total=total,
        rests=rests,
    )


def made(maker: Maker) -> Message:
    """What the other side cannot know of how bytes become records."""
    return (maker.version, maker.horizon, maker.received)


def prepared(one: Prepared) -> Message:
    parts = {part: (KINDS[type(record)], one.packed[part]) for part, record in one.records.items()}
    why = (one.unreadable.reason, one.unreadable.detail) if one.unreadable is not None else None
    return (one.external_id, one.revision, one.body.sha256, one.body.stored, one.digest, parts, why)


def prepared_of(said: Message, place: Place, maker: Maker) -> Prepared:
    """Records are read from what will be stored: what cannot be read back never gets further than this."""
    external_id, revision, sha256, stored, digest, parts, why = said
    records = {part: _record(kind, packed) for part, (kind, packed) in parts.items()}
    return Prepared(
        item=place.item(external_id),
        external_id=external_id,
        revision=revision,
        body=Packed(sha256, stored),
        digest=digest,
        received=maker.received,
        records=records,
        packed={part: packed for part, (_, packed) in parts.items()},
        words=mapping.words_of(records),  # the child has more to do than we
        unreadable=Unreadable(reason=why[0], detail=why[1]) if why is not None else None,
    )


def _record(kind: str, packed: bytes) -> Record:
    found: Record = encoding.load(kind, encoding.unpack(packed))
    return found


# --- errors ----------------------------------------------------------------------------------------------------------


def error(raised: BaseException) -> Message:
    """An exception by the nearest of `hub.errors`, or by the name of its class."""
    if isinstance(raised, HubError):
        kind = next(kind for kind in type(raised).__mro__ if getattr(errors, kind.__name__, None) is kind)
        return (kind.__name__, raised.args, _plain(vars(raised)))
    failed = Failed.of(raised)
    return ("", (failed.kind, str(failed)), {})


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if not isinstance(value, BaseException)}


def error_of(said: Message) -> Exception:
    name, arguments, values = said
    if not name:
        return Failed(*arguments)
    kind: type[HubError] = getattr(errors, name)
    made = kind.__new__(kind)
    Exception.__init__(made, *arguments)
    vars(made).update(values)
    return made
