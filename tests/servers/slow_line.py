"""A line on which everything takes its time: a relay to a port of this machine that delivers each piece later.

It is a process of its own, so that nobody who uses it has threads beside it when he forks.
"""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Queue


@contextmanager
def slow_line(port: int, seconds: float) -> Iterator[int]:
    """The port of a relay to `port`; a question and its answer take `seconds` longer. As much as is sent is under way."""
    command = [sys.executable, __file__, str(port), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.kill()


def main(port: int, seconds: float) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        while True:
            client, _ = listening.accept()
            server = socket.create_connection(("127.0.0.1", port))
            for one, other in ((client, server), (server, client)):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                _relay(one, other, seconds / 2)


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


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
