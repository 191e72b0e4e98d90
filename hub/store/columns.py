"""The kinds of columns: the same on every database."""

from typing import Any

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Text
from sqlmodel import Field

Number = BigInteger().with_variant(Integer, "sqlite")
Words = Text().with_variant(Text(collation="C"), "postgresql")
"""Compared and sorted by its bytes, whatever a server takes for the order of letters."""


def key() -> Any:
    return Field(sa_column=Column(Number, primary_key=True, autoincrement=False))


def number(*, nullable: bool = False, index: bool = False) -> Any:
    return Field(sa_column=Column(Number, nullable=nullable, index=index))


def text() -> Any:
    return Field(sa_column=Column(Words, nullable=False))


def octets(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(LargeBinary, nullable=nullable))
