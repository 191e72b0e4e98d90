"""Dying, and failing, at a chosen step: crash tests without a hand-placed call in the product.

A step is what leaves a trace outside of the process, counted where it happens: a commit, a file or folder under one of
the roots that is opened, listed, renamed, removed or synced, a socket that connects, sends or receives. A test calls
`install` in the main of its own child process; the product never does. The environment says what is to happen:

    HUB_STEPS_FILE=steps.json     write the steps there when the process ends, so that a campaign learns how many
    HUB_STEPS_ROOTS=/data:/mail   count files and folders below these, and no others
    HUB_CRASH_AT=17               die in place of step 17, without a word: nothing is flushed, nothing cleaned up
    HUB_FAULT_AT=17:enospc        step 17 fails, once: `enospc`, `eio` or `locked`

Steps are counted before they happen, so dying at 17 is dying after 16; a step more than there are is no death at all.
The same work takes the same steps, as long as one thread does it.
"""

import atexit
import errno
import json
import os
import socket
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial, wraps
from pathlib import Path
from types import MappingProxyType
from typing import Any

from hub.testing.observed import watch

DIED = 137
_FOLDERS = ("os.listdir", "os.scandir", "os.mkdir", "os.rmdir")
_CHANGES = ("os.rename", "os.remove", "os.truncate", "os.link", "os.symlink")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_TALK = ("send", "sendall", "recv", "recv_into")


@dataclass(frozen=True, slots=True)
class Fault:
    """How a step fails: `number` for files, `says` for the database, `breaks` for sockets."""

    number: int
    says: str
    breaks: type[OSError]


FAULTS: Mapping[str, Fault] = MappingProxyType(
    {
        "enospc": Fault(errno.ENOSPC, "database or disk is full", ConnectionResetError),
        "eio": Fault(errno.EIO, "disk I/O error", BrokenPipeError),
        "locked": Fault(errno.EACCES, "database is locked", TimeoutError),
    }
)


@dataclass(slots=True)
class Steps:
    """The steps taken so far, in words, and what is to happen at which; `at` is 0 where nothing is."""

    roots: tuple[str, ...] = ()
    crash_at: int = 0
    fault_at: int = 0
    fault: Fault | None = None
    report: Path | None = None
    taken: list[str] = field(default_factory=list)
    _resting: bool = False

    def take(self, step: str, failing: Callable[[Fault], Exception]) -> None:
        """One step more. Dies or raises when it is this one's turn."""
        if self._resting:
            return
        self.taken.append(step)
        if len(self.taken) == self.crash_at:
            self.write()
            os._exit(DIED)
        if len(self.taken) == self.fault_at and self.fault is not None:
            raise failing(self.fault)

    def write(self) -> None:
        if self.report is not None:
            self._resting = True
            self.report.write_text(json.dumps({"steps": len(self.taken), "taken": self.taken}, indent=0))
            self._resting = False

    def below(self, path: object) -> str:
        """The path relative to the root it is under, "" when it is under none."""
        if not isinstance(path, str | bytes | os.PathLike):
            return ""
        absolute = Path(os.fsdecode(path)).resolve()
        root = next((root for root in self.roots if absolute.is_relative_to(root)), None)
        return "" if root is None else f"{Path(root).name}/{absolute.relative_to(root)}"


def install(environ: Mapping[str, str] = os.environ) -> Steps:
    """Count steps from now on, and do what the environment says. Cannot be undone: for a child process only."""
    at, _, kind = environ.get("HUB_FAULT_AT", "").partition(":")
    steps = Steps(
        roots=tuple(str(Path(root).resolve()) for root in environ.get("HUB_STEPS_ROOTS", "").split(os.pathsep) if root),
        crash_at=int(environ.get("HUB_CRASH_AT") or 0),
        fault_at=int(at or 0),
        fault=FAULTS[kind] if kind else None,
        report=Path(environ["HUB_STEPS_FILE"]).absolute() if environ.get("HUB_STEPS_FILE") else None,
    )
    _count_commits(steps)
    watch(partial(_heard, steps))
    for name in ("fsync", "fdatasync"):
        setattr(os, name, _counting_sync(steps, name))
    for name in _TALK:
        setattr(socket.socket, name, _counting_talk(steps, name))
    atexit.register(steps.write)
    return steps


def _count_commits(steps: Steps) -> None:
    from sqlalchemy import Engine, event  # noqa: PLC0415 - a test of files alone does not need it
    from sqlalchemy.exc import OperationalError  # noqa: PLC0415

    def failing(fault: Fault) -> Exception:
        return OperationalError("COMMIT", None, sqlite3.OperationalError(fault.says))

    event.listen(Engine, "commit", lambda _connection: steps.take("commit", failing))


def _heard(steps: Steps, happened: str, arguments: tuple[Any, ...]) -> None:
    if happened == "open" or happened in _FOLDERS or happened in _CHANGES:
        path = steps.below(arguments[0])
        if path:
            steps.take(_words(happened, path, arguments), _failing_file(arguments[0]))
    elif happened == "socket.connect" and isinstance(arguments[1], tuple):
        steps.take("connect", _failing_socket)


def _words(happened: str, path: str, arguments: tuple[Any, ...]) -> str:
    if happened != "open":
        return f"{happened.removeprefix('os.')} {path}"
    return f"{'write' if arguments[2] & _WRITES else 'read'} {path}"


def _failing_file(path: object) -> Callable[[Fault], Exception]:
    return lambda fault: OSError(fault.number, os.strerror(fault.number), str(path))


def _failing_socket(fault: Fault) -> Exception:
    return fault.breaks("a fault was asked for")


def _counting_sync(steps: Steps, name: str) -> Callable[[Any], None]:
    original = getattr(os, name)

    @wraps(original)
    def sync(file: Any) -> None:
        number = file if isinstance(file, int) else file.fileno()
        path = steps.below(Path(f"/proc/self/fd/{number}").readlink())
        if path:
            steps.take(f"{name} {path}", _failing_file(path))
        original(file)

    return sync


def _counting_talk(steps: Steps, name: str) -> Callable[..., Any]:
    original = getattr(socket.socket, name)

    @wraps(original)
    def talk(self: socket.socket, *arguments: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            steps.take(name, _failing_socket)
        return original(self, *arguments)

    return talk
