"""What is no longer there. Absence is never deletion unless a complete listing says so, and then only a mark.

A listing that is empty, or from which many items are missing at once, is not believed until a person accepts it:
a disconnected disk or a lost permission looks exactly like that.
"""

from dataclasses import dataclass
from shlex import quote
from typing import Any

from hub.connectors import Stream
from hub.core.pages import Counts
from hub.engine.feed import Feed, Present
from hub.engine.hub import Hub
from hub.engine.steps import Steps
from hub.errors import SuddenlyEmpty
from hub.i18n import sentence
from hub.settings import Connection
from hub.store import pulls
from hub.store.tables import STORED

FEW = 5
"""So many may always be missing."""


def look(
    hub: Hub, connection: Connection, feed: Feed, stream: Stream, row: Any, *, quiet: bool
) -> Steps[tuple[Counts, int | None]]:
    """Mark stored items that a complete listing no longer names, and take the mark from those that are back. `quiet`: the pull
    named nothing. `row` is the stream's.

    Returns also how many there are by the listing; None where it does not say. Raises `SuddenlyEmpty` for too many.
    """
    number = row.id
    looked = _Looked(hub, connection, feed, stream, number, bool(row.accepted))
    present = (yield from feed.present(stream.name, number)) if feed.lists else None
    if (present is None or not present.complete) and not (quiet and row.complete):
        from hub.engine import renumbered  # noqa: PLC0415 - something has come

        renumbered.unite(hub, number, row.epoch)
    if present is None:
        return Counts(), row.told if quiet else None
    gone = (yield from _not_listed(looked, present)) if present.complete else _named(looked, present)
    if present.complete and (present.epoch == row.epoch or not present.items):
        gone += _renumbered(looked, present)
    if present.cursor:
        with hub.store.write() as tx:
            pulls.set_stream(tx, number, cursor=present.cursor, told=present.total)
    return Counts(gone=gone), present.total


@dataclass(frozen=True, slots=True)
class _Looked:
    """The stream that is looked at; `accepted`: a person believes its listing, however little it names."""

    hub: Hub
    connection: Connection
    feed: Feed
    stream: Stream
    number: int
    accepted: bool


def _not_listed(looked: _Looked, present: Present) -> Steps[int]:
    """Mark what has gone since, and what has come back. Returns how many have gone."""
    from hub.store import items  # noqa: PLC0415 - something may have gone

    store = looked.hub.store
    with store.read() as tx:
        missing, back = [], []
        count = 0
        for item, external_id, removed in items.of_stream(tx, looked.number, present.epoch):
            count += not removed
            if removed and item in present:
                back.append(item)
            elif not removed and item not in present:
                missing.append((item, external_id))
    if back:
        with store.write() as tx:
            items.mark_removed(tx, back, removed=False)
    if not missing:
        return 0
    _believe(looked, present, len(missing), count)
    gone = []
    for item, external_id in sorted(missing):
        if not looked.feed.fetches or not (yield from looked.feed.holds(looked.stream.name, external_id)):
            gone.append(item)
    with store.write() as tx:
        items.mark_removed(tx, gone, removed=True)
    return len(gone)


def _named(looked: _Looked, present: Present) -> int:
    """Mark what has gone since by the source's own word, item by item. Returns how many that are."""
    if not present.gone:
        return 0
    from hub.store import elsewhere, items  # noqa: PLC0415 - something has gone

    with looked.hub.store.read() as tx:
        known = items.known(tx, (item for item, _ in present.gone))
        count = elsewhere.there(tx, looked.number, present.epoch)
    gone = [item for item, row in known.items() if row.state in STORED and not row.removed]
    if gone:
        _believe(looked, present, len(gone), count)
        with looked.hub.store.write() as tx:
            items.mark_removed(tx, gone, removed=True)
    return len(gone)


def _renumbered(looked: _Looked, present: Present) -> int:
    """Settle what is known by names of another epoch. Returns how many have gone."""
    from hub.engine import renumbered  # noqa: PLC0415 - something may have come

    left = renumbered.unite(looked.hub, looked.number, present.epoch)
    if not left.items:
        return 0
    _believe(looked, present, left.gone, left.count)
    renumbered.mark(looked.hub, left)
    return left.gone


def _believe(looked: _Looked, present: Present, missing: int, count: int) -> None:
    """Raises `SuddenlyEmpty` when more is missing than can be believed without a person's word."""
    many = missing > max(FEW, looked.connection.vanish_threshold * count)
    if not looked.accepted and (many or (missing and present.total == 0)):
        raise _suspicion(looked.connection, looked.stream, missing, count)


def _suspicion(connection: Connection, stream: Stream, missing: int, count: int) -> SuddenlyEmpty:
    text = sentence("{n} of {of} items of {connection}/{stream} are no longer listed; nothing was changed")
    return SuddenlyEmpty(
        text.format(n=missing, of=count, connection=connection.name, stream=stream.name),
        fix=sentence("if that is right, run `{command}` and sync again").format(
            command=f"hub accept-empty {quote(connection.name)} {quote(stream.name)}"
        ),
    )
