"""Loopback servers that say exactly the bytes a test wants, plainly or by TLS, and an authority to sign for them."""

import contextlib
import socket
import ssl
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
import trustme

from hub.http.network import internet

NOW = datetime(2026, 11, 16, 9, tzinfo=UTC)


@dataclass
class Server:
    """Answers every request on a connection with what `answer(head, body)` gives; `heads` are those it was sent."""

    answer: object
    context: ssl.SSLContext | None = None
    heads: list[str] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.stopped = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, path="/", host="localhost"):
        return f"http{'s' if self.context else ''}://{host}:{self.port}{path}"

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                sock, _address = self.listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        with contextlib.suppress(OSError, ValueError), contextlib.closing(sock):
            sock.settimeout(20)
            with self.context.wrap_socket(sock, server_side=True) if self.context else sock as talk:
                file = talk.makefile("rb")
                while head := self._head(file):
                    self.heads.append(head)
                    length = next((int(v) for n, _, v in fields(head) if n == "content-length"), 0)
                    pieces = self.answer(head, file.read(length))
                    for piece in [pieces] if isinstance(pieces, bytes) else pieces:
                        talk.sendall(piece)
                        if self.stopped.is_set():
                            return
                    if not isinstance(pieces, bytes):
                        return

    def _head(self, file):
        lines = []
        while (line := file.readline()).strip():
            lines.append(line.decode("latin-1").strip())
        return "\n".join(lines)

    def stop(self):
        self.stopped.set()
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def fields(head):
    """(name in lower case, ":", value) of every header."""
    return [(n.lower(), c, v.strip()) for n, c, v in (line.partition(":") for line in head.splitlines()[1:])]


def said(body=b"ok", status="200 OK", **headers):
    """An answer; header names with _ for -."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@pytest.fixture
def serve():
    servers = []

    def start(answer=None, context=None):
        given = answer if callable(answer) else lambda _head, _body: said() if answer is None else answer
        servers.append(Server(given, context))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def authority():
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority, tmp_path_factory):
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


@pytest.fixture(scope="session")
def certified(authority):
    """A server's TLS for the given names; `not_after` in the past makes it one that has expired."""

    def make(*names, issuer=authority, **limits):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issuer.issue_cert(*names, **limits).configure_cert(context)
        return context

    return make


@pytest.fixture
def network():
    """`network(*hosts)` as a connection would have it, with no environment around it unless a test gives one."""

    def make(*hosts, stopping=lambda: False, **options):
        return internet(hosts, now=lambda: NOW, stopping=stopping, **{"environ": {}, **options})

    return make


@pytest.fixture
def reply():
    return said
