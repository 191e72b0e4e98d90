"""Pull one stream: page after page, each in one transaction, until the source has no more or we are asked to stop.

    lease -> run opened -> page* -> refetches -> absence -> run closed -> lease released

A run always leaves a report whose counts add up; whatever went wrong, the stream stands at its last committed cursor.
"""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial
from shlex import quote
from typing import Any

from hub.connectors import Connector, Page, Stream
from hub.core import pages
from hub.core.pages import Counts
from hub.engine import absence, page, replay
from hub.engine.feed import Asked, Brought, Failed, Feed
from hub.engine.hub import Hub, is_gone
from hub.engine.mapping import Maker, Place, Prepared
from hub.engine.steps import TURN, Steps
from hub.errors import AskedToWait, CursorLost, HubError, Inconsistent, StoreUnusable
from hub.i18n import _, sentence
from hub.log import Log
from hub.settings import Connection
from hub.store import items, refetch
from hub.store.database import Tx

LEASE_MS = 120_000
REFETCH_STEP = 200

_log = Log(logging.getLogger("hub.engine"), {"action": "pull"})


class Leased(HubError):
    """Another process is pulling this stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run of a stream came to. `state`: ok, stopped, failed, skipped. One that was stopped `rests` where there is more
    to read that others go before.
    """

    connection: str
    stream: str
    state: str
    counts: Counts = field(default_factory=Counts)
    error: HubError | None = None
    rests: bool = False


Progress = Callable[[str, str, Counts, int | None], None]
"""Told after every page: connection, stream, counts so far, how many items the whole pull may bring."""


@dataclass(slots=True)
class _Pull:
    hub: Hub
    connection: Connection
    connector: Connector
    feed: Feed
    stream: Stream
    stopping: Callable[[], bool]
    progress: Progress
    rested: set[str] | None = None
    rests: bool = False
    number: int = 0
    lease: int = 0
    run: int = 0
    epoch: str = ""
    before: Counts = field(default_factory=Counts)
    counts: Counts = field(default_factory=Counts)
    judge: bool = False
    after: Any | None = None
    told: int | None = None


def pull(
    hub: Hub,
    connection: Connection,
    feed: Feed,
    stream: Stream,
    stopping: Callable[[], bool],
    progress: Progress,
    *,
    wanted_only: bool = False,
    rested: set[str] | None = None,
) -> Steps[Report]:
    """Pull a stream of an open source; with `wanted_only` just what was excluded and is wanted now. It ends where the source
    says that others may come first, if the cursor there is none of those where it has `rested`; None: it does not rest.

    Never raises but for `StoreUnusable`: what went wrong is in the report.
    """
    one = _Pull(hub, connection, hub.connector(connection), feed, stream, stopping, progress, rested)
    try:
        _begin(one, wanted_only=wanted_only)
    except Leased as leased:
        return Report(connection=connection.name, stream=stream.name, state="skipped", error=leased)
    state, failure = "failed", None
    try:
        state = yield from _wanted(one) if wanted_only else _whole(one)
    except StoreUnusable as error:
        with suppress(StoreUnusable):
            _end(one, "failed", error)
        raise
    except HubError as error:
        if isinstance(error, AskedToWait) and one.stopping():
            state = "stopped"  # who is told to stop waits for no turn
        else:
            failure = error
    except KeyboardInterrupt:
        raise  # at once: whatever it hit may hold the database still, so the run is left to be found broken off
    except GeneratorExit:  # nobody waits for it any more
        with suppress(StoreUnusable):
            _end(one, "stopped", None)
        raise
    except BaseException as error:  # noqa: BLE001 - a bad stream never blocks its siblings, nor ends the sync
        failure = _defect(one, error)
    _end(one, state, failure)
    return Report(
        connection=connection.name, stream=stream.name, state=state, counts=one.counts, error=failure,
        rests=one.rests and failure is None,
    )  # fmt: skip


