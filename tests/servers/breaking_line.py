"""A line that breaks: a relay to a port of this machine that hangs up when the server has sent so many bytes."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass


@dataclass
class Line:
    """`left` bytes go through before it breaks, -1 for ever; `passed` have gone through."""

    port: int
    left: int = -1
    passed: int = 0


@contextmanager
def breaking_line(port: int) -> Iterator[Line]:
    listening = socket.create_server(("127.0.0.1", 0))
    line = Line(listening.getsockname()[1])

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                server = socket.create_connection(("127.0.0.1", port))
                threading.Thread(target=_relay, args=(client, server, None), daemon=True).start()
                threading.Thread(target=_relay, args=(server, client, line), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield line
    finally:
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def _relay(one: socket.socket, other: socket.socket, line: Line | None) -> None:
    with suppress(OSError):
        while data := one.recv(1 << 16):
            if line is not None:
                data = data if line.left < 0 else data[: line.left]
                line.passed += len(data)
                line.left -= len(data) if line.left >= 0 else 0
            other.sendall(data)
            if line is not None and line.left == 0:
                break
    for sock in (one, other):
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
    one.close()  # the other thread closes the other
