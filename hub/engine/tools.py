"""What the connector of one connection may use of the outside, in whichever process it works."""

import logging
from collections.abc import Callable

from hub.connectors import Tools
from hub.core.pace import Rate
from hub.engine.desk import Ask, Asking
from hub.engine.hub import Hub
from hub.grants import SignIn
from hub.limits import Shared
from hub.log import Log
from hub.network import Limit, Network, Offline
from hub.settings import Connection
from hub.tokens import Refreshing


def tools_for(hub: Hub, connection: Connection, stopping: Callable[[], bool], ask: Ask) -> Tools:
    """`Connector.open` is given them; `ask` is how the hub's desk is asked from there."""
    log = Log(logging.getLogger(f"hub.plugin.{connection.connector}"), {"connection": connection.name})
    desk, sign_in = Asking(ask), sign_in_of(hub, connection)

    def limit(key: str, rate: Rate) -> Limit:
        return Shared(desk, key, rate, hub.now, stopping)

    return Tools(
        clock=hub.now, log=log, stopping=stopping, network=network_for(hub, connection, stopping), limit=limit,
        tokens=Refreshing(desk, connection.name, hub.now, stopping, sign_in.idle if sign_in else None), known=desk.known,
    )  # fmt: skip


def network_for(hub: Hub, connection: Connection, stopping: Callable[[], bool]) -> Network:
    """The network as far as the connector declares that it uses it."""
    hosts = hub.connector(connection).hosts(connection.settings)
    if not hosts:
        return Offline()
    from hub.http.network import internet  # noqa: PLC0415 - a sync of files needs no TLS

    way = connection.way
    return internet(
        hosts, now=hub.now, stopping=stopping, proxy=way.proxy, proxy_password=way.proxy_password, ca_file=way.ca_file
    )


def sign_in_of(hub: Hub, connection: Connection) -> SignIn | None:
    """How a person signs in for this connection; None where its settings are all it takes."""
    make = hub.connector(connection).sign_in
    return make(connection.settings) if make is not None else None
