"""`Tools.network` of one connection. httpx is imported when the first client is asked for."""

import logging
import os
import socket
import ssl
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from hub.errors import Misconfigured, Unreachable
from hub.http.origins import Declared, Origin
from hub.http.proxies import NONE, Proxy, from_environment, proxy_of
from hub.http.sockets import Sockets
from hub.i18n import sentence
from hub.network import Limit

if TYPE_CHECKING:
    from httpx import Client, Response

HOPS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_CONNECT = 10.0
_KEPT_ALIVE = 30.0
_LOGGERS = ("httpx", "httpcore")


@dataclass(frozen=True, slots=True)
class Internet:
    """The network as far as one connection may use it: `hub.network.Network`."""

    declared: Declared
    sockets: Sockets
    now: Callable[[], datetime]
    stopping: Callable[[], bool]
    _contexts: list[ssl.SSLContext] = field(default_factory=list, repr=False)

    def client(
        self,
        base_url: str = "",
        *,
        auth: tuple[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 30.0,
        deadline: float = 300.0,
        most: int = 50_000_000,
        expect: Collection[int] = (),
        limit: Limit | None = None,
    ) -> "Client":
        from hub.http.bodies import PACKINGS  # noqa: PLC0415 - a sync of files needs none
        from hub.http.library import httpcore, httpx  # noqa: PLC0415 - the same
        from hub.http.streams import Backend  # noqa: PLC0415 - the same
        from hub.http.transport import Guarded, Terms, permitted  # noqa: PLC0415 - the same

        own = permitted(self.declared, base_url) if base_url else None
        credentials = _credentials(auth, headers or {}, own)
        for name in _LOGGERS:  # they log whole addresses, and secrets stand in some
            logging.getLogger(name).setLevel(logging.WARNING)
        terms = Terms(
            declared=self.declared, own=own, credentials=credentials, seconds=deadline, most=most, expect=expect,
            now=self.now, stopping=self.stopping, limit=limit,
        )  # fmt: skip
        pool = httpcore.ConnectionPool(
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),  # which trusts nobody: the backend has the one that counts
            keepalive_expiry=_KEPT_ALIVE,
            network_backend=Backend(self.sockets, self._context),
        )
        client = httpx.Client(
            base_url=base_url,
            headers={"User-Agent": "interaction-hub", "Accept-Encoding": PACKINGS},
            timeout=httpx.Timeout(timeout, connect=min(timeout, _CONNECT)),
            transport=Guarded(pool, terms),
            trust_env=False,
        )
        _refuse_cookies(client)
        return client

    def follow(self, ask: Callable[[str], "Response"], url: str) -> "Response":
        from hub.http.transport import permitted  # noqa: PLC0415 - as above

        seen = {url}
        while True:
            response = ask(url)
            target = response.headers.get("location", "")
            if response.status_code not in _REDIRECTS or not target:
                return response
            response.close()
            url = urljoin(url, target)
            origin = permitted(self.declared, url)
            if url in seen or len(seen) > HOPS:
                text = sentence("{who} sends us in a circle")
                raise Unreachable(text.format(who=origin), fix=sentence("correct the address in the connection"))
            seen.add(url)

    def connect(self, host: str, port: int, *, tls: bool, timeout: float) -> socket.socket:
        if not self.declared.knows(host, port):
            text = sentence("{origin} is not among the addresses that this connection may talk to")
            fix = sentence("if you trust it, name it in the settings of the connection")
            raise Misconfigured(text.format(origin=f"{host}:{port}"), fix=fix)
        sock = self.sockets.connect(host, port, timeout=timeout)
        return self.start_tls(sock, host) if tls else sock

    def start_tls(self, sock: socket.socket, host: str) -> ssl.SSLSocket:
        return self.sockets.start_tls(sock, host, self._context)

    def _context(self) -> ssl.SSLContext:
        """What is trusted; made once, when it is first needed: the system's store takes long to read."""
        if not self._contexts:
            self._contexts.append(self.sockets.context())
        return self._contexts[0]


def internet(
    hosts: Iterable[str],
    *,
    now: Callable[[], datetime],
    stopping: Callable[[], bool],
    proxy: str = "",
    proxy_password: str = "",
    ca_file: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Internet:
    """The network for a connection to `hosts`, as `Connector.hosts` gives them.

    `proxy` is the connection's own: a URL, "none", or "" where the environment may name one. Raises `Misconfigured`.
    """
    declared = Declared.of(hosts)
    given = os.environ if environ is None else environ

    def way(host: str, port: int) -> Proxy | None:
        if proxy.lower() == NONE:
            return None
        try:
            if proxy:
                return proxy_of(proxy, proxy_password)
            scheme = "http" if Origin("http", host, port) in declared.origins else "https"
            return from_environment(given, scheme, host)
        except ValueError as error:
            text = sentence("the proxy cannot be used: {problem}")
            fix = sentence(
                'write proxy = "http://host:port", or "none"; without it, HTTPS_PROXY of the environment counts'
            )
            raise Misconfigured(text.format(problem=error), setting="proxy", fix=fix) from None

    return Internet(declared, Sockets(way, ca_file), now, stopping)


def _credentials(auth: tuple[str, str] | None, headers: Mapping[str, str], own: Origin | None) -> dict[str, str]:
    """The headers that only the client's own origin gets to see."""
    if (auth or headers) and own is None:
        raise TypeError("credentials need a base_url: they are bound to its origin")
    found = dict(headers)
    if auth is not None:
        from hub.http.library import httpx  # noqa: PLC0415 - as above

        signed = next(httpx.BasicAuth(*auth).auth_flow(httpx.Request("GET", str(own))))
        found["Authorization"] = signed.headers["Authorization"]
    return found


def _refuse_cookies(client: "Client") -> None:
    """Keep no cookies: they are credentials too, and one client may serve the mailboxes of many."""
    from http.cookiejar import DefaultCookiePolicy  # noqa: PLC0415 - httpx has imported it

    client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))
