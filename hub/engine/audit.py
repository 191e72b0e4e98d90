"""The source's own counts and ids held against ours, stream by stream. Looks, and changes nothing.

    repair = sync -> look again -> what is still missing: read that stream from the start -> look again

Reading from the start lists everything once more and stores what is not known: nothing is lost, nothing doubled.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from hub.connectors import Stream
from hub.core.silence import Silence
from hub.engine import decide, rhythm
from hub.engine import sync as syncing
from hub.engine.feed import Feed
from hub.engine.hub import Hub
from hub.engine.steps import Steps, finished
from hub.engine.sync import Wish
from hub.errors import HubError, StoreUnusable
from hub.settings import Connection
from hub.store import pulls, standing
from hub.store.tables import STORED


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """One stream. `there`: how many items the source has; None where it does not say. `here` counts ours that are not
    marked as gone, by state. `missing` are there and not accounted for here; `gone` are stored here and no longer there,
    and `back` are there again, though marked as gone. `by_ids`: proved one by one; only counted otherwise.
    """

    connection: str
    stream: Stream
    there: int | None
    here: dict[str, int]
    missing: int = 0
    gone: int = 0
    back: int = 0
    by_ids: bool = False
    quiet: Silence | None = None
    repaired: int = 0

    @property
    def is_whole(self) -> bool:
        return not (self.missing or self.gone or self.back)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Everything that was looked at; `failed`: where one could not look (a connection, or connection/stream), and why."""

    streams: Sequence[Audited]
    failed: Sequence[tuple[str, HubError]] = field(default=())

    @property
    def unproved(self) -> list[Audited]:
        return [one for one in self.streams if not one.is_whole]


def audit(hub: Hub, wish: Wish) -> Audit:
    """Ask every connection wished for how much there is, and by which names. Raises only `StoreUnusable`."""
    streams: list[Audited] = []
    failed: list[tuple[str, HubError]] = []
    with hub.store.read() as tx:
        quiet = rhythm.quiet(hub, tx)
    for connection in syncing.wanted(hub, wish.names):
        try:
            for one in finished(syncing.using(hub, connection, wish, partial(_streams, hub, connection, quiet))):
                if isinstance(one, Audited):
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
            failed.append((connection.name, syncing.defect(connection, error)))
        if wish.stopping():
            break
    return Audit(streams=streams, failed=failed)


def repair(hub: Hub, wish: Wish) -> Audit:
    """Bring what is missing, mark what is gone, and look again."""
    before = audit(hub, wish)
    if not before.unproved:
        return before
    names = tuple(dict.fromkeys(one.connection for one in before.unproved))
    syncing.sync(hub, replace(wish, names=names))
    still = [one for one in audit(hub, replace(wish, names=names)).streams if one.missing and not wish.stopping()]
    for one in still:
        decide.reset(hub, one.connection, [one.stream.name])
    if still:
        syncing.sync(hub, replace(wish, names=tuple(dict.fromkeys(one.connection for one in still))))
    after = audit(hub, wish)
    was = {(one.connection, one.stream.name): one.missing + one.gone + one.back for one in before.streams}
    return replace(after, streams=[_repaired(one, was) for one in after.streams])


def _repaired(one: Audited, was: dict[tuple[str, str], int]) -> Audited:
    before = was.get((one.connection, one.stream.name), 0)
    return replace(one, repaired=max(before - one.missing - one.gone - one.back, 0))


# --- one stream ------------------------------------------------------------------------------------------------------


def _streams(
    hub: Hub, connection: Connection, quiet: Mapping[int, Silence], feed: Feed
) -> Steps[list[Audited | tuple[str, HubError]]]:
    """What each stream comes to, or why it does not say: one that cannot be opened hides no other."""
    found: list[Audited | tuple[str, HubError]] = []
    for stream in (yield from feed.streams()):
        try:
            one = yield from _look(hub, connection, feed, stream)
        except StoreUnusable:
            raise
        except HubError as error:
            found.append((f"{connection.name}/{stream.title or stream.name}", error))
        else:
            found.append(replace(one, quiet=quiet.get(pulls.stream_id(connection.id, stream.name))))
    return found


def _look(hub: Hub, connection: Connection, feed: Feed, stream: Stream) -> Steps[Audited]:
    number = pulls.stream_id(connection.id, stream.name)
    present = (yield from feed.present(stream.name, number)) if feed.lists else None
    with hub.store.read() as tx:
        known = list(standing.of(tx, number))
    here: dict[str, int] = {}
    for _item, state, removed in known:
        if not removed and state != "renumbered":
            here[state] = here.get(state, 0) + 1
    if present is None or not present.complete:
        size = yield from feed.size(stream.name)
        there = size.items if size is not None else None
        missing = max(there - sum(here.values()), 0) if there is not None else 0
        return Audited(connection=connection.name, stream=stream, there=there, here=here, missing=missing)
    ours = {item for item, _state, _removed in known}
    return Audited(
        connection=connection.name, stream=stream, there=len(present.items), here=here, by_ids=True,
        missing=sum(item not in ours for item in present.items),
        gone=sum(s in STORED and not r and i not in present for i, s, r in known),
        back=sum(s in STORED and r and i in present for i, s, r in known),
    )  # fmt: skip
