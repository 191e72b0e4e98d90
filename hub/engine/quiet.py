"""Streams without news by the source's own word: their runs are written down together, and nothing else is done about them."""

from collections.abc import Sequence
from typing import Any

from hub.connectors import Stream
from hub.engine.feed import Feed
from hub.engine.hub import Hub
from hub.engine.runs import Report
from hub.engine.steps import Steps
from hub.settings import Connection
from hub.store import pulls, undone
from hub.store.database import Tx


def look(hub: Hub, connection: Connection, feed: Feed, streams: Sequence[Stream]) -> Steps[list[Report]]:
    """The reports of those of these streams in which there is nothing new, and of which nothing else is to be done."""
    if "quiet" not in hub.connector(connection).capabilities:
        return []
    began = hub.now.milliseconds()
    with hub.store.read() as tx:
        cursors = _at_rest(tx, hub, connection, streams)
    named = set((yield from feed.quiet(cursors))) if cursors else set()
    if not named:
        return []
    with hub.store.write() as tx:
        still = _at_rest(tx, hub, connection, [one for one in streams if one.name in named])
        sure = [one.name for one in streams if one.name in still and still[one.name] == cursors.get(one.name)]
        numbers = [pulls.stream_id(connection.id, name) for name in sure]
        pulls.add_quiet_runs(tx, numbers, began, hub.now.milliseconds())
    for name in sure:
        hub.plugins.ask("run_finished", connection=connection.name, stream=name, ok=True)
    return [Report(connection=connection.name, stream=name, state="ok") for name in sure]


def _at_rest(tx: Tx, hub: Hub, connection: Connection, streams: Sequence[Stream]) -> dict[str, str]:
    """The cursors of streams that nobody pulls now, and for which a pull that brings nothing would leave all as it is."""
    if undone.requests(tx):
        return {}
    now, policy, said = hub.now.milliseconds(), repr(connection.policy), {stream.name: stream for stream in streams}
    rows = [row for row in pulls.streams(tx, connection.id) if _is_at_rest(row, said.get(row.name), policy, now)]
    unopened = undone.unopened(tx, [row.id for row in rows])
    return {row.name: row.cursor for row in rows if row.id not in unopened}


def _is_at_rest(row: Any, stream: Stream | None, policy: str, now: int) -> bool:
    if stream is None or (row.title, row.custodian, row.policy) != (stream.title, stream.custodian, policy):
        return False
    is_whole = row.complete and row.cursor is not None and row.told is not None
    return bool(is_whole and not row.accepted and row.lease_until <= now)
