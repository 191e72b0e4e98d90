"""The history moves into another database: whole, or not at all."""

from collections.abc import Callable
from pathlib import Path

from hub.engine.hub import Hub
from hub.errors import Inconsistent, StoreUnusable
from hub.i18n import _
from hub.store import items, journal, moving
from hub.store.database import Store, Tx


def move(hub: Hub, file: Path, progress: Callable[[int], None] = lambda _rows: None) -> int:
    """Bring what a database file holds into the hub's own database, which is empty; returns how many rows. Nobody writes
    into the file meanwhile; it stays as it is. Raises `StoreUnusable`.
    """
    source = Store.open(file, create=False)
    try:
        with source.write() as held, hub.store.write() as tx:
            _refuse_busy(held, hub, file)
            _refuse_filled(tx, hub)
            rows = moving.copy(held, tx, progress)
            if moving.fingerprint(held) != moving.fingerprint(tx):
                raise Inconsistent(_("what was copied differs from what was there: nothing was moved"))
    finally:
        source.close()
    return rows


def _refuse_busy(held: Tx, hub: Hub, file: Path) -> None:
    now = hub.now.milliseconds()
    if any(stream.lease_owner and stream.lease_until > now for stream in items.streams(held)):
        text = _("{path} is being synced")
        raise StoreUnusable(text.format(path=file), fix=_("wait until that has ended, or stop it"))


def _refuse_filled(tx: Tx, hub: Hub) -> None:
    if items.streams(tx) or journal.entries(tx):
        text = _("there is a history in {path} already")
        raise StoreUnusable(text.format(path=hub.store.place), fix=_("name an empty database in [store]"))
    journal.unfound(tx)
