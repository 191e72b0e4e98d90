"""An account on loopback, and a connection to it."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hub_crm_amo.plugin import CRM_AMOCRM
from hub_crm_amo.simulator import Account, Clock, Served, World, running

import hub
from tests.shared import crm

FREELY = {"calls_per_second": 1000}


@pytest.fixture
def tools_for() -> Callable[..., hub.Tools]:
    """What the hub hands to a connection with these settings."""
    return partial(crm.tools_for, CRM_AMOCRM)


class Reading(crm.Reading):
    """An account, and a source that reads it."""

    @property
    def account(self) -> Account:
        return self.system

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
def serve_account() -> Iterator[Callable[[Account], Served]]:
    """Serves an account until the test ends."""
    with crm.served(running) as serve:
        yield serve


@pytest.fixture
def reading(serve_account: Callable[[Account], Served]) -> Iterator[Callable[..., Reading]]:
    """Makes an account of so many objects, without limits unless they are given, and opens a source of it."""
    with crm.sources(CRM_AMOCRM) as opens:

        def make(size: int = 60, *, ties: int = 1, limits: Any = None, more: Any = None, **settings: Any) -> Reading:
            account = Account(
                world=World(size=size, ties=ties, until=crm.NOW - 60), clock=Clock(crm.NOW), limits=limits
            )
            served = serve_account(account)
            given = {"account": served.url, "token": served.token, **FREELY, **settings}
            return Reading(account, opens({name: one for name, one in given.items() if one is not None}, more))

        yield make


@pytest.fixture
def world(tmp_path: Path, serve_account: Callable[[Account], Served]) -> Callable[..., Any]:
    """`world(account, mail=("email.files", {...}))`: a hub that reads this account, and these other connections."""

    def make(account: Account, more: dict[str, Any] | None = None, **connections: Any) -> Any:
        served = serve_account(account)
        settings = {"account": served.url, "token": served.token, **FREELY, **(more or {})}
        return crm.world_of(tmp_path, "amo", CRM_AMOCRM, settings, **connections)

    return make
