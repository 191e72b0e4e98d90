"""Streams, runs and items: where a pull stands, and what became of everything a source ever named."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select, update

from hub.core import ids
from hub.core.pages import Counts
from hub.store import attachments, blobs, encoding
from hub.store.blobs import Packed
from hub.store.database import Tx, among, table
from hub.store.derived_tables import Record
from hub.store.tables import Blob, Item, Quarantine, Raw, Refetch, Run, Stream, Tombstone, Wanted

_stream, _run, _item, _raw, _blob = table(Stream), table(Run), table(Item), table(Raw), table(Blob)
_record, _quarantine, _tombstone, _refetch = table(Record), table(Quarantine), table(Tombstone), table(Refetch)

STORED = ("stored", "headers")
UNOPENED = 0
"""The digest of an item of which nothing could be read."""


# --- streams ---------------------------------------------------------------------------------------------------------


def stream_id(connection: str, name: str) -> int:
    return ids.scattered(f"{connection}/{name}")


_STREAM = select(_stream).where(_stream.c.id == bindparam("number"))


def stream(tx: Tx, number: int) -> Any | None:
    """A stream's row."""
    rows = tx.rows(_STREAM, number=number)
    return rows[0] if rows else None


def streams(tx: Tx, connection: str | None = None) -> Sequence[Any]:
    query = select(_stream).order_by(_stream.c.connection, _stream.c.name)
    return tx.rows(query if connection is None else query.where(_stream.c.connection == connection))


def keep_stream(tx: Tx, connection: str, name: str, title: str, custodian: str, policy: str) -> int:
    """The id of a stream, made when it is new, with its title and custodian as they are now."""
    number = stream_id(connection, name)
    row = (number, connection, name, title, custodian, None, "", policy, False, False, 0, "", 0, None)
    tx.keep(Stream, [row])
    tx.run(
        update(_stream)
        .where(_stream.c.id == number, (_stream.c.title != title) | (_stream.c.custodian != custodian))
        .values(title=title, custodian=custodian)
    )
    return number


_SET_STREAM = update(_stream).where(_stream.c.id == bindparam("number"))


def set_stream(tx: Tx, number: int, **values: Any) -> None:
    tx.run(_SET_STREAM, number=number, **values)


def lease(tx: Tx, number: int, owner: str, now: int, until: int) -> int | None:
    """Take a stream for this process: its lease's epoch, or None when another has it. One that ends much later than any
    could was taken before a clock was set back: whoever holds it finds its epoch gone.
    """
    ends = _stream.c.lease_until
    over = (ends <= now) | (ends > until + (until - now))
    taken = tx.run(
        update(_stream)
        .where(_stream.c.id == number, over | (_stream.c.lease_owner == owner))
        .values(lease_owner=owner, lease_until=until, lease_epoch=_stream.c.lease_epoch + 1)
    )
    return int(tx.scalar(select(_stream.c.lease_epoch).where(_stream.c.id == number))) if taken else None


_RENEW = _SET_STREAM.where(_stream.c.lease_epoch == bindparam("held"))


def renew(tx: Tx, number: int, epoch: int, until: int) -> bool:
    """Whether the lease is still ours; if so, longer."""
    return tx.run(_RENEW, number=number, held=epoch, lease_until=until) == 1


def release(tx: Tx, number: int, epoch: int) -> None:
    held = (_stream.c.id == number) & (_stream.c.lease_epoch == epoch)
    tx.run(update(_stream).where(held).values(lease_owner="", lease_until=0))


# --- runs ------------------------------------------------------------------------------------------------------------


def start_run(tx: Tx, number: int, now: int) -> int:
    values = {"stream_id": number, "state": "running", "started": now, "error": "", "message": ""}
    counts = dict.fromkeys(("listed", "stored", "unchanged", "quarantined", "excluded", "gone"), 0)
    result = tx.connection.execute(_run.insert().values(**values, **counts))
    key = result.inserted_primary_key
    assert key is not None
    return int(key[0])


_REPORT = update(_run).where(_run.c.id == bindparam("number"))


