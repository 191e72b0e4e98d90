"""A portal on loopback, and a connection to it."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hub_crm_bitrix.plugin import open_portal
from hub_crm_bitrix.settings import Settings, hosts
from hub_crm_bitrix.simulator import Clock, Portal, Served, World, running
from hub_crm_bitrix.simulator.moments import written

import hub
from hub.http.network import internet
from hub.testing import Budgets

NOW = 1_795_000_000.0
"""The portal's clock: 2026-11-18."""
_LOOKS = count()
FREELY = {"calls_per_second": 1000, "calls_at_once": 10_000}


def never() -> bool:
    return False


def _local() -> datetime:
    """A clock by which a minute passes between two looks: so the portal is asked for its own."""
    return datetime.now(UTC) + timedelta(minutes=next(_LOOKS))


def _tools_for(settings: Settings, **more: Any) -> hub.Tools:
    given = {
        "clock": _local, "log": logging.LoggerAdapter(logging.getLogger("hub.plugin.bitrix")), "stopping": never,
        "network": internet(hosts(settings), now=_local, stopping=never), "limit": Budgets().limit,
    }  # fmt: skip
    return hub.Tools(**{**given, **more})


@pytest.fixture
def tools_for() -> Callable[..., hub.Tools]:
    """What the hub hands to a connection with these settings."""
    return _tools_for


@pytest.fixture
def local() -> Callable[[], datetime]:
    return _local


@dataclass
class Reading:
    """A portal, and a source that reads it; `seen` is what pulls have brought, the last word on every object."""

    portal: Portal
    source: Any
    cursor: str | None = None

    def __post_init__(self) -> None:
        self.seen: dict[str, hub.Raw] = {}
        self.pages: list[hub.Page] = []

    def pull(self, stream: str) -> list[hub.Page]:
        """One pull to its end, and on from its cursor at the next one."""
        pages = list(self.source.pull(stream, self.cursor))
        for page in pages:
            self.seen |= {raw.external_id: raw for raw in page.raws}
            self.cursor = page.cursor
        self.pages += pages
        return pages

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
def serve() -> Iterator[Callable[..., Served]]:
    """Serves a portal until the test ends."""
    with ExitStack() as stack:
        yield lambda portal: stack.enter_context(running(portal))


@pytest.fixture
def reading(serve: Callable[..., Served]) -> Iterator[Callable[..., Reading]]:
    """Makes a portal of so many objects, without limits unless they are given, and opens a source of it."""
    with ExitStack() as stack:

        def make(size: int = 60, *, ties: int = 1, limits: Any = None, more: Any = None, **settings: Any) -> Reading:
            portal = Portal(world=World(size=size, ties=ties, until=NOW - 60), clock=Clock(NOW), limits=limits)
            served = serve(portal)
            chosen = Settings.model_validate({"webhook": served.webhook, **FREELY, **settings})
            source = stack.enter_context(open_portal(chosen, _tools_for(chosen, **(more or {}))))
            return Reading(portal, source)

        yield make


@pytest.fixture
def world(tmp_path: Path, module: Callable[[str], ModuleType], serve: Callable[..., Served]) -> Callable[..., Any]:
    """`world(portal, mail=("email.files", {...}))`: a hub that reads this portal, and these other connections."""

    def make(portal: Portal, more: dict[str, Any] | None = None, **connections: Any) -> Any:
        settings = {"webhook": serve(portal).webhook, **FREELY, **(more or {})}
        known = {"portal": ("crm.bitrix24", settings), **connections}
        return module("tests/shared/world.py").World(tmp_path, known)

    return make
