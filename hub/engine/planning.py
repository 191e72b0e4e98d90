"""What a sync would bring, before its first byte: how much every source says it holds, what of it is known already,
and what that comes to in bytes on the disk and in time. Reads nothing of any item.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from hub.connectors import Size, Stream
from hub.engine import sync as syncing
from hub.engine.feed import Failed, Feed
from hub.engine.hub import Hub
from hub.engine.steps import Steps, finished
from hub.engine.sync import Wish
from hub.errors import HubError, Inconsistent, StoreUnusable
from hub.i18n import sentence
from hub.settings import Connection
from hub.store import overview, pulls

ENOUGH: Final = 1_000
"""Of so many items on, what this hub has measured of itself counts more than what others have."""
DISK_PER_ITEM: Final = 11_000
"""Bytes in the database for one mail of 23 kB, a fifth of them with attachments: `bench/mail.py`."""
PER_SECOND: Final = 500.0
"""Items a second: about half of what `bench/mail.py` does on two slow cores, since a server has to be waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One stream: what the source says it holds (None: it does not say), and how many of that are known here."""

    connection: str
    stream: Stream
    size: Size | None
    known: int

    @property
    def fresh(self) -> int | None:
        return max(self.size.items - self.known, 0) if self.size is not None else None

    @property
    def asking(self) -> float:
        """Seconds that the source takes for what is to come, at the least."""
        if self.size is None or not self.size.items:
            return 0
        return self.size.seconds * (self.fresh or 0) / self.size.items


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What all streams come to. `disk` in bytes and `seconds` are estimates, `measured` on this hub's own past or, where
    it has none, on a benchmark. `failed`: connections that did not open, and why.
    """

    streams: Sequence[Planned]
    failed: Sequence[tuple[str, HubError]]
    disk: int
    seconds: float
    measured: bool

    @property
    def fresh(self) -> int:
        return sum(one.fresh or 0 for one in self.streams)


def plan(hub: Hub, wish: Wish) -> Plan:
    """Open every connection wished for and ask how much there is."""
    streams: list[Planned] = []
    failed: list[tuple[str, HubError]] = []
    for connection in syncing.wanted(hub, wish.names):
        try:
            for one in finished(syncing.using(hub, connection, wish, partial(_streams, hub, connection))):
                if isinstance(one, Planned):
                    streams.append(one)
                else:
                    failed.append(one)
        except StoreUnusable:
            raise
        except HubError as error:
            failed.append((connection.name, error))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - a bad connection never blocks the others
            failed.append((connection.name, _defect(connection, error)))
        if wish.stopping():
            break
    broken = [one for one in hub.config.broken if not wish.names or one.name in wish.names]
    failed += [(one.name, Inconsistent(one.reason, fix=one.fix)) for one in broken]
    fresh = sum(one.fresh or 0 for one in streams)
    per_item, per_second, measured = _pace(hub)
    seconds = max(fresh / per_second, sum(one.asking for one in streams))
    return Plan(streams=streams, failed=failed, disk=fresh * per_item, seconds=seconds, measured=measured)


def _streams(hub: Hub, connection: Connection, feed: Feed) -> Steps[list[Planned | tuple[str, HubError]]]:
    """What each stream comes to, or why it does not say: one that cannot be opened does not hide the others."""
    with hub.store.read() as tx:
        tallies = overview.tallies(tx)
    found: list[Planned | tuple[str, HubError]] = []
    for stream in (yield from feed.streams()):
        known = tallies.get(pulls.stream_id(connection.id, stream.name), ())
        count = sum(tally.count for tally in known if not tally.removed)
        try:
            size = yield from feed.size(stream.name)
        except HubError as error:
            found.append((f"{connection.name}/{stream.title or stream.name}", error))
        else:
            found.append(Planned(connection=connection.name, stream=stream, size=size, known=count))
    return found


def _pace(hub: Hub) -> tuple[int, float, bool]:
    """Bytes on the disk for an item, items a second, and whether this hub has measured them itself."""
    with hub.store.read() as tx:
        stored, seconds = overview.pace(tx)
    if stored < ENOUGH or seconds <= 0:
        return DISK_PER_ITEM, PER_SECOND, False
    return hub.store.size() // stored, stored / seconds, True


def _defect(connection: Connection, error: BaseException) -> HubError:
    text = sentence("the plugin {plugin} failed with {kind}: {problem}")
    failed = Failed.of(error)
    said = text.format(plugin=connection.connector, kind=failed.kind, problem=str(failed))
    return Inconsistent(said, fix=sentence("tell the plugin's author"))
