"""What the benchmarks of both CRMs share: a simulator in a process of its own, peers in environments of theirs, and limits that
wait on a clock that can be turned.
"""

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from measure import Cost, child, say
from world import sync

import hub
from hub.http.network import internet
from hub.store.database import Store
from hub.testing import Budgets

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]
from tests.servers.referees import python_with  # noqa: E402 - lies beside the tests


@contextmanager
def simulator(module: str, count: int) -> Iterator[Iterator[str]]:
    """An unlimited one of that size; gives what it says of itself, value by value: its address, a token."""
    command = [sys.executable, "-m", module, "--port", "0", "--size", str(count), "--unlimited"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            said = (line.partition(" = ") for line in process.stdout)
            yield (json.loads(value) for key, _, value in said if value and key != "connector")
        finally:
            process.terminate()


def ours(crm: str, folder: Path, connection: tuple[str, str, object]) -> float:
    """First sync into an empty database, and again without a change. Returns the rows a second of the first."""
    Store.open(folder / "hub.db").close()
    first = child(lambda: sync(folder, [connection], "clients"))
    again = child(lambda: sync(folder, [connection], "clients"))
    rate = float(first.result["listed"] / first.wall)
    megabytes = (folder / "hub.db").stat().st_size / 1e6
    say(f"{crm}.first", per_s=rate, **_figures(first), database_mb=megabytes)
    say(f"{crm}.again", **_figures(again))
    return rate


def _figures(cost: Cost) -> dict[str, object]:
    return {"wall": cost.wall, "cpu": cost.cpu, "peak_mb": cost.peak_mb, "counts": cost.result}


def peer(crm: str, name: str, package: str, script: str, *words: str) -> float:
    """Somebody else's copy of the same objects: the last word it prints is how many. Returns its rows a second, 0 where it failed."""
    command = [str(python_with(name, package)), "-c", script, *words]
    before, begun = os.times(), time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - begun, os.times()
    if done.returncode:
        say(f"{crm}.{name}", failed=done.stderr.strip().splitlines()[-1:])
        return 0.0
    rows = int(done.stdout.split()[-1])
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    say(f"{crm}.{name}", rows=rows, per_s=rows / wall, wall=wall, cpu=cpu)
    return rows / wall


def ratio(crm: str, mine: float, **theirs: float) -> None:
    """Our rows a second to each of theirs."""
    say(f"{crm}.ratio", **{f"to_{name}": mine / rate if rate else None for name, rate in theirs.items()})


class Waiting:
    """A limit that waits by turning the simulator's clock; `passed` is how long that was, in seconds."""

    def __init__(self, take: Callable[[], float], turn: Callable[[float], None]) -> None:
        self._take, self._turn, self.passed = take, turn, 0.0

    def take(self, cost: float = 1) -> None:  # noqa: ARG002 - every call costs one
        while wait := self._take():
            self.passed += wait
            self._turn(wait)

    def rest(self, until: datetime) -> None:
        raise AssertionError(f"asked to wait until {until}")


def under_limits(
    opened: Callable[[Any, hub.Tools], Any], settings: Any, hosts: Sequence[str], turn: Callable[[float], None]
) -> tuple[int, float]:
    """Read everything once while the clock goes on only as the hub waits. Returns rows, and the seconds that were waited."""
    waiting: list[Waiting] = []
    budgets = Budgets(seconds=lambda: waiting[0].passed if waiting else 0.0)

    def limit(key: str, rate: hub.Rate) -> Waiting:
        waiting.append(Waiting(lambda: budgets.take(key, rate, 1), turn))
        return waiting[0]

    clock = lambda: datetime.now(UTC)  # noqa: E731 - as short as it can be
    tools = hub.Tools(
        clock=clock, log=logging.LoggerAdapter(logging.getLogger("bench")), stopping=lambda: False, limit=limit,
        network=internet(hosts, now=clock, stopping=lambda: False),
    )  # fmt: skip
    with opened(settings, tools) as source:
        rows = sum(len(page.raws) for stream in source.streams() for page in source.pull(stream.name, None))
    return rows, waiting[0].passed
