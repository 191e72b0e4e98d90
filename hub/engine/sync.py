"""Sync: open every connection, pull every stream of it, then finish what the changes left to do.

Several connections at once, each with its own streams one after another; this process takes what they bring page by
page in turn. A bad stream never stops its siblings, a bad connection never the others.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from shlex import quote
from typing import TYPE_CHECKING

from hub.connectors import Stream
from hub.core.pages import Counts
from hub.engine import collecting, doubt, pull, quiet
from hub.engine.apart.heritage import Heritage
from hub.engine.desk import Desk
from hub.engine.feed import Failed, Feed, Here, log_failure
from hub.engine.hub import Hub
from hub.engine.hush import Hush
from hub.engine.pool import Pool
from hub.engine.runs import Progress, Report
from hub.engine.steps import Steps, T, finished
from hub.engine.tools import tools_for
from hub.errors import HubError, Inconsistent, StoreUnusable, SuddenlyEmpty
from hub.i18n import sentence
from hub.settings import Connection, Limits
from hub.store import pulls, undone, unread

if TYPE_CHECKING:
    from hub.engine.apart.process import Process
    from hub.engine.kept import Kept


def _silent(_connection: str, _stream: str, _counts: Counts, _total: int | None) -> None:
    return


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What to sync: connections by name (none: all that are enabled), of each only these `streams` (none: all), told about
    `progress`, until `stopping`; with `limits`, each in a process of its own. Those that are `kept` are used, and more of them.
    """

    names: tuple[str, ...] = ()
    streams: frozenset[str] = frozenset()
    progress: Progress = _silent
    stopping: Callable[[], bool] = lambda: False
    limits: Limits | None = None
    kept: "Kept | None" = None


@collecting.seldom()
def sync(hub: Hub, wish: Wish) -> list[Report]:
    """Pull everything wished for. Raises only `StoreUnusable`; all else is in the reports, one per stream.

    What one connection brings may make wanted what another left out: that is fetched in further rounds.
    """
    _follow_settings(hub)
    _follow_horizon(hub)
    connections = wanted(hub, wish.names)
    reports = _round(hub, connections, wish)
    _follow_settings(hub)
    for _again in range(ROUNDS):
        if wish.stopping() or not _pending(hub):
            break
        reports = _united(reports, _round(hub, connections, wish, only=_pending(hub)))
    reports += _broken(hub, wish.names)
    hub.settle()
    _wake(hub, connections, reports)
    return reports


def _follow_settings(hub: Hub) -> None:
    if hub.is_outdated():
        from hub.engine import rebuild  # noqa: PLC0415 - seldom needed

        rebuild.follow_settings(hub)


def _follow_horizon(hub: Hub) -> None:
    if hub.is_short():
        from hub.engine import replay  # noqa: PLC0415 - seldom needed

        finished(replay.horizon(hub))


def _wake(hub: Hub, connections: Iterable[Connection], reports: Iterable[Report]) -> None:
    """A daemon that waits for a person to do something about a connection need wait no longer when it can be pulled."""
    failed = {one.connection for one in reports if one.state != "ok"}
    with hub.store.read() as tx:
        if not undone.waiting(tx):
            return
        from hub.store import running  # noqa: PLC0415 - seldom needed

        waits = {identity for identity, term in running.terms(tx).items() if not term.at}
    well = [one.id for one in connections if one.name not in failed and one.id in waits]
    if well:
        with hub.store.write() as tx:
            running.wake(tx, well, hub.now.milliseconds())


ROUNDS = 3
"""A client found in a mail may make another mail wanted, and so on; what is left waits for the next sync."""


def _pending(hub: Hub) -> set[int]:
    with hub.store.read() as tx:
        if not undone.requests(tx):
            return set()
        from hub.store import refetch  # noqa: PLC0415 - seldom needed

        return refetch.streams(tx)


def _round(hub: Hub, wanted: Iterable[Connection], wish: Wish, only: set[int] | None = None) -> list[Report]:
    """Pull all streams of these connections, or `only` what is wanted of some."""
    pool = Pool(wish.limits.processes if wish.limits is not None else 1)
    found: list[list[Report]] = []
    for connection in wanted:
        if only is None or _streams_of(hub, connection) & only:
            found.append([])
            pool.add(_into(found[-1], hub, connection, wish, only))
    pool.run()
    return [report for reports in found for report in reports]


def _streams_of(hub: Hub, connection: Connection) -> set[int]:
    with hub.store.read() as tx:
        return {row.id for row in pulls.streams(tx, connection.id)}


def _into(reports: list[Report], hub: Hub, connection: Connection, wish: Wish, only: set[int] | None) -> Steps[None]:
    if not wish.stopping():
        reports += yield from connected(hub, connection, wish, only)


