"""Who is pulling which stream, all of them at once. One lease is taken and renewed in `hub.store.items`."""

from sqlalchemy import func, select, update

from hub.store.database import Tx, table
from hub.store.tables import Stream

_stream = table(Stream)


def newest(tx: Tx) -> int:
    """The newest epoch that a lease ever had."""
    return int(tx.scalar(select(func.max(_stream.c.lease_epoch))) or 0)


def end(tx: Tx, newest: int) -> None:
    """Nobody pulls anything: who took a stream before, up to the epoch `newest`, has lost it."""
    tx.run(update(_stream).values(lease_owner="", lease_until=0, lease_epoch=newest + 1))
