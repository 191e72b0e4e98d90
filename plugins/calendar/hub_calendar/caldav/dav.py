"""One user at one server: PROPFIND, REPORT and GET, and nothing else."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

import hub
from hub_calendar.caldav.multistatus import Malformed, Multistatus, Reply, doubted, names_precondition
from hub_calendar.caldav.requests import propfind

PATIENCE = 180.0
"""Seconds without a byte: a server that has just started may read thousands of events before it says a word."""
DEADLINE = 900.0
LARGEST = 64_000_000
"""Bytes of an answer."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where the calendars are, and how one signs in there; `url` may have {address} and {user} in it.

    `sign_in` with a token is by "Bearer" (RFC 6750), or with `oauth` by "OAuth", as all of Yandex has it.
    """

    url: str
    sign_in: Literal["password", "token", "oauth"]
    network: hub.Network


class Declined(Exception):
    """The server answers with a status that is no success; `body` is the beginning of what it says."""

    def __init__(self, who: str, method: str, status: int, body: bytes = b"") -> None:
        super().__init__(who, method, status)
        self.who, self.method, self.status, self.body = who, method, status, body

    @property
    def is_lost_token(self) -> bool:
        """Told by the element, not by the status, which is 403, 409, 412 or 507, as the server likes."""
        return names_precondition(self.body, "valid-sync-token")

    def told(self) -> hub.Unreachable:
        text = hub.sentence("{who} does not answer {method}: status {status}")
        said = text.format(who=self.who, method=self.method, status=self.status)
        return hub.Unreachable(said, fix=hub.sentence("see whether the calendar is still there, and who may read it"))


@dataclass(slots=True)
class Dav:
    """A user's sessions: one for each origin that the server sends us to, as far as the settings allow it."""

    server: Server
    account: hub.Account
    beginning: tuple[str, Reply] | None = field(default=None, repr=False)
    """Where the server knows the user, and what it says there, once that was found."""
    _clients: dict[str, hub.HttpClient] = field(default_factory=dict, repr=False)
    _open: ExitStack = field(default_factory=ExitStack, repr=False)
    _secret: str = field(default="", repr=False)

    @property
    def url(self) -> str:
        """Where this user begins."""
        url = self.server.url.replace("{address}", self.account.address).replace("{user}", self.account.user)
        return url if urlsplit(url).path else f"{url}/"

    def close(self) -> None:
        self._open.close()
        self._clients.clear()
        self.beginning = None

    def propfind(self, url: str, *names: str, depth: Literal["0", "1"] = "0") -> tuple[str, list[Reply]]:
        """Properties of what is at a URL, redirects followed; returns the URL that has answered in the end.

        Raises `Declined`, `hub.Unreachable` and what the network raises.
        """

        def ask(at: str) -> hub.HttpResponse:
            return self._client(at).request("PROPFIND", at, content=propfind(*names), headers=_headers(depth))

        response = self.server.network.follow(ask, url)
        self._expect(response, "PROPFIND")
        try:
            return str(response.url), list(Multistatus([response.content]))
        except Malformed as error:
            raise doubted(who(url)) from error

    @contextmanager
    def asked(
        self, method: Literal["PROPFIND", "REPORT"], url: str, body: bytes, *, depth: str
    ) -> Iterator[Multistatus]:
        """The replies as they come, for answers of any length. Raises as `propfind` does, and `Malformed`."""
        with self._client(url).stream(method, url, content=body, headers=_headers(depth)) as response:
            self._expect(response, method)
            yield Multistatus(response.iter_bytes())

    def get(self, url: str) -> bytes:
        """What is at a URL. Raises `FileNotFoundError` when it is no longer there."""
        response = self._client(url).get(url)
        if response.status_code in (404, 410):
            raise FileNotFoundError(url)
        if response.status_code != 200:
            raise Declined(who(url), "GET", response.status_code).told()
        return response.content

    def _client(self, url: str) -> hub.HttpClient:
        origin = who(url)
        secret = self.account.credential().get_secret_value()
        if secret != self._secret:  # a token has been renewed: nobody asks with the last one any more
            self._clients.clear()
            self._secret = secret
        if origin not in self._clients:
            is_token = self.server.sign_in != "password"
            scheme = "OAuth" if self.server.sign_in == "oauth" else "Bearer"
            self._clients[origin] = self._open.enter_context(
                self.server.network.client(
                    origin,
                    auth=None if is_token else (self.account.user, secret),
                    headers={"Authorization": f"{scheme} {secret}"} if is_token else None,
                    timeout=PATIENCE,
                    deadline=DEADLINE,
                    most=LARGEST,
                )
            )
        return self._clients[origin]

    def _expect(self, response: hub.HttpResponse, method: str) -> None:
        if response.status_code != 207:
            body = b"" if response.is_success else response.read()
            raise Declined(who(str(response.url)), method, response.status_code, body[:100_000])


def _headers(depth: str) -> dict[str, str]:
    return {"Depth": depth, "Content-Type": "application/xml; charset=utf-8"}


def who(url: str) -> str:
    """The origin of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