def _united(first: Iterable[Report], then: Iterable[Report]) -> list[Report]:
    """One report a stream: counts add up, the worse state counts."""
    found = {(report.connection, report.stream): report for report in first}
    for report in then:
        key = (report.connection, report.stream)
        before = found.get(key)
        if before is None or before.rests:
            found[key] = replace(report, counts=before.counts + report.counts) if before is not None else report
        elif report.state != "skipped":
            state, error = (report.state, report.error) if report.error else (before.state, before.error)
            found[key] = replace(before, state=state, error=error, counts=before.counts.again(report.counts))
    return list(found.values())


def wanted(hub: Hub, names: tuple[str, ...]) -> list[Connection]:
    """The connections of these names; without names, all that are enabled."""
    if names:
        return [hub.connection(name) for name in names if name not in {broken.name for broken in hub.config.broken}]
    return [connection for connection in hub.config.connections if connection.enabled]


def _broken(hub: Hub, names: tuple[str, ...]) -> Iterator[Report]:
    for broken in hub.config.broken:
        if not names or broken.name in names:
            yield Report(
                connection=broken.name, stream="", state="failed", error=Inconsistent(broken.reason, fix=broken.fix)
            )


def using(
    hub: Hub,
    connection: Connection,
    wish: Wish,
    work: Callable[[Feed], Steps[T]],
    weight: Callable[[T], int] = lambda _result: 0,
) -> Steps[T]:
    """What `work` makes of the source of a connection, opened and signed in: here, or in a process of its own. One that is to
    be kept after it has as much `weight` there.
    """
    connector, desk = hub.connector(connection), Desk(hub, connection)
    tools = partial(tools_for, connector, connection, hub.now)
    if wish.limits is None:
        with doubt.opened(connector, connection.settings, tools(wish.stopping, desk.ask)) as source:
            source.check()
            return (yield from work(Here(connection.connector, source)))
    from hub.engine.apart import child, parent  # noqa: PLC0415 - needed only where processes are wished for

    heritage = hub.heritage.setdefault(connector.name, Heritage())
    order = child.Order(connector, connection.settings, tools, wish.limits.memory, desk.ask, heritage)
    begun = hub.ahead.take(connection.id)
    kept = wish.kept if "stay" in connector.capabilities else None
    if kept is None:
        return (yield from parent.using(order, wish.limits, wish.stopping, work, begun))
    begun = begun or (yield from kept.take(connection, order, wish.stopping))

    def stays(process: "Process", result: T) -> bool:
        return kept.keep(connection, process, weight(result))

    return (yield from parent.using(order, wish.limits, wish.stopping, work, begun, stays))


def connected(hub: Hub, connection: Connection, wish: Wish, only: set[int] | None = None) -> Steps[list[Report]]:
    """Pull a connection: all its streams, or `only` what is wanted of some. Raises only `StoreUnusable`."""

    def work(feed: Feed) -> Steps[list[Report]]:
        reports = yield from _streams(hub, connection, feed, wish, only)
        return reports + (yield from _attached(hub, connection, feed, wish))

    try:
        yield from _follow_mapping(hub, connection)
        _foresee(hub, connection)
        return (yield from using(hub, connection, wish, work, _weight))
    except StoreUnusable:
        raise
    except HubError as error:
        return [_failed(hub, connection, error)]
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a bad connection never blocks the others, nor ends the sync
        return [_failed(hub, connection, defect(connection, error))]


def _weight(reports: Sequence[Report]) -> int:
    """How many streams a source serves that may be kept; 0 where something went wrong, or is left to do."""
    return len(reports) if all(one.state == "ok" for one in reports) else 0


def _follow_mapping(hub: Hub, connection: Connection) -> Steps[None]:
    with hub.store.read() as tx:
        is_outdated = undone.mappings(tx, connection.id, hub.connector(connection).mapping)
    if is_outdated:
        from hub.engine import replay  # noqa: PLC0415 - seldom needed

        yield from replay.outdated(hub, connection)


def _foresee(hub: Hub, connection: Connection) -> None:
    """Who was never read to the end brings news: what they need is imported before a process is forked, which inherits it."""
    with hub.store.read() as tx:
        rows = pulls.streams(tx, connection.id)
    if not rows or not all(row.complete for row in rows):
        from hub.engine import news  # noqa: F401, PLC0415 - to be there
        from hub.engine.apart import packed  # noqa: F401, PLC0415 - the same


def _attached(hub: Hub, connection: Connection, feed: Feed, wish: Wish) -> Steps[list[Report]]:
    """Fetch the attached files that the connection's policy wants. Only what went wrong is reported."""
    with hub.store.read() as tx:
        if not undone.attachments(tx):
            return []
    from hub.engine import attachments  # noqa: PLC0415 - seldom needed

    try:
        yield from attachments.fetch_wanted(hub, connection, feed, wish.stopping)
    except StoreUnusable:
        raise
    except Exception as raised:  # noqa: BLE001 - a plugin may raise anything
        error = raised if isinstance(raised, HubError) else defect(connection, raised)
        return [Report(connection=connection.name, stream="", state="failed", error=error)]
    return []