def _whole(one: _Pull) -> Steps[str]:
    if one.judge:
        _judge(one)
    if (yield from _pages(one)):
        return "stopped"
    if (yield from _refetch(one)) and (yield from _all_again(one)):
        return "stopped"
    quiet = not one.counts.listed
    gone, named = yield from absence.look(one.hub, one.connection, one.feed, one.stream, one.number, quiet=quiet)
    one.counts += gone
    one.told = (yield from _told(one)) if named is None else named
    return "ok"


def _told(one: _Pull) -> Steps[int | None]:
    """How many items the source says the stream has; asked only when something has come."""
    with one.hub.store.read() as tx:
        row = items.stream(tx, one.number)
    if row is not None and row.told is not None and not one.counts.listed:
        return int(row.told)
    size = yield from one.feed.size(one.stream.name)
    return size.items if size is not None else None


def _wanted(one: _Pull) -> Steps[str]:
    if (yield from _refetch(one)):
        yield from _all_again(one)
    return "stopped" if one.stopping() else "ok"


def _defect(one: _Pull, raised: BaseException) -> HubError:
    where = {"connection": one.connection.name, "stream": one.stream.name}
    _log.error("plugin failed", exc_info=Failed.untold(raised), extra=where)
    failed = Failed.of(raised)
    text = sentence("the plugin {plugin} failed with {kind}: {problem}")
    return Inconsistent(
        text.format(plugin=one.connector.name, kind=failed.kind, problem=str(failed)),
        fix=sentence("tell the plugin's author; the next sync goes on from the last page of this stream"),
    )


def _begin(one: _Pull, *, wanted_only: bool) -> None:
    hub, now = one.hub, one.hub.now.milliseconds()
    with hub.store.write() as tx:
        policy = repr(one.connection.policy)
        one.number = items.keep_stream(
            tx, one.connection.id, one.stream.name, one.stream.title, one.stream.custodian, policy
        )
        row = items.stream(tx, one.number)
        assert row is not None
        if row.lease_owner != hub.owner and is_gone(row.lease_owner):
            items.release(tx, one.number, row.lease_epoch)
        lease = items.lease(tx, one.number, hub.owner, now, now + LEASE_MS)
        if lease is None:
            text = _("{owner} is pulling it")
            raise Leased(text.format(owner=row.lease_owner), fix=_("wait for it to end"))
        one.lease, one.epoch = lease, row.epoch
        one.before = items.read_so_far(tx, one.number)
        one.after = items.last_runs(tx).get(one.number) if wanted_only else None
        one.run = items.start_run(tx, one.number, now)
        one.judge = row.policy != policy


def _end(one: _Pull, state: str, error: HubError | None) -> None:
    name, message = (type(error).__name__, str(error)) if error else ("", "")
    if state == "ok" and one.after is not None:  # how the stream stands was said by the run that this one adds to
        state, name, message = one.after.state, one.after.error, one.after.message
    with one.hub.store.write() as tx:
        items.report(
            tx, one.run, one.counts, state=state, finished=one.hub.now.milliseconds(), error=name, message=message
        )
        if state == "ok" and one.after is None:
            told = {} if one.told is None else {"told": one.told}
            items.set_stream(tx, one.number, complete=True, accepted=False, **told)
        items.release(tx, one.number, one.lease)
    if state in ("ok", "failed"):
        one.hub.plugins.ask("run_finished", connection=one.connection.name, stream=one.stream.name, ok=state == "ok")


def _judge(one: _Pull) -> None:
    """The policy has changed: what is stored is judged by it, and what is not is asked for again."""
    replay.judge(one.hub, one.connection, one.number)
    states = ("excluded",) if one.connection.policy.store == "headers" else ("excluded", "headers")
    with one.hub.store.write() as tx:
        _hold(one, tx)
        refetch.excluded(tx, one.number, states)
        items.set_stream(tx, one.number, policy=repr(one.connection.policy))


