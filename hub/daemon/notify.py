"""What the service manager is told: datagrams to the socket that `NOTIFY_SOCKET` names (sd_notify(3)). Elsewhere nothing."""

import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Manager:
    """The service manager. `address` is its socket, "" where there is none; it wants a sign of life every `watchdog`
    seconds, 0: none.
    """

    address: str = ""
    watchdog: float = 0.0

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Manager":
        """As the environment says; a watchdog that is meant for another process is none of ours."""
        meant = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        microseconds = environ.get("WATCHDOG_USEC", "0")
        watchdog = int(microseconds) / 1e6 if meant and microseconds.isdecimal() else 0.0
        return cls(environ.get("NOTIFY_SOCKET", ""), watchdog)

    def ready(self) -> None:
        self._tell("READY=1")

    def reloading(self) -> None:
        self._tell(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        self._tell("STOPPING=1")

    def alive(self) -> None:
        self._tell("WATCHDOG=1")

    def says(self, status: str) -> None:
        """One line about how things are."""
        self._tell(f"STATUS={status}")

    def busy(self, seconds: float) -> None:
        """For so long there may be no sign of life, and all is well."""
        if self.watchdog:
            self._tell(f"WATCHDOG_USEC={round(max(seconds, self.watchdog) * 1e6)}\nWATCHDOG=1")

    def _tell(self, what: str) -> None:
        if not self.address:
            return
        name = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
            line.setblocking(False)  # a manager that does not listen must not stop us
            line.sendto(what.encode(), name)
