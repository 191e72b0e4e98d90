"""What is measured of a running hub: numbers only, and no name of a stream, which may be somebody's address."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from sqlalchemy import case, func, select

from hub.store import pulls
from hub.store.body_tables import Quarantine
from hub.store.database import Tx, table
from hub.store.running_tables import Hint
from hub.store.tables import Item, Run

_run, _quarantine, _hint, _item = table(Run), table(Quarantine), table(Hint), table(Item)

OUTCOMES = ("stored", "unchanged", "quarantined", "excluded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the runs of a stream came to: the moment the last one that was ok ended (milliseconds since 1970), what state
    the last one is in, and how many items all of them counted, by outcome.
    """

    connection: str
    label: str
    succeeded: int | None
    state: str
    items: Mapping[str, int]


def stream_label(key: bytes, number: int) -> str:
    """What a stream is called where its name must not stand: `key` is the installation's."""
    return blake2b(f"stream:{number}".encode(), digest_size=5, key=key).hexdigest()


def streams(tx: Tx, key: bytes) -> list[Measured]:
    """All streams that were ever pulled, by connection."""
    sums = [func.coalesce(func.sum(_run.c[name]), 0) for name in OUTCOMES]
    done = case((_run.c.state == "ok", _run.c.finished))
    query = select(_run.c.stream_id, func.max(done), *sums).group_by(_run.c.stream_id)
    totals = {row[0]: row[1:] for row in tx.rows(query)}
    states = {number: str(row.state) for number, row in pulls.last_runs(tx).items()}
    return [
        Measured(
            connection=row.connection,
            label=stream_label(key, row.id),
            succeeded=totals[row.id][0],
            state=states[row.id],
            items=dict(zip(OUTCOMES, map(int, totals[row.id][1:]), strict=True)),
        )
        for row in pulls.streams(tx)
        if row.id in totals
    ]


def kept(tx: Tx) -> list[dict[str, Any]]:
    """Every stream, with how many of its items are in which state."""
    query = select(_item.c.stream_id, _item.c.state, func.count()).group_by(_item.c.stream_id, _item.c.state)
    counts: dict[int, dict[str, int]] = {}
    for number, state, count in tx.rows(query):
        counts.setdefault(number, {})[state] = count
    return [
        {"id": row.id, "connection": row.connection, "complete": bool(row.complete), "accepted": bool(row.accepted),
         "told": row.told, "items": counts.get(row.id, {})}
        for row in pulls.streams(tx)
    ]  # fmt: skip


def last_runs(tx: Tx, most: int) -> list[dict[str, Any]]:
    """The last runs of all streams, the newest first; `error` is a name of `hub.errors`, `message` its words."""
    names = ("state", "started", "finished", "listed", *OUTCOMES, "gone", "error", "message")
    query = select(_run.c.stream_id, *(_run.c[name] for name in names)).order_by(_run.c.id.desc()).limit(most)
    return [dict(zip(("stream", *names), row, strict=True)) for row in tx.rows(query)]


def quarantined(tx: Tx) -> int:
    return int(tx.scalar(select(func.count()).select_from(_quarantine)))


def hints(tx: Tx) -> int:
    """How many rings were not answered yet."""
    return int(tx.scalar(select(func.count()).select_from(_hint)))
