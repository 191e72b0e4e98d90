"""People's decisions, and the installation's one row."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, inspect, select, update

from hub.core.decisions import Action, Decision, Decisions, read
from hub.store.database import Tx, table
from hub.store.tables import Installation, Journal

_journal, _installation = table(Journal), table(Installation)
_ALL = select(_journal.c.action, _journal.c.subject, _journal.c.object).order_by(_journal.c.id)
_ONE = select(*(_installation.c[name] for name in ("hash_key", "horizon", "settings", "epoch", "as_of")))
_COLUMNS = ("at", "author", "action", "subject", "object", "note")


def decisions(tx: Tx) -> Decisions:
    """The decisions in force."""
    return read(Decision(row.action, row.subject, row.object) for row in tx.ask(_ALL))


def write(tx: Tx, made: Iterable[Decision], *, at: int, author: str, note: str = "") -> None:
    tx.add(Journal, [(at, author, d.action, d.subject, d.object, note) for d in made], _COLUMNS)


def entries(tx: Tx) -> Sequence[tuple[int, str, Action, str, str, str]]:
    """(at, author, action, subject, object, note), oldest first."""
    query = select(*(_journal.c[name] for name in _COLUMNS)).order_by(_journal.c.id)
    return [tuple(row) for row in tx.rows(query)]


def forgettings(tx: Tx) -> Sequence[tuple[int, str, Action, str, str, str]]:
    """The entries, as `entries` gives them, that say who is forgotten."""
    return [entry for entry in entries(tx) if entry[2] == "forget"]


def add(tx: Tx, written: Iterable[tuple[int, str, Action, str, str, str]]) -> None:
    """Write entries of another journal into this one."""
    tx.add(Journal, list(written), _COLUMNS)


def strike(tx: Tx, anchors: Iterable[str]) -> None:
    """Remove every entry that names one of the anchors: only forgetting does this."""
    for anchor in anchors:
        tx.run(delete(_journal).where((_journal.c.subject == anchor) | (_journal.c.object == anchor)))


@dataclass(frozen=True, slots=True)
class Facts:
    """The installation: the key of the tombstones' hashes, how far recurring things are laid out, the digest of the
    settings that the derived tables were made with, and the epoch of the database, which goes on from a backup of `as_of`
    (milliseconds since 1970) if from any: what was done outside since then, it does not know.
    """

    hash_key: bytes
    horizon: date
    settings: str
    epoch: str
    as_of: int | None = None


def installation(tx: Tx) -> Facts | None:
    rows = tx.ask(_ONE)
    return Facts(rows[0][0], date.fromisoformat(rows[0][1]), *rows[0][2:]) if rows else None


def found(tx: Tx, horizon: date, settings: str) -> Facts:
    """Write the installation's row for a new database."""
    facts = Facts(secrets.token_bytes(32), horizon, settings, _new_epoch())
    tx.add(Installation, [(1, facts.hash_key, horizon.isoformat(), settings, facts.epoch, None)])
    return facts


def begin_epoch(tx: Tx, as_of: int) -> str:
    """From now on the database is another one than that of which a backup was made at `as_of`. Returns its epoch."""
    epoch = _new_epoch()
    tx.run(update(_installation).values(epoch=epoch, as_of=as_of))
    return epoch


def epoch_of(tx: Tx) -> str:
    """The epoch of a database of whatever version; "" for one that has none."""
    columns = {column["name"] for column in inspect(tx.connection).get_columns("installation")}
    return str(tx.scalar(select(_installation.c.epoch)) or "") if "epoch" in columns else ""


def _new_epoch() -> str:
    return secrets.token_hex(8)


def unfound(tx: Tx) -> None:
    """Make room for another installation's row."""
    tx.run(delete(_installation))


def outdate(tx: Tx) -> None:
    """What is derived is to be made anew."""
    tx.run(update(_installation).values(settings=""))


def advance(tx: Tx, horizon: date, settings: str) -> None:
    tx.run(update(_installation).values(horizon=horizon.isoformat(), settings=settings))
