"""A line in bad weather: a relay to a port of this machine that does something else to every connection.

    reset      the connection is torn down after so many bytes of the server (RST)
    truncate   it ends there, as if that were all (FIN)
    stall      nothing more comes, and nobody hangs up
    drip       from there on the bytes come one by one
    none       everything goes through

`faults` are given to the connections in their order; those behind the last get `none`.
"""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

KINDS = ("reset", "truncate", "stall", "drip")
DRIP_S, DRIPS = 0.002, 200
_ABORT = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class Fault:
    """What happens to a connection after so many bytes of the server."""

    kind: str
    after: int


@dataclass
class Weather:
    """`port` is where to connect; `passed` bytes of the server have gone through, `struck` connections were hit."""

    port: int
    faults: list[Fault] = field(default_factory=list)
    passed: int = 0
    struck: int = 0


@contextmanager
def weather(port: int) -> Iterator[Weather]:
    listening = socket.create_server(("127.0.0.1", 0))
    found = Weather(listening.getsockname()[1])

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                server = socket.create_connection(("127.0.0.1", port))
                fault = found.faults.pop(0) if found.faults else Fault("none", 0)
                threading.Thread(target=_ask, args=(client, server), daemon=True).start()
                threading.Thread(target=_answer, args=(server, client, fault, found), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield found
    finally:
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def _ask(client: socket.socket, server: socket.socket) -> None:
    with suppress(OSError):
        while data := client.recv(1 << 16):
            server.sendall(data)
    _hang_up(server)
    client.close()  # each thread closes what it reads from


def _answer(server: socket.socket, client: socket.socket, fault: Fault, found: Weather) -> None:
    left, kind = fault.after, fault.kind
    with suppress(OSError):
        while data := server.recv(1 << 16):
            found.passed += len(data)
            if kind == "none" or len(data) < left:
                left -= len(data)
                client.sendall(data)
                continue
            client.sendall(data[:left])
            found.struck += 1
            if not _goes_on(server, client, kind, data[left:]):
                break
            kind = "none"
    if kind != "reset":
        _hang_up(client)
    server.close()


def _goes_on(server: socket.socket, client: socket.socket, kind: str, rest: bytes) -> bool:
    """Strike; whether the connection goes on."""
    if kind == "drip":
        for number in range(len(rest)):
            client.sendall(rest[number : number + 1])
            time.sleep(DRIP_S if number < DRIPS else 0)
        return True
    if kind == "stall":
        while server.recv(1 << 16):
            pass  # the client has to give up by itself
    elif kind == "reset":
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
        client.shutdown(socket.SHUT_RD)  # wakes who reads from it, and closes it
        _hang_up(server)
    return False


def _hang_up(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
