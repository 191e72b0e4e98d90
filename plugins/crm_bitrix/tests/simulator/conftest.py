"""A portal that is served, and a client that knows nothing but HTTP and JSON."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from hub_crm_bitrix.simulator import Clock, Portal, Served, World, running

NOW = 1_795_000_000.0


@dataclass(frozen=True)
class Client:
    """Calls a served portal, and says what it answered: a status and a body."""

    served: Served

    @property
    def portal(self) -> Portal:
        return self.served.portal

    def ask(self, method: str, **params: Any) -> tuple[int, Any]:
        """By POST of JSON."""
        headers = {"Content-Type": "application/json"}
        return self.send(self.served.webhook + method, json.dumps(params).encode(), headers)

    def form(self, method: str, query: str) -> tuple[int, Any]:
        """By POST of a form."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.send(self.served.webhook + method, query.encode(), headers)

    def get(self, method: str, **params: Any) -> tuple[int, Any]:
        """By GET."""
        return self.send(f"{self.served.webhook}{method}?{urlencode(params)}")

    def send(self, url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        request = urllib.request.Request(url, body, headers or {})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.loads(refused.read())

    def result(self, method: str, **params: Any) -> Any:
        status, body = self.ask(method, **params)
        assert status == 200, body
        return body["result"]

    def batch(self, cmd: Any, **params: Any) -> Any:
        return self.result("batch", cmd=cmd, **params)


@pytest.fixture
def serve() -> Iterator[Callable[..., Client]]:
    """Serve a portal: a small one with its clock standing still, unless told."""
    with ExitStack() as stack:

        def served(**parts: Any) -> Client:
            portal = Portal(**{"world": World(size=400), "clock": Clock(NOW), "limits": None} | parts)
            return Client(stack.enter_context(running(portal)))

        yield served


@pytest.fixture
def client(serve: Callable[..., Client]) -> Client:
    return serve()
