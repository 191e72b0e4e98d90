"""The other systems, as far as the network goes: names, proxies, certificates, clocks; nobody signs in.

Where a connector declares a bare host, its port is what the settings call `port`; without one it is 993 where they have a
`security`, and 443 elsewhere. With a `security` other than "tls" the connection is opened plainly, and nothing is said on it.
"""

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from hub.connectors import Connector
from hub.doctor.finding import Finding, Level
from hub.engine.clock import Clock
from hub.errors import HubError
from hub.http.network import Internet, internet
from hub.http.origins import Declared
from hub.i18n import _, ngettext, told
from hub.settings import Connection

TIMEOUT: Final = 10.0
SOON_DAYS: Final = 14
SKEW_S, FAR_SKEW_S = 60, 300
_STARTTLS_PORT, _TLS_PORT, _HTTPS_PORT = 143, 993, 443
_EXCHANGE_ONLINE: Final = frozenset({"outlook.office365.com", "outlook.office.com"})


@dataclass(frozen=True, slots=True)
class Target:
    """A server: `speaks_http` where it can be asked for the time."""

    host: str
    port: int
    tls: bool
    speaks_http: bool

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def targets(connector: Connector, settings: Any) -> list[Target]:
    declared = Declared.of(connector.hosts(settings))
    found = [Target(one.host, one.port, one.scheme == "https", True) for one in declared.origins]
    own, security = getattr(settings, "host", ""), getattr(settings, "security", "tls")
    for host in declared.hosts:
        if host != own:
            found.append(Target(host, _HTTPS_PORT, True, True))
            continue
        usual = _HTTPS_PORT if not hasattr(settings, "security") else _TLS_PORT if security == "tls" else _STARTTLS_PORT
        port = getattr(settings, "port", 0) or usual
        found.append(Target(host, port, security == "tls", port == _HTTPS_PORT))
    return sorted(found, key=str)


@dataclass(slots=True)
class Rounds:
    """Looks at every server once, whichever connections it serves."""

    now: Clock
    _seen: set[tuple[Target, Any]] = field(default_factory=set)

    def look(self, connection: Connection, connector: Connector) -> Iterator[Finding]:
        yield from ews(connection, connector)
        hosts = connector.hosts(connection.settings)
        if not hosts:
            return
        way = connection.way
        try:
            network = internet(
                hosts, now=self.now, stopping=lambda: False, proxy=way.proxy, proxy_password=way.proxy_password,
                ca_file=way.ca_file,
            )  # fmt: skip
            for target in targets(connector, connection.settings):
                if (target, way) not in self._seen:
                    self._seen.add((target, way))
                    yield from _server(network, target, self.now)
        except HubError as error:
            yield Finding(check="proxy", of=connection.name, level="failed", says=told(str(error)), fix=told(error.fix))


def _server(network: Internet, target: Target, now: Clock) -> Iterator[Finding]:
    of = str(target)
    proxy = network.sockets.proxy(target.host, target.port)
    if proxy is not None:
        yield Finding(check="proxy", of=of, level="ok", says=_("by way of {proxy}").format(proxy=proxy))
    else:
        found = _dns(target)
        yield found
        if found.level == "failed":
            return
    try:
        with network.connect(target.host, target.port, tls=target.tls, timeout=TIMEOUT) as line:
            yield _tls(line, of, now()) if isinstance(line, ssl.SSLSocket) else _plain(of)
        if target.speaks_http:
            yield from _clock(network, target, now)
    except HubError as error:
        yield Finding(check="connection", of=of, level="failed", says=told(str(error)), fix=told(error.fix))


def _dns(target: Target) -> Finding:
    of = str(target)
    try:
        found = {str(one[4][0]) for one in socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)}
    except OSError as error:
        says = _("the name cannot be found: {why}").format(why=error.strerror or error)
        return Finding(check="dns", of=of, level="failed", says=says, fix=_("correct the name, or look after the name server"))  # fmt: skip
    return Finding(check="dns", of=of, level="ok", says=", ".join(sorted(found)[:4]))


def _plain(of: str) -> Finding:
    return Finding(check="connection", of=of, level="ok", says=_("it answers, without TLS so far"))


def _tls(line: ssl.SSLSocket, of: str, now: datetime) -> Finding:
    """The chain was verified by connecting."""
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str((line.getpeercert() or {})["notAfter"])), UTC)
    days = (ends - now).days
    text = ngettext("{protocol}, its certificate counts for {n} day", "{protocol}, its certificate counts for {n} days", days)  # fmt: skip
    says = text.format(protocol=line.version(), n=days)
    if days < SOON_DAYS:
        return Finding(check="tls", of=of, level="warning", says=says, fix=_("have it renewed at the server"))
    return Finding(check="tls", of=of, level="ok", says=says)


def _clock(network: Internet, target: Target, now: Clock) -> Iterator[Finding]:
    scheme = "https" if target.tls else "http"
    with network.client(f"{scheme}://{target}", timeout=TIMEOUT, expect=range(200, 600)) as client:
        before = now()
        said = client.head("/").headers.get("date", "")
    try:
        skew = abs((parsedate_to_datetime(said) - before).total_seconds())
    except (ValueError, TypeError):  # it does not say, or not in words of RFC 9110
        return
    level: Level = "failed" if skew > FAR_SKEW_S else "warning" if skew > SKEW_S else "ok"
    says = _("this clock and that of the server differ by {n} s").format(n=round(skew))
    fix = _("set this machine's clock (systemctl status systemd-timesyncd)") if level != "ok" else ""
    yield Finding(check="clock", of=str(target), level=level, says=says, fix=fix)


def ews(connection: Connection, connector: Connector) -> Iterator[Finding]:
    """Exchange Online switches EWS off: for tenants that do not list the application since October 2026, for all in April
    2027 (Microsoft, "Deprecation of Exchange Web Services in Exchange Online").
    """
    declared = Declared.of(connector.hosts(connection.settings))
    hosts = declared.hosts | {one.host for one in declared.origins}
    speaks_ews = any(word in connection.connector for word in ("ews", "exchange"))
    if speaks_ews and hosts & _EXCHANGE_ONLINE:
        says = _("Exchange Online has switched EWS off, and lets nobody in by it from April 2027 on")
        fix = _("until then the administrator of the tenant allows the application (EWSAllowedAppIDs); afterwards only Microsoft Graph will do")  # fmt: skip
        yield Finding(check="ews", of=connection.name, level="failed", says=says, fix=fix)
