"""Hooks: another system says that it has news, and is answered at once.

A call is *verified* (the secret in its address, then the connector's doorbell), *written down* as hints for the daemon,
and answered. It is only a doorbell: nothing of it is stored, and the next pull asks the source itself. So where the
database is busy for longer than a caller may be kept, the hint waits in memory and the answer is 202; should this process
die in that moment, the connection is pulled at its usual time.

Whoever does not know the secret learns nothing: a connection that there is not, one without a hook, a wrong secret and a
call that the doorbell refuses are answered alike.
"""

import asyncio
import hmac
import logging
from collections import Counter
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from time import monotonic
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from hub.connectors import Connector, Ring
from hub.log import Log
from hub.settings import Connection
from hub.store import running
from hub.web.rates import Allowance
from hub.web.served import Served

MOST_BYTES: Final = 1_000_000
BODY_S: Final = 5.0
"""So long may a body take to arrive."""
ANSWER_S: Final = 0.04
"""So long does a caller wait for the hint to be written."""
BELL_S: Final = 2.0
"""So long may a connector's doorbell take."""
AGAIN_S: Final = 1.0
MOST_STREAMS: Final = 100
LONGEST_NAME: Final = 500
_PER_SECOND, _BURST = 20.0, 200.0
_STRANGERS_PER_SECOND, _STRANGERS_BURST = 5.0, 50.0

_log = Log(logging.getLogger("hub.web"), {"action": "hook"})


@dataclass(slots=True)
class Hints:
    """Hints on their way into the database, one write after another."""

    served: Served
    _waiting: dict[tuple[str, str], int] = field(default_factory=dict)
    _writing: "asyncio.Task[None] | None" = None

    async def add(self, connection: str, streams: Collection[str]) -> bool:
        """Write down that there is news. Returns whether that was done in time; else it is done later."""
        at = self.served.now.milliseconds()
        waiting = sum(one == connection for one, _stream in self._waiting)
        named = streams if waiting + len(streams) <= MOST_STREAMS else ()
        self._waiting.update(((connection, stream), at) for stream in named or ("",))
        return await self.written(ANSWER_S)

    async def written(self, seconds: float) -> bool:
        """Whether everything is written down within so many seconds."""
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        done, _pending = await asyncio.wait({self._writing}, timeout=seconds)
        return bool(done)

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, {}
            try:
                await asyncio.to_thread(self._put, batch)
            except Exception as error:  # noqa: BLE001 - whatever it is, nobody rings twice for the same news
                _log.warning("hints wait: %s: %s", type(error).__name__, error)
                self._waiting = batch | self._waiting
                await asyncio.sleep(AGAIN_S)

    def _put(self, batch: dict[tuple[str, str], int]) -> None:
        with self.served.store() as store, store.write() as tx:
            for (connection, stream), at in batch.items():
                running.ring(tx, connection, at, stream)


@dataclass(slots=True)
class Hooks:
    """The receiver. `counts` are calls by what came of them."""

    served: Served
    counts: Counter[str] = field(default_factory=Counter)
    clock: Callable[[], float] = monotonic
    hints: Hints = field(init=False)
    _strangers: Allowance = field(init=False)
    _known: dict[str, Allowance] = field(default_factory=dict)
    _bells: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(4, "doorbell"))

    def __post_init__(self) -> None:
        self.hints = Hints(self.served)
        self._strangers = Allowance(_STRANGERS_PER_SECOND, _STRANGERS_BURST, self.clock)

    async def answer(self, request: Request) -> Response:
        result, response = await self._answered(request)
        self.counts[result] += 1
        return response

    async def close(self) -> None:
        self._bells.shutdown(wait=False, cancel_futures=True)
        await self.hints.written(AGAIN_S)

    async def _answered(self, request: Request) -> tuple[str, Response]:
        connection = self._caller(request.path_params["connection"], request.path_params["secret"])
        if connection is None:
            return self._refused()
        allowance = self._known.setdefault(connection.id, Allowance(_PER_SECOND, _BURST, self.clock))
        if not allowance.take():
            return "limited", _too_often()
        body = await _body(request)
        if body is None:
            return "too_large", PlainTextResponse("Content Too Large", 413, headers={"connection": "close"})
        ring = Ring(headers=dict(request.headers), query=tuple(request.query_params.multi_items()), body=body)
        streams = await self._rung(connection, ring)
        if streams is None:
            return self._refused()
        in_time = await self.hints.add(connection.id, streams)
        return ("written", PlainTextResponse("OK")) if in_time else ("waiting", PlainTextResponse("Accepted", 202))

    def _caller(self, name: str, secret: str) -> Connection | None:
        """The connection whose hook this is; as much work is done where there is none."""
        found = self.served.config.connection(name)
        expected = found.hook_secret if found is not None and found.enabled else ""
        same = hmac.compare_digest(sha256(secret.encode()).digest(), sha256(expected.encode()).digest())
        return found if same and expected else None

    def _refused(self) -> tuple[str, Response]:
        if not self._strangers.take():
            return "limited", _too_often()
        return "refused", PlainTextResponse("Not Found", 404)

    async def _rung(self, connection: Connection, ring: Ring) -> Collection[str] | None:
        """The streams with news, as the connector's doorbell reads them; none for any of them, None for a stranger."""
        connector = self.served.plugins.connectors.get(connection.connector)
        if connector is None or connector.doorbell is None:
            return ()
        asked = asyncio.get_running_loop().run_in_executor(self._bells, partial(_read, connector, connection, ring))
        try:
            return await asyncio.wait_for(asked, BELL_S)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may raise anything, or never come back
            said = {"connection": connection.name, "kind": type(error).__name__}
            _log.warning("the doorbell of %(connection)s failed with %(kind)s", said, extra=said)
            return None


def _read(connector: Connector, connection: Connection, ring: Ring) -> Collection[str] | None:
    assert connector.doorbell is not None
    said = connector.doorbell(connection.settings, ring)
    if said is None:
        return None
    streams = [stream for stream in said if isinstance(stream, str) and len(stream) <= LONGEST_NAME]
    return streams if len(streams) == len(said) <= MOST_STREAMS else ()


async def _body(request: Request) -> bytes | None:
    """The bytes of the body; None where there are too many, or they come too slowly."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MOST_BYTES:
                    return None
    except (TimeoutError, ClientDisconnect):
        return None
    return bytes(body)


def _too_often() -> Response:
    return PlainTextResponse("Too Many Requests", 429, headers={"retry-after": "10"})
