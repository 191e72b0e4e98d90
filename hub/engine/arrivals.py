"""Sign-ins whose answer comes to the web server: a browser elsewhere cannot come back to the machine of `hub connect`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from hub.engine.hub import Hub
from hub.grants import Redirect
from hub.settings import Config
from hub.store import callbacks

PATH: Final = "/connect/callback"
PATIENCE_MS: Final = 900_000


def address(config: Config) -> str:
    """Where browsers come back to the web server from outside; "" where the configuration names no such address."""
    return f"{config.web.url}{PATH}" if config.web.url else ""


@contextmanager
def expected(hub: Hub, begun: Redirect) -> Iterator[Callable[[], str]]:
    """Looks whether the browser has come: what it brought, "" so far. Nothing of it stays."""

    def came() -> str:
        with hub.store.read() as tx:
            return callbacks.came(tx, begun.state)

    now = hub.now.milliseconds()
    with hub.store.write() as tx:
        callbacks.expect(tx, begun.state, now + PATIENCE_MS, now)
    try:
        yield came
    finally:
        with hub.store.write() as tx:
            callbacks.forget(tx, begun.state)
