"""A client's last 50 interactions, and a search newest first, with millions of interactions in the tables.

The bare loop asks SQLite for the same rows by hand. The database is made once and kept in --folder.
"""

import argparse
import random
import sqlite3
import time
from pathlib import Path
from tempfile import gettempdir

from corpus import WORDS
from measure import percentile, say

from hub.core import ids, tokens
from hub.store import clients, search
from hub.store.database import Store
from hub.store.tables import Client, History, Interaction

START_MS = 1_500_000_000_000
PEOPLE = '[["from","email","ivan@client.test","Иван","",false],["to","email","anna@my.example","Анна","",true]]'


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=5_000_000)
    parser.add_argument("--clients", type=int, default=20_000)
    parser.add_argument("--folder", type=Path, default=Path(gettempdir()) / "hub-bench-queries")
    given = parser.parse_args()
    path = given.folder / f"{given.count}-{given.clients}.db"
    if not path.exists():
        fill(path, given.count, given.clients)
    store = Store.open(path)
    with store.read() as tx:
        numbers = [row.id for row, _, _ in clients.overview(tx, 1000)]
    last_50(store, path, numbers, given.count)
    searches(store, given.count)
    store.close()


def fill(path: Path, count: int, many: int) -> None:
    half = path.with_suffix(".half")
    store = Store.open(half)
    pick = random.Random(1)
    started = time.perf_counter()
    known = [(ids.number(f"client:{n}"), f"c{n}", ids.public(f"c{n}"), "company", f"ООО Клиент {n}", f"клиент {n}", "")
             for n in range(many)]  # fmt: skip
    with store.write() as tx:
        tx.add(Client, known)
    for start in range(0, count, 20_000):
        rows, places, found = [], [], []
        for number in range(start, min(count, start + 20_000)):
            at = START_MS + number * 60_000
            identity = ids.timed(at, number)
            rows.append((identity, f"note:{number}", number, number, "note", at, None, "", False, "in",
                         f"Заметка {number}", "", 0, "", PEOPLE, "", 0))  # fmt: skip
            places.append((known[pick.randrange(many)][0], identity, "client", "ref"))
            found.append(
                (identity, " ".join(tokens.tokens(" ".join(pick.choices(WORDS, k=8)) + f" номер{number % 9973}")))
            )
        with store.write() as tx:
            tx.add(Interaction, rows)
            tx.add(History, places)
            search.add(tx, found)
    say("queries.fill", count=count, seconds=time.perf_counter() - started)
    store.compact()
    store.close()
    half.rename(path)


def last_50(store: Store, path: Path, numbers: list[int], count: int) -> None:
    """Through the hub's own function, a transaction each; and by hand."""
    pick = random.Random(2)
    hub_ms, bare_ms = [], []
    bare = sqlite3.connect(path)
    query = (
        "SELECT i.* FROM history h JOIN interaction i ON i.id = h.interaction_id WHERE h.client_id = ? "
        "ORDER BY h.interaction_id DESC LIMIT 50"
    )
    for round_ in range(2_200):
        client = pick.choice(numbers)
        started = time.perf_counter()
        with store.read() as tx:
            assert len(clients.history(tx, client, limit=50)) == 50
        hub_ms.append((time.perf_counter() - started) * 1000)
        started = time.perf_counter()
        bare.execute(query, (client,)).fetchall()
        if round_ >= 200:
            bare_ms.append((time.perf_counter() - started) * 1000)
    hub_ms = hub_ms[200:]
    say("queries.last_50", count=count, p50_ms=percentile(hub_ms, 0.5), p99_ms=percentile(hub_ms, 0.99),
        bare_p50_ms=percentile(bare_ms, 0.5), bare_p99_ms=percentile(bare_ms, 0.99),
        ratio_p50=percentile(hub_ms, 0.5) / percentile(bare_ms, 0.5))  # fmt: skip


def searches(store: Store, count: int) -> None:
    pick = random.Random(3)
    for name, make in (
        ("two common words", lambda: " ".join(pick.sample(WORDS, 2))),
        ("a rare word", lambda: f"номер{pick.randrange(9973)}"),
        ("a beginning", lambda: pick.choice(WORDS)[:4] + "*"),
        ("nothing", lambda: f"{pick.choice(WORDS)} небывалое"),
    ):
        taken = []
        for _ in range(500):
            terms = [(term.token, term.prefix) for term in tokens.query(make())]
            started = time.perf_counter()
            with store.read() as tx:
                found = search.find(tx, terms, 50, 1 << 62)
                clients.lines(tx, found)
            taken.append((time.perf_counter() - started) * 1000)
        say("queries.search", what=name, count=count, p50_ms=percentile(taken, 0.5), p99_ms=percentile(taken, 0.99))


if __name__ == "__main__":
    main()
