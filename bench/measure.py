"""What all benchmarks share: a child process measured by the operating system, and one JSON line."""

import json
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    wall: float
    cpu: float
    peak_mb: float
    result: object


class TooLong(Exception):
    """What was measured did not end within its time, and was ended."""


def child(work: Callable[[], object], most: float = 3600) -> Cost:
    """Run `work` in a fork, for at most so many seconds, and measure the whole of it: seconds, CPU seconds, peak memory in MB.

    Raises `TooLong`.
    """
    reading, writing = os.pipe()
    started = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        os.close(reading)
        os.write(writing, json.dumps(work()).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        if not select.select([pipe], [], [], most)[0]:
            os.killpg(pid, signal.SIGKILL)
            os.wait4(pid, 0)
            raise TooLong(f"more than {most:.0f} seconds")
        said = pipe.read()
    _, status, usage = os.wait4(pid, 0)
    if status:
        sys.exit(f"the measured process ended with {status}")
    wall = time.perf_counter() - started
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, json.loads(said))


def as_installed(folder: Path) -> dict[str, str]:
    """The environment of a program that is installed: Python keeps what it has compiled, here in that folder. Where it is told
    not to, every start compiles everything anew, and that is what would be measured.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(folder)}


def say(name: str, **figures: object) -> None:
    rounded = {key: round(value, 3) if isinstance(value, float) else value for key, value in figures.items()}
    print(json.dumps({"bench": name, **rounded}, ensure_ascii=False), flush=True)


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def read_mb() -> float:
    """What this process has had read from the disk."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_inblock * 512 / 1e6
