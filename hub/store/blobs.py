"""Bytes by their SHA-256: what two items both say is kept once. `uses` counts who still says it."""

from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy import bindparam, delete, select, update

from hub.store.body_tables import Blob
from hub.store.database import Tx, among, table
from hub.store.encoding import Packed

_blob = table(Blob)


_KNOWN = select(_blob.c.sha256).where(among(_blob.c.sha256, "names", texts=True))
_USE = update(_blob).where(_blob.c.sha256 == bindparam("sha")).values(uses=_blob.c.uses + bindparam("more"))
_UNUSED = delete(_blob).where(among(_blob.c.sha256, "names", texts=True), _blob.c.uses <= 0)


def keep(tx: Tx, bodies: Sequence[Packed]) -> None:
    """Keep bodies, each for one more use."""
    counted, stored = Counter(one.sha256 for one in bodies), {one.sha256: one.stored for one in bodies}
    known = {row[0] for row in tx.ask(_KNOWN, names=list(stored))} if stored else set()
    tx.each(_USE, ("sha", "more"), [(sha, counted[sha]) for sha in sorted(known)])
    tx.add(Blob, [(sha, counted[sha], body) for sha, body in stored.items() if sha not in known])


def release(tx: Tx, names: Iterable[str]) -> None:
    """Give up one use of each; what nobody uses any more is gone."""
    counted = Counter(names)
    tx.each(_USE, ("sha", "more"), [(sha, -count) for sha, count in counted.items()])
    if counted:
        tx.run(_UNUSED, names=list(counted))
