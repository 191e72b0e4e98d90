"""A line on which everything takes its time: a relay to a port of this machine that delivers each piece later."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Queue


@contextmanager
def slow_line(port: int, seconds: float) -> Iterator[int]:
    """The port of a relay to `port`; a question and its answer take `seconds` longer. As much as is sent is under way."""
    listening = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                server = socket.create_connection(("127.0.0.1", port))
                for one, other in ((client, server), (server, client)):
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    _relay(one, other, seconds / 2)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def _relay(one: socket.socket, other: socket.socket, delay: float) -> None:
    """Read at once, deliver later."""
    under_way: Queue[tuple[float, bytes]] = Queue(maxsize=2_000)

    def receive() -> None:
        data = b"?"
        while data:
            try:
                data = one.recv(1 << 16)
            except OSError:
                data = b""
            under_way.put((time.monotonic() + delay, data))
        one.close()

    def deliver() -> None:
        with suppress(OSError):
            while True:
                due, data = under_way.get()
                time.sleep(max(0, due - time.monotonic()))
                if not data:
                    other.shutdown(socket.SHUT_WR)
                    return
                other.sendall(data)

    for work in (receive, deliver):
        threading.Thread(target=work, daemon=True).start()
