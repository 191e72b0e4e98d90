"""An account on loopback, and a connection to it."""

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
from hub_crm_amo.plugin import open_account
from hub_crm_amo.settings import Settings, hosts
from hub_crm_amo.simulator import Account, Clock, Served, World, running

import hub
from hub.http.network import internet
from hub.testing import Budgets

NOW = 1_795_000_000.0
"""The account's clock: 2026-11-18."""
_LOOKS = count()
FREELY = {"calls_per_second": 1000}


def never() -> bool:
    return False


def _local() -> datetime:
    """A clock by which a minute passes between two looks: so the account is asked for its own."""
    return datetime.now(UTC) + timedelta(minutes=next(_LOOKS))


def _tools_for(settings: Settings, **more: Any) -> hub.Tools:
    given = {
        "clock": _local, "log": logging.LoggerAdapter(logging.getLogger("hub.plugin.amo")), "stopping": never,
        "network": internet(hosts(settings), now=_local, stopping=never), "limit": Budgets().limit,
    }  # fmt: skip
    return hub.Tools(**{**given, **more})


@pytest.fixture
def tools_for() -> Callable[..., hub.Tools]:
    """What the hub hands to a connection with these settings."""
    return _tools_for


@dataclass
class Reading:
    """An account, and a source that reads it; `seen` is what pulls have brought, the last word on every object."""

    account: Account
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

    def calls(self, path: str = "") -> int:
        """How many requests have come; or those for a path behind /api/v4."""
        return sum(not path or one.path == f"/api/v4/{path}" for one in self.account.log)

    def change(self, table: str, number: int, **fields: Any) -> None:
        """Change an object as a person would: with the account's moment of the change."""
        found = self.account.tables[table]
        found.put({**found.row(number), "updated_at": int(self.account.clock.now()), **fields})

    def copy(self, table: str, number: int, **fields: Any) -> int:
        """A new object like that one, made now."""
        found, now = self.account.tables[table], int(self.account.clock.now())
        fresh = found.next_id()
        found.put({**found.row(number), "id": fresh, "created_at": now, "updated_at": now, **fields})
        return fresh


@pytest.fixture
def serve_account() -> Iterator[Callable[..., Served]]:
    """Serves an account until the test ends."""
    with ExitStack() as stack:
        yield lambda account: stack.enter_context(running(account))


@pytest.fixture
def reading(serve_account: Callable[..., Served]) -> Iterator[Callable[..., Reading]]:
    """Makes an account of so many objects, without limits unless they are given, and opens a source of it."""
    with ExitStack() as stack:

        def make(size: int = 60, *, ties: int = 1, limits: Any = None, more: Any = None, **settings: Any) -> Reading:
            account = Account(world=World(size=size, ties=ties, until=NOW - 60), clock=Clock(NOW), limits=limits)
            served = serve_account(account)
            given = {"account": served.url, "token": served.token, **FREELY, **settings}
            chosen = Settings.model_validate({name: one for name, one in given.items() if one is not None})
            source = stack.enter_context(open_account(chosen, _tools_for(chosen, **(more or {}))))
            return Reading(account, source)

        yield make


@pytest.fixture
def world(
    tmp_path: Path, module: Callable[[str], ModuleType], serve_account: Callable[..., Served]
) -> Callable[..., Any]:
    """`world(account, mail=("email.files", {...}))`: a hub that reads this account, and these other connections."""

    def make(account: Account, more: dict[str, Any] | None = None, **connections: Any) -> Any:
        served = serve_account(account)
        settings = {"account": served.url, "token": served.token, **FREELY, **(more or {})}
        known = {"amo": ("crm.amocrm", settings), **connections}
        return module("tests/shared/world.py").World(tmp_path, known)

    return make
