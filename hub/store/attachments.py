"""Attached files: those that were fetched, as blobs, and those that are wanted and have not been fetched yet."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, tuple_, update

from hub.core.records import Attachment as Stated
from hub.store import blobs, encoding
from hub.store.body_tables import Attachment, Blob
from hub.store.database import Tx, among, table
from hub.store.derived_tables import Origin, Record
from hub.store.encoding import Packed
from hub.store.tables import Item, Stream, Wanted

_attachment, _wanted, _blob = table(Attachment), table(Wanted), table(Blob)
_item, _stream, _origin, _record = table(Item), table(Stream), table(Origin), table(Record)


# --- wanted ----------------------------------------------------------------------------------------------------------

_HELD = select(_attachment.c.item_id, _attachment.c.part).where(among(_attachment.c.item_id, "ids"))


def want(tx: Tx, files: Sequence[tuple[int, str]]) -> None:
    """Note that these (item, part) are to be fetched, as far as they are not there."""
    if files:
        held = {tuple(row) for row in tx.rows(_HELD, ids=sorted({item for item, _ in files}))}
        tx.keep(Wanted, [(*file, 0) for file in files if file not in held])


@dataclass(frozen=True, slots=True)
class Missing:
    """A file that is wanted, and where it is."""

    tries: int
    item: int
    part: str
    stream: str
    external_id: str


_MISSING = (
    select(_wanted.c.tries, _wanted.c.item_id, _wanted.c.part, _stream.c.name, _item.c.external_id)
    .join_from(_wanted, _item, _item.c.id == _wanted.c.item_id)
    .join(_stream, (_stream.c.id == _item.c.stream_id + 0) & (_stream.c.epoch == _item.c.epoch))
    .where(_item.c.state == "stored", _item.c.id.in_(select(_wanted.c.item_id)))  # begins with the few, not with all
    .order_by(_wanted.c.tries, _wanted.c.item_id, _wanted.c.part)
)


def missing(tx: Tx, connection: str, after: tuple[int, int, str], limit: int) -> list[Missing]:
    """What a connection is to fetch, from behind (tries, item, part) on: first what failed least often."""
    behind = tuple_(_wanted.c.tries, _wanted.c.item_id, _wanted.c.part) > after
    return [Missing(*row) for row in tx.rows(_MISSING.where(_stream.c.connection == connection, behind).limit(limit))]


def count_missing(tx: Tx) -> int:
    """How many files are wanted and not there."""
    return int(tx.scalar(select(func.count()).select_from(_wanted)))


def failed(tx: Tx, item: int, part: str) -> None:
    """It could not be fetched this time."""
    tx.run(update(_wanted).where(_is(_wanted, item, part)).values(tries=_wanted.c.tries + 1))


def give_up(tx: Tx, item: int, part: str) -> None:
    """It is wanted no more."""
    tx.run(delete(_wanted).where(_is(_wanted, item, part)))


def _is(target: Any, item: int, part: str) -> Any:
    return (target.c.item_id == item) & (target.c.part == part)


# --- fetched ---------------------------------------------------------------------------------------------------------


def keep(tx: Tx, item: int, part: str, body: Packed) -> bool:
    """Keep a file of an item that is stored. Returns whether it is; whoever was quicker has kept it already."""
    state = tx.scalar(select(_item.c.state).where(_item.c.id == item))
    if state != "stored":
        return False
    give_up(tx, item, part)
    if tx.scalar(select(_attachment.c.sha256).where(_is(_attachment, item, part))) is None:
        blobs.keep(tx, [body])
        tx.add(Attachment, [(item, part, body.sha256)])
    return True


_NAMES = select(_attachment.c.sha256).where(among(_attachment.c.item_id, "ids"))


def drop(tx: Tx, items: Sequence[int]) -> None:
    """Give up the files of items, and what is wanted of them."""
    if not items:
        return
    tx.drop(Wanted, "item_id", items)
    if names := [row[0] for row in tx.rows(_NAMES, ids=list(items))]:
        blobs.release(tx, names)
        tx.drop(Attachment, "item_id", items)


def body(tx: Tx, item: int, part: str) -> bytes | None:
    """The bytes of a file, None where it has not been fetched."""
    query = select(_blob.c.body).join_from(_attachment, _blob, _blob.c.sha256 == _attachment.c.sha256)
    stored = tx.scalar(query.where(_is(_attachment, item, part)))
    return encoding.unpack(stored) if stored is not None else None


# --- of an interaction -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class File:
    """An attached file as a source states it, and where it is: in the database if `stored`, else at the source, by a
    name that is still good if `current`.
    """

    item: int
    connection: str
    stream: str
    external_id: str
    current: bool
    stated: Stated
    stored: bool


_TELLING = (
    select(_record.c.id, _record.c.kind, _record.c.body, _record.c.item_id, _stream.c.connection, _stream.c.name,
           _item.c.external_id, (_item.c.epoch == _stream.c.epoch).label("current"))
    .join_from(_origin, _record, _record.c.id == _origin.c.record_id)
    .join(_item, _item.c.id == _record.c.item_id)
    .join(_stream, _stream.c.id == _item.c.stream_id)
    .where(among(_origin.c.interaction_id, "ids"), _item.c.state == "stored")
    .order_by(_record.c.id)
)  # fmt: skip


def of_interaction(tx: Tx, line: int) -> dict[int, list[File]]:
    """The files of an interaction by the record that states them: every copy of a mail has its own."""
    rows = tx.rows(_TELLING, ids=[line])
    held = {tuple(row) for row in tx.rows(_HELD, ids=sorted({row.item_id for row in rows}))} if rows else set()
    return {
        row.id: [
            File(
                row.item_id, row.connection, row.name, row.external_id, bool(row.current), one,
                (row.item_id, one.part) in held,
            )
            for one in _stated(encoding.load(row.kind, encoding.unpack(row.body)))
        ]
        for row in rows
    }  # fmt: skip


def _stated(record: Any) -> Iterable[Stated]:
    return getattr(record, "attachments", ())
