"""The web server's routes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from hub.web.callback import PATH, Arrivals
from hub.web.guard import Guard
from hub.web.health import readiness
from hub.web.hooks import Hooks
from hub.web.metrics import Metrics
from hub.web.served import Served

_TEXT = "text/plain; version=0.0.4; charset=utf-8"


def app(served: Served) -> Starlette:
    hooks = Hooks(served)
    metrics = Metrics(served, hooks.counts)
    arrivals = Arrivals(served)

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_request: Request) -> Response:
        found = await asyncio.to_thread(readiness, served)
        return JSONResponse(found.as_json(), 200 if found.is_ready else 503)

    async def figures(_request: Request) -> Response:
        return Response(await asyncio.to_thread(metrics.exposition), media_type=_TEXT)

    @asynccontextmanager
    async def living(_app: Starlette) -> AsyncIterator[None]:
        yield
        await hooks.close()

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", figures),
            Route(PATH, arrivals.answer, methods=["GET"]),
            Route("/hooks/{connection}/{secret}", hooks.answer, methods=["POST"]),
        ],
        middleware=[Middleware(Guard, names=lambda: served.config.web.hosts)],
        lifespan=living,
    )
