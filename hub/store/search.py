"""The search index: it only stores the tokens that `hub.core.tokens` makes, so every database finds the same.

The row id is the interaction's, which sorts by time: the newest hits come first without sorting.
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.engine import Connection

from hub.store.database import Tx

_CREATE: Mapping[str, tuple[str, ...]] = {
    "sqlite": ("CREATE VIRTUAL TABLE search USING fts5(tokens, tokenize = ascii, detail = none, columnsize = 0)",),
    "postgresql": (
        (
            "CREATE TABLE search (id bigint PRIMARY KEY, tokens text NOT NULL, words tsvector NOT NULL"
            " GENERATED ALWAYS AS (array_to_tsvector(string_to_array(left(tokens, 500000), ' '))) STORED)"
        ),
        "CREATE INDEX search_words ON search USING gin (words)",
    ),
}
"""A token's letters are small ASCII letters and digits, or not ASCII: FTS5's `ascii` keeps them, and is the fastest. No
parser of PostgreSQL's comes near them; half a million characters are what fits into a `tsvector` for certain.
"""

_ADD = ("INSERT INTO search (rowid, tokens) VALUES (?, ?)", "INSERT INTO search (id, tokens) VALUES (%s, %s)")
_DROP = (
    text("DELETE FROM search WHERE rowid IN (SELECT value FROM json_each(:ids))"),
    text("DELETE FROM search WHERE id IN (SELECT value::bigint FROM json_array_elements_text(cast(:ids AS json)))"),
)
_OPTIMIZE = text("INSERT INTO search (search) VALUES ('optimize')")
_ALL = (text("SELECT rowid, tokens FROM search ORDER BY rowid"), text("SELECT id, tokens FROM search ORDER BY id"))
_OF = (
    text("SELECT rowid, tokens FROM search WHERE rowid IN (SELECT value FROM json_each(:ids))"),
    text(
        "SELECT id, tokens FROM search WHERE id IN (SELECT value::bigint FROM json_array_elements_text(cast(:ids AS json)))"
    ),
)


def create(connection: Connection) -> None:
    for statement in _CREATE[connection.dialect.name]:
        connection.exec_driver_sql(statement)


_TOKENISER = text("SELECT instr(sql, 'tokenize = ascii') FROM sqlite_master WHERE name = 'search'")
_RENEW = (
    "ALTER TABLE search RENAME TO search_before",
    *_CREATE["sqlite"],
    "INSERT INTO search (rowid, tokens) SELECT rowid, tokens FROM search_before ORDER BY rowid",
    "DROP TABLE search_before",
)


def renew(connection: Connection) -> None:
    """Make a file's index anew if it was made by another tokeniser. On a server there never was another one."""
    if connection.dialect.name == "sqlite" and not connection.execute(_TOKENISER).scalar():
        for statement in _RENEW:
            connection.exec_driver_sql(statement)


def add(tx: Tx, rows: Sequence[tuple[int, str]]) -> None:
    """Let the lines of these ids be found by their tokens, one blank between two and none around them."""
    if rows:
        # in the order of their ids: FTS5 writes out what it has gathered before it takes one that is less than the last
        tx.many(_ADD[tx.is_postgresql], sorted(rows))


def drop(tx: Tx, ids: Iterable[int]) -> None:
    listed = list(ids)
    if listed:
        tx.connection.execute(_DROP[tx.is_postgresql], {"ids": str(listed)})


def clear(tx: Tx) -> None:
    tx.connection.exec_driver_sql("DELETE FROM search")


def of(tx: Tx, ids: Iterable[int]) -> Iterable[tuple[int, str]]:
    """The tokens of these lines."""
    listed = list(ids)
    rows = tx.connection.execute(_OF[tx.is_postgresql], {"ids": str(listed)}) if listed else ()
    return [(row[0], row[1]) for row in rows]


def everything(tx: Tx) -> Iterable[tuple[int, str]]:
    for row in tx.connection.execute(_ALL[tx.is_postgresql]):
        yield row[0], row[1]


def optimize(tx: Tx) -> None:
    """Merge the index so that nothing of a deleted row is left in it. PostgreSQL's is made anew by `Store.compact`."""
    if not tx.is_postgresql:
        tx.connection.execute(_OPTIMIZE)