# --- pages -----------------------------------------------------------------------------------------------------------


def _pages(one: _Pull) -> Steps[bool]:
    """All pages from the last committed cursor on. Returns whether we stopped before the end."""
    with one.hub.store.read() as tx:
        row = items.stream(tx, one.number)
    cursor = row.cursor if row else None
    try:
        return (yield from _each(one, cursor))
    except CursorLost:
        if cursor is None:
            raise
        _log.warning("cursor lost", extra={"connection": one.connection.name, "stream": one.stream.name})
        with one.hub.store.write() as tx:
            items.reset(tx, one.number)
        return (yield from _each(one, None))


def _each(one: _Pull, cursor: str | None) -> Steps[bool]:
    with closing(one.feed.pull(one.stream.name, cursor, partial(_choose, one))) as found:
        while (brought := (yield from found.next())) is not None:
            _store(one, brought)
            one.progress(one.connection.name, one.stream.name, one.counts, brought.asked.page.total)
            one.rests = _rests(one, brought.asked.page)
            if one.rests or one.stopping():
                return True
            yield TURN
    return one.stopping()  # a source that hears of it may end as if there were no more


def _rests(one: _Pull, brought: Page) -> bool:
    if one.rested is None or not brought.rests or brought.cursor in one.rested:
        return False
    one.rested.add(brought.cursor)
    return True


def _choose(one: _Pull, brought: Page) -> Asked:
    """What we want of a page: what is not known, or stands there as it cannot be now."""
    place = Place(one.number, one.connection.id, one.stream.name, one.stream.title, brought.epoch)
    numbers = {raw.external_id: place.item(raw.external_id) for raw in brought.raws}
    with one.hub.store.read() as tx:
        known = items.known(tx, numbers.values())
        maker = one.hub.maker(tx, one.connection)
    version = one.connector.mapping
    stored = {
        raw.external_id: raw.revision if row.state == "forgotten" else row.revision
        for raw in brought.raws
        if (row := known.get(numbers[raw.external_id])) is not None
        and (row.state == "forgotten" or _stands(row, version))
    }
    return Asked(brought, pages.plan(brought.listed, brought.raws, stored), place, maker)


def _store(one: _Pull, brought: Brought) -> None:
    hub, plan = one.hub, brought.asked.plan
    listed = Counts(listed=plan.known + plan.missing, unchanged=plan.known)
    with hub.held.page() as holds, hub.store.write() as tx:
        holds()
        _hold(one, tx)
        done = page.commit(tx, brought.asked.place, brought.prepared, hub.terms(tx, one.connection))
        total = one.counts + listed + done.counts
        _readable(one, tx, one.before + total, done.unreadable)
        if not total.adds_up:
            text = sentence("the counts of the source do not add up: it listed {n} more than it brought")
            raise Inconsistent(text.format(n=plan.missing), fix=sentence("tell the plugin's author"))
        _advance(one, tx, brought.asked.page, total)
    one.counts = total
    hub.tell(done.clients)
    if brought.vanished:
        _log.info("vanished while reading", extra={"connection": one.connection.name, "count": brought.vanished})


def _stands(row: Any, version: int) -> bool:
    """Whether what we know of an item can still be so, if its revision is the same."""
    return bool(row.mapping == version and not row.removed and not _is_unopened(row))


def _is_unopened(row: Any) -> bool:
    return bool(row.state == "quarantined" and row.digest == items.UNOPENED)


def _hold(one: _Pull, tx: Tx) -> None:
    if not items.renew(tx, one.number, one.lease, one.hub.now.milliseconds() + LEASE_MS):
        raise Leased(
            sentence("another process took this stream over while we were pulling it"), fix=sentence("let it finish")
        )


