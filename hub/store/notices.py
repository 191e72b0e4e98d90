"""What an admin is told: the connections that need a person, and the messages about them.

Moments are milliseconds since 1970; a connection is named by its permanent id.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import orjson
from sqlalchemy import case, delete, func, select, update

from hub.store.database import Tx, among, table
from hub.store.running_tables import Notice, Trouble
from hub.store.tables import Run, Stream

_trouble, _notice, _run, _stream = table(Trouble), table(Notice), table(Run), table(Stream)


# --- troubles --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Need:
    """A connection needs a person: because of this error (a name of `hub.errors`), which was said so, in English."""

    connection: str
    error: str
    message: str


def known(tx: Tx) -> dict[str, Need]:
    """Connection -> the trouble that somebody is told of."""
    rows = tx.rows(select(_trouble.c.connection, _trouble.c.error, _trouble.c.message))
    return {row[0]: Need(*row) for row in rows}


def keep(tx: Tx, needs: Iterable[Need], now: int) -> None:
    tx.put(Trouble, [(one.connection, one.error, one.message, now) for one in needs])


def forget(tx: Tx, connections: Sequence[str]) -> None:
    if connections:
        tx.run(delete(_trouble).where(among(_trouble.c.connection, "names", texts=True)), names=list(connections))


# --- messages --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a message: a connection needs a person, or is well again."""

    kind: Literal["needs", "well"]
    connection: str
    error: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A message and its number; how often it was tried to send it so far."""

    number: int
    tries: int
    entries: tuple[Entry, ...]


def collecting(tx: Tx) -> Message | None:
    """The message that nobody has tried to send yet, to which more can be added."""
    found = _messages(tx, (_notice.c.sent.is_(None)) & (_notice.c.tries == 0))
    return found[-1] if found else None


def write(tx: Tx, number: int | None, entries: Sequence[Entry], *, now: int, due: int) -> None:
    """Write a message down (None: a new one); one that has nothing to say any more is removed."""
    said = orjson.dumps([asdict(one) for one in entries]).decode()
    if number is None:
        tx.add(Notice, [(now, due, 0, None, said)], ("made", "due", "tries", "sent", "entries"))
    elif entries:
        tx.run(update(_notice).where(_notice.c.id == number).values(entries=said))
    else:
        tx.run(delete(_notice).where(_notice.c.id == number))


def due(tx: Tx, now: int) -> Message | None:
    """The first message that is to be sent now. A message waits for those before it."""
    found = _messages(tx, _notice.c.sent.is_(None))
    if not found:
        return None
    at = tx.scalar(select(_notice.c.due).where(_notice.c.id == found[0].number))
    return found[0] if at <= now else None


def tried(tx: Tx, number: int, tries: int, again: int) -> bool:
    """Say that it is being sent for another time, and again at that moment unless it arrives. Returns whether nobody else
    has said so meanwhile.
    """
    mine = (_notice.c.id == number) & (_notice.c.tries == tries) & _notice.c.sent.is_(None)
    return tx.run(update(_notice).where(mine).values(tries=tries + 1, due=again)) == 1


def sent(tx: Tx, number: int, now: int, *, forget_before: int) -> None:
    """It has arrived. Old ones are forgotten."""
    tx.run(update(_notice).where(_notice.c.id == number).values(sent=now))
    tx.run(delete(_notice).where(_notice.c.sent < forget_before))


def stuck(tx: Tx) -> int:
    """How many messages were tried and have not arrived."""
    waiting = _notice.c.sent.is_(None) & (_notice.c.tries > 0)
    return int(tx.scalar(select(func.count()).select_from(_notice).where(waiting)))


def _messages(tx: Tx, which: object) -> list[Message]:
    query = select(_notice.c.id, _notice.c.tries, _notice.c.entries).where(which).order_by(_notice.c.id)  # type: ignore[arg-type]
    return [Message(row[0], row[1], tuple(Entry(**one) for one in orjson.loads(row[2]))) for row in tx.rows(query)]


# --- what it follows from --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ended:
    """How the last run of a stream that came to an end did so; `adds_up`: listed = what became of it."""

    connection: str
    error: str
    message: str
    adds_up: bool


def last_ended(tx: Tx) -> list[Ended]:
    newest = select(func.max(_run.c.id)).where(_run.c.finished.is_not(None)).group_by(_run.c.stream_id)
    parts = _run.c.stored + _run.c.unchanged + _run.c.quarantined + _run.c.excluded
    state = case((_run.c.state == "failed", _run.c.error), else_="")
    query = (
        select(_stream.c.connection, state, _run.c.message, (_run.c.state != "ok") | (_run.c.listed == parts))
        .join_from(_run, _stream, _stream.c.id == _run.c.stream_id)
        .where(_run.c.id.in_(newest))
        .order_by(_run.c.id)
    )
    return [Ended(row[0], row[1], row[2], bool(row[3])) for row in tx.rows(query)]


def last_success(tx: Tx) -> Mapping[str, int]:
    """Connection -> when a run of it last ended well."""
    query = (
        select(_stream.c.connection, func.max(_run.c.finished))
        .join_from(_run, _stream, _stream.c.id == _run.c.stream_id)
        .where(_run.c.state == "ok")
        .group_by(_stream.c.connection)
    )
    return {row[0]: row[1] for row in tx.rows(query) if row[1] is not None}
