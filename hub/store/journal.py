"""People's decisions, and the installation's one row."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, select, update

from hub.core.decisions import Action, Decision, Decisions, read
from hub.store.database import Tx, table
from hub.store.tables import Installation, Journal

_journal, _installation = table(Journal), table(Installation)
_ALL = select(_journal.c.action, _journal.c.subject, _journal.c.object).order_by(_journal.c.id)
_ONE = select(_installation.c.hash_key, _installation.c.horizon, _installation.c.settings)
_COLUMNS = ("at", "author", "action", "subject", "object", "note")


def decisions(tx: Tx) -> Decisions:
    """The decisions in force."""
    return read(Decision(row.action, row.subject, row.object) for row in tx.rows(_ALL))


def write(tx: Tx, made: Iterable[Decision], *, at: int, author: str, note: str = "") -> None:
    tx.add(Journal, [(at, author, d.action, d.subject, d.object, note) for d in made], _COLUMNS)


def entries(tx: Tx) -> Sequence[tuple[int, str, Action, str, str, str]]:
    """(at, author, action, subject, object, note), oldest first."""
    query = select(*(_journal.c[name] for name in _COLUMNS)).order_by(_journal.c.id)
    return [tuple(row) for row in tx.rows(query)]


def strike(tx: Tx, anchors: Iterable[str]) -> None:
    """Remove every entry that names one of the anchors: only forgetting does this."""
    for anchor in anchors:
        tx.run(delete(_journal).where((_journal.c.subject == anchor) | (_journal.c.object == anchor)))


@dataclass(frozen=True, slots=True)
class Facts:
    """The installation: the key of the tombstones' hashes, how far recurring things are laid out, and the digest of
    the settings that the derived tables were made with.
    """

    hash_key: bytes
    horizon: date
    settings: str


def installation(tx: Tx) -> Facts | None:
    rows = tx.rows(_ONE)
    return Facts(rows[0][0], date.fromisoformat(rows[0][1]), rows[0][2]) if rows else None


def found(tx: Tx, horizon: date, settings: str) -> Facts:
    """Write the installation's row for a new database."""
    facts = Facts(secrets.token_bytes(32), horizon, settings)
    tx.add(Installation, [(1, facts.hash_key, horizon.isoformat(), settings)])
    return facts


def unfound(tx: Tx) -> None:
    """Make room for another installation's row."""
    tx.run(delete(_installation))


def advance(tx: Tx, horizon: date, settings: str) -> None:
    tx.run(update(_installation).values(horizon=horizon.isoformat(), settings=settings))