def report(tx: Tx, run: int, counts: Counts, **values: Any) -> None:
    """Write what a run has done so far; at its end also `state`, `finished`, `error`, `message`."""
    numbers = {name: getattr(counts, name) for name in Counts.__dataclass_fields__}
    tx.run(_REPORT, number=run, **numbers, **values)


def last_runs(tx: Tx) -> dict[int, Any]:
    """The newest run of every stream."""
    newest = select(func.max(_run.c.id)).group_by(_run.c.stream_id)
    return {row.stream_id: row for row in tx.rows(select(_run).where(_run.c.id.in_(newest)))}


def read_so_far(tx: Tx, number: int) -> Counts:
    """What the runs of a stream have read since one came to its end; what was unreadable and is no more, is not in it."""
    mine = _run.c.stream_id == number
    ended = select(func.coalesce(func.max(_run.c.id), 0)).where(mine, _run.c.state == "ok").scalar_subquery()
    [sums] = tx.rows(
        select(func.coalesce(func.sum(_run.c.stored), 0), func.coalesce(func.sum(_run.c.quarantined), 0)).where(
            mine, _run.c.id > ended
        )
    )
    unreadable = min(sums[1], states(tx, number).get("quarantined", 0)) if sums[1] else 0
    return Counts(stored=sums[0], quarantined=unreadable)


# --- items -----------------------------------------------------------------------------------------------------------


def item_id(stream: int, epoch: str, external_id: str) -> int:
    return ids.number(f"{stream}/{epoch}/{external_id}")


_KNOWN = select(_item.c.id, _item.c.external_id, _item.c.revision, _item.c.digest, _item.c.state, _item.c.mapping,
                _item.c.removed).where(among(_item.c.id, "ids"))  # fmt: skip


def known(tx: Tx, numbers: Iterable[int]) -> dict[int, Any]:
    """What is known of these items: id, external_id, revision, digest, state, mapping, removed."""
    return {row[0]: row for row in tx.rows(_KNOWN, ids=list(numbers))}


def of_stream(tx: Tx, number: int, epoch: str) -> Iterator[tuple[int, str, bool]]:
    """(id, external id, removed) of the stored items of a stream, by id."""
    query = (
        select(_item.c.id, _item.c.external_id, _item.c.removed)
        .where(_item.c.stream_id == number, _item.c.epoch == epoch, _item.c.state.in_(STORED))
        .order_by(_item.c.id)
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


def states(tx: Tx, number: int) -> dict[str, int]:
    """How many items of a stream are in each state."""
    query = select(_item.c.state, func.count()).where(_item.c.stream_id == number).group_by(_item.c.state)
    return {row[0]: row[1] for row in tx.rows(query)}


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
        for row in tx.rows(query, ids=wanted):
            found.setdefault(row.item_id, {})[row.part] = StoredRecord(*row)
    return found


def add_raws(tx: Tx, rows: Sequence[tuple[int, str, int, Packed]]) -> None:
    """(item, revision, received, body)."""
    blobs.keep(tx, [row[3] for row in rows])
    told = [(item, revision, received, body.sha256) for item, revision, received, body in rows]
    tx.add(Raw, told, ("item_id", "revision", "received", "sha256"))


_RAW_NAMES = select(_raw.c.sha256).where(among(_raw.c.item_id, "ids"))


def drop_raws(tx: Tx, numbers: Sequence[int]) -> None:
    if not numbers:
        return
    attachments.drop(tx, numbers)
    blobs.release(tx, [row[0] for row in tx.rows(_RAW_NAMES, ids=numbers)])
    tx.drop(Raw, "item_id", numbers)


def raws(tx: Tx, number: int) -> list[tuple[str, int, bytes]]:
    """(revision, received, body) of an item, oldest first."""
    query = (
        select(_raw.c.revision, _raw.c.received, _blob.c.body)
        .join_from(_raw, _blob, _blob.c.sha256 == _raw.c.sha256)
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


def reset(tx: Tx, number: int) -> None:
    """Read a stream from the start at its next pull."""
    set_stream(tx, number, cursor=None, complete=False)


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
    set_stream(tx, number, cursor=None, complete=False, accepted=False)
