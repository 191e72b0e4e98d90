"""What was read and mapped, as it goes over the pipe: records as they will be stored."""

from hub.core.records import KINDS, Record, Unreadable
from hub.engine import mapping
from hub.engine.apart.wire import Message
from hub.engine.mapping import Maker, Place, Prepared
from hub.store import encoding
from hub.store.encoding import Packed


def prepared(one: Prepared) -> Message:
    parts = {part: (KINDS[type(record)], one.packed[part]) for part, record in one.records.items()}
    why = (one.unreadable.reason, one.unreadable.detail) if one.unreadable is not None else None
    return (one.external_id, one.revision, one.body.sha256, one.body.stored, one.digest, parts, one.words, why)


def weight(said: Message) -> int:
    """How many bytes it is, in the main."""
    return len(said[3]) + sum(len(body) for _kind, body in said[5].values())


def is_unreadable(said: Message) -> bool:
    return said[7] is not None


def prepared_of(said: Message, place: Place, maker: Maker) -> Prepared:
    """Records are read from what will be stored: what cannot be read back never gets further than this."""
    external_id, revision, sha256, stored, digest, parts, words, why = said
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
        words=words or mapping.words_of(records),
        unreadable=Unreadable(reason=why[0], detail=why[1]) if why is not None else None,
    )


def _record(kind: str, packed: bytes) -> Record:
    found: Record = encoding.load(kind, encoding.unpack(packed))
    return found
