"""What the tests of IMAP share: real servers, mails, and a source opened as the hub opens it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hub_email.imap.plugin import EMAIL_IMAP


@pytest.fixture(scope="session")
def servers(module: Callable[[str], ModuleType]) -> Callable[[str], ModuleType]:
    """The modules that start servers, by name."""
    return lambda name: module(f"tests/servers/{name}.py")


@pytest.fixture(scope="session")
def dovecots(servers: Callable[[str], ModuleType]) -> ModuleType:
    """What starts a Dovecot, where one is installed."""
    found = servers("dovecot")
    servers("required").need("dovecot", is_there=found.is_installed(), how="apt-get install dovecot-imapd")
    return found


@pytest.fixture(scope="session")
def dovecot(dovecots: ModuleType) -> Iterator[Any]:
    """One server for all tests: each takes an address of its own."""
    with dovecots.dovecot() as server:
        yield server


_numbers = count(1)


@pytest.fixture
def address() -> str:
    """A mailbox that nobody has used."""
    return f"anna{next(_numbers)}@my.example"


@pytest.fixture
def opened(module: Callable[[str], ModuleType]) -> Any:
    return module("tests/shared/opened.py").Opened(EMAIL_IMAP, datetime(2026, 3, 2, 9, tzinfo=UTC))


@pytest.fixture(scope="session")
def in_small_pages(module: Callable[[str], ModuleType]) -> Callable[[int], Any]:
    """The connector, bringing so many mails at a time."""
    return lambda page: module("tests/shared/opened.py").in_small_pages(EMAIL_IMAP, page)


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
def world(tmp_path: Path, module: Callable[[str], ModuleType]) -> Callable[..., Any]:
    """Makes a hub with one connection to a server."""

    def make(server: Any, **settings: Any) -> Any:
        given = {"host": "127.0.0.1", "port": server.port, "security": "none", "password": server.password, **settings}
        return module("tests/shared/world.py").World(tmp_path, {"mail": ("email.imap", given)})

    return make


@pytest.fixture(scope="session")
def scripted(servers: Callable[[str], ModuleType]) -> Callable[..., Any]:
    """Starts a server that says what it is told to."""
    started: Callable[..., Any] = servers("scripted").scripted
    return started


@pytest.fixture(scope="session")
def samples() -> list[bytes]:
    """The sample mails."""
    return [path.read_bytes() for path in sorted((Path(__file__).parents[1] / "corpus").glob("*.eml"))]
