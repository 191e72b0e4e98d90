"""What a connector may use of the network, and how often: the protocols behind `Tools.network` and `Tools.limit`."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from hub.core.pace import Rate

if TYPE_CHECKING:
    import socket
    import ssl

    from httpx import Client as HttpClient
    from httpx import Response as HttpResponse


class Limit(Protocol):
    """A budget of calls that all connections and processes of this hub share."""

    def take(self, cost: float = 1) -> None:
        """Returns once the call may go out. Raises `AskedToWait` when its turn is further off than the hub waits (a
        minute), or when the hub is told to stop meanwhile; `ValueError` for a cost that is more than the budget holds.
        """

    def rest(self, until: datetime) -> None:
        """The server asked for peace: nobody takes before `until` (aware), which is at most a day from now."""


def no_limit(key: str, _rate: Rate) -> NoReturn:
    """Where nobody has given any limits, whoever asks for one has a defect."""
    raise RuntimeError(f"there are no limits here, not even {key!r}: hub.testing.Budgets makes some")


class Network(Protocol):
    """The outside, as far as `Connector.hosts` declares it; everything else is refused with `Misconfigured`.

    An entry of `hosts` is a host (`imap.example.ru`: any port, TLS; without TLS only on this machine) or an origin
    (`http://radicale.lan:5232`: that one, as a person wrote it). Certificates are always verified, against the system's
    store and the connection's `ca_file`; the connection's `proxy`, or the environment's, is used for everything.

    All failures are of `hub.errors`: `Unreachable` (name, connection, TLS, time-out, 502 to 504), `AuthFailed` (401),
    `AskedToWait` (429, or 503 with Retry-After), `TooLarge` (over the cap), each with words for people.
    """

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
    ) -> "HttpClient":
        """An `httpx.Client`; close it, or use it in `with`.

        `auth` (user, password) and `headers` are credentials: only the origin of `base_url` gets to see them. An answer
        may take `timeout` seconds between two bytes, `deadline` seconds and `most` bytes in all, unpacked. Statuses in
        `expect` are returned instead of raised. Redirects are never followed, cookies never kept. Reads (GET, HEAD,
        OPTIONS, PROPFIND, REPORT) are tried again by the hub; a connector never does.

        `limit` is taken from before every attempt that goes out, and rests when the server says so (429, 503 with
        Retry-After), whatever `expect` says. A request says what is special about it in `extensions={"hub": {…}}`:
        `"cost": 5` is what it takes from the limit, `"read": True` a POST that changes nothing and may be tried again,
        `"read": False` a GET that may not.
        """

    def follow(self, ask: "Callable[[str], HttpResponse]", url: str) -> "HttpResponse":
        """The answer of `ask(url)`, asked again with the new URL as long as it redirects, to declared origins only."""

    def connect(self, host: str, port: int, *, tls: bool, timeout: float) -> "socket.socket":
        """A connection, with `timeout` seconds for every read and write. Without `tls`, say nothing that is secret
        before `start_tls`, unless the host is this machine.
        """

    def start_tls(self, sock: "socket.socket", host: str) -> "ssl.SSLSocket":
        """TLS on a plain connection, once the server has agreed. Drop what you have read of it and not used: whatever
        was said before TLS is nobody's word. Closes `sock` when it fails.
        """


class Offline:
    """The network of a connector that declares no hosts: whoever asks for it has a defect, `RuntimeError`."""

    def client(self, base_url: str = "", **_options: Any) -> "HttpClient":  # noqa: ARG002 - as Network has it
        raise _undeclared()

    def follow(self, ask: "Callable[[str], HttpResponse]", url: str) -> "HttpResponse":  # noqa: ARG002 - the same
        raise _undeclared()

    def connect(self, host: str, port: int, *, tls: bool, timeout: float) -> "socket.socket":  # noqa: ARG002 - the same
        raise _undeclared()

    def start_tls(self, sock: "socket.socket", host: str) -> "ssl.SSLSocket":  # noqa: ARG002 - the same
        raise _undeclared()


def _undeclared() -> RuntimeError:
    return RuntimeError("the connector declares no hosts, and may use no network")
