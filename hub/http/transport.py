"""httpx's one-method seam, guarded: where a request may go, with which credentials, for how long, and how much may
come back.

    request -> declared origin? -> credentials of this origin only -> attempts -> pool -> status -> unpacked, capped body

Nothing of httpx's or httpcore's errors leaves: what is raised is of `hub.errors`, and names the origin, never the path
or a header, where secrets stand.
"""

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from hub.errors import AuthFailed, HubError, Misconfigured, Unreachable
from hub.http.bodies import capped, unpacked
from hub.http.library import httpcore, httpx
from hub.http.origins import Declared, Origin
from hub.http.patience import asked_to_wait, moment_of
from hub.http.retries import READS, attempts
from hub.http.sockets import NoAnswer
from hub.http.streams import TooLate, deadline
from hub.i18n import sentence
from hub.network import Limit

_PRIVATE = ("authorization", "cookie", "proxy-authorization")
_BUSY = (502, 503, 504)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms a client talks.

    `own` is the origin that `credentials` (header -> value) are for, None for a client without any. A request takes at
    most `seconds` from its first byte to the last of the answer, which has at most `most` bytes. Statuses in `expect`
    are the caller's business.
    """

    declared: Declared
    own: Origin | None
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    seconds: float
    most: int
    expect: Collection[int] = ()
    now: Callable[[], datetime]
    stopping: Callable[[], bool]
    limit: Limit | None = None


class Guarded(httpx.BaseTransport):
    """Sends requests through a pool on given terms."""

    def __init__(self, pool: httpcore.ConnectionPool, terms: Terms) -> None:
        self._pool = pool
        self._terms = terms

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        origin = permitted(self._terms.declared, str(request.url))
        headers = self._headers(request, origin)
        said = request.extensions.get("hub", {})
        until = time.monotonic() + self._terms.seconds

        def once() -> httpx.Response:
            nonlocal until
            until += self._take(said.get("cost", 1))
            with deadline(until), told(origin, self._terms.seconds):
                response = self._pool.handle_request(_asked(request, headers))
            return self._answered(response, origin, until)

        again = said.get("read", request.method in READS) and isinstance(request.stream, httpx.ByteStream)
        return attempts(self._terms.stopping)(once) if again else once()

    def _take(self, cost: float) -> float:
        """Wait for the limit, where there is one. Returns for how many seconds, which are no part of the deadline."""
        began = time.monotonic()
        if self._terms.limit is not None:
            self._terms.limit.take(cost)
        return time.monotonic() - began

    def close(self) -> None:
        self._pool.close()

    def _headers(self, request: httpx.Request, origin: Origin) -> list[tuple[bytes, bytes]]:
        """The request's headers: with the credentials at home, without any elsewhere."""
        private = {name.lower() for name in (*_PRIVATE, *self._terms.credentials)}
        if origin != self._terms.own:
            return [(name, value) for name, value in request.headers.raw if name.decode().lower() not in private]
        mine = [(name.encode(), value.encode()) for name, value in self._terms.credentials.items()]
        given = {name.lower() for name, _value in mine}
        return [*((name, value) for name, value in request.headers.raw if name.lower() not in given), *mine]

    def _answered(self, response: httpcore.Response, origin: Origin, until: float) -> httpx.Response:
        headers = httpx.Headers(response.headers)
        try:
            self._rest(response.status, headers)
            if response.status not in self._terms.expect:
                self._judge(response.status, headers, origin)
            packing = headers.pop("content-encoding", "").strip().lower()
            if packing:
                headers.pop("content-length", None)
            pieces = capped(
                unpacked(_timely(response, origin, until, self._terms.seconds), packing), self._terms.most, str(origin)
            )
        except BaseException:
            response.close()
            raise
        body = _Body(pieces, response)
        body.of = answer = httpx.Response(response.status, headers=headers, stream=body)
        return answer

    def _rest(self, status: int, headers: httpx.Headers) -> None:
        """Let nobody ask before the time that the server named. Without one, a status in `expect` is the caller's."""
        asked = "retry-after" in headers or status not in self._terms.expect
        if self._terms.limit is not None and _wants_peace(status, headers) and asked:
            self._terms.limit.rest(moment_of(headers.get("retry-after", ""), self._terms.now()))

    def _judge(self, status: int, headers: httpx.Headers, origin: Origin) -> None:
        """Raise what a status asks of the host, whatever was asked for."""
        if status == 401:
            fix = sentence(
                "correct the user and the password, or sign in again; an app password may have been withdrawn"
            )
            raise AuthFailed(sentence("{who} does not accept the credentials").format(who=origin), fix=fix)
        if _wants_peace(status, headers):
            raise asked_to_wait(str(origin), headers.get("retry-after", ""), self._terms.now())
        if status in _BUSY:
            text = sentence("{who} is not available at the moment (status {status})")
            raise NoAnswer(text.format(who=origin, status=status), fix=sentence("the hub tries again by itself"))


