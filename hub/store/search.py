"""The search index: it only stores the tokens that `hub.core.tokens` makes, so every database finds the same.

The row id is the interaction's, which sorts by time: the newest hits come first without sorting.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import text

from hub.store.database import Tx

CREATE = "CREATE VIRTUAL TABLE search USING fts5(tokens, tokenize = ascii, detail = none, columnsize = 0)"
"""A token's letters are small ASCII letters and digits, or not ASCII: that tokeniser keeps them, and is the fastest."""

_ADD = "INSERT INTO search (rowid, tokens) VALUES (?, ?)"
_DROP = text("DELETE FROM search WHERE rowid IN (SELECT value FROM json_each(:ids))")
_OPTIMIZE = text("INSERT INTO search (search) VALUES ('optimize')")
_ALL = text("SELECT rowid, tokens FROM search ORDER BY rowid")


def add(tx: Tx, rows: Sequence[tuple[int, str]]) -> None:
    if rows:
        tx.connection.exec_driver_sql(_ADD, rows)


def drop(tx: Tx, ids: Iterable[int]) -> None:
    listed = list(ids)
    if listed:
        tx.connection.execute(_DROP, {"ids": str(listed)})


def clear(tx: Tx) -> None:
    tx.connection.exec_driver_sql("DELETE FROM search")


def everything(tx: Tx) -> Iterable[tuple[int, str]]:
    for row in tx.connection.execute(_ALL):
        yield row[0], row[1]


def optimize(tx: Tx) -> None:
    """Merge the index so that nothing of a deleted row is left in it."""
    tx.connection.execute(_OPTIMIZE)
