"""A child process that is left alone with a plugin: what it inherits and must not reach, and what it may take."""

import ctypes
import fcntl
import gc
import io
import os
import resource
import signal
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any, Final, TypeAlias

Stopping: TypeAlias = Callable[[], bool]
"""Whether to stop when that is next possible."""

TOLD: Final = frozenset((signal.SIGINT, signal.SIGHUP, signal.SIGTERM))
"""Signals that a child takes otherwise than its parent; whoever forks it holds them back until it does."""

_STATM: Final = Path("/proc/self/statm")
_PR_SET_PDEATHSIG: Final = 1
_M_ARENA_MAX: Final = -8
_STDERR: Final = 2


class _Marked(io.RawIOBase):
    """Standard error, with a name at the beginning of every line."""

    def __init__(self, name: str) -> None:
        self._mark = f"{name}: ".encode()
        self._begins = True

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return _STDERR

    def write(self, said: Any, /) -> int:
        for line in bytes(said).splitlines(keepends=True):
            os.write(_STDERR, (self._mark if self._begins else b"") + line)
            self._begins = line.endswith(b"\n")
        return len(said)


def alone(pipe: Pipe, memory: int, name: str = "a plugin") -> Stopping:
    """Be a process that ends with its parent, asks nobody's terminal, reaches nothing that is the parent's, and cannot take
    the machine's memory: at most `memory` bytes more than it begins with; `name` stands before what it prints. Returns
    whether it is to stop.
    """
    _let_go_of_files(pipe)
    gc.freeze()  # what is inherited is no garbage, and stays the parent's as long as nobody touches it
    gc.enable()
    asked: list[int] = []
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, _frame: asked.append(number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, TOLD)
    os.dup2(2, 1)  # what a plugin prints is no part of any output
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(_Marked(name)), "utf-8", "backslashreplace", line_buffering=True)
    if sys.platform == "linux":
        used = int(_STATM.read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + memory, resource.RLIM_INFINITY))
        die_with_parent()
        system = ctypes.CDLL(None)
        if hasattr(system, "mallopt"):
            system.mallopt(_M_ARENA_MAX, 1)  # of every thread's own glibc reserves 128 MB, and the limit counts that
    return lambda: bool(asked)


def die_with_parent() -> None:
    """From now on this process ends when the one that started it does, where the system can do that."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _let_go_of_files(pipe: Pipe) -> None:
    """Lead what the parent has open for writing, such as its database or the line to it, to nowhere: a plugin that writes
    to a wrong number, or closes it, must not reach what is the hub's. The numbers stay taken, for what else knows them.
    """
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (int(one.name) for one in list(Path("/dev/fd").iterdir())):
        with suppress(OSError):
            writes = fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY
            mode = os.fstat(number).st_mode
            ours = stat.S_ISREG(mode) or stat.S_ISSOCK(mode)
            if number > _STDERR and number != pipe.fileno() and writes and ours:
                os.dup2(nowhere, number, inheritable=False)
    os.close(nowhere)