def _advance(one: _Pull, tx: Tx, brought: Page, counts: Counts) -> None:
    row = items.stream(tx, one.number)
    assert row is not None
    if (row.cursor, row.epoch) != (brought.cursor, brought.epoch):
        told = {"told": None} if brought.listed else {}  # what it said before is out of date, even if we die now
        items.set_stream(tx, one.number, cursor=brought.cursor, epoch=brought.epoch, **told)
    one.epoch = brought.epoch
    items.report(tx, one.run, counts)


def _readable(one: _Pull, tx: Tx, counts: Counts, reasons: Sequence[str]) -> None:
    """Refuse the page when too much of what was read so far is unreadable: then the source or the plugin is broken,
    not the items, and the cursor stays; also at the next run, which goes on from here and counts on.
    """
    row = items.stream(tx, one.number)
    if not reasons or not counts.too_many_unreadable or (row is not None and row.accepted):
        return
    why = Counter(reasons).most_common(1)[0][0]
    n, of = counts.quarantined, counts.stored + counts.quarantined
    text = sentence("{n} of {of} items could not be read, most of them because: {why}")
    fix = sentence("mend the source or the plugin; if they really are unreadable, run `{command}` and sync again")
    command = f"hub quarantine accept {quote(one.connection.name)} {quote(one.stream.name)}"
    raise Inconsistent(text.format(n=n, of=of, why=why), fix=fix.format(command=command))


# --- what was excluded, and is wanted now ----------------------------------------------------------------------------


def _refetch(one: _Pull) -> Steps[bool]:
    """Fetch excluded items again in which a client has turned up, and what could not be opened so far. The source is
    asked item by item. Returns whether it cannot give one, so that all of them have to be listed again.
    """
    if one.feed.fetches:
        with one.hub.store.write() as tx:
            refetch.unopened(tx, one.number)
    lists_again = False
    while not one.stopping():
        with one.hub.store.read() as tx:
            wanted = refetch.wanted(tx, one.number, REFETCH_STEP)
            maker = one.hub.maker(tx, one.connection)
        if not wanted:
            break
        if one.feed.fetches:
            yield from _refetch_step(one, maker, wanted)
        else:
            _ask_again(one, [item for item, _, _ in wanted])
            lists_again = True
        yield TURN
    return lists_again


def _ask_again(one: _Pull, wanted: Sequence[int]) -> None:
    """A source that cannot fetch one item lists them all again."""
    with one.hub.store.write() as tx:
        for item in wanted:
            items.set_item(tx, item, revision="")
        refetch.drop(tx, wanted)
        items.reset(tx, one.number)


def _all_again(one: _Pull) -> Steps[bool]:
    """Everything from the start, of which only what was asked for again is news. Returns whether we stopped before the
    end.
    """
    before, one.counts = one.counts, Counts()
    try:
        return (yield from _pages(one))
    finally:
        one.counts = before.again(one.counts)


def _refetch_step(one: _Pull, maker: Maker, wanted: Sequence[tuple[int, str, str]]) -> Steps[None]:
    prepared: dict[tuple[str, bool], list[Prepared]] = {}
    for item, epoch, external_id in wanted:
        place = Place(one.number, one.connection.id, one.stream.name, one.stream.title, epoch)
        with one.hub.store.read() as tx:
            known = items.known(tx, [item])[item]
        fetched = yield from one.feed.fetch(place, maker, external_id, known.revision)
        unopened = _is_unopened(known)
        if fetched is not None and not (fetched.digest == items.UNOPENED and unopened):
            prepared.setdefault((epoch, unopened), []).append(fetched)
    with one.hub.store.write() as tx:
        _hold(one, tx)
        refetch.drop(tx, [item for item, _, _ in wanted])
        for (epoch, unopened), batch in prepared.items():
            place = Place(one.number, one.connection.id, one.stream.name, one.stream.title, epoch)
            done = page.commit(tx, place, batch, one.hub.terms(tx, one.connection, again=True))
            one.counts = one.counts.opened(done.counts) if unopened else one.counts.again(done.counts)
        items.report(tx, one.run, one.counts)
