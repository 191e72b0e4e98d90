"""Bytes by their SHA-256: what two items both say is kept once. `uses` counts who still says it."""

import hashlib
from collections import Counter
from collections.abc import Iterable

from sqlalchemy import bindparam, delete, select, update

from hub.store import encoding
from hub.store.database import Tx, among, table
from hub.store.tables import Blob

_blob = table(Blob)


def name(body: bytes) -> str:
    """What some bytes are called: their SHA-256 in hexadecimal."""
    return hashlib.sha256(body).hexdigest()


_KNOWN = select(_blob.c.sha256).where(among(_blob.c.sha256, "names", texts=True))
_USE = update(_blob).where(_blob.c.sha256 == bindparam("sha")).values(uses=_blob.c.uses + bindparam("more"))
_UNUSED = delete(_blob).where(among(_blob.c.sha256, "names", texts=True), _blob.c.uses <= 0)


def keep(tx: Tx, bodies: Iterable[bytes]) -> list[str]:
    """Keep bodies, each for one more use; returns their names in order."""
    found = [(name(body), body) for body in bodies]
    counted, bytes_of = Counter(sha for sha, _ in found), dict(found)
    known = {row[0] for row in tx.rows(_KNOWN, names=list(bytes_of))} if found else set()
    tx.each(_USE, [{"sha": sha, "more": counted[sha]} for sha in sorted(known)])
    tx.add(Blob, [(sha, counted[sha], encoding.pack(body)) for sha, body in bytes_of.items() if sha not in known])
    return [sha for sha, _ in found]


def release(tx: Tx, names: Iterable[str]) -> None:
    """Give up one use of each; what nobody uses any more is gone."""
    counted = Counter(names)
    tx.each(_USE, [{"sha": sha, "more": -count} for sha, count in counted.items()])
    if counted:
        tx.run(_UNUSED, names=list(counted))
