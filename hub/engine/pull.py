"""Pull one stream: page after page, each in one transaction, until the source has no more or we are asked to stop.

    lease -> run opened -> page* -> refetches -> absence -> run closed -> lease released

A run always leaves a report whose counts add up; whatever went wrong, the stream stands at its last committed cursor.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from typing import Any

from hub.connectors import Page, Stream
from hub.core.pages import Counts
from hub.engine import absence
from hub.engine.feed import Asked, Brought, Failed, Feed, log_failure
from hub.engine.hub import Hub, is_gone
from hub.engine.hush import Hush
from hub.engine.runs import LEASE_MS, Leased, Progress, Pulling, Report
from hub.engine.steps import TURN, Steps
from hub.errors import AskedToWait, CursorLost, HubError, Inconsistent, StoreUnusable
from hub.i18n import _, sentence
from hub.log import Log
from hub.settings import Connection
from hub.store import pulls, undone
from hub.store.database import Tx

_log = Log(logging.getLogger("hub.engine"), {"action": "pull"})
_DEVOURS = sentence("the plugin {plugin} needs more memory than memory_mb in [sync] allows it")
_MORE_MEMORY = sentence(
    "raise memory_mb, or tell the plugin's author; the next sync goes on from the last page of this stream"
)


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
    one = Pulling(hub, connection, hub.connector(connection), feed, stream, stopping, progress, rested)
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
            failure = Hush.of(connection.settings).error(error)
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


def _whole(one: Pulling) -> Steps[str]:
    assert one.row is not None
    if one.row.policy != repr(one.connection.policy):
        from hub.engine import news  # noqa: PLC0415 - seldom needed

        news.judge(one)
        one.refetches = True
    if (yield from _pages(one, one.row.cursor)):
        return "stopped"
    if (one.refetches or one.row is None) and (yield from _refetch(one)) and (yield from _all_again(one)):
        return "stopped"
    quiet = not one.counts.listed
    gone, named = yield from absence.look(one.hub, one.connection, one.feed, one.stream, _row(one), quiet=quiet)
    one.counts += gone
    one.told = (yield from _told(one)) if named is None else named
    return "ok"


def _row(one: Pulling) -> Any:
    """The stream's row as it stands; where nothing has come, as it began."""
    if one.row is not None:
        return one.row
    with one.hub.store.read() as tx:
        return pulls.stream(tx, one.number)


def _told(one: Pulling) -> Steps[int | None]:
    """How many items the source says the stream has; asked only when something has come."""
    with one.hub.store.read() as tx:
        row = pulls.stream(tx, one.number)
    if row is not None and row.told is not None and not one.counts.listed:
        return int(row.told)
    size = yield from one.feed.size(one.stream.name)
    return size.items if size is not None else None


def _wanted(one: Pulling) -> Steps[str]:
    if (yield from _refetch(one)):
        yield from _all_again(one)
    return "stopped" if one.stopping() else "ok"


def _defect(one: Pulling, raised: BaseException) -> HubError:
    log_failure(raised, action="pull", connection=one.connection.name, stream=one.stream.name)
    failed = Failed.of(raised)
    if raised is failed and failed.kind == "MemoryError":  # in a process of its own, which has a limit
        return Inconsistent(_DEVOURS.format(plugin=one.connector.name), fix=_MORE_MEMORY)
    text = sentence("the plugin {plugin} failed with {kind}: {problem}")
    problem = Hush.of(one.connection.settings)(str(failed))
    return Inconsistent(
        text.format(plugin=one.connector.name, kind=failed.kind, problem=problem),
        fix=sentence("tell the plugin's author; the next sync goes on from the last page of this stream"),
    )


def _begin(one: Pulling, *, wanted_only: bool) -> None:
    hub, now = one.hub, one.hub.now.milliseconds()
    with hub.store.write() as tx:
        one.number = pulls.stream_id(one.connection.id, one.stream.name)
        one.row = row = _leased(one, tx, now)
        if (row.title, row.custodian) != (one.stream.title, one.stream.custodian):
            _keep(one, tx)
        one.lease, one.epoch = row.lease_epoch, row.epoch
        one.refetches = undone.refetches(tx, one.number)
        one.after = pulls.last_runs(tx).get(one.number) if wanted_only else None
        one.run = pulls.start_run(tx, one.number, now)


