"""A source that is opened while the database is: a sync without news waits for both about as long, and neither needs the other.

It is the first one of the sync, since there are few processors, and only where there is a database already: else its process
had better inherit what reading all of it takes. What it asks of the hub's desk waits until somebody is there to answer.
"""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from hub.connectors import Connector
from hub.engine.apart.child import Order
from hub.engine.apart.process import Process
from hub.engine.clock import Clock
from hub.engine.tools import tools_for
from hub.errors import Inconsistent
from hub.i18n import sentence
from hub.plugins import Plugins
from hub.settings import Config, Connection, Limits

FRESH_S: Final = 10.0
"""Who was not taken within so long has waited for something else, and may have been forgotten by the other system."""


@dataclass(slots=True)
class Ahead:
    """Processes that have begun, by the id of their connection, and when (seconds)."""

    _begun: dict[str, tuple[Process, float]] = field(default_factory=dict)

    def begin(self, connector: Connector, connection: Connection, limits: Limits) -> None:
        """Have a connection opened, and say which streams it has."""
        tools = partial(tools_for, connector, connection, Clock())
        process = Process(Order(connector, connection.settings, tools, limits.memory, _nobody), limits, lambda: False)
        self._begun[connection.id] = process, time.monotonic()
        process.begin("streams")

    def take(self, identity: str) -> Process | None:
        """The process of a connection, if one has begun for it just now; whose it is then is the caller's."""
        process, began = self._begun.pop(identity, (None, 0.0))
        if process is not None and time.monotonic() - began > FRESH_S:
            process.kill()
            return None
        return process

    def close(self) -> None:
        """End those that nobody took."""
        while self._begun:
            self._begun.popitem()[1][0].kill()


@contextmanager
def opening(config: Config, plugins: Plugins, names: Sequence[str]) -> Iterator[Ahead]:
    """The first of the connections of these names (none: of all), if it can be, is being opened meanwhile."""
    ahead = Ahead()
    try:
        if config.limits is not None and (config.server is not None or os.access(config.store_path, os.F_OK)):
            for one in _wanted(config, plugins, names)[:1]:
                ahead.begin(plugins.connectors[one.connector], one, config.limits)
        yield ahead
    finally:
        ahead.close()


def _wanted(config: Config, plugins: Plugins, names: Sequence[str]) -> Sequence[Connection]:
    found = map(config.connection, names) if names else (one for one in config.connections if one.enabled)
    return [one for one in found if one is not None and one.connector in plugins.connectors]


def _nobody(question: str, *_said: Any) -> Any:
    raise Inconsistent(sentence("nobody answers {question}").format(question=question[:40]))
