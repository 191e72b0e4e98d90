"""A database with many years of interactions, loaded in bulk: what the benchmark of queries asks.

Words are as frequent as in a language (Zipf), clients as unequal as in a company: the largest has a 140th of all.
Rows go in the order of their keys, indexes come last, and nothing is safe until the end.
"""

import random
import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path

from corpus import WORDS

from hub.core import ids, signs, tokens
from hub.core.records import Identifier
from hub.store.database import Store
from hub.store.parties import identifier_id

START_MS = 1_400_000_000_000
STEP_MS = 60_000
CLIENTS = 20_000
KINDS = ("mail", "mail", "mail", "mail", "mail", "mail", "meeting", "call", "note", "message")
NUMBERS = 9_973
_VOCABULARY = 30_000
_COMMON = 20
_SENTENCES = 50_000
_BATCH = 50_000
_SYLLABLES = [a + b for a in "бвгдзклмнпрст" for b in "аеиоуя"]


def open_or_make(folder: Path, rows: int) -> tuple[Path, bool]:
    """The database of so many rows, and whether it had to be made."""
    path = folder / f"{rows}.db"
    if path.exists():
        return path, False
    half = path.with_suffix(".half")
    for left in folder.glob(f"{half.name}*"):
        left.unlink()
    Store.open(half).close()
    connection = sqlite3.connect(half, isolation_level=None)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE", "cache_size=-400000"):
        connection.execute(f"PRAGMA {pragma}")
    _load(connection, rows)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    half.rename(path)
    return path, True


def client_id(number: int) -> int:
    return ids.number(f"client:{number}")


def address(number: int) -> Identifier:
    return Identifier("email", f"ivan@client{number}.test")


def _load(connection: sqlite3.Connection, rows: int) -> None:
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        " AND tbl_name IN ('interaction', 'history', 'mention')"
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    pick = random.Random(1)
    whose = array("i", (int(CLIENTS * pick.random() ** 2) for _ in range(rows)))
    _clients(connection)
    _lines(connection, whose)
    _places(connection, whose)
    for _, sql in indexes:
        connection.execute(sql)


def _clients(connection: sqlite3.Connection) -> None:
    known = [(client_id(n), f"c{n}", ids.public(f"c{n}"), "company", f"ООО Клиент {n}", f"клиент {n}", "")
             for n in range(CLIENTS)]  # fmt: skip
    _add(connection, "client", known)


def _lines(connection: sqlite3.Connection, whose: Sequence[int]) -> None:
    pick = random.Random(2)
    sentences = list(_sentences(pick))
    numbers = [" ".join(tokens.tokens(f"номер{n}")) for n in range(NUMBERS)]
    people = [" ".join(tokens.tokens(f"Иван {address(n).value} Анна Смирнова anna@my.example")) for n in range(CLIENTS)]
    said = [f'[["from","email","{address(n).value}","Иван","",false],["to","email","anna@my.example","Анна","",true]]'
            for n in range(CLIENTS)]  # fmt: skip
    connection.execute("INSERT INTO search (search, rank) VALUES ('hashsize', 33554432)")
    for start in range(0, len(whose), _BATCH):
        connection.execute("BEGIN")
        batch = range(start, min(len(whose), start + _BATCH))
        _add(connection, "interaction", [
            (line_id(n), f"note:{n}", n, n, KINDS[n % 10], START_MS + n * STEP_MS, None, "", False, "in",
             f"Заявка {n}", "", 0, "", said[whose[n]], "", 0)
            for n in batch
        ])  # fmt: skip
        connection.executemany(
            "INSERT INTO search (rowid, tokens) VALUES (?, ?)",
            [
                (
                    line_id(n),
                    f"{people[whose[n]]} {pick.choice(sentences)} {pick.choice(sentences)} {numbers[n % NUMBERS]}",
                )
                for n in batch
            ],
        )
        connection.execute("COMMIT")
    connection.execute("INSERT INTO search (search, rank) VALUES ('hashsize', 1048576)")


def line_id(number: int) -> int:
    return ids.timed(START_MS + number * STEP_MS, number)


def _places(connection: sqlite3.Connection, whose: Sequence[int]) -> None:
    """Histories and mentions, each in the order of its key."""
    mine: list[array[int]] = [array("i") for _ in range(CLIENTS)]
    for number, client in enumerate(whose):
        mine[client].append(number)
    connection.create_function("signs", 1, signs.signs, deterministic=True)
    for owner, insert in (
        (client_id, "INSERT INTO history SELECT ?, id, 'client', 'ref', signs(c0) FROM search_content WHERE id = ?"),
        (lambda n: identifier_id(address(n)), "INSERT INTO mention VALUES (?, ?, 'from', 0)"),
    ):
        connection.execute("BEGIN")
        for client in sorted(range(CLIENTS), key=owner):
            key = owner(client)
            connection.executemany(insert, [(key, line_id(number)) for number in mine[client]])
        connection.execute("COMMIT")


def _add(connection: sqlite3.Connection, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)


def vocabulary() -> list[str]:
    """Words from the most frequent to the rarest; those of the benchmark come after the commonest."""
    pick = random.Random(3)
    weights = list(accumulate(1 / (rank + 1) for rank in range(len(_SYLLABLES))))
    made = dict.fromkeys(
        "".join(pick.choices(_SYLLABLES, cum_weights=weights, k=pick.choice((2, 3, 3, 4))))
        for _ in range(3 * _VOCABULARY)
    )
    words = list(made)[:_VOCABULARY]
    return [*words[:_COMMON], *WORDS, *words[_COMMON:]]


def _sentences(pick: random.Random) -> Iterator[str]:
    """Fifteen tokens each."""
    words = [" ".join(tokens.tokens(word)) for word in vocabulary()]
    weights = list(accumulate(1 / (rank + 1) for rank in range(len(words))))
    for _ in range(_SENTENCES):
        yield " ".join(pick.choices(words, cum_weights=weights, k=15))
