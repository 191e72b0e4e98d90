"""What was read and mapped, as it goes over the pipe: records as they will be stored."""

from hub.core.records import KINDS, Record, Unreadable
from hub.engine import mapping
from hub.engine.apart.wire import Message
from hub.engine.mapping import Maker, Place, Prepared
from hub.store import encoding
from hub.store.encoding import Packed


def prepared(one: Prepared) -> Message:
    parts = {part: _said(record, one.packed[part], one.written[part]) for part, record in one.records.items()}
    why = (one.unreadable.reason, one.unreadable.detail) if one.unreadable is not None else None
    return (one.external_id, one.revision, one.body.sha256, one.body.stored, one.digest, parts, one.words, why)


def weight(said: Message) -> int:
    """How many bytes it is, in the main."""
    return len(said[3]) + sum(len(packed) + len(written) for _kind, packed, written in said[5].values())


def is_unreadable(said: Message) -> bool:
    return said[7] is not None


def prepared_of(said: Message, place: Place, maker: Maker) -> Prepared:
    """Records are read from the JSON that is stored: what cannot be read back never gets further than this."""
    external_id, revision, sha256, stored, digest, parts, words, why = said
    written = {part: written or encoding.unpack(packed) for part, (_, packed, written) in parts.items()}
    records = {part: _record(kind, written[part]) for part, (kind, _, _) in parts.items()}
    return Prepared(
        item=place.item(external_id),
        external_id=external_id,
        revision=revision,
        body=Packed(sha256, stored),
        digest=digest,
        received=maker.received,
        records=records,
        packed={part: packed for part, (_, packed, _) in parts.items()},
        words=words or mapping.words_of(records),
        unreadable=Unreadable(reason=why[0], detail=why[1]) if why is not None else None,
        written=written,
    )


def _said(record: Record, packed: bytes, written: bytes) -> tuple[str, bytes, bytes]:
    """What was compressed goes as it was, too: two kilobytes more are sooner sent than unpacked."""
    return KINDS[type(record)], packed, written if encoding.is_compressed(packed) else b""


def _record(kind: str, written: bytes) -> Record:
    found: Record = encoding.load(kind, written)
    return found
