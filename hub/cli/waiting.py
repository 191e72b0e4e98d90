"""Waiting for a browser to come back, or for a person to paste what it came back with, whichever is first."""

import html
import os
import select
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Final, TextIO
from urllib.parse import urlsplit

from hub.engine.connect import Foreign, code_of
from hub.errors import AuthFailed, HubError, Misconfigured
from hub.grants import Redirect
from hub.i18n import _, told

PATIENCE_S: Final = 900.0
_TALK_S: Final = 5.0
_LINE_BYTES: Final = 4096
_LOOK_S: Final = 0.3
"""So often we look whether the web server has been brought something."""


class Callback(HTTPServer):
    """Listens for one browser. `came` is the code, or why there is none."""

    begun: Redirect | None = None
    came: str | HubError | None = None

    @classmethod
    @contextmanager
    def at(cls, host: str, port: int) -> "Iterator[Callback]":
        """Raises `Misconfigured` where nobody can listen."""
        try:
            found = cls((host, port), _Coming)
        except OSError as error:
            text = _("nobody can listen at {host}:{port}: {problem}")
            fix = _("name another with --listen, as the other system knows it, or use --paste")
            raise Misconfigured(text.format(host=host, port=port, problem=error.strerror or error), fix=fix) from error
        with found:
            yield found

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who hangs up or talks nonsense is nobody we wait for."""


class _Coming(BaseHTTPRequestHandler):
    """A request of a browser: the one that we wait for, or another."""

    server: Callback
    timeout = _TALK_S

    def do_GET(self) -> None:
        begun = self.server.begun
        if begun is None or urlsplit(self.path).path != (urlsplit(begun.url).path or "/"):
            self._say(404, _("There is nothing here."))
            return
        try:
            self.server.came = code_of(f"?{urlsplit(self.path).query}", begun)
        except Foreign:
            self._say(400, _("This is not the sign-in that was begun. Open the address that hub connect shows."))
        except AuthFailed as error:
            self.server.came = error
            self._say(200, told(str(error)))
        else:
            self._say(200, _("Done. You may close this page; the rest happens where hub connect was called."))

    def _say(self, status: int, text: str) -> None:
        body = f"<!doctype html><meta charset=utf-8><title>interaction-hub</title><p>{html.escape(text)}</p>".encode()
        self.send_response(status)
        for name, value in (
            ("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body))), ("Connection", "close"),
            ("Cache-Control", "no-store"), ("Referrer-Policy", "no-referrer"),
            ("Content-Security-Policy", "default-src 'none'"),
        ):  # fmt: skip
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """The code stands in the line."""


def waited(callback: Callback | None, stdin: TextIO, begun: Redirect, came: Callable[[], str] | None = None) -> str:
    """The code that comes first: to `callback`, to the web server (`came` gives what it was brought, "" so far), or by
    hand. Raises `AuthFailed` where the person said no, or nobody came.
    """
    doors: list[Any] = [door for door in (callback, _readable(stdin)) if door is not None]
    until = time.monotonic() + PATIENCE_S
    if callback is not None:
        callback.begun = begun
    while (doors or came) and (left := until - time.monotonic()) > 0:
        if came is not None and (brought := came()):
            return _answer(brought, begun)
        for door in select.select(doors, [], [], left if came is None else min(left, _LOOK_S))[0]:
            found = _visited(door) if isinstance(door, Callback) else _pasted(door, begun)
            if isinstance(found, HubError):
                raise found
            if found == "":
                doors.remove(door)
            elif found is not None:
                return found
    raise AuthFailed(_("nobody has come back from the browser"), fix=_("call hub connect again"))


def _visited(callback: Callback) -> str | HubError | None:
    callback.handle_request()
    return callback.came


def _readable(stdin: TextIO) -> int | None:
    """The number of the standard input, where there is one."""
    try:
        return stdin.fileno()
    except (OSError, ValueError, AttributeError):
        return None


def _pasted(number: int, begun: Redirect) -> str | HubError | None:
    """The code in a line that was pasted; "" where nothing more comes, None for a line that is none."""
    line = os.read(number, _LINE_BYTES).decode("utf-8", "replace")
    if not line:
        return ""
    try:
        return _answer(line, begun) if line.strip() else None
    except AuthFailed as error:
        return error


def _answer(text: str, begun: Redirect) -> str:
    """The code in what was pasted or brought. Raises `AuthFailed`."""
    try:
        return code_of(text, begun)
    except Foreign:
        fix = _("paste the whole address that the browser ended at, or call hub connect again")
        raise AuthFailed(_("what was pasted does not belong to this sign-in"), fix=fix) from None
