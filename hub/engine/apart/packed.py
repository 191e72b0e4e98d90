"""What was read and mapped, as it goes over the pipe: records as they will be stored."""

import pickle
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from hub.core.clients import Ours
from hub.core.identity import Kind, Node
from hub.core.records import KINDS, Identifier, Record, Unreadable
from hub.engine import mapping
from hub.engine.apart.wire import Message
from hub.engine.mapping import Maker, Place, Prepared
from hub.projection.beforehand import Alone
from hub.store import encoding
from hub.store.encoding import Packed

_Plain: TypeAlias = list[tuple[Any, str]]


def prepared(one: Prepared) -> Message:
    parts = {part: _said(record, one.packed[part], one.written[part]) for part, record in one.records.items()}
    why = (one.unreadable.reason, one.unreadable.detail) if one.unreadable is not None else None
    return (one.external_id, one.revision, one.body.sha256, one.body.stored, one.digest, parts, one.words, why)


def weight(said: Message) -> int:
    """How many bytes it is, in the main."""
    return len(said[3]) + sum(len(packed) + len(written) for _kind, packed, written in said[5].values())


def is_unreadable(said: Message) -> bool:
    return said[7] is not None


def prepared_of(
    said: Message, place: Place, maker: Maker, made: Message | None = None, ours: Ours | None = None
) -> Prepared:
    """Records are read from the JSON that is stored: what cannot be read back never gets further than this. What was `made` out of
    them holds where we are `ours`.
    """
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
        alone=_alone_of(made, words, ours) if made is not None and ours is not None else None,
        unreadable=Unreadable(reason=why[0], detail=why[1]) if why is not None else None,
        written=written,
    )


def _said(record: Record, packed: bytes, written: bytes) -> tuple[str, bytes, bytes]:
    """What was compressed goes as it was, too: two kilobytes more are sooner sent than unpacked."""
    return KINDS[type(record)], packed, written if encoding.is_compressed(packed) else b""


def _record(kind: str, written: bytes) -> Record:
    found: Record = encoding.load(kind, written)
    return found


# --- what records say by themselves ----------------------------------------------------------------------------------


def made_out(page: Iterable[tuple[Prepared, Alone]]) -> bytes:
    """What was made out of a page's items: in one piece, which stays one as long as the page waits. As many thousand values
    that come and go among others it would leave the memory in holes.
    """
    return pickle.dumps([_alone(made, one.words) for one, made in page], protocol=pickle.HIGHEST_PROTOCOL)


def made_out_of(said: bytes) -> Sequence[Message]:
    """The same, item by item."""
    found: Sequence[Message] = pickle.loads(said)  # noqa: S301 - from our own child
    return found


def _alone(one: Alone, words: Mapping[str, str]) -> Message:
    """Of the tokens only what the words, which go with it, are not."""
    nodes = {part: _node(node) if node is not None else None for part, node in one.nodes.items()}
    lines = {part: line._replace(tokens=line.tokens.removesuffix(words[part])) for part, line in one.lines.items()}
    return nodes, lines


def _alone_of(said: Message, words: Mapping[str, str], ours: Ours) -> Alone:
    nodes, lines = said
    return Alone(
        ours,
        {part: _node_of(*node) if node is not None else None for part, node in nodes.items()},
        {part: line._replace(tokens=line.tokens + words[part]) for part, line in lines.items()},
    )


def _node(one: Node) -> Message:
    return one.key, one.kind, one.name, _plain(one.claims), one.kpp, _plain(one.of), _plain(one.at)


def _node_of(key: str, kind: Kind, name: str, claims: _Plain, kpp: str, of: _Plain, at: _Plain) -> Node:
    return Node(key, kind, name, _identifiers(claims), kpp, _identifiers(of), _identifiers(at))


def _plain(identifiers: Iterable[Identifier]) -> _Plain:
    return [(one.kind, one.value) for one in identifiers]


def _identifiers(said: _Plain) -> tuple[Identifier, ...]:
    return tuple(Identifier(kind, value) for kind, value in said)
