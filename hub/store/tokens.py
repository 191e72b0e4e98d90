"""Grants of connections, sealed, and the lease on renewing them. What a column means: `hub.store.tables.Token`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from hub.store.database import Tx, table
from hub.store.tables import Token

_token = table(Token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A sealed grant as it is written: by which key, until when it counts, when it was got (milliseconds)."""

    key: str
    sealed: str
    expires: int | None
    saved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who wants to renew, until when, whether another holder is gone for sure, and how long after it began what that one has
    asked may still be on its way.
    """

    owner: str
    now: int
    until: int
    is_gone: Callable[[str], bool]
    grace: int

    def is_free(self, row: Any) -> bool:
        """Whether nobody holds it. One that ends later than any would was taken before a clock went back."""
        if not row.lease_owner or not self.now < row.lease_until <= self.until:
            return True
        lasted = self.until - row.lease_until
        return lasted >= self.grace and self.is_gone(row.lease_owner)


def every(tx: Tx) -> Sequence[Any]:
    return tx.rows(select(_token).order_by(_token.c.connection))


def one(tx: Tx, connection: str) -> Any | None:
    return next(iter(tx.rows(select(_token).where(_token.c.connection == connection))), None)


def claim(tx: Tx, connection: str, version: int, lease: Lease) -> int | None:
    """The epoch of a lease on renewing this version; None where another has one, or another version lies there."""
    row = one(tx, connection)
    if row is None or row.version != version or row.refused or not lease.is_free(row):
        return None
    _change(tx, connection, lease_epoch=row.lease_epoch + 1, lease_owner=lease.owner, lease_until=lease.until,
            unanswered=row.unanswered or row.asking, asking=True)  # fmt: skip
    return int(row.lease_epoch) + 1


def follow(tx: Tx, connection: str, version: int, found: Row) -> bool:
    """Put the grant that follows `version` in its place; False where another lies there."""
    row = one(tx, connection)
    if row is None or row.version != version:
        return False
    _put(tx, connection, found, row)
    return True


def begin(tx: Tx, connection: str, found: Row) -> None:
    """Put the grant there that a person has given, whatever lay there: who is renewing that comes too late."""
    _put(tx, connection, found, one(tx, connection))


def seal(tx: Tx, connection: str, version: int, key: str, sealed: str) -> None:
    """The same grant, sealed with another key."""
    changed = update(_token).where(_token.c.connection == connection, _token.c.version == version)
    tx.run(changed.values(key=key, sealed=sealed))


def refuse(tx: Tx, connection: str, version: int, epoch: int) -> None:
    """A person has to sign in, as far as the holder of this lease knows."""
    _change(tx, connection, version=version, epoch=epoch, refused=True, asking=False, lease_owner="", lease_until=0)


def release(tx: Tx, connection: str, epoch: int) -> None:
    """Let others renew."""
    _change(tx, connection, epoch=epoch, lease_owner="", lease_until=0)


def _put(tx: Tx, connection: str, found: Row, before: Any | None) -> None:
    version, epoch = (before.version, before.lease_epoch) if before else (0, 0)
    tx.put(Token, [(connection, version + 1, found.key, found.sealed, found.expires, found.saved, False, False, False,
                    epoch + 1, "", 0)])  # fmt: skip


def _change(tx: Tx, connection: str, *, version: int | None = None, epoch: int | None = None, **values: Any) -> None:
    where = [_token.c.connection == connection]
    where += [_token.c.version == version] if version is not None else []
    where += [_token.c.lease_epoch == epoch] if epoch is not None else []
    tx.run(update(_token).where(*where).values(**values))


def doubt(tx: Tx) -> None:
    """What lies here comes out of a backup: somebody may have asked for the next grants since, and got them."""
    tx.run(update(_token).values(unanswered=True, asking=False, lease_owner="", lease_until=0))


def keep_newer(tx: Tx, rows: Sequence[Any]) -> None:
    """Put these grants, as `every` gave them, back where nothing lies that was got later."""
    saved = {row.connection: row.saved for row in every(tx)}
    tx.put(Token, [tuple(row) for row in rows if row.saved >= saved.get(row.connection, row.saved)])
