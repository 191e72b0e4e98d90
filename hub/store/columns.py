"""The kinds of columns: the same on every database. All tables are in one `METADATA`."""

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, ColumnElement, Integer, LargeBinary, MetaData, Text, literal_column

METADATA = MetaData()
Number = BigInteger().with_variant(Integer, "sqlite")
Words = Text().with_variant(Text(collation="C"), "postgresql")
"""Compared and sorted by its bytes, whatever a server takes for the order of letters."""
NOTHING: ColumnElement[int] = literal_column("0")
"""What a number that points at nothing is. Written out: who searches by an index that leaves these out says so to the planner,
which does not look into parameters.
"""


def serial(name: str) -> "Column[Any]":
    """A key that the database counts up."""
    return Column(name, Integer, primary_key=True)


def key(name: str) -> "Column[Any]":
    return Column(name, Number, primary_key=True, autoincrement=False)


def word_key(name: str) -> "Column[Any]":
    return Column(name, Words, primary_key=True)


def number(name: str, *, nullable: bool = False, index: bool = False) -> "Column[Any]":
    return Column(name, Number, nullable=nullable, index=index)


def count(name: str) -> "Column[Any]":
    return Column(name, Integer, nullable=False, default=0)


def flag(name: str) -> "Column[Any]":
    return Column(name, Boolean, nullable=False, default=False)


def text(name: str, *, nullable: bool = False) -> "Column[Any]":
    return Column(name, Words, nullable=nullable)


def octets(name: str, *, nullable: bool = False) -> "Column[Any]":
    return Column(name, LargeBinary, nullable=nullable)
