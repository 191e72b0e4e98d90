"""What stands before every answer: who we may be called by, and what a browser may make of an answer.

A page in a browser can make any name of its own lead to 127.0.0.1 (DNS rebinding) and would then be of the same origin as
this server; it cannot make the browser say a name of ours. So a request whose Host is none of ours is not answered
(RFC 9110, 15.5.20). No answer may be read by other origins: there is no CORS.
"""

from collections.abc import Callable, Collection
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hub.http.origins import ascii_host

_HEADERS: Final = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
_MISDIRECTED: Final = 421


class Guard:
    """Answers only where the Host is one of `names()`."""

    def __init__(self, app: ASGIApp, names: Callable[[], Collection[str]]) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        app = self._app if self._is_ours(scope) else PlainTextResponse("Misdirected Request", _MISDIRECTED)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *_HEADERS]}
            await send(message)

        await app(scope, receive, guarded)

    def _is_ours(self, scope: Scope) -> bool:
        said = Headers(scope=scope).getlist("host")
        return len(said) == 1 and _name(said[0]) in self._names()


def _name(host: str) -> str:
    """The name in a Host header, without its port; "" for what is none."""
    name = host.rpartition("]")[0] if host.startswith("[") else host.partition(":")[0]
    try:
        return ascii_host(name)
    except ValueError:
        return ""
