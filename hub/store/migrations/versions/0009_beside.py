"""Ids of what a source numbers lie side by side (ADR 0037): what bears such an id, and what refers to it, gets its new one."""

from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOVED = sa.Table("moved", sa.MetaData(), sa.Column("old", NUMBER, primary_key=True, autoincrement=False),
                 sa.Column("new", NUMBER, nullable=False), prefixes=["TEMPORARY"])  # fmt: skip
AT_ONCE = 5_000

KEYED = (
    (
        "SELECT id, cast(stream_id AS text) || '/' || epoch || '/' || external_id FROM item",
        ("item.id", "record.item_id", "raw.item_id", "quarantine.item_id", "tombstone.item_id", "attachment.item_id",
         "wanted.item_id", "refetch.item_id", "origin.item_id"),
    ),
    (
        "SELECT DISTINCT family, key FROM interaction WHERE key NOT LIKE '%~%'",
        ("record.family", "interaction.family", "review.family"),
    ),
    ("SELECT hash, key FROM interaction", ("interaction.hash",)),
    (
        "SELECT id, kind || ':' || value FROM identifier",
        ("identifier.id", "claim.identifier_id", "link.identifier_id", "mention.identifier_id", "stale.identifier_id"),
    ),
    ("SELECT id, key FROM node", ("node.id", "claim.node_id")),
    (
        "SELECT id, 'client:' || key FROM client",
        ("client.id", "node.client_id", "speaker.client_id", "link.client_id", "history.client_id"),
    ),
    (
        "SELECT id, 'person:' || key FROM person",
        ("person.id", "node.person_id", "speaker.person_id", "link.person_id"),
    ),
)  # fmt: skip
"""Ids with the keys they are made of, and all columns they stand in."""

RECORDS = ("record.id", "origin.record_id", "interaction.record_id", "node.record_id")


def upgrade() -> None:
    _renumber(_beside)
    if op.get_bind().dialect.name == "sqlite":  # a server refuses a blank at the end
        op.execute("UPDATE search SET tokens = rtrim(tokens) WHERE tokens LIKE '% '")


def downgrade() -> None:
    _renumber(_scattered)


def _renumber(number: Callable[[str], int]) -> None:
    bind = op.get_bind()
    MOVED.create(bind)
    for query, columns in KEYED:
        _move(bind, query, lambda _old, key: number(key), columns)
    records = "SELECT id, item_id, part FROM record"
    _move(bind, records, lambda _old, item, part: _scattered(f"{item}#{part}") if part else item, RECORDS)
    MOVED.drop(bind)


def _move(bind: sa.Connection, query: str, number: Callable[..., int], columns: tuple[str, ...]) -> None:
    bind.execute(MOVED.delete())
    for rows in bind.execute(sa.text(query).execution_options(yield_per=AT_ONCE)).partitions():
        moved = [{"old": row[0], "new": new} for row in rows if (new := number(*row)) != row[0]]
        if moved:
            bind.execute(MOVED.insert(), moved)
    for table, column in (name.split(".") for name in columns):
        here = sa.table(table, sa.column(column))
        now: Any = sa.select(MOVED.c.new).where(MOVED.c.old == here.c[column]).scalar_subquery()
        bind.execute(here.update().values({column: now}).where(here.c[column].in_(sa.select(MOVED.c.old))))


# --- the ids as they are from this version on, and as they were; frozen with it --------------------------------------


def _beside(key: str) -> int:
    group, _, name = key.rpartition("/")
    if len(name) <= 10 and name.isdigit() and name.isascii() and (name[0] != "0" or name == "0"):
        place = int(name)
        for bits in (20, 30):
            if place >> bits == 0:
                return _first(group, bits) | place
    return _scattered(key)


@lru_cache(maxsize=4_096)
def _first(group: str, bits: int) -> int:
    return _scattered(f"{bits}:{group}") >> bits << bits


def _scattered(key: str) -> int:
    return int.from_bytes(blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big") >> 1
