"""A client's last 50 interactions, and searches newest first, with millions of interactions in the tables.

The bare loop asks SQLite for the same rows by hand. The database is made once and kept in --folder; see `archive`.
`read_mb` came from the disk, 20 µs of the processor a page: a file that the system has not at hand takes three times as long.
"""

import argparse
import random
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import gettempdir

import archive
from corpus import WORDS
from measure import percentile, read_mb, say

from hub.core import tokens
from hub.store import clients, finding, parties
from hub.store.database import Store
from hub.store.finding import Asked

ROUNDS, WARM = 1_000, 100
LAST, HITS = 50, 20
"""How many lines: those of a client, and what `hub search` shows unless it is told otherwise."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--folder", type=Path, default=Path(gettempdir()) / "hub-bench-queries")
    parser.add_argument("--only", default="", help="searches whose name has this")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    started, cpu = time.perf_counter(), time.process_time()
    path, made = archive.open_or_make(given.folder, given.rows)
    if made:
        say("queries.made", rows=given.rows, megabytes=path.stat().st_size / 1e6, seconds=time.perf_counter() - started,
            cpu=time.process_time() - cpu)  # fmt: skip
    store = Store.open(path)
    last_50(store, path, given.rows)
    searches(store, given.rows, given.only)
    store.close()


@dataclass
class Taken:
    """How long each round took, in milliseconds: by the clock, and of the processor."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def __call__(self, work: Callable[[], object]) -> object:
        wall, cpu = time.perf_counter(), time.process_time()
        result = work()
        self.cpu.append((time.process_time() - cpu) * 1000)
        self.wall.append((time.perf_counter() - wall) * 1000)
        return result

    def figures(self, prefix: str = "") -> dict[str, float]:
        kinds = {"cpu": self.cpu[WARM:], "wall": self.wall[WARM:]}
        return {f"{prefix}{kind}_p{of}_ms": percentile(values, of / 100)
                for kind, values in kinds.items() for of in (50, 99)}  # fmt: skip


def last_50(store: Store, path: Path, rows: int) -> None:
    """Through the hub's own function, a transaction each; and by hand."""
    pick = random.Random(2)
    bare = sqlite3.connect(path)
    query = (
        "SELECT i.* FROM history h JOIN interaction i ON i.id = h.interaction_id WHERE h.client_id = ? "
        "ORDER BY h.interaction_id DESC LIMIT 50"
    )
    ours, by_hand = Taken(), Taken()
    for _ in range(WARM + ROUNDS):
        client = some_client(pick)

        def through_hub(client: int = client) -> int:
            with store.read() as tx:
                return len(clients.history(tx, client, limit=LAST))

        ours(through_hub)
        by_hand(lambda client=client: bare.execute(query, (client,)).fetchall())
    bare.close()
    figures = ours.figures() | by_hand.figures("bare_")
    say("queries.last_50", rows=rows, **figures, ratio=figures["cpu_p50_ms"] / figures["bare_cpu_p50_ms"])


def some_client(pick: random.Random) -> int:
    return archive.client_id(int(archive.CLIENTS * pick.random() ** 2))


def searches(store: Store, rows: int, only: str) -> None:
    pick = random.Random(3)
    vocabulary = archive.vocabulary()

    def rare() -> str:
        return pick.choice(vocabulary[5_000:])

    def medium() -> str:
        return pick.choice(vocabulary[200:1_000])

    def someone() -> frozenset[int]:
        number = int(archive.CLIENTS * pick.random() ** 2)
        return frozenset({parties.identifier_id(archive.address(number))})

    def days() -> tuple[int, int]:
        last = pick.randrange(5_000, rows)
        return archive.line_id(last - 5_000), archive.line_id(last)

    def asked(text: str, **more: object) -> Asked:
        return Asked(terms=tokens.query(text), **more)  # type: ignore[arg-type]

    kinds: dict[str, Callable[[], Asked]] = {
        "a common word": lambda: asked(pick.choice(WORDS)),
        "two common words": lambda: asked(" ".join(pick.sample(WORDS, 2))),
        "two of medium frequency": lambda: asked(" ".join(pick.sample(vocabulary[200:1_000], 2))),
        "a rare word": lambda: asked(rare()),
        "a common and a rare word": lambda: asked(f"{pick.choice(WORDS)} {rare()}"),
        "a number": lambda: asked(f"номер{pick.randrange(archive.NUMBERS)}"),
        "the beginning of a common word": lambda: asked(pick.choice(WORDS)[:4] + "*"),
        "the beginning of any word": lambda: asked(pick.choice(vocabulary)[:4] + "*"),
        "a common word and a beginning": lambda: asked(f"{pick.choice(WORDS)} {pick.choice(vocabulary)[:4]}*"),
        "a letter": lambda: asked(pick.choice(vocabulary)[0] + "*"),
        "nothing": lambda: asked(f"{pick.choice(WORDS)} небывалое"),
        "a common word of a client": lambda: asked(pick.choice(WORDS), client=some_client(pick)),
        "a word of medium frequency of a client": lambda: asked(medium(), client=some_client(pick)),
        "two common words of a client": lambda: asked(" ".join(pick.sample(WORDS, 2)), client=some_client(pick)),
        "a rare word of a client": lambda: asked(rare(), client=some_client(pick)),
        "a beginning of a client": lambda: asked(pick.choice(WORDS)[:4] + "*", client=some_client(pick)),
        "a rare word of the largest client": lambda: asked(rare(), client=archive.client_id(0)),
        "a common word of a person": lambda: asked(pick.choice(WORDS), people=someone()),
        "a rare word of a person": lambda: asked(rare(), people=someone()),
        "a common word in calls": lambda: asked(pick.choice(WORDS), kinds=frozenset({"call"})),
        "two common words within days": lambda: asked(
            " ".join(pick.sample(WORDS, 2)), **dict(zip(("since", "before"), days(), strict=True))
        ),
    }
    for name, make in kinds.items():
        for looks, of in () if only not in name else ((finding.FIRST, "step"), (finding.LOOKS, "search")):
            _measured(store, name, make, rows, looks, of)


def _measured(store: Store, name: str, make: Callable[[], Asked], rows: int, looks: int, of: str) -> None:
    taken, unfinished, hits, before = Taken(), 0, 0, read_mb()
    for _ in range(WARM + ROUNDS):
        wanted = make()

        def look(wanted: Asked = wanted) -> finding.Found:
            with store.read() as tx:
                found = finding.find(tx, wanted, HITS, looks=looks)
                clients.lines(tx, found.ids)
            return found

        found = taken(look)
        assert isinstance(found, finding.Found)
        hits += len(found.ids)
        unfinished += found.reached is not None and len(found.ids) < HITS
    total = WARM + ROUNDS
    say(f"queries.{of}", what=name, rows=rows, **taken.figures(), hits=hits / total, unfinished=unfinished / total,
        read_mb=read_mb() - before)  # fmt: skip


if __name__ == "__main__":
    main()
