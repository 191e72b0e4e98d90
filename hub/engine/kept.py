"""Sources that stay open between two turns of a daemon, each in its process: to fork and to sign in takes most of a turn that
finds nothing new. Why: ADR 0042.

    turn -> keep -> resting -> take: `stay` -> turn …
                       |           +-- whatever goes wrong: ended, and another is opened without a word
                       +-- too long, too little memory, other settings, the end of the daemon: ended

A command keeps none.
"""

import logging
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from hub.engine.apart.alone import Stopping
from hub.engine.apart.child import Order
from hub.engine.apart.process import Process
from hub.engine.steps import Steps
from hub.errors import StoreUnusable
from hub.settings import Connection

MOST: Final = 8
"""So many are kept at once, those with the most streams."""
RESTS_S: Final = 900.0
"""Who was not taken within so long is ended: servers hang up on who says nothing for half an hour (RFC 9051, 5.4)."""
LIVES_S: Final = 3_600.0
"""After so long a new one is opened, which signs in: a password that was changed there is noticed then at the latest."""
GROWS: Final = 64 << 20
"""Who takes so many bytes more than this process is not kept."""
_FREE: Final = 0.1
"""Less of the memory than this share must not be left."""

_MEMORY: Final = Path("/proc/meminfo")
_log = logging.getLogger("hub.engine")


@dataclass(frozen=True, slots=True)
class _Resting:
    """A process that has served so many streams (`weight`) of a connection, since this moment (seconds)."""

    process: Process
    connection: Connection
    weight: int
    since: float


@dataclass(slots=True)
class Kept:
    """Processes at rest, by the id of their connection. `tick` is a clock in seconds that never jumps."""

    tick: Callable[[], float] = time.monotonic
    _resting: dict[str, _Resting] = field(default_factory=dict)

    def keep(self, connection: Connection, process: Process, weight: int) -> bool:
        """Whether it is kept, and belongs here from now on: the lightest makes room for it."""
        is_fit = weight and process.is_well and time.monotonic() - process.began < LIVES_S
        if not is_fit or _has_grown(process) or is_short():
            return False
        if len(self._resting) >= MOST:
            identity, lightest = min(self._resting.items(), key=lambda one: one[1].weight)
            if lightest.weight >= weight:
                return False
            self._end(identity)
        self._resting[connection.id] = _Resting(process, connection, weight, self.tick())
        return True

    def take(self, connection: Connection, order: Order, stopping: Stopping) -> Steps[Process | None]:
        """The process of a connection for one more turn, whose it is then is the caller's; None where it has to begin anew."""
        resting = self._resting.pop(connection.id, None)
        if resting is None:
            return None
        process, is_awake = resting.process, False
        try:
            if resting.connection == connection and process.is_well:
                process.take(order, stopping)
                yield from process.ask("stay")
                yield from process.receive("stay")
                is_awake = True
        except StoreUnusable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, a new one says it if it is so
            _log.debug("opened anew: %s", error, extra={"action": "open", "connection": connection.name})
        finally:
            if not is_awake:
                process.kill()
        return process if is_awake else None

    def look(self) -> None:
        """End those that rest for too long; where memory is short, all."""
        until = self.tick() if is_short() else self.tick() - RESTS_S
        for identity in [identity for identity, one in self._resting.items() if one.since <= until]:
            self._end(identity)

    def close(self) -> None:
        for identity in tuple(self._resting):
            self._end(identity)

    def _end(self, identity: str) -> None:
        self._resting.pop(identity).process.kill()


def is_short() -> bool:
    """Whether the machine has little memory left; not known where the system does not say it."""
    try:
        said = dict(line.split(":", 1) for line in _MEMORY.read_text("ascii").splitlines())
        free, total = (int(said[name].split()[0]) for name in ("MemAvailable", "MemTotal"))
    except (OSError, ValueError, KeyError):
        return False
    return free < total * _FREE


def _has_grown(process: Process) -> bool:
    try:
        theirs, ours = (int(Path(f"/proc/{one}/statm").read_text("ascii").split()[1]) for one in (process.pid, "self"))
    except OSError:
        return False
    return (theirs - ours) * resource.getpagesize() > GROWS
