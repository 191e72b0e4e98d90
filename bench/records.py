"""Records of the in-memory connector, all the way into clients, history and search; and again, unchanged.

The bare loop writes the same bodies into one table of SQLite with an upsert. The floor is what SQLite alone takes for the
rows that the hub has written.
"""

import argparse
import os
import random
import sqlite3
import tempfile
from array import array
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from floor import write_again
from measure import child, say
from world import sync

import hub
from hub.store.database import Store
from hub.testing.encoding import encode
from hub.testing.memory import Memory, Settings

START = datetime(2024, 1, 1, tzinfo=UTC)
PAGE = 200
WORDS = [
    "поставка",
    "оплата",
    "договор",
    "встреча",
    "срок",
    "счёт",
    "образец",
    "монтаж",
    "насос",
    "доставка",
    "склад",
    "акт",
]


def body(number: int, clients: int) -> bytes:
    """A company, then calls, notes and deals about the companies, seven minutes apart."""
    if number < clients:
        found = (
            hub.Identifier("email", f"info@client{number}.test"),
            hub.Identifier("phone", f"+7495{1000000 + number}"),
        )
        return encode(hub.Company(name=f"ООО Клиент {number}", identifiers=found))
    pick = random.Random(number)
    at = hub.moment(START + timedelta(minutes=7 * number))
    people = (
        hub.Participant("client", hub.Identifier("ref", f"crm/{number % clients}")),
        hub.Participant("author", hub.Identifier("email", "anna@my.example")),
    )
    text = " ".join(pick.choices(WORDS, k=12))
    kind = number % 3
    if kind == 0:
        return encode(
            hub.Call(at=at, seconds=60, direction="in", title=f"Звонок {number}", text=text, participants=people)
        )
    if kind == 1:
        return encode(hub.Note(at=at, title="Заметка", text=text, participants=people))
    return encode(hub.Deal(at=at, title=f"Сделка {number}", stage="new", text=text, participants=people))


class Bodies:
    """So many bodies in a file, made before anything is measured: a source has its records, it does not make them up."""

    def __init__(self, path: Path, count: int, clients: int) -> None:
        self._starts = array("Q", [0])
        with path.open("wb") as file:
            for number in range(count):
                self._starts.append(self._starts[-1] + file.write(body(number, clients)))
        self._file = os.open(path, os.O_RDONLY)

    def __call__(self, number: int) -> bytes:
        start = self._starts[number]
        return os.pread(self._file, self._starts[number + 1] - start, start)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--small", type=int, default=2_000, help="the size that memory is compared with")
    count, small = (given := parser.parse_args()).count, given.small
    peaks = {}
    for size in (small, count):
        with tempfile.TemporaryDirectory() as folder:
            peaks[size] = child(partial(measure, Path(folder), size)).result
    say("records.memory", small_mb=peaks[small], large_mb=peaks[count], ratio=peaks[count] / peaks[small])


def measure(folder: Path, count: int) -> float:
    clients = max(10, count // 50)
    Store.open(folder / "hub.db").close()
    with Memory("source", page_size=PAGE).serving() as memory:
        bodies = Bodies(folder / "bodies", count, clients)
        memory.make("crm", count, bodies)
        connections = [("source", "memory", Settings(name="source"))]
        bare = child(lambda: loop(folder / "bare.db", count, bodies))
        first = child(lambda: sync(folder, connections))
        floor = child(lambda: write_again(folder / "hub.db", folder / "floor.db", PAGE))
        again = child(lambda: sync(folder, connections))
    say("records.first", count=count, per_s=count / first.wall, per_cpu_s=count / first.cpu, wall=first.wall,
        cpu=first.cpu, ratio_cpu=first.cpu / bare.cpu, peak_mb=first.peak_mb)  # fmt: skip
    say("records.floor", per_cpu_s=count / floor.result, ratio_cpu=first.cpu / floor.result)
    say(
        "records.again",
        count=count,
        per_s=count / again.wall,
        cpu=again.cpu,
        counts=again.result,
        peak_mb=again.peak_mb,
    )
    return first.peak_mb


def loop(path: Path, count: int, bodies: Bodies) -> int:
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("CREATE TABLE item (id TEXT PRIMARY KEY, revision TEXT, body BLOB)")
    for start in range(0, count, 500):
        rows = [(str(n), "1", bodies(n)) for n in range(start, min(count, start + 500))]
        with database:
            database.executemany(
                "INSERT INTO item VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body", rows
            )
    return count


if __name__ == "__main__":
    main()
