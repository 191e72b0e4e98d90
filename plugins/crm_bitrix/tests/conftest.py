"""A portal on loopback, and a connection to it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hub_crm_bitrix.plugin import CRM_BITRIX24
from hub_crm_bitrix.simulator import Clock, Portal, Served, World, running
from hub_crm_bitrix.simulator.moments import written

import hub
from tests.shared import crm

FREELY = {"calls_per_second": 1000, "calls_at_once": 10_000}


@pytest.fixture
def tools_for() -> Callable[..., hub.Tools]:
    """What the hub hands to a connection with these settings."""
    return partial(crm.tools_for, CRM_BITRIX24)


@pytest.fixture
def local() -> Callable[[], datetime]:
    return crm.local


class Reading(crm.Reading):
    """A portal, and a source that reads it."""

    @property
    def portal(self) -> Portal:
        return self.system

    def calls(self, method: str = "") -> int:
        """How many requests have come, those in a batch not counted; or how often a method was called, in batches too."""
        if method:
            return sum(one.method == method for one in self.portal.log)
        return sum(not one.batched for one in self.portal.log)

    def change(self, table: int | str, number: int, **fields: Any) -> None:
        """Change an object as a person would: with the portal's moment of the change."""
        found = self.portal.tables[table]
        stamp = "LAST_UPDATED" if table == "activities" else "updatedTime"
        found.put({**found.row(number), stamp: written(self.portal.clock.now()), **fields})

    def copy(self, table: int | str, number: int, **fields: Any) -> int:
        """A new object like that one, made now."""
        found, now = self.portal.tables[table], written(self.portal.clock.now())
        fresh = found.next_id()
        found.put({**found.row(number), found.key: fresh, "createdTime": now, "updatedTime": now, **fields})
        return fresh


@pytest.fixture
def serve() -> Iterator[Callable[[Portal], Served]]:
    """Serves a portal until the test ends."""
    with crm.served(running) as serve:
        yield serve


@pytest.fixture
def reading(serve: Callable[[Portal], Served]) -> Iterator[Callable[..., Reading]]:
    """Makes a portal of so many objects, without limits unless they are given, and opens a source of it."""
    with crm.sources(CRM_BITRIX24) as opens:

        def make(size: int = 60, *, ties: int = 1, limits: Any = None, more: Any = None, **settings: Any) -> Reading:
            portal = Portal(world=World(size=size, ties=ties, until=crm.NOW - 60), clock=Clock(crm.NOW), limits=limits)
            return Reading(portal, opens({"webhook": serve(portal).webhook, **FREELY, **settings}, more))

        yield make


@pytest.fixture
def world(tmp_path: Path, serve: Callable[[Portal], Served]) -> Callable[..., Any]:
    """`world(portal, mail=("email.files", {...}))`: a hub that reads this portal, and these other connections."""

    def make(portal: Portal, more: dict[str, Any] | None = None, **connections: Any) -> Any:
        settings = {"webhook": serve(portal).webhook, **FREELY, **(more or {})}
        return crm.world_of(tmp_path, "portal", CRM_BITRIX24, settings, **connections)

    return make
