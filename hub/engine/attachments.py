"""Attached files that the policy wants, fetched when their connection has been pulled.

    a page's transaction notes what is wanted -> fetched, one by one, in no transaction -> kept, each in one of its own

What is wanted and not there is found again after a crash. A file that cannot be fetched now waits behind the others;
one that its source no longer has, or that turns out to be too large, is given up.
"""

import logging
from collections.abc import Callable, Iterator

from hub.core import policy
from hub.engine.feed import Feed
from hub.engine.hub import Hub
from hub.engine.steps import TURN, Steps
from hub.errors import AskedToWait, AuthFailed, HubError, StoreUnusable
from hub.log import Log
from hub.settings import Connection
from hub.store import attachments
from hub.store.attachments import Missing
from hub.store.encoding import Packed

STEP = 100
IN_A_ROW = 3
"""So many that fail one after another mean that the source has failed."""

_log = Log(logging.getLogger("hub.engine"), {"action": "attachments"})


def fetch_wanted(hub: Hub, connection: Connection, feed: Feed, stopping: Callable[[], bool]) -> Steps[int]:
    """Fetch what the policy wants of a connection and has not got. Returns how many files were kept.

    Raises one of `hub.errors` where it makes no sense to go on.
    """
    kept = failures = 0
    for one in _missing(hub, connection) if feed.fetches else ():
        if stopping():
            break
        try:
            kept += yield from _fetch(hub, connection, feed, one)
            failures = 0
        except (StoreUnusable, AuthFailed, AskedToWait):
            raise
        except Exception as error:
            failures += 1
            _failed(hub, connection, one, error)
            if failures >= IN_A_ROW:
                raise
        yield TURN
    return kept


def _missing(hub: Hub, connection: Connection) -> Iterator[Missing]:
    after = (-1, -1, "")
    while True:
        with hub.store.read() as tx:
            found = attachments.missing(tx, connection.id, after, STEP)
        yield from found
        if len(found) < STEP:
            return
        after = (found[-1].tries, found[-1].item, found[-1].part)


def _fetch(hub: Hub, connection: Connection, feed: Feed, one: Missing) -> Steps[bool]:
    body = yield from feed.part(one.stream, one.external_id, one.part)
    if body is None or not policy.fits(len(body), connection.policy):
        reason = "gone at the source" if body is None else "larger than wanted"
        _log.info("given up: %s", reason, extra={"connection": connection.name, "stream": one.stream})
        with hub.store.write() as tx:
            attachments.give_up(tx, one.item, one.part)
        return False
    packed = Packed.of(body)
    with hub.store.write() as tx:
        return attachments.keep(tx, one.item, one.part, packed)


def _failed(hub: Hub, connection: Connection, one: Missing, error: Exception) -> None:
    trace = None if isinstance(error, HubError) else error
    _log.warning("not fetched: %s", error, exc_info=trace, extra={"connection": connection.name, "stream": one.stream})
    with hub.store.write() as tx:
        attachments.failed(tx, one.item, one.part)
