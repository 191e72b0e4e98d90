"""A database goes back to a backup: whole, or not at all.

    unpack, verify, upgrade (beside, in a file of its own) -> one transaction: empty, copy, compare, forget again,
    end leases, begin an epoch -> settle

Why an epoch: ADR 0029. Who was forgotten since the backup was made is forgotten once more, if what is replaced still says
it.
"""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hub.engine import forget, moving
from hub.engine.clock import Clock
from hub.engine.hub import Hub, opened
from hub.engine.moving import Progress, silent
from hub.errors import StoreUnusable
from hub.i18n import N_, _
from hub.plugins import Plugins
from hub.settings import Config
from hub.store import backups, journal, leases, schema, tokens
from hub.store import moving as tables
from hub.store.backups import Manifest
from hub.store.database import Store
from hub.store.sqlite import File, is_there

_FORCE: Final = N_("see that it is the right one, then say --force")


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What came of it: the backup, how many rows, how many forgotten addresses came up again and went, and where the
    damaged file is that was there before.
    """

    backup: Manifest
    rows: int
    forgotten: int
    aside: Path | None


def restore(
    config: Config, plugins: Plugins, file: Path, now: Clock, *, over: bool = False, progress: Progress = silent
) -> Restored:
    """Bring a backup into the database that the configuration names; one with a history only if it goes `over` it. Raises
    `StoreUnusable`, and then nothing has changed.
    """
    folder = config.store_path.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with backups.unpacked(file, folder) as unpacked, closing(Store.open(unpacked.path, create=False)) as source:
        aside = _make_room(config, now, over=over)
        with opened(config, plugins, now) as hub:
            rows, forgotten = _bring(hub, source, unpacked.manifest, progress, over=over)
            hub.settle()
            if forgotten:
                hub.store.compact()
    return Restored(backup=unpacked.manifest, rows=rows, forgotten=forgotten, aside=aside)


def _make_room(config: Config, now: Clock, *, over: bool) -> Path | None:
    """Rename a database file that cannot be opened; returns what it is called then."""
    place = File(config.store_path)
    if config.server or not is_there(place.path):
        return None
    why = _unusable(place)
    if not why:
        return None
    if not over:
        text = _("the database {path} is there, but cannot be used: {why}")
        raise StoreUnusable(text.format(path=place, why=why), fix=_(_FORCE))
    return place.set_aside(f"{place.path.name}.aside-{now():%Y%m%dT%H%M%S}")


def _unusable(place: File) -> str:
    if place.damage():
        return _("it is damaged")
    with closing(Store(place, place.engine(create=False))) as store:
        return _("a newer version of the hub made it") if schema.beyond(store.engine) else ""


def _bring(hub: Hub, source: Store, backup: Manifest, progress: Progress, *, over: bool) -> tuple[int, int]:
    with source.write() as held, hub.store.write() as tx:
        if moving.is_filled(tx) and not over:
            text = _("there is a history in {path} already")
            raise StoreUnusable(text.format(path=hub.store.place), fix=_(_FORCE))
        newest = max(leases.newest(tx), leases.newest(held))
        forgettings, grants = journal.forgettings(tx), tokens.every(tx)
        tables.clear(tx)
        rows = moving.bring(held, tx, progress)
        known = journal.forgettings(tx)
        journal.add(tx, [one for one in forgettings if one not in known])
        forgotten = forget.again(hub, tx)
        tokens.doubt(tx)
        tokens.keep_newer(tx, grants)
        leases.end(tx, newest)
        journal.begin_epoch(tx, backup.made)
    return rows, forgotten
