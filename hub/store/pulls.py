"""Where pulls stand: streams, who is pulling them, and what came of it.

Everything that a pull without news asks and writes is here and in `hub.store.undone`: it waits for no other tables.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, func, select, update

from hub.core import ids
from hub.core.pages import Counts
from hub.store.database import Tx, table
from hub.store.tables import Item, Run, Stream

_stream, _run, _item = table(Stream), table(Run), table(Item)
_ONE = select(_stream).where(_stream.c.id == bindparam("number"))


# --- streams ---------------------------------------------------------------------------------------------------------


def stream_id(connection: str, name: str) -> int:
    return ids.scattered(f"{connection}/{name}")


def stream(tx: Tx, number: int) -> Any | None:
    """A stream's row."""
    rows = tx.rows(_ONE, number=number)
    return rows[0] if rows else None


_ALL = select(_stream).order_by(_stream.c.connection, _stream.c.name)
_OF_ONE = _ALL.where(_stream.c.connection == bindparam("name"))


def streams(tx: Tx, connection: str | None = None) -> Sequence[Any]:
    return tx.rows(_ALL) if connection is None else tx.rows(_OF_ONE, name=connection)


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


_TAKE = (
    update(_stream)
    .where(
        _stream.c.id == bindparam("number"),
        (_stream.c.lease_until <= bindparam("now"))
        | (_stream.c.lease_until > bindparam("latest"))
        | (_stream.c.lease_owner == bindparam("owner")),
    )
    .values(lease_owner=bindparam("owner"), lease_until=bindparam("until"), lease_epoch=_stream.c.lease_epoch + 1)
)


def take(tx: Tx, number: int, owner: str, now: int, until: int) -> bool:
    """Take a stream for this process, if no other has it. A lease that ends much later than any could was taken before a
    clock was set back: whoever holds it finds its epoch gone.
    """
    return tx.run(_TAKE, number=number, owner=owner, now=now, until=until, latest=until + (until - now)) == 1


_HELD = _SET_STREAM.where(_stream.c.lease_epoch == bindparam("held"))


def renew(tx: Tx, number: int, epoch: int, until: int) -> bool:
    """Whether the lease is still ours; if so, longer."""
    return tx.run(_HELD, number=number, held=epoch, lease_until=until) == 1


def release(tx: Tx, number: int, epoch: int, **values: Any) -> None:
    """Let go of a stream that is still ours, with what is known of it now."""
    tx.run(_HELD, number=number, held=epoch, lease_owner="", lease_until=0, **values)


def reset(tx: Tx, number: int) -> None:
    """Read a stream from the start at its next pull."""
    set_stream(tx, number, cursor=None, complete=False)


def states(tx: Tx, number: int) -> dict[str, int]:
    """How many items of a stream are in each state."""
    query = select(_item.c.state, func.count()).where(_item.c.stream_id == number).group_by(_item.c.state)
    return {row[0]: row[1] for row in tx.rows(query)}


# --- runs ------------------------------------------------------------------------------------------------------------


def start_run(tx: Tx, number: int, now: int) -> int:
    values = {"stream_id": number, "state": "running", "started": now, "error": "", "message": ""}
    counts = dict.fromkeys(("listed", "stored", "unchanged", "quarantined", "excluded", "gone"), 0)
    result = tx.connection.execute(_run.insert().values(**values, **counts))
    key = result.inserted_primary_key
    assert key is not None
    return int(key[0])


def add_quiet_runs(tx: Tx, numbers: Sequence[int], started: int, finished: int) -> None:
    """Of each of these streams a run that came to its end and brought nothing."""
    columns = tuple(column.name for column in _run.columns if column.name != "id")
    values = {"state": "ok", "started": started, "finished": finished, "error": "", "message": ""}
    tx.add(Run, [[({"stream_id": one} | values).get(name, 0) for name in columns] for one in numbers], columns)


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
