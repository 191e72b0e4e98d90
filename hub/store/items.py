"""Items: what became of everything a source ever named."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select, update

from hub.core import ids
from hub.store import attachments, blobs, encoding, pulls
from hub.store.body_tables import Blob, Quarantine, Raw, Tombstone
from hub.store.database import Tx, among, table
from hub.store.derived_tables import Record
from hub.store.encoding import Packed
from hub.store.tables import STORED, UNOPENED, Item, Refetch, Stream, Wanted

_stream, _item, _raw, _blob = table(Stream), table(Item), table(Raw), table(Blob)
_record, _quarantine, _tombstone, _refetch = table(Record), table(Quarantine), table(Tombstone), table(Refetch)

# --- items -----------------------------------------------------------------------------------------------------------


_KNOWN = select(_item.c.id, _item.c.external_id, _item.c.revision, _item.c.digest, _item.c.state, _item.c.mapping,
                _item.c.removed).where(among(_item.c.id, "ids"))  # fmt: skip


def known(tx: Tx, numbers: Iterable[int]) -> dict[int, Any]:
    """What is known of these items: id, external_id, revision, digest, state, mapping, removed."""
    return {row[0]: row for row in tx.ask(_KNOWN, ids=list(numbers))}


def of_stream(tx: Tx, number: int, epoch: str) -> Iterator[tuple[int, str, bool]]:
    """(id, external id, removed) of the stored items of a stream, in no order: to sort them would take memory for them all."""
    query = select(_item.c.id, _item.c.external_id, _item.c.removed).where(
        _item.c.stream_id == number, _item.c.epoch == epoch, _item.c.state.in_(STORED)
    )
    for row in tx.stream(query, 2000):
        yield row[0], row[1], bool(row[2])


def of_other_epochs(tx: Tx, number: int, epoch: str) -> list[tuple[int, int, str]]:
    """(id, digest, state) of the items of a stream that bear names of another epoch and still count, by id."""
    query = select(_item.c.id, _item.c.digest, _item.c.state).where(
        _item.c.stream_id == number,
        _item.c.epoch != epoch,
        _item.c.state.not_in(("renumbered", "forgotten")),
        _item.c.removed.is_(False),
    )
    return [tuple(row) for row in tx.rows(query.order_by(_item.c.id))]


def digests(tx: Tx, number: int, epoch: str) -> Iterator[tuple[int, int]]:
    """(id, digest) of the items of an epoch of which something was read."""
    query = select(_item.c.id, _item.c.digest).where(
        _item.c.stream_id == number, _item.c.epoch == epoch, _item.c.digest != UNOPENED
    )
    for row in tx.stream(query, 2000):
        yield row[0], row[1]


_AMENDED = select(_raw.c.item_id).where(among(_raw.c.item_id, "ids")).group_by(_raw.c.item_id).having(func.count() > 1)


def amended(tx: Tx, numbers: Iterable[int]) -> set[int]:
    """Those of these items of which several revisions are kept."""
    return {row[0] for row in tx.rows(_AMENDED, ids=list(numbers))}


def renumber(tx: Tx, numbers: Sequence[int]) -> None:
    """These items bear other names now: what remains here is that they were once named so."""
    columns = {"state": "renumbered", "rule": "", "revision": "", "recurring": False}
    tx.run(update(_item).where(among(_item.c.id, "ids")).values(**columns), ids=list(numbers))


def mark_removed(tx: Tx, numbers: Iterable[int], *, removed: bool) -> None:
    tx.run(update(_item).where(among(_item.c.id, "ids")).values(removed=removed), ids=list(numbers))


# --- records, raws, quarantine ---------------------------------------------------------------------------------------

_RECORDS = select(_record.c.id, _record.c.item_id, _record.c.part, _record.c.kind, _record.c.family, _record.c.frozen,
                  _record.c.body, _record.c.changes)  # fmt: skip
_MAIN = _RECORDS.where(among(_record.c.id, "ids"), _record.c.id == _record.c.item_id)
_FURTHER = _RECORDS.where(among(_record.c.item_id, "ids"), _record.c.id != _record.c.item_id)


def record_id(item: int, part: str) -> int:
    """The id of a record: its item's own for the main part."""
    return ids.scattered(f"{item}#{part}") if part else item


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as it stands: its body is decoded on demand."""

    id: int
    item_id: int
    part: str
    kind: str
    family: int
    frozen: bool
    body: bytes
    changes: str

    @property
    def record(self) -> Any:
        return encoding.load(self.kind, encoding.unpack(self.body))


def records(tx: Tx, numbers: Iterable[int]) -> dict[int, dict[str, StoredRecord]]:
    """The records of items: item -> part -> record."""
    found: dict[int, dict[str, StoredRecord]] = {}
    wanted = list(numbers)
    for query in (_MAIN, _FURTHER) if wanted else ():
        for row in tx.ask(query, ids=wanted):
            found.setdefault(row.item_id, {})[row.part] = StoredRecord(*row)
    return found


SMALL: Final = 2_000
"""So many bytes lie with their revision: a blob of its own costs them a place in two more trees, and hardly two items say the
same.
"""


def add_raws(tx: Tx, rows: Sequence[tuple[int, str, int, Packed]]) -> None:
    """(item, revision, received, body)."""
    blobs.keep(tx, [row[3] for row in rows if len(row[3].stored) > SMALL])
    told = [
        (item, revision, received, body.sha256, body.stored if len(body.stored) <= SMALL else None)
        for item, revision, received, body in rows
    ]
    tx.add(Raw, told, ("item_id", "revision", "received", "sha256", "body"))


_RAW_NAMES = select(_raw.c.sha256).where(among(_raw.c.item_id, "ids"), _raw.c.body.is_(None))


def drop_raws(tx: Tx, numbers: Sequence[int]) -> None:
    if not numbers:
        return
    attachments.drop(tx, numbers)
    blobs.release(tx, [row[0] for row in tx.rows(_RAW_NAMES, ids=numbers)])
    tx.drop(Raw, "item_id", numbers)


def raws(tx: Tx, number: int) -> list[tuple[str, int, bytes]]:
    """(revision, received, body) of an item, oldest first."""
    query = (
        select(_raw.c.revision, _raw.c.received, func.coalesce(_raw.c.body, _blob.c.body))
        .join_from(_raw, _blob, _blob.c.sha256 == _raw.c.sha256, isouter=True)
        .where(_raw.c.item_id == number)
        .order_by(_raw.c.id)
    )
    return [(row[0], row[1], encoding.unpack(row[2])) for row in tx.rows(query)]


_QUARANTINED = (
    select(_quarantine.c.item_id, _quarantine.c.reason, _quarantine.c.detail, _quarantine.c.at,
           _item.c.external_id, _stream.c.connection, _stream.c.name, _stream.c.title, _stream.c.custodian)
    .join_from(_quarantine, _item, _item.c.id == _quarantine.c.item_id)
    .join(_stream, _stream.c.id == _item.c.stream_id)
    .order_by(_stream.c.connection, _stream.c.name, _item.c.external_id)
)  # fmt: skip


def quarantined(tx: Tx) -> Sequence[Any]:
    """Everything in quarantine: item_id, reason, detail, at, external_id, connection, name, title, custodian."""
    return tx.rows(_QUARANTINED)


def quarantined_body(tx: Tx, number: int) -> bytes | None:
    body = tx.scalar(select(_quarantine.c.body).where(_quarantine.c.item_id == number))
    return encoding.unpack(body) if body is not None else None


# --- what becomes of items ------------------------------------------------------------------------------------------


def stored_of(tx: Tx, number: int, after: int, limit: int) -> list[int]:
    """Stored items of a stream, by id."""
    query = select(_item.c.id).where(_item.c.stream_id == number, _item.c.state.in_(STORED), _item.c.id > after)
    return [row[0] for row in tx.rows(query.order_by(_item.c.id).limit(limit))]


def drop_traces(tx: Tx, numbers: Sequence[int], *, raws: bool) -> None:
    """Drop tombstones, quarantine and requests of items; with `raws` what the source said, too."""
    for model in (Tombstone, Quarantine, Refetch, Wanted):
        tx.drop(model, "item_id", numbers)
    if raws:
        drop_raws(tx, numbers)


def set_item(tx: Tx, number: int, **columns: Any) -> None:
    tx.run(update(_item).where(_item.c.id == number).values(**columns))


# --- items to be mapped again ----------------------------------------------------------------------------------------

_OF_CONNECTION = (
    select(_item.c.id)
    .join_from(_item, _stream, _stream.c.id == _item.c.stream_id)
    .where(_item.c.state.in_(STORED))
    .order_by(_item.c.id)
)


def mapped_before(tx: Tx, connection: str, mapping: int, after: int, limit: int) -> list[int]:
    """Stored items that an older mapping made, by id."""
    query = _OF_CONNECTION.where(_stream.c.connection == connection, _item.c.mapping != mapping, _item.c.id > after)
    return [row[0] for row in tx.rows(query.limit(limit))]


def recurring(tx: Tx, connection: str, after: int, limit: int) -> list[int]:
    """Stored items that recur, by id."""
    query = _OF_CONNECTION.where(_stream.c.connection == connection, _item.c.recurring, _item.c.id > after)
    return [row[0] for row in tx.rows(query.limit(limit))]


def readable(tx: Tx, after: int, limit: int) -> list[int]:
    """Items that have records, or had before they became unreadable, by id."""
    query = select(_item.c.id).where(_item.c.state.in_((*STORED, "quarantined")), _item.c.id > after)
    return [row[0] for row in tx.rows(query.order_by(_item.c.id).limit(limit))]


_WITH_STREAMS = (
    select(_item.c.id, _item.c.stream_id, _item.c.epoch, _item.c.external_id, _item.c.revision, _item.c.state,
           _stream.c.connection, _stream.c.name, _stream.c.title)
    .join_from(_item, _stream, _stream.c.id == _item.c.stream_id)
    .where(among(_item.c.id, "ids"))
    .order_by(_item.c.id)
)  # fmt: skip


def with_streams(tx: Tx, numbers: Iterable[int]) -> Sequence[Any]:
    """Items with their streams: id, stream_id, epoch, external_id, revision, state, connection, name, title."""
    return tx.rows(_WITH_STREAMS, ids=list(numbers))


def bury(tx: Tx, numbers: Sequence[int]) -> None:
    """Leave of forgotten items only that they were there: not their names, not their bytes."""
    columns = {
        "state": "forgotten",
        "rule": "forgotten",
        "external_id": "",
        "revision": "",
        "digest": 0,
        "recurring": False,
    }
    tx.run(update(_item).where(among(_item.c.id, "ids")).values(**columns), ids=list(numbers))


def keep_headers(tx: Tx, numbers: Sequence[int]) -> None:
    """Of these items no more than the headers is known, whatever a policy would allow: they are to be fetched for it."""
    tx.run(
        update(_item).where(among(_item.c.id, "ids"), _item.c.state == "stored").values(state="headers"),
        ids=list(numbers),
    )
    drop_raws(tx, numbers)


def retire(tx: Tx, number: int) -> None:
    """A stream that is no longer there: its items are marked, its history stays."""
    tx.run(update(_item).where(_item.c.stream_id == number).values(removed=True))
    pulls.set_stream(tx, number, cursor=None, complete=False, accepted=False)
