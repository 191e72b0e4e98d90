"""What the connector of one connection may use of the outside, in whichever process it works."""

import logging
from collections.abc import Callable

from hub.connectors import Connector, Tools
from hub.core.pace import Rate
from hub.engine.asking import Ask, Asking
from hub.engine.clock import Clock
from hub.grants import SignIn
from hub.limits import Shared
from hub.log import Log
from hub.network import Limit, Network, Offline
from hub.settings import Connection
from hub.tokens import Refreshing


def tools_for(
    connector: Connector, connection: Connection, now: Clock, stopping: Callable[[], bool], ask: Ask
) -> Tools:
    """`Connector.open` is given them; `ask` is how the hub's desk is asked from there."""
    log = Log(logging.getLogger(f"hub.plugin.{connection.connector}"), {"connection": connection.name})
    desk, sign_in = Asking(ask), sign_in_of(connector, connection)

    def limit(key: str, rate: Rate) -> Limit:
        return Shared(desk, key, rate, now, stopping)

    return Tools(
        clock=now, log=log, stopping=stopping, network=network_for(connector, connection, now, stopping), limit=limit,
        tokens=Refreshing(desk, connection.name, now, stopping, sign_in.idle if sign_in else None), known=desk.known,
    )  # fmt: skip


def network_for(connector: Connector, connection: Connection, now: Clock, stopping: Callable[[], bool]) -> Network:
    """The network as far as the connector declares that it uses it."""
    hosts = connector.hosts(connection.settings)
    if not hosts:
        return Offline()
    from hub.http.network import internet  # noqa: PLC0415 - a sync of files needs no TLS

    way = connection.way
    return internet(
        hosts, now=now, stopping=stopping, proxy=way.proxy, proxy_password=way.proxy_password, ca_file=way.ca_file
    )


def sign_in_of(connector: Connector, connection: Connection) -> SignIn | None:
    """How a person signs in for this connection; None where its settings are all it takes."""
    return connector.sign_in(connection.settings) if connector.sign_in is not None else None
