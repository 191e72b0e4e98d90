"""The same kinds of columns (`hub.store.columns`) for tables that are SQLModel classes."""

from typing import Any

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, SQLModel

from hub.store.columns import METADATA, Number, Words


class Row(SQLModel):
    """A table is a subclass of it."""

    metadata = METADATA


def key() -> Any:
    return Field(sa_column=Column(Number, primary_key=True, autoincrement=False))


def number(*, nullable: bool = False, index: bool = False) -> Any:
    return Field(sa_column=Column(Number, nullable=nullable, index=index))


def text() -> Any:
    return Field(sa_column=Column(Words, nullable=False))


def octets(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(LargeBinary, nullable=nullable))
