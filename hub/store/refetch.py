"""Items that the source is asked for again: a client has turned up in them, or what is kept of them is not enough."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from hub.store.body_tables import Raw, Tombstone
from hub.store.database import Tx, among, table
from hub.store.tables import STORED, UNOPENED, Item, Refetch, Stream

_stream, _item, _raw, _tombstone, _refetch = table(Stream), table(Item), table(Raw), table(Tombstone), table(Refetch)


_BURIED = (
    select(_tombstone.c.item_id)
    .join_from(_tombstone, _item, _item.c.id == _tombstone.c.item_id)
    .where(among(_tombstone.c.hash, "hashes"), _item.c.state == "excluded")
    .distinct()
)


_ANY = select(_tombstone.c.item_id).limit(1)


def is_any_buried(tx: Tx) -> bool:
    """Whether anything at all was excluded for whom it names."""
    return bool(tx.ask(_ANY))


def wake(tx: Tx, hashes: Iterable[int]) -> None:
    """Ask for excluded items again in which one of these (keyed hashes of identifiers) takes part."""
    wanted = list(hashes)
    if wanted:
        tx.keep(Refetch, [(row[0],) for row in tx.ask(_BURIED, hashes=wanted)])


def wanted(tx: Tx, number: int, limit: int) -> list[tuple[int, str, str]]:
    """(item, epoch, external id) of a stream's excluded items that were asked for again; none by the names of an epoch
    that is over, which may be others' now.
    """
    query = (
        select(_item.c.id, _item.c.epoch, _item.c.external_id)
        .join_from(_item, _stream, (_stream.c.id == _item.c.stream_id) & (_stream.c.epoch == _item.c.epoch))
        .where(_item.c.id.in_(select(_refetch.c.item_id)))
        .where(_item.c.stream_id + 0 == number)  # so it begins with the few asked for, not with all of a stream
        .order_by(_item.c.id)
        .limit(limit)
    )
    return [tuple(row) for row in tx.rows(query)]


def unopened(tx: Tx, number: int) -> None:
    """Ask again for what could not even be opened: nothing of it was read, so nothing says that it is known."""
    query = select(_item.c.id).where(
        _item.c.stream_id == number, _item.c.state == "quarantined", _item.c.digest == UNOPENED
    )
    tx.keep(Refetch, [(row[0],) for row in tx.rows(query)])


def streams(tx: Tx) -> set[int]:
    """Streams of which something excluded was asked for again."""
    query = (
        select(_stream.c.id)
        .join_from(_refetch, _item, _item.c.id == _refetch.c.item_id)
        .join(_stream, (_stream.c.id == _item.c.stream_id) & (_stream.c.epoch == _item.c.epoch))
        .distinct()
    )
    return {row[0] for row in tx.rows(query)}


def excluded(tx: Tx, number: int | None, states: Sequence[str] = ("excluded",)) -> None:
    """Ask for all excluded items of a stream (None: of every one) again: its policy changed."""
    query = select(_item.c.id).where(_item.c.state.in_(tuple(states)), _item.c.rule != "forgotten")
    if number is not None:
        query = query.where(_item.c.stream_id == number)
    tx.keep(Refetch, [(row[0],) for row in tx.rows(query)])


def recurring(tx: Tx) -> None:
    """Ask again for what recurs and is stored without its bytes: only the source can tell how it goes on."""
    bare = select(_item.c.id).where(
        _item.c.recurring, _item.c.state.in_(STORED), ~_item.c.id.in_(select(_raw.c.item_id)), ~_item.c.removed
    )
    tx.keep(Refetch, [(row[0],) for row in tx.rows(bare)])


def drop(tx: Tx, numbers: Sequence[int]) -> None:
    tx.drop(Refetch, "item_id", numbers)


def give_up(tx: Tx, numbers: Sequence[int]) -> None:
    """These items cannot be asked for any more, whoever turns up in them."""
    for model in (Tombstone, Refetch):
        tx.drop(model, "item_id", numbers)