def permitted(declared: Declared, url: str) -> Origin:
    """The origin of a URL, if the connection may talk to it. Raises `Misconfigured`."""
    try:
        origin = Origin.of(url)
    except ValueError as error:
        text = sentence("an address cannot be understood: {problem}")
        raise Misconfigured(text.format(problem=error), fix=sentence("correct the address in the connection")) from None
    if not declared.allows(origin):
        text = sentence("{origin} is not among the addresses that this connection may talk to")
        fix = sentence("if you trust it, name it in the settings of the connection")
        raise Misconfigured(text.format(origin=origin), fix=fix)
    return origin


def _wants_peace(status: int, headers: httpx.Headers) -> bool:
    return status == 429 or (status == 503 and "retry-after" in headers)


def _asked(request: httpx.Request, headers: list[tuple[bytes, bytes]]) -> httpcore.Request:
    assert isinstance(request.stream, httpx.SyncByteStream)
    url = request.url
    return httpcore.Request(
        method=request.method,
        url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
        headers=headers,
        content=request.stream,
        extensions={name: value for name, value in request.extensions.items() if name != "hub"},
    )


class _Body(httpx.SyncByteStream):
    """The body `of` an answer. httpx ties the two into a circle, and megabytes would stay until Python looks for garbage: so
    they part when it has been read.
    """

    def __init__(self, pieces: Iterator[bytes], response: httpcore.Response) -> None:
        self._pieces = pieces
        self._response = response
        self.of: httpx.Response | None = None

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def close(self) -> None:
        answer, self.of = self.of, None
        if answer is not None:
            answer.stream = httpx.ByteStream(b"")
        self._response.close()


def _timely(response: httpcore.Response, origin: Origin, until: float, seconds: float) -> Iterator[bytes]:
    """The body as it comes, every piece of it before the deadline of the whole."""
    pieces = response.iter_stream()
    while True:
        with deadline(until), told(origin, seconds):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece


@contextmanager
def told(origin: Origin, seconds: float) -> Iterator[None]:
    """The errors of httpcore as ours. Its texts may repeat what we sent, secrets included, and are left out."""
    problem: HubError
    try:
        yield
    except TooLate:
        text = sentence("{who} did not finish its answer within {seconds} s")
        problem = Unreachable(
            text.format(who=origin, seconds=f"{seconds:g}"), fix=sentence("see whether the server is overloaded")
        )
    except httpcore.TimeoutException:
        problem = Unreachable(
            sentence("{who} stopped answering").format(who=origin), fix=sentence("see whether it is overloaded")
        )
    except httpcore.NetworkError:
        problem = NoAnswer(
            sentence("{who} broke off the connection").format(who=origin), fix=sentence("the hub tries again by itself")
        )
    except httpcore.RemoteProtocolError as error:
        kind = NoAnswer if str(error).startswith("Server disconnected") else Unreachable
        fix = sentence("see whether this is the right port, and what a proxy between does")
        problem = kind(sentence("{who} gives no proper HTTP answer").format(who=origin), fix=fix)
    except (httpcore.LocalProtocolError, httpcore.UnsupportedProtocol):
        fix = sentence("see that user, password and address have no line breaks or other odd characters")
        problem = Misconfigured(sentence("the request to {who} cannot be sent").format(who=origin), fix=fix)
    else:
        return
    raise problem from None
