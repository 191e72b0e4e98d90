"""A web server on loopback, over a configuration and a database of its own."""

import asyncio
import http.client
import json
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from hub import settings
from hub.engine.hub import Clock
from hub.store import running
from hub.store.database import Store
from hub.testing import memory
from hub.web import hooks
from hub.web.__main__ import server
from hub.web.served import Served
from tests.founded import found

SECRET = "k3-Wq9_secret-of-the-crm"
TOML = f"""
[company]
name = "ООО «Мы»"
domains = ["my.example"]
timezone = "Europe/Moscow"

[web]
url = "https://hub.my.example"

[connections.crm]
connector = "memory"
name = "crm"
hook_secret = "{SECRET}"

[connections.anna]
connector = "memory"
name = "anna"
"""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass
class Site:
    """A server that answers, and what it works with."""

    served: Served
    port: int = 0
    asked: list[str] = field(default_factory=list)

    @property
    def config(self) -> settings.Config:
        return self.served.config

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            line.request(method, path, body, {name.replace("_", "-"): said for name, said in headers.items()})
            got = line.getresponse()
            return Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read().decode())
        finally:
            line.close()

    def ring(self, body: bytes = b"", *, connection: str = "crm", secret: str = SECRET) -> Answer:
        return self.ask("POST", f"/hooks/{connection}/{secret}", body)

    def hints(self) -> list[tuple[str, str]]:
        with self.store() as store, store.read() as tx:
            return sorted((one.connection, one.stream) for one in running.rung(tx))

    @contextmanager
    def store(self) -> Iterator[Store]:
        store = Store.as_it_is(self.config.database)
        yield store
        store.close()

    def doorbell(self, rung: Callable[..., Any]) -> None:
        """The connector of the connection reads calls so."""
        connectors = {"memory": replace(memory.CONNECTOR, doorbell=rung)}
        self.served.plugins = replace(self.served.plugins, connectors=connectors)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine may be slow; how long a caller waits has a test of its own."""
    monkeypatch.setattr(hooks, "ANSWER_S", 10.0)


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a configuration and an empty database."""
    return found(tmp_path_factory.mktemp("founded"), TOML)


@pytest.fixture
def home(founded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(founded, tmp_path / "home"))


@pytest.fixture
def served(home: Path) -> Served:
    return Served.of(settings.load(home / "hub.toml"), Clock())


@contextmanager
def answering(served: Served) -> Iterator[Site]:
    listening = socket.create_server(("127.0.0.1", 0))
    one = server(served)
    thread = threading.Thread(target=lambda: asyncio.run(one.serve(sockets=[listening])))
    thread.start()
    try:
        while not one.started and thread.is_alive():
            time.sleep(0.01)
        yield Site(served, listening.getsockname()[1])
    finally:
        one.should_exit = True
        thread.join(15)
        listening.close()


@pytest.fixture
def site(served: Served) -> Iterator[Site]:
    with answering(served) as found:
        yield found
