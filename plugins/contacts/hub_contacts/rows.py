"""A row and what is known of its columns: all that the mapping needs, as the bytes that the hub keeps.

    {"cells": {"ИНН": "7707083893", "Название": "ООО «Ромашка»"},
     "fields": {"inn": ["ИНН"], "name": ["Название"]},
     "kind": "clients", "stream": "clients"}

The bytes hold neither the order of columns and rows nor empty cells, so that moving them about changes nothing. Only
a row that cannot be read says where it stands (`row`), for the person who looks for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, get_args

import orjson

import hub
from hub_contacts.settings import Kind
from hub_contacts.values import DayOrder, Decimals

COMPANY: Final = "company"
"""The kind of what stands for a company that people's rows name: one item for all of its people."""

_STATED: Final = frozenset({"kind", "stream", "clients", "zone", "currency", "dates", "decimal"})
_KINDS: Final = frozenset((*get_args(Kind), COMPANY))


@dataclass(frozen=True)
class Meaning:
    """What the columns of a file mean.

    `fields`: field -> its columns. `stream`: this file's; `clients`: the one that keys of clients point to, "" for
    none. `zone`: of moments without an offset. `currency`: of amounts that name none.
    """

    kind: str
    fields: Mapping[str, tuple[str, ...]]
    stream: str
    clients: str = ""
    zone: str = ""
    currency: str = "RUB"
    dates: DayOrder = "dmy"
    decimal: Decimals = "auto"

    @cached_property
    def columns(self) -> frozenset[str]:
        """All columns that fill a field."""
        return frozenset(column for columns in self.fields.values() for column in columns)

    @cached_property
    def tail(self) -> bytes:
        """What all rows of the file end with, as bytes."""
        said = {name: value for name in sorted(_STATED) if (value := getattr(self, name))}
        return b"," + orjson.dumps({"fields": self.fields, **said}, option=orjson.OPT_SORT_KEYS)[1:]


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `cells` are clean and not empty. `problem` says why it cannot be read, if that is so."""

    number: int
    cells: Mapping[str, str]
    problem: str = ""
    unit: str = field(default=hub.sentence("row {number}"), kw_only=True)

    @property
    def where(self) -> str:
        return self.unit.format(number=self.number)


def encode(meaning: Meaning, row: Row, file: str = "") -> bytes:
    """The canonical bytes of a row. With the name of a `file` they say where in it the row stands."""
    said: dict[str, Any] = {"cells": dict(row.cells)}
    if file:
        said["row"] = hub.sentence("{file}, {where}").format(file=file, where=row.where)
    if row.problem:
        said["problem"] = row.problem
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS)[:-1] + meaning.tail


def decode(body: bytes) -> tuple[Meaning, Mapping[str, str], str, str]:
    """The meaning, the cells, the place and the problem that the bytes state. `ValueError` if they are not ours."""
    said = orjson.loads(body)
    if not isinstance(said, dict) or said.get("kind") not in _KINDS:
        raise ValueError("not a row")
    cells, fields = said.pop("cells", {}), said.pop("fields", {})
    where, problem = said.pop("row", ""), said.pop("problem", "")
    if not _is_text(cells) or not _is_columns(fields) or not _is_text({**said, "row": where, "problem": problem}):
        raise ValueError("not a row")
    if unknown := set(said) - _STATED:
        raise ValueError(f"unknown: {sorted(unknown)}")
    meaning = Meaning(fields={name: tuple(columns) for name, columns in fields.items()}, **{"stream": "", **said})
    return meaning, cells, where, problem


def _is_text(said: object) -> bool:
    return isinstance(said, dict) and all(isinstance(value, str) for value in said.values())


def _is_columns(said: object) -> bool:
    return isinstance(said, dict) and all(_is_names(columns) for columns in said.values())


def _is_names(said: object) -> bool:
    return isinstance(said, Sequence) and not isinstance(said, str) and all(isinstance(name, str) for name in said)
