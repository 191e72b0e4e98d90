"""What a daemon does now and then, in steps between the pulls."""

from typing import Final

from hub.engine import replay
from hub.engine.hub import Hub
from hub.engine.steps import TURN, Steps
from hub.store import running

EVERY_S: Final = 3_600.0
IDLE_MS: Final = 3_600_000
"""Runs that brought nothing are kept so long; the last of a stream always is."""


def care(hub: Hub) -> Steps[None]:
    """Lay recurring things out further, and forget runs that say nothing."""
    yield from replay.horizon(hub)
    more = True
    while more:
        with hub.store.write() as tx:
            more = running.forget_runs(tx, hub.now.milliseconds() - IDLE_MS)
        yield TURN


def settle(hub: Hub) -> Steps[None]:
    """Carry through what pulls have noted about old interactions."""
    while hub.settle_step():
        yield TURN
