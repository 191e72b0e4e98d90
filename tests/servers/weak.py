"""pymap: a real IMAP server that can little. No CONDSTORE, no SPECIAL-USE, no LIST-STATUS, everything in memory."""

import importlib.util
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

_SECONDS = 20


def is_installed() -> bool:
    return importlib.util.find_spec("pymap") is not None


@dataclass(frozen=True)
class Pymap:
    """A running server with one mailbox."""

    port: int
    user: str = "demouser"
    password: str = "demopass"


@contextmanager
def pymap() -> Iterator[Pymap]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = ["--host", "127.0.0.1", "--port", str(port), "--no-tls", "--no-service", "admin", "--no-service",
             "managesieve", "dict", "--demo-data"]  # fmt: skip
    run = "import sys; from pymap.main import main; sys.exit(main())"
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", run, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        _wait_for(port, process)
        yield Pymap(port)
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(2)
        process.kill()
        process.communicate()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"pymap does not start: {process.communicate()[1].decode()[-1000:]}")
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as sock:
            if sock.recv(4) == b"* OK":
                return
        time.sleep(0.05)
    raise RuntimeError("pymap does not answer")
