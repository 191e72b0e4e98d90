"""An HTTP server on loopback for a simulator, with TLS and bad weather where they are asked for."""

import json
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from hub.simulators.faults import Fault

MOST_BYTES = 20_000_000
_PAGE = b"<html><head><title>%d</title></head><body><h1>%d</h1><hr>nginx</body></html>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request. `headers` have names in small letters; `base` is the origin that the client spoke to."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    address: str
    base: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What goes out. `kept` is how much of the body is sent before the connection is closed; None is all of it."""

    status: int
    body: bytes = b""
    type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    kept: int | None = None


Answer = Callable[[Asked], Reply | None]
"""None: the connection is closed without a word."""


def page(status: int) -> Reply:
    """What a web server in front of the system says by itself."""
    return Reply(status=status, body=_PAGE % (status, status), type="text/html")


def weathered(
    fault: Fault | None, path: str, carry_out: Callable[[], Reply], refuse: Callable[[Fault], Reply]
) -> Reply | None:
    """The reply to a call that meets a fault. `refuse` makes the system's own error of one."""
    if fault is None:
        return carry_out()
    match fault.answer:
        case "html":
            return replace(page(fault.status), headers=fault.headers)
        case "redirect":
            return Reply(status=302, type="text/html", headers={"Location": fault.location + path, **fault.headers})
        case "error":
            return replace(refuse(fault), headers=fault.headers)
        case "lost":
            carry_out()
            return None
        case "cut":
            reply = carry_out()
            return replace(reply, kept=len(reply.body) // 2)
        case _:
            reply = carry_out()
            time.sleep(fault.seconds)
            return reply


class _Connection(BaseHTTPRequestHandler):
    """A class of its own for every simulator that is served."""

    answer: Answer
    scheme: str
    protocol_version = "HTTP/1.1"
    timeout = 60
    wbufsize = -1  # head and body in one packet
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > MOST_BYTES:
            self._send(page(413))
            self.close_connection = True
            return
        parts = urlsplit(self.path)
        host = self.headers.get("Host") or "{}:{}".format(*self.connection.getsockname()[:2])
        asked = Asked(
            method=self.command, path=parts.path, query=parts.query, body=self.rfile.read(length), base=f"{self.scheme}://{host}",
            headers={name.lower(): value for name, value in self.headers.items()}, address=self.client_address[0],
        )  # fmt: skip
        reply = type(self).answer(asked)
        if reply is None:
            self.close_connection = True
        else:
            self._send(reply)

    do_GET = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815 - http.server's names

    def _send(self, reply: Reply) -> None:
        if "Date" in reply.headers:  # of a clock of its own
            self.send_response_only(reply.status)
        else:
            self.send_response(reply.status)
        has_body = reply.status not in (204, 304)
        headers = {
            **({"Content-Type": reply.type, "Content-Length": str(len(reply.body))} if has_body else {}),
            **reply.headers,
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if has_body:
            self.wfile.write(reply.body[: reply.kept])
        if reply.kept is not None:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing to tell where a client has hung up."""
        if not isinstance(sys.exception(), ConnectionError | ssl.SSLError | TimeoutError):
            super().handle_error(request, client_address)


@contextmanager
def serving(answer: Answer, port: int = 0, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve on loopback, on a free port where none is given; yields the origin to be spoken to."""
    scheme = "https" if tls else "http"
    handler = type("Connection", (_Connection,), {"answer": staticmethod(answer), "scheme": scheme})
    web = _Server(("127.0.0.1", port), handler)
    if tls:
        web.socket = tls.wrap_socket(web.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"{scheme}://{'localhost' if tls else '127.0.0.1'}:{web.server_port}"
    finally:
        web.shutdown()
        web.server_close()
        thread.join(10)


def as_toml(name: str, connector: str, settings: Mapping[str, str], instead: Mapping[str, str] | None = None) -> str:
    """What a simulator says of itself: a connection to be pasted into a configuration. `instead` is another way in, as
    comments.
    """
    lines = [f"[connections.{name}]", f"connector = {json.dumps(connector)}"]
    lines += [f"{key} = {json.dumps(value)}" for key, value in settings.items() if value]
    lines += [f"# {key} = {json.dumps(value)}" for key, value in (instead or {}).items()]
    return "\n".join(lines) + "\n"
