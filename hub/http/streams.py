"""Sockets as httpcore's pool wants them, every read and write under the deadline of the request that it serves."""

import select
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from hub.http.library import httpcore
from hub.http.sockets import Sockets

_until: ContextVar[float] = ContextVar("deadline", default=float("inf"))


class TooLate(httpcore.TimeoutException):
    """The deadline of the whole request has passed."""


@contextmanager
def deadline(until: float) -> Iterator[None]:
    """Inside the block nothing waits longer than `until` on the monotonic clock."""
    token = _until.set(until)
    try:
        yield
    finally:
        _until.reset(token)


def _within(timeout: float | None) -> float:
    """How long one read or write may take now. Raises `TooLate`."""
    left = _until.get() - time.monotonic()
    if left <= 0:
        raise TooLate
    return min(left, 3600 if timeout is None else timeout)


class Stream(httpcore.NetworkStream):
    """One connection. What fails on it is raised as httpcore's own errors, which its pool expects."""

    def __init__(self, sock: socket.socket, sockets: Sockets, context: Callable[[], ssl.SSLContext]) -> None:
        self._sock = sock
        self._sockets = sockets
        self._context = context

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._sock.settimeout(_within(timeout))
        try:
            return self._sock.recv(max_bytes)
        except TimeoutError as error:
            _within(timeout)
            raise httpcore.ReadTimeout from error
        except OSError as error:
            raise httpcore.ReadError(error.strerror) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._sock.settimeout(_within(timeout))
        try:
            self._sock.sendall(buffer)
        except TimeoutError as error:
            _within(timeout)
            raise httpcore.WriteTimeout from error
        except OSError as error:
            raise httpcore.WriteError(error.strerror) from error

    def close(self) -> None:
        self._sock.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,  # noqa: ARG002 - ours counts, which is made when the first one is needed
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        assert server_hostname, "a server without a name cannot be verified"
        self._sock.settimeout(_within(timeout))
        sock = self._sockets.start_tls(self._sock, server_hostname, self._context)
        return Stream(sock, self._sockets, self._context)

    def get_extra_info(self, info: str) -> Any:
        match info:
            case "is_readable":
                poll = select.poll()
                poll.register(self._sock, select.POLLIN)
                return bool(poll.poll(0))
            case "ssl_object":
                return self._sock if isinstance(self._sock, ssl.SSLSocket) else None
            case "socket":
                return self._sock
            case _:
                return None


class Backend(httpcore.NetworkBackend):
    """Where httpcore gets its connections from."""

    def __init__(self, sockets: Sockets, context: Callable[[], ssl.SSLContext]) -> None:
        self._sockets = sockets
        self._context = context

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002 - httpcore's signature
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002 - the same
    ) -> httpcore.NetworkStream:
        sock = self._sockets.connect(host, port, timeout=_within(timeout))
        return Stream(sock, self._sockets, self._context)
