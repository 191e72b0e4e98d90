"""What is left to be done: asked at every pull, and seldom answered with anything. Who does it is imported then."""

from collections.abc import Sequence

from sqlalchemy import bindparam, exists, select, sql

from hub.store.database import Tx, among, table
from hub.store.tables import STORED, UNOPENED, Item, Refetch, Stale, Stream, Wanted

_stale, _item, _stream = table(Stale), table(Item), table(Stream)
_refetch, _wanted = table(Refetch), table(Wanted)


_LINES = select(_stale.c.identifier_id).limit(1)
_OF_CONNECTION = (
    exists()
    .where(_stream.c.connection == bindparam("connection"))
    .where(_item.c.stream_id == _stream.c.id, _item.c.state.in_(STORED))
)
_MAPPINGS = select(
    _OF_CONNECTION.where(_item.c.mapping < bindparam("mapping"))
    | _OF_CONNECTION.where(_item.c.mapping > bindparam("mapping"))
)
"""Both are looked up in the index of items; of what is merely unequal all items would be gone through, at every pull."""
_REQUESTS = select(_refetch.c.item_id).limit(1)
_ATTACHMENTS = select(_wanted.c.item_id).limit(1)


def lines(tx: Tx) -> bool:
    """Whether lines are to be put into their places, as `hub.store.lines.stale` names them."""
    return tx.scalar(_LINES) is not None


def mappings(tx: Tx, connection: str, mapping: int) -> bool:
    """Whether an older mapping made stored items of a connection, as `hub.store.items.mapped_before` names them."""
    return bool(tx.scalar(_MAPPINGS, connection=connection, mapping=mapping))


_REFETCHES = select(
    exists().where(_item.c.stream_id == bindparam("number"), _item.c.state == "quarantined", _item.c.digest == UNOPENED)
    | exists(select(_refetch.c.item_id))
)


def refetches(tx: Tx, number: int) -> bool:
    """Whether items of a stream may have to be asked for again, as `hub.store.refetch` names them."""
    return bool(tx.scalar(_REFETCHES, number=number))


_UNOPENED = select(_item.c.stream_id).where(
    among(_item.c.stream_id, "numbers"), _item.c.state == "quarantined", _item.c.digest == UNOPENED
)


def unopened(tx: Tx, numbers: Sequence[int]) -> set[int]:
    """Those of these streams that have an item which could not be opened so far."""
    return {row[0] for row in tx.rows(_UNOPENED, numbers=numbers)}


def requests(tx: Tx) -> bool:
    """Whether any items are to be asked for again."""
    return tx.scalar(_REQUESTS) is not None


def waiting(tx: Tx) -> bool:
    """Whether a daemon waits for a person to do something about a connection, as `hub.store.running.terms` names them. Of that
    table nothing else is needed, so it is only named.
    """
    due = sql.table("due", sql.column("at"))
    return tx.scalar(select(due.c.at).where(due.c.at == 0).limit(1)) is not None


def attachments(tx: Tx) -> bool:
    """Whether attached files are wanted and not there, as `hub.store.attachments.missing` names them."""
    return tx.scalar(_ATTACHMENTS) is not None
