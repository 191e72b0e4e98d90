"""What is no longer there. Absence is never deletion unless a complete listing says so, and then only a mark.

A listing that is empty, or from which many items are missing at once, is not believed until a person accepts it:
a disconnected disk or a lost permission looks exactly like that.
"""

from array import array
from bisect import bisect_left
from shlex import quote

from hub.connectors import Fetches, Lists, Source, Stream
from hub.core.pages import Counts
from hub.engine.hub import Hub
from hub.errors import SuddenlyEmpty
from hub.i18n import _
from hub.settings import Connection
from hub.store import items

FEW = 5
"""So many may always be missing."""


def look(hub: Hub, connection: Connection, source: Source, stream: Stream, number: int) -> Counts:
    """Mark stored items that a complete listing no longer names, and take the mark from those that are back.

    Raises `SuddenlyEmpty` for too many.
    """
    if not isinstance(source, Lists):
        return Counts()
    listing = source.ids(stream.name)
    if not listing.complete:
        return Counts()
    present = array("q", sorted(items.item_id(number, listing.epoch, external_id) for external_id in listing.ids))
    with hub.store.read() as tx:
        missing, back = [], []
        count = 0
        for item, external_id, removed in items.of_stream(tx, number, listing.epoch):
            count += not removed
            if removed and _has(present, item):
                back.append(item)
            elif not removed and not _has(present, item):
                missing.append((item, external_id))
        row = items.stream(tx, number)
    if back:
        with hub.store.write() as tx:
            items.mark_removed(tx, back, removed=False)
    if not missing:
        return Counts()
    accepted = row is not None and row.accepted
    if not accepted and len(missing) > max(FEW, connection.vanish_threshold * count):
        raise _suspicion(connection, stream, len(missing), count)
    if not accepted and not present and count:
        raise _suspicion(connection, stream, len(missing), count)
    gone = [item for item, external_id in missing if _confirmed(source, stream, external_id)]
    with hub.store.write() as tx:
        items.mark_removed(tx, gone, removed=True)
    return Counts(gone=len(gone))


def _has(present: "array[int]", item: int) -> bool:
    index = bisect_left(present, item)
    return index < len(present) and present[index] == item


def _confirmed(source: Source, stream: Stream, external_id: str) -> bool:
    """Ask for the item by its id, where the source can: only a plain no counts."""
    if not isinstance(source, Fetches):
        return True
    try:
        source.fetch(stream.name, external_id, "")
    except (KeyError, FileNotFoundError):
        return True
    return False


def _suspicion(connection: Connection, stream: Stream, missing: int, count: int) -> SuddenlyEmpty:
    text = _("{n} of {of} items of {connection}/{stream} are no longer listed; nothing was changed")
    return SuddenlyEmpty(
        text.format(n=missing, of=count, connection=connection.name, stream=stream.name),
        fix=_("if that is right, run `{command}` and sync again").format(
            command=f"hub accept-empty {quote(connection.name)} {quote(stream.name)}"
        ),
    )
