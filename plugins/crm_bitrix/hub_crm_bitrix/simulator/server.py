"""The portal on loopback: a real HTTP server, with TLS where it is asked for.

/rest/{user}/{code}/{method}[.json]    by webhook       https://apidocs.bitrix24.com/local-integrations/local-webhooks.html
/rest/{method}[.json]                  by access token  https://apidocs.bitrix24.com/settings/how-to-call-rest-api/authorization.html
    /oauth/authorize/, /oauth/token/       see `oauth`
"""

import ssl
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import orjson

from hub_crm_bitrix.simulator import php, refusals
from hub_crm_bitrix.simulator.calls import Caller
from hub_crm_bitrix.simulator.effects import Effect
from hub_crm_bitrix.simulator.faults import Fault
from hub_crm_bitrix.simulator.portal import Portal
from hub_crm_bitrix.simulator.refusals import Refusal

_MOST_BYTES = 20_000_000
_JSON = "application/json; charset=utf-8"
_NO_APPLICATION = "<html><body>Приложение не установлено</body></html>".encode()
_PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What goes out. `kept` is how much of the body is sent before the connection is closed; None is all of it."""

    status: int
    body: bytes
    type: str = _JSON
    headers: Mapping[str, str] | None = None
    kept: int | None = None


class _Asked(BaseHTTPRequestHandler):
    """A connection; a class of its own for every portal that is served."""

    portal: Portal
    protocol_version = "HTTP/1.1"
    timeout = 60
    wbufsize = -1  # head and body in one packet
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve({})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > _MOST_BYTES:
            self._send(Reply(status=413, body=b"", type="text/html"))
            self.close_connection = True
            return
        self._serve(_body(self.rfile.read(length), self.headers.get("Content-Type") or ""))

    def _serve(self, body: Mapping[str, Any]) -> None:
        params = {**php.parsed(urlsplit(self.path).query), **body}
        reply = answered(self.portal, self.path, params, self.client_address[0])
        if reply is None:
            self.close_connection = True
        else:
            self._send(reply)

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        headers = {"Content-Type": reply.type, **(reply.headers or {}), "Content-Length": str(len(reply.body))}
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body[: reply.kept])
        if reply.kept is not None:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


def _body(body: bytes, type_: str) -> Mapping[str, Any]:
    """A body as parameters: JSON where it says so, else a form. What cannot be read has none, as in PHP."""
    if "json" not in type_:
        return php.parsed(body.decode("utf-8", "replace"))
    try:
        read = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return php.mapping(read)


def answered(portal: Portal, target: str, params: Mapping[str, Any], address: str) -> Reply | None:
    """`target` is path and query as they were asked for. None: the connection is closed without a word."""
    way = urlsplit(target).path.strip("/").split("/")
    if way == ["oauth", "authorize"]:
        return _authorized(portal, params)
    if way == ["oauth", "token"]:
        return _token(portal, params)
    if way[:1] != ["rest"] or len(way) not in (2, 4):
        return Reply(status=404, body=b"<html><body>404 Not Found</body></html>", type="text/html")
    method = way[-1].lower().removesuffix(".json")
    with portal.lock:
        fault = next((one for one in portal.faults if one.meets(method)), None)
    if fault and not fault.is_carried_out:
        return _instead(portal, fault, method, target)
    reply = _called(portal, way, method, params, address)
    return _after(fault, reply) if fault else reply


def _called(portal: Portal, way: list[str], method: str, params: Mapping[str, Any], address: str) -> Reply:
    try:
        try:
            caller = replace(_caller(portal, way, php.text(params.get("auth"))), address=address)
        except Refusal as refusal:
            portal.turned_away(method, refusal)
            raise
        given = {key: value for key, value in params.items() if key != "auth"}
        return Reply(status=200, body=orjson.dumps(portal.answer(method, given, caller)))
    except Refusal as refusal:
        return Reply(status=refusal.status, body=orjson.dumps(refusal.body))


def _caller(portal: Portal, way: list[str], token: str) -> Caller:
    if len(way) == 4:
        caller = portal.caller(way[1], way[2])
        if caller is None:
            raise refusals.no_credentials()
        return caller
    caller = portal.oauth.caller(token)
    if caller is None:
        raise refusals.no_authorization()
    if caller.expires <= portal.clock.now():
        raise refusals.expired()
    return caller


def _authorized(portal: Portal, params: Mapping[str, Any]) -> Reply:
    with portal.lock:
        location = portal.oauth.authorized(params, portal.url.partition("://")[2], portal.clock.now())
    if location is None:
        return Reply(status=404, body=_NO_APPLICATION, type="text/html; charset=utf-8")
    return Reply(status=302, body=b"", type="text/html", headers={"Location": location})


def _token(portal: Portal, params: Mapping[str, Any]) -> Reply:
    try:
        with portal.lock:
            granted = portal.oauth.token(params, portal.url, portal.clock.now())
        return Reply(status=200, body=orjson.dumps(granted))
    except Refusal as refusal:
        return Reply(status=refusal.status, body=orjson.dumps(refusal.body))


def _instead(portal: Portal, fault: Fault, method: str, target: str) -> Reply:
    portal.log.append(
        Effect(
            at=portal.clock.now(), method=method, params={}, status=fault.status, error=fault.error, lost=fault.answer
        )
    )
    if fault.answer == "html":
        return Reply(status=fault.status, body=_PAGE, type="text/html", headers=fault.headers)
    if fault.answer == "redirect":
        moved = {"Location": fault.location + target, **fault.headers}
        return Reply(status=302, body=b"", type="text/html", headers=moved)
    body = {"error": fault.error, "error_description": fault.description}
    return Reply(status=fault.status, body=orjson.dumps(body), headers=fault.headers)


def _after(fault: Fault, reply: Reply) -> Reply | None:
    match fault.answer:
        case "lost":
            return None
        case "cut":
            return replace(reply, kept=len(reply.body) // 2)
        case _:
            time.sleep(fault.seconds)
            return reply


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing to tell where a client has hung up."""
        if not isinstance(sys.exception(), ConnectionError | ssl.SSLError | TimeoutError):
            super().handle_error(request, client_address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A portal that is being served. `host` is what a client is told, `localhost:8443` or `127.0.0.1:8024`."""

    portal: Portal
    host: str
    scheme: str

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}"

    @property
    def webhook(self) -> str:
        one = self.portal.webhooks[0]
        return f"{self.url}/rest/{one.user}/{one.code}/"


@contextmanager
def running(portal: Portal, port: int = 0, tls: ssl.SSLContext | None = None) -> Iterator[Served]:
    """Serve it on loopback, on a free port where none is given."""
    web = _Server(("127.0.0.1", port), type("Asked", (_Asked,), {"portal": portal}))
    if tls:
        web.socket = tls.wrap_socket(web.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    host, scheme = f"{'localhost' if tls else '127.0.0.1'}:{web.server_port}", "https" if tls else "http"
    portal.url = f"{scheme}://{host}"
    try:
        yield Served(portal=portal, host=host, scheme=scheme)
    finally:
        web.shutdown()
        web.server_close()
        thread.join(10)
