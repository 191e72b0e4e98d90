"""What the tests of IMAP share: real servers, mails, and a source opened as the hub opens it."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import module_from_spec, spec_from_file_location
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hub_email.imap.plugin import EMAIL_IMAP

import hub
from hub.http.network import internet

SERVERS = Path(__file__).parents[4] / "tests" / "servers"


def load(name: str) -> ModuleType:
    """A module that starts servers."""
    return _loaded(f"hub_test_servers_{name}", SERVERS / f"{name}.py")


def load_beside(name: str) -> ModuleType:
    """A module that lies beside the tests."""
    return _loaded(f"hub_email_imap_{name}", Path(__file__).with_name(f"{name}.py"))


def _loaded(known: str, file: Path) -> ModuleType:
    if known not in sys.modules:
        spec = spec_from_file_location(known, file)
        assert spec
        assert spec.loader
        module = sys.modules[known] = module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[known]


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Any]:
    """One server for all tests: each takes an address of its own."""
    module = load("dovecot")
    load("required").need("dovecot", is_there=module.is_installed(), how="apt-get install dovecot-imapd")
    with module.dovecot() as server:
        yield server


_numbers = count(1)


@pytest.fixture
def address() -> str:
    """A mailbox that nobody has used."""
    return f"anna{next(_numbers)}@my.example"


class Opened:
    """A connector's source, opened with settings as the hub opens it."""

    @staticmethod
    @contextmanager
    def source(settings: dict[str, Any], *, stopping: bool = False, ca_file: Path | None = None) -> Iterator[Any]:
        model = EMAIL_IMAP.settings(**settings)
        now = lambda: datetime(2026, 3, 2, 9, tzinfo=UTC)  # noqa: E731 - a clock that stands still
        network = internet(EMAIL_IMAP.hosts(model), now=now, stopping=lambda: stopping, ca_file=ca_file)
        log = logging.LoggerAdapter(logging.getLogger("hub.plugin.email.imap"), {})
        tools = hub.Tools(clock=now, log=log, stopping=lambda: stopping, network=network)
        with EMAIL_IMAP.open(model, tools) as source:
            yield source


@pytest.fixture
def opened() -> type[Opened]:
    return Opened


def _letter(name: str, text: str = "Добрый день! Высылаем счёт на оплату.") -> bytes:
    """A mail with a text and a file."""
    lines = [
        "From: anna@my.example",
        "To: =?utf-8?B?0J/RkdGC0YAg0J/QtdGC0YDQvtCy?= <petr@romashka.example>",
        f"Subject: =?utf-8?B?0KHRh9GR0YI=?= {name}",
        "Date: Mon, 02 Mar 2026 10:05:00 +0300",
        f"Message-ID: <{name}@romashka.example>",
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="==1=="',
        "",
        "--==1==",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        "",
        text,
        "--==1==",
        "Content-Type: application/pdf; name*=utf-8''%D0%A1%D1%87%D1%91%D1%82.pdf",
        "Content-Transfer-Encoding: base64",
        "",
        *["JVBERi0xLjQKJeLjz9MKMyAwIG9iago8PC9MZW5ndGggNCAwIFI+PgpzdHJlYW0KJVBERi0xLjQK"] * 90,
        "AAEC",
        "--==1==--",
        "",
    ]
    return "\r\n".join(lines).encode()


@pytest.fixture(scope="session")
def letter() -> Callable[..., bytes]:
    return _letter


@pytest.fixture
def world(tmp_path: Path) -> Callable[..., Any]:
    """Makes a hub with one connection to a server."""
    module = load_beside("world")

    def make(server: Any, **settings: Any) -> Any:
        given = {"host": "127.0.0.1", "port": server.port, "security": "none", "password": server.password, **settings}
        return module.World(tmp_path, given)

    return make


@pytest.fixture(scope="session")
def scripted() -> Callable[..., Any]:
    """Starts a server that says what it is told to."""
    started: Callable[..., Any] = load("scripted").scripted
    return started


@pytest.fixture(scope="session")
def servers() -> Callable[[str], ModuleType]:
    """The modules that start servers, by name."""
    return load


@pytest.fixture(scope="session")
def samples() -> list[bytes]:
    """The sample mails."""
    return [path.read_bytes() for path in sorted((Path(__file__).parents[1] / "corpus").glob("*.eml"))]
