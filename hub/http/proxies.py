"""The proxy of a connection.

What the connection says wins: `proxy = "http://user@proxy.my.example:3128"`, or `proxy = "none"`. Where it says
nothing, the environment is asked as other programs ask it: HTTPS_PROXY (for plain http HTTP_PROXY), else ALL_PROXY,
unless NO_PROXY names the host. This machine is never called by a proxy of the environment.

Every connection, plain or TLS, HTTP or IMAP, goes through a tunnel made with CONNECT (RFC 9110, 9.3.6).
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from hub.http.origins import ascii_host, is_loopback

NONE = "none"
_PORT = 3128


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy; `credentials` is what the header Proxy-Authorization says, "" without a user."""

    host: str
    port: int
    credentials: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def proxy_of(url: str, password: str = "") -> Proxy:
    """The proxy at a URL. Raises `ValueError`, in words for people, for what is no HTTP proxy."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme != "http":
        raise ValueError(f"only proxies spoken to by http:// are known, not {parts.scheme}://")
    if not parts.hostname or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("it is not of the form http://user@host:port")
    secret = password or unquote(parts.password or "")
    user = unquote(parts.username or "")
    credentials = "Basic " + b64encode(f"{user}:{secret}".encode()).decode("ascii") if user else ""
    return Proxy(ascii_host(parts.hostname), parts.port or _PORT, credentials)


def has_password(url: str) -> bool:
    """Whether the URL itself has a password in it."""
    return ":" in urlsplit(url if "://" in url else f"http://{url}").netloc.rpartition("@")[0]


def from_environment(environ: Mapping[str, str], scheme: str, host: str) -> Proxy | None:
    """The proxy that the environment names for this host, None where it names none. Raises `ValueError` as above."""
    named = {name.lower(): value.strip() for name, value in sorted(environ.items()) if value.strip()}
    url = named.get(f"{scheme}_proxy") or named.get("all_proxy")
    if not url or is_loopback(host) or _is_excepted(host, named.get("no_proxy", "")):
        return None
    return proxy_of(url)


def _is_excepted(host: str, no_proxy: str) -> bool:
    """Whether NO_PROXY names the host, or a domain above it; `*` names every host."""
    names = [name.strip().lstrip(".").lower() for name in no_proxy.split(",") if name.strip()]
    return any(name in ("*", host) or host.endswith(f".{name}") for name in names)
