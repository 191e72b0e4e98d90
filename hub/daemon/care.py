"""What a daemon does now and then, in steps between the pulls."""

import logging
from typing import Final

from hub.engine import connect, replay
from hub.engine.hub import Hub
from hub.engine.steps import TURN, Steps
from hub.errors import HubError, StoreUnusable
from hub.store import running

EVERY_S: Final = 3_600.0
IDLE_MS: Final = 3_600_000
"""Runs that brought nothing are kept so long; the last of a stream always is."""

_log = logging.getLogger("hub.daemon")


def care(hub: Hub) -> Steps[None]:
    """Lay recurring things out further, forget runs that say nothing, and keep sign-ins alive."""
    yield from replay.horizon(hub)
    more = True
    while more:
        with hub.store.write() as tx:
            more = running.forget_runs(tx, hub.now.milliseconds() - IDLE_MS)
        yield TURN
    yield from keep_alive(hub)


def keep_alive(hub: Hub) -> Steps[None]:
    """Use the sign-ins that would die of disuse: of connections that wait for a person, say, which nobody pulls."""
    for connection in connect.dying(hub):
        try:
            yield from connect.used(hub, connection)
        except StoreUnusable:
            raise
        except HubError as error:
            _log.warning("%s", error, extra={"action": "connect", "connection": connection.name, "fix": error.fix})


def settle(hub: Hub) -> Steps[None]:
    """Carry through what pulls have noted about old interactions."""
    while hub.settle_step():
        yield TURN
