"""Which origins a connection may talk to.

`Connector.hosts` names them in one of two ways:

    "imap.example.ru"              that host, on any port, by TLS; plainly only where the host is this machine
    "http://radicale.lan:5232"     that origin and no other (RFC 6454): scheme, host and port, as the settings say

So nothing is said in plain text unless a person has written `http://`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

import idna

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port (RFC 6454). The host is in lower case and in ASCII, an IPv6 address without brackets."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> "Origin":
        """The origin of a URL. Raises `ValueError` when it has none."""
        parts = urlsplit(url)
        if not parts.scheme or not parts.hostname:
            raise ValueError("it has no scheme or no host")
        port = parts.port if parts.port is not None else _PORTS.get(parts.scheme)
        if port is None:
            raise ValueError(f"it is neither https nor http, and has no port: {parts.scheme}")
        return cls(parts.scheme, ascii_host(parts.hostname), port)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS.get(self.scheme) else f":{self.port}"
        return f"{self.scheme}://{host}{port}"


@dataclass(frozen=True, slots=True)
class Declared:
    """What a connector declares for a connection: hosts, origins, or both."""

    hosts: frozenset[str]
    origins: frozenset[Origin]

    @classmethod
    def of(cls, entries: Iterable[str]) -> "Declared":
        """Raises `ValueError` for an entry that is neither a host nor a URL."""
        every = tuple(entries)
        return cls(
            hosts=frozenset(ascii_host(entry) for entry in every if "://" not in entry),
            origins=frozenset(Origin.of(entry) for entry in every if "://" in entry),
        )

    def allows(self, origin: Origin) -> bool:
        """Whether an HTTP request may go there."""
        if origin in self.origins:
            return True
        return origin.host in self.hosts and (origin.scheme == "https" or is_loopback(origin.host))

    def knows(self, host: str, port: int) -> bool:
        """Whether a connection may be opened to there, whatever is spoken on it."""
        host = ascii_host(host)
        return host in self.hosts or any((one.host, one.port) == (host, port) for one in self.origins)


def hosts_of(entries: Iterable[str]) -> frozenset[str]:
    """The bare host names of what `Connector.hosts` gives."""
    declared = Declared.of(entries)
    return declared.hosts | {origin.host for origin in declared.origins}


def ascii_host(host: str) -> str:
    """The host as it is written on the wire: `Почта.РФ.` → `xn--80a1acny.xn--p1ai`."""
    host = host.strip().strip("[]").rstrip(".").lower()
    if not host:
        raise ValueError("the host is empty")
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise ValueError(f"it is no host: {host}") from error


def is_loopback(host: str) -> bool:
    """Whether the host is this machine, told by its name alone."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
