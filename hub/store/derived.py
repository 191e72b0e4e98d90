"""The derived tables as a whole: cleared for a rebuild, dumped canonically to be compared."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Table, delete, select

from hub.core import duplicates, ids, said
from hub.core.amend import Part
from hub.core.ids import Name
from hub.core.records import KINDS, PARTIES, Gone
from hub.store import encoding, items, search
from hub.store.body_tables import Quarantine, Tombstone
from hub.store.database import Tx, table
from hub.store.derived_tables import DERIVED, Employee, Interaction, Record
from hub.store.tables import WORK, Item, Stream

EXCLUDED: Mapping[str, str] = {
    "interaction.id": "a place in time; two of one millisecond may take it in either order. `hash` stands for it",
    "history.signs": "made of the tokens, which are shown",
    "quarantine.at": "when we met it, not what it is",
    "quarantine.body": "shown by its item's digest",
    "stream.lease_epoch": "counts attempts",
    "stream.lease_owner": "a process",
    "stream.lease_until": "a clock",
    "stream.accepted": "a permission for one run",
    "tombstone.hash": "keyed by the installation",
}
"""Columns that the canonical dump leaves out, with the reason."""

DUMPED = (*DERIVED, Stream, Item, Quarantine, Tombstone)


def clear(tx: Tx) -> None:
    """Drop everything derived but the records, which are replaced item by item."""
    search.clear(tx)
    for model in (*DERIVED, *WORK):
        if model is not Record and table(model).name != "refetch":
            tx.run(delete(table(model)))


def replace_records(tx: Tx, item: int, name: Name, parts: Mapping[str, Part]) -> None:
    """Make these the records of an item."""
    rows = []
    for part, now in parts.items():
        kind = KINDS[type(now.record)]
        body = encoding.pack(encoding.dump(now.record))
        rows.append(
            (
                items.record_id(item, part),
                item,
                part,
                kind,
                family(now.record, name.key(part)),
                now.frozen,
                body,
                said.dumps(now.before),
            )
        )
    kept = {row[0] for row in rows}
    old = items.records(tx, [item]).get(item, {}).values()
    tx.drop(Record, "id", [stored.id for stored in old if stored.id not in kept])
    tx.put(Record, rows)


def family(record: Any, key: str) -> int:
    """The number of a statement's family; 0 for what is no statement."""
    if isinstance(record, (*PARTIES, Gone)):
        return 0
    return ids.number(duplicates.family(record, KINDS[type(record)], key))


def dump(tx: Tx) -> Iterator[bytes]:
    """Every row of every derived table, and where every stream and item stands, as sorted JSON lines."""
    for model in DUMPED:
        yield from sorted(_lines(tx, table(model)))
    tokens = dict(search.everything(tx))
    interaction = table(Interaction)
    hashes = {row[0]: row[1] for row in tx.rows(select(interaction.c.id, interaction.c.hash))}
    yield from sorted(_line("search", {"interaction": hashes.get(n, n), "tokens": said}) for n, said in tokens.items())


def _lines(tx: Tx, target: Table) -> Iterator[bytes]:
    interaction = table(Interaction)
    columns = [c for c in target.columns if f"{target.name}.{c.name}" not in EXCLUDED]
    query = select(*columns)
    if "interaction_id" in target.columns:
        shown = [interaction.c.hash.label("interaction_id") if c.name == "interaction_id" else c for c in columns]
        query = select(*shown).join_from(target, interaction, interaction.c.id == target.c.interaction_id, isouter=True)
    for row in tx.stream(query, 1000):
        yield _line(target.name, dict(row._mapping))  # noqa: SLF001 - SQLAlchemy's public name for it


def _line(name: str, row: dict[str, Any]) -> bytes:
    plain = {
        str(key): _plain(name, key, value) for key, value in row.items()
    }  # a name of SQLAlchemy's is more than a str
    return orjson.dumps({"table": name, **plain}, option=orjson.OPT_SORT_KEYS)


def _plain(name: str, key: str, value: Any) -> Any:
    if isinstance(value, bytes):
        return encoding.unpack(value).decode("utf-8", "replace") if (name, key) == ("record", "body") else value.hex()
    return value


def drop_records(tx: Tx, numbers: Sequence[int]) -> None:
    found = items.records(tx, numbers)
    records = [stored.id for parts in found.values() for stored in parts.values()]
    tx.drop(Record, "id", records)
    tx.drop(Employee, "record_id", records)
