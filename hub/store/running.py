"""What the daemon and those around it tell one another through the database: hints, when what is due, a pulse.

Moments are milliseconds since 1970; a connection is named by its permanent id.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import astuple, dataclass, fields

from sqlalchemy import delete, func, select, update

from hub.store.database import Tx, among, table
from hub.store.running_tables import Due, Hint, Pulse
from hub.store.tables import Run

SILENT_MS = 120_000
"""A daemon that has not gone round for so long does not do its work."""

_hint, _due, _pulse, _run = table(Hint), table(Due), table(Pulse), table(Run)


# --- hints -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rung:
    """Something may have changed in a stream of a connection; "": in any of them."""

    connection: str
    stream: str
    at: int


def ring(tx: Tx, connection: str, at: int, stream: str = "") -> None:
    """Tell the daemon that something may have changed. However often it rings, it is one hint with the last moment."""
    tx.put(Hint, [(connection, stream, at)])


def rung(tx: Tx) -> Sequence[Rung]:
    """Who has rung and was not answered yet."""
    return [Rung(*row) for row in tx.rows(select(_hint.c.connection, _hint.c.stream, _hint.c.at))]


def answered(tx: Tx, connection: str, until: int, streams: Collection[str] = ()) -> None:
    """A pull that began at `until` has answered what rang before it, in these streams or (none) in all; what rang since,
    waits.
    """
    rang = (_hint.c.connection == connection) & (_hint.c.at <= until)
    tx.run(delete(_hint).where(rang & _hint.c.stream.in_(streams) if streams else rang))


# --- what is due -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Term:
    """When a connection is pulled next; 0: when a person has done something. It failed `failures` times in a row, the last
    time with this `error` (a name of `hub.errors`), with these `settings` (a digest).
    """

    connection: str
    at: int
    failures: int = 0
    error: str = ""
    settings: str = ""


def terms(tx: Tx) -> dict[str, Term]:
    """Connection -> when it is due."""
    columns = (_due.c.connection, _due.c.at, _due.c.failures, _due.c.error, _due.c.settings)
    return {row[0]: Term(*row) for row in tx.rows(select(*columns))}


def keep_terms(tx: Tx, terms: Iterable[Term]) -> None:
    tx.put(Due, [astuple(one) for one in terms])


def wake(tx: Tx, connections: Iterable[str], at: int) -> None:
    """A person has done something about these: what had to wait for it is due."""
    waits = (_due.c.at == 0) & among(_due.c.connection, "connections", texts=True)
    tx.run(update(_due).where(waits).values(at=at), connections=list(connections))


# --- the pulse -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Beat:
    """The daemon of a database: which process it is, since when, when it last went round, from when its configuration
    is, and why a newer one is not in force ("": it is). It has stored `pages`, held the database for so many milliseconds
    in all to do so, and `slow` times for longer than a page should take.
    """

    host: str
    pid: int
    started: int
    ticked: int
    loaded: int
    mistake: str = ""
    pages: int = 0
    held: int = 0
    slow: int = 0


def beat(tx: Tx, one: Beat) -> None:
    tx.put(Pulse, [(1, *astuple(one))])


def pulse(tx: Tx) -> Beat | None:
    """The daemon's last sign of life; None when it has ended well, or never ran."""
    rows = tx.rows(select(*(_pulse.c[one.name] for one in fields(Beat))))
    return Beat(*rows[0]) if rows else None


def rest(tx: Tx) -> None:
    """The daemon has ended."""
    tx.run(delete(_pulse))


# --- old runs --------------------------------------------------------------------------------------------------------

_AT_ONCE = 5_000


def forget_runs(tx: Tx, before: int) -> bool:
    """Drop runs that ended before a moment and found nothing listed, but the last of every stream and what follows its last good
    one. Returns whether there are more.
    """
    last = select(func.max(_run.c.id)).where(_run.c.state == "ok").group_by(_run.c.stream_id)
    brought = _run.c.listed + _run.c.gone
    good = _run.alias()
    followed = select(good.c.id).where(
        good.c.stream_id == _run.c.stream_id, good.c.state == "ok", good.c.id > _run.c.id
    )
    old = select(_run.c.id).where(_run.c.finished < before, brought == 0, _run.c.id.not_in(last), followed.exists())
    numbers = [row[0] for row in tx.rows(old.limit(_AT_ONCE))]
    tx.drop(Run, "id", numbers)
    return len(numbers) == _AT_ONCE
