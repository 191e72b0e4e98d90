"""An account that is served, and a client that knows nothing but HTTP and JSON."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest
from hub_crm_amo.simulator import Account, Clock, Served, World, running

NOW = 1_795_000_000.0


@dataclass(frozen=True)
class Said:
    status: int
    type: str
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Client:
    served: Served

    @property
    def account(self) -> Account:
        return self.served.account

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Said:
        sent = {"Authorization": f"Bearer {self.served.token}", "Content-Type": "application/json", **headers}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.served.url + path, data, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return Said(answer.status, answer.headers.get("Content-Type", ""), answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return Said(refused.code, refused.headers.get("Content-Type", ""), refused.read())

    def get(self, path: str, **query: Any) -> Said:
        return self.send("GET", f"/api/v4/{path}" + (f"?{urlencode(query)}" if query else ""))

    def rows(self, path: str, **query: Any) -> list[Any]:
        said = self.get(path, **query)
        if said.status == 204:
            return []
        assert said.status == 200, said
        return next(iter(said.json["_embedded"].values()))

    def all(self, path: str, **query: Any) -> list[Any]:
        """Every page, by the links to the next."""
        found: list[Any] = []
        page = 1
        while True:
            said = self.get(path, **query, page=page)
            if said.status == 204:
                return found
            found += next(iter(said.json["_embedded"].values()))
            if "next" not in said.json["_links"]:
                return found
            page += 1

    def write(self, method: str, path: str, body: Any) -> Said:
        return self.send(method, f"/api/v4/{path}", body)


@pytest.fixture
def serve() -> Iterator[Callable[..., Client]]:
    """Serve an account: a small one with its clock standing still, unless told."""
    with ExitStack() as stack:

        def served(**parts: Any) -> Client:
            account = Account(**{"world": World(size=600), "clock": Clock(NOW), "limits": None} | parts)
            return Client(stack.enter_context(running(account)))

        yield served


@pytest.fixture
def client(serve: Callable[..., Client]) -> Client:
    return serve()
