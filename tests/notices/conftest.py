"""A hub with connections in trouble, and somebody to be told: a mail server and a web server on loopback."""

import email
import json
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from hub import plugins, settings
from hub.core.pages import Counts
from hub.engine.hub import Clock, Hub, opened
from hub.engine.steps import at_once, finished
from hub.notices import tell
from hub.store import pulls
from tests.founded import found

START = datetime(2026, 11, 20, 9, tzinfo=UTC)
NAMES = [f"box-{n:02}" for n in range(30)]
TOML = """
[company]
name = "ООО «Мы»"
domains = ["my.example"]
timezone = "Europe/Moscow"
language = "ru"

[notices]
url = "json://127.0.0.1:1/"
""" + "".join(f'[connections."{name}"]\nconnector = "memory"\nname = "{name}"\n' for name in NAMES)


@dataclass
class Desk:
    """The hub, its clock, and what an admin got: (subject, text) of each message."""

    hub: Hub
    got: list[tuple[str, str]] = field(default_factory=list)
    now: datetime = START

    def ran(self, name: str, error: str = "", message: str = "", *, state: str = "", **counts: int) -> None:
        """A run of a stream of the connection has ended."""
        at = int(self.now.timestamp() * 1000)
        with self.hub.store.write() as tx:
            number = pulls.keep_stream(tx, name, "INBOX", "", "", "")
            run = pulls.start_run(tx, number, at)
            state = state or ("failed" if error else "ok")
            pulls.report(tx, run, Counts(**counts), state=state, finished=at, error=error, message=message)

    def begun(self, name: str) -> None:
        with self.hub.store.write() as tx:
            pulls.start_run(tx, pulls.keep_stream(tx, name, "INBOX", "", "", ""), int(self.now.timestamp() * 1000))

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)
        finished(tell(self.hub, self.now))

    def through(self, url: str) -> None:
        self.hub.config = replace(self.hub.config, notices_url=url)


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return found(tmp_path_factory.mktemp("notices"), TOML)


@pytest.fixture
def hub(founded: Path, tmp_path: Path) -> Iterator[Hub]:
    home = shutil.copytree(founded, tmp_path / "home")
    with opened(settings.load(home / "hub.toml"), plugins.load(()), Clock()) as one:
        yield one


@pytest.fixture
def desk(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Messages arrive at once, without a process."""
    desk = Desk(hub)
    monkeypatch.setattr(
        "hub.notices.telling.posted", at_once(lambda _url, title, body: desk.got.append((title, body)) or "")
    )
    return desk


@pytest.fixture
def mailed(hub: Hub) -> Iterator[tuple[Desk, list[Any]]]:
    """Messages go by SMTP."""
    received: list[Any] = []

    class Inbox:
        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
            received.append(email.message_from_bytes(envelope.content, policy=policy.default))
            return "250 OK"

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(Inbox(), hostname="127.0.0.1", port=port)
    controller.start()
    desk = Desk(hub)
    desk.through(f"mailto://127.0.0.1:{port}?from=hub@my.example&to=it@my.example&mode=insecure")
    yield desk, received
    controller.stop()


@pytest.fixture
def posted(hub: Hub) -> Iterator[tuple[Desk, list[Any], list[int]]]:
    """Messages go by HTTP; the list of statuses is what the server answers, 200 when it is empty."""
    received: list[Any] = []
    statuses: list[int] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(statuses.pop(0) if statuses else 200)
            self.end_headers()

        def log_message(self, *_said: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    desk = Desk(hub)
    desk.through(f"json://user:a-secret-password@127.0.0.1:{server.server_port}/")
    yield desk, received, statuses
    server.shutdown()
    thread.join()
    server.server_close()
