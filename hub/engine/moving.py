"""The history moves into another database: whole, or not at all."""

from collections.abc import Callable
from pathlib import Path

from hub.engine.hub import Hub
from hub.errors import Inconsistent, StoreUnusable
from hub.i18n import _
from hub.store import journal, moving, pulls
from hub.store.database import Store, Tx

Progress = Callable[[int], None]
"""Told how many rows are copied so far."""


def silent(_rows: int) -> None:
    return


def move(hub: Hub, file: Path, progress: Progress = silent) -> int:
    """Bring what a database file holds into the hub's own database, which is empty; returns how many rows. Nobody writes
    into the file meanwhile; it stays as it is. Raises `StoreUnusable`.
    """
    source = Store.open(file, create=False)
    try:
        with source.write() as held, hub.store.write() as tx:
            _refuse_busy(held, hub, file)
            _refuse_filled(tx, hub)
            rows = bring(held, tx, progress)
    finally:
        source.close()
    return rows


def bring(source: Tx, target: Tx, progress: Progress = silent) -> int:
    """Copy everything into a database that has nothing but its own installation's row; returns how many rows."""
    journal.unfound(target)
    rows = moving.copy(source, target, progress)
    if moving.fingerprint(source) != moving.fingerprint(target):
        raise Inconsistent(_("what was copied differs from what was there: nothing was moved"))
    return rows


def is_filled(tx: Tx) -> bool:
    """Whether there is a history in a database, or a decision."""
    return bool(pulls.streams(tx) or journal.entries(tx))


def _refuse_busy(held: Tx, hub: Hub, file: Path) -> None:
    now = hub.now.milliseconds()
    if any(stream.lease_owner and stream.lease_until > now for stream in pulls.streams(held)):
        text = _("{path} is being synced")
        raise StoreUnusable(text.format(path=file), fix=_("wait until that has ended, or stop it"))


def _refuse_filled(tx: Tx, hub: Hub) -> None:
    if is_filled(tx):
        text = _("there is a history in {path} already")
        raise StoreUnusable(text.format(path=hub.store.place), fix=_("name an empty database in [store]"))
