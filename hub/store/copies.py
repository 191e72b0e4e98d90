"""Mails without a Message-ID, by the minute they were sent in, and the mails that they tell of."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from hub.core import ids
from hub.store.database import Tx, among, table
from hub.store.derived_tables import Copy, Interaction

_copy, _interaction = table(Copy), table(Interaction)
_COPIES = select(_copy.c.record_id, _copy.c.family, _copy.c.minute, _copy.c.host)
_BY = {name: _COPIES.where(among(_copy.c[name], "ids")) for name in ("record_id", "family", "minute", "host")}

_ANY = select(_copy.c.record_id).limit(1)
_MAILS = select(_interaction.c.family, _interaction.c.title).where(
    _interaction.c.id >= bindparam("since"), _interaction.c.id < bindparam("before"), _interaction.c.kind == "mail"
)


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy; `host` is the family of the mail that it tells of, 0 where it stands for itself."""

    record_id: int
    family: int
    minute: int
    host: int


def are_any(tx: Tx) -> bool:
    return bool(tx.ask(_ANY))


def by(tx: Tx, column: str, values: Iterable[int]) -> Iterator[Copied]:
    """Copies by record, family, minute or host."""
    wanted = list(values)
    return (Copied(*row) for row in tx.ask(_BY[column], ids=wanted)) if wanted else iter(())


def put(tx: Tx, copies: Sequence[Copied]) -> None:
    tx.put(Copy, [(one.record_id, one.family, one.minute, one.host) for one in copies])


def drop(tx: Tx, records: Iterable[int]) -> None:
    tx.drop(Copy, "record_id", records)


def mails(tx: Tx, since: int, until: int) -> Sequence[tuple[int, str]]:
    """(family, subject) of mails between two moments, both included."""
    return [(row[0], row[1]) for row in tx.ask(_MAILS, since=ids.first_at(since), before=ids.first_at(until + 1))]