def _failed(hub: Hub, connection: Connection, error: HubError) -> Report:
    """The report of a connection that could not be opened; the last run of each of its streams says so, too. Where none
    was ever read, a stream without a name stands for them until they can be.
    """
    now = hub.now.milliseconds()
    with hub.store.write() as tx:
        if not pulls.streams(tx, connection.id):
            pulls.keep_stream(tx, connection.id, "", "", "", repr(connection.policy))
        for row in pulls.streams(tx, connection.id):
            if row.lease_until <= now:
                run = pulls.start_run(tx, row.id, now)
                pulls.report(
                    tx, run, Counts(), state="failed", finished=now, error=type(error).__name__, message=str(error)
                )
    return Report(connection=connection.name, stream="", state="failed", error=error)


def _streams(hub: Hub, connection: Connection, feed: Feed, wish: Wish, only: set[int] | None) -> Steps[list[Report]]:
    found = yield from feed.streams()
    _drop_unread(hub, connection, found)
    meant = [stream for stream in found if _is_meant(connection, stream, wish, only)]
    reports = [] if only is not None else (yield from quiet.look(hub, connection, feed, meant))
    done = {report.stream for report in reports}
    rest = [stream for stream in meant if stream.name not in done]
    reports += yield from _in_turns(hub, connection, feed, wish, rest, wanted_only=only is not None)
    places = {stream.name: number for number, stream in enumerate(meant)}
    reports.sort(key=lambda report: places[report.stream])
    if wish.stopping() or only is not None or wish.streams:
        return reports
    return reports + (yield from _vanished(hub, connection, feed, found))


def _in_turns(
    hub: Hub, connection: Connection, feed: Feed, wish: Wish, meant: Iterable[Stream], *, wanted_only: bool
) -> Steps[list[Report]]:
    """Pull streams, all of them up to where they rest before any goes on from there."""
    reports: list[Report] = []
    waiting: deque[tuple[Stream, set[str]]] = deque((stream, set()) for stream in meant)
    while waiting and not wish.stopping():
        stream, rested = waiting.popleft()
        how = wish.stopping, wish.progress
        report = yield from pull.pull(
            hub, connection, feed, stream, *how, wanted_only=wanted_only, rested=None if wanted_only else rested
        )
        reports.append(report)
        if report.rests:
            waiting.append((stream, rested))
    return _united((), reports)


def _is_meant(connection: Connection, stream: Stream, wish: Wish, only: set[int] | None) -> bool:
    is_wished = not wish.streams or stream.name in wish.streams
    return is_wished and (only is None or pulls.stream_id(connection.id, stream.name) in only)


def _drop_unread(hub: Hub, connection: Connection, found: Iterable[Stream]) -> None:
    """Forget what stood for streams that nobody could name yet."""
    with hub.store.read() as tx:
        left = unread.left(tx, connection.id, {stream.name for stream in found}, hub.now.milliseconds())
    if left:
        with hub.store.write() as tx:
            unread.drop(tx, left)


def _vanished(hub: Hub, connection: Connection, feed: Feed, found: Iterable[Stream]) -> Steps[list[Report]]:
    """Streams that we have read and that the source no longer names: not believed until a person accepts it, unless all that
    they held is in others.
    """
    names = {stream.name for stream in found}
    with hub.store.read() as tx:
        gone = [row for row in pulls.streams(tx, connection.id) if row.name not in names and row.complete]
    missing = set((yield from feed.covered([row.name for row in gone]))) if gone else ()
    reports: list[Report] = []
    for row in gone:
        if row.name not in missing:
            continue
        from hub.store import elsewhere, items  # noqa: PLC0415 - seldom needed

        with hub.store.read() as tx:
            is_elsewhere = elsewhere.all_told(tx, row.id)
        if row.accepted or is_elsewhere:
            with hub.store.write() as tx:
                items.retire(tx, row.id)
            continue
        error = _stream_missing(connection.name, row.name, row.title or row.name)
        reports.append(Report(connection=connection.name, stream=row.name, state="failed", error=error))
    return reports


def _stream_missing(connection: str, stream: str, title: str) -> SuddenlyEmpty:
    text = sentence("{connection} no longer has the stream {stream}; nothing was changed")
    fix = sentence("if that is right, run `{command}` and sync again")
    command = f"hub accept-empty {quote(connection)} {quote(stream)}"
    return SuddenlyEmpty(text.format(connection=connection, stream=title), fix=fix.format(command=command))


def defect(connection: Connection, error: BaseException) -> HubError:
    log_failure(error, action="open", connection=connection.name)
    text = sentence("the plugin {plugin} failed with {kind}: {problem}")
    problem = Hush.of(connection.settings)(str(error))[:300]
    return Inconsistent(
        text.format(plugin=connection.connector, kind=Failed.of(error).kind, problem=problem),
        fix=sentence("tell the plugin's author"),
    )
