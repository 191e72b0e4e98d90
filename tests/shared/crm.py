"""A simulated CRM on loopback, and a source that reads it: what the tests of every CRM stand on."""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import hub
from hub.http.network import internet
from hub.testing import Budgets
from tests.shared.world import World

NOW = 1_795_000_000.0
"""The clock of a CRM: 2026-11-18."""
_LOOKS = count()


def local() -> datetime:
    """A clock by which a minute passes between two looks: so the CRM is asked for its own."""
    return datetime.now(UTC) + timedelta(minutes=next(_LOOKS))


def never() -> bool:
    return False


def tools_for(connector: hub.Connector, settings: hub.Settings, **more: Any) -> hub.Tools:
    """What the hub hands to a connection with these settings."""
    given = {
        "clock": local, "log": logging.LoggerAdapter(logging.getLogger(f"hub.plugin.{connector.name}")), "stopping": never,
        "network": internet(connector.hosts(settings), now=local, stopping=never), "limit": Budgets().limit,
    }  # fmt: skip
    return hub.Tools(**{**given, **more})


@dataclass
class Reading:
    """A simulator and a source that reads it; `seen` is what pulls have brought, the last word on every object."""

    system: Any
    source: Any
    cursor: str | None = None
    seen: dict[str, hub.Raw] = field(default_factory=dict)
    pages: list[hub.Page] = field(default_factory=list)

    def pull(self, stream: str) -> list[hub.Page]:
        """One pull to its end, and on from its cursor at the next one."""
        pages = list(self.source.pull(stream, self.cursor))
        for page in pages:
            self.seen |= {raw.external_id: raw for raw in page.raws}
            self.cursor = page.cursor
        self.pages += pages
        return pages


@contextmanager
def served(running: Callable[[Any], AbstractContextManager[Any]]) -> Iterator[Callable[[Any], Any]]:
    """Serves simulators until the test ends."""
    with ExitStack() as stack:
        yield lambda system: stack.enter_context(running(system))


@contextmanager
def sources(connector: hub.Connector) -> Iterator[Callable[..., Any]]:
    """`opens(settings, more)`: a source with these settings and with `more` in its tools, open until the test ends."""
    with ExitStack() as stack:

        def opens(settings: dict[str, Any], more: dict[str, Any] | None = None) -> Any:
            chosen = connector.settings.model_validate(settings)
            return stack.enter_context(connector.open(chosen, tools_for(connector, chosen, **(more or {}))))

        yield opens


def world_of(path: Path, name: str, connector: hub.Connector, settings: dict[str, Any], **others: Any) -> World:
    """A hub that reads the CRM as the connection `name`, and these other connections."""
    return World(path, {name: (connector.name, settings), **others})