def _leased(one: Pulling, tx: Tx, now: int) -> Any:
    """The stream's row, the stream being ours now. Raises `Leased`."""
    owner = one.hub.owner
    is_ours = pulls.take(tx, one.number, owner, now, now + LEASE_MS)
    row = pulls.stream(tx, one.number)
    if row is None:
        _keep(one, tx)
    elif is_ours:
        return row
    elif is_gone(row.lease_owner):
        pulls.release(tx, one.number, row.lease_epoch)
    else:
        text = _("{owner} is pulling it")
        raise Leased(text.format(owner=row.lease_owner), fix=_("wait for it to end"))
    return _leased(one, tx, now)


def _keep(one: Pulling, tx: Tx) -> None:
    stream = one.stream
    pulls.keep_stream(tx, one.connection.id, stream.name, stream.title, stream.custodian, repr(one.connection.policy))


def _end(one: Pulling, state: str, error: HubError | None) -> None:
    name, message = (type(error).__name__, str(error)) if error else ("", "")
    if state == "ok" and one.after is not None:  # how the stream stands was said by the run that this one adds to
        state, name, message = one.after.state, one.after.error, one.after.message
    with one.hub.store.write() as tx:
        pulls.report(
            tx, one.run, one.counts, state=state, finished=one.hub.now.milliseconds(), error=name, message=message
        )
        stands: dict[str, Any] = {}
        if state == "ok" and one.after is None:
            told = {} if one.told is None else {"told": one.told}
            stands = {"complete": True, "accepted": False, **told}
        pulls.release(tx, one.number, one.lease, **stands)
    if state in ("ok", "failed"):
        one.hub.plugins.ask("run_finished", connection=one.connection.name, stream=one.stream.name, ok=state == "ok")


# --- pages -----------------------------------------------------------------------------------------------------------


def _pages(one: Pulling, cursor: str | None) -> Steps[bool]:
    """All pages from the last committed cursor on. Returns whether we stopped before the end."""
    try:
        return (yield from _each(one, cursor))
    except CursorLost:
        if cursor is None:
            raise
        _log.warning("cursor lost", extra={"connection": one.connection.name, "stream": one.stream.name})
        one.row = None
        with one.hub.store.write() as tx:
            pulls.reset(tx, one.number)
        return (yield from _each(one, None))


def _each(one: Pulling, cursor: str | None) -> Steps[bool]:
    with closing(one.feed.pull(one.stream.name, cursor, partial(_choose, one))) as found, _settled(one):
        while (brought := (yield from found.next())) is not None:
            together = [brought]
            while (brought := found.more(together)) is not None:
                together.append(brought)
            _store(one, together)
            last = together[-1].asked.page
            one.progress(one.connection.name, one.stream.name, one.counts, last.total)
            one.rests = _rests(one, last)
            if one.rests or one.stopping():
                return True
            del together, last  # what is stored takes no room while the next comes
            yield TURN
    return one.stopping()  # a source that hears of it may end as if there were no more


@contextmanager
def _settled(one: Pulling) -> Iterator[None]:
    """Whatever happens, the last pages are committed in the end, or it is said why not."""
    try:
        yield
    finally:
        one.settle()


def _choose(one: Pulling, brought: Page) -> Asked:
    from hub.engine import news  # noqa: PLC0415 - there are some

    return news.choose(one, brought)


def _store(one: Pulling, together: Sequence[Brought]) -> None:
    from hub.engine import news  # noqa: PLC0415 - there are some

    one.row = None
    news.store(one, together)


def _rests(one: Pulling, brought: Page) -> bool:
    if one.rested is None or not brought.rests or brought.cursor in one.rested:
        return False
    one.rested.add(brought.cursor)
    return True


# --- what was excluded, and is wanted now ----------------------------------------------------------------------------


def _refetch(one: Pulling) -> Steps[bool]:
    from hub.engine import news  # noqa: PLC0415 - seldom needed

    return (yield from news.refetch(one))


def _all_again(one: Pulling) -> Steps[bool]:
    """Everything from the start, of which only what was asked for again is news. Returns whether we stopped before the
    end.
    """
    before, one.counts = one.counts, Counts()
    try:
        return (yield from _pages(one, None))
    finally:
        one.counts = before.again(one.counts)
