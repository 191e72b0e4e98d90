"""Streams of which nothing was ever read: what stood for an account while it could not be opened, say."""

from collections.abc import Collection, Sequence

from hub.store import pulls
from hub.store.database import Tx
from hub.store.tables import Run, Stream


def left(tx: Tx, connection: str, named: Collection[str], now: int) -> Sequence[int]:
    """Those of a connection that the source names no longer, and that nobody is pulling."""
    return [
        row.id
        for row in pulls.streams(tx, connection)
        if row.name not in named and not row.complete and row.lease_until <= now and not pulls.states(tx, row.id)
    ]


def drop(tx: Tx, numbers: Sequence[int]) -> None:
    """They are gone, with what was said of them."""
    tx.drop(Run, "stream_id", numbers)
    tx.drop(Stream, "id", numbers)
