"""What a question finds in a table, in its order: by the narrowest index there is for it, and no further than it is looked at.

    filter -> the order's own index, or ids that some other index has fewer of -> tests -> page

Indexes are made when something is first asked for, and kept right from then on.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from operator import itemgetter
from typing import Any

from hub.simulators import forms, names
from hub.simulators.indexes import Grouped, Sorted
from hub.simulators.tables import Row, Table
from hub_crm_amo.simulator.lists import Wanted

_FIELDS = {"task_type": "task_type_id", "type": "type", "entity": "entity_type"}
_KEPT = 20
_WORTH = 8
"""Ids that an index has so many times fewer of are put in order anew; else the order is walked and the others passed by."""


class Found:
    """The ids that a question finds, as far as they have been looked at."""

    def __init__(self, ids: Iterator[int]) -> None:
        self._seen: list[int] = []
        self._rest = ids

    def page(self, start: int, size: int) -> tuple[Sequence[int], bool]:
        """So many from there, and whether there are more."""
        self._seen += islice(self._rest, max(start + size + 1 - len(self._seen), 0))
        return self._seen[start : start + size], len(self._seen) > start + size

    def __iter__(self) -> Iterator[int]:
        self._seen += self._rest
        return iter(self._seen)


@dataclass
class Finder:
    """Finds the ids of a table; what was found is kept while nothing changes. `salt` mixes those that are equal."""

    table: Table
    salt: int = 0
    _found: dict[Wanted, tuple[int, Found]] = field(default_factory=dict)
    _sorted: dict[tuple[str, bool], Sorted] = field(default_factory=dict)
    _grouped: dict[str, Grouped] = field(default_factory=dict)

    def found(self, asked: Wanted) -> Found:
        version, found = self._found.get(asked, (-1, None))
        if found is None or version != self.table.version:
            found = Found(self._search(asked))
            self._found = dict(list(self._found.items())[-_KEPT:]) | {asked: (self.table.version, found)}
        return found

    def having(self, name: str, key: Hashable) -> Sequence[int]:
        """The ids of rows that have this in a field, upwards: a text, or for a field of many one of them as it is."""
        if name not in self._grouped:
            self._grouped[name] = Grouped(self.table.ids, partial(_keys, self.table, name))
            self.table.watch(self._grouped[name])
        return self._grouped[name].of(key)

    def _search(self, asked: Wanted) -> Iterator[int]:
        tests = [_test(self.table, *part) for part in asked.filter]
        index = self._by(asked.order, deleted=asked.deleted)
        places = index.places(*_bounds(asked, asked.order))
        fewest, near = min(self._others(asked), key=itemgetter(0), default=(len(places), ()))
        if fewest * _WORTH < len(places):
            ids: Iterable[int] = self._in_order(asked, near)
        else:
            ids = index.downwards(places) if asked.downwards else index.upwards(places)
        return (number for number in ids if all(test(number) for test in tests))

    def _others(self, asked: Wanted) -> Iterator[tuple[int, Iterable[int]]]:
        """The ids that hold in one thing that is asked for beside the order's own bounds, and how many these are."""
        for name, how, given in asked.filter:
            if how == "in":
                groups = (
                    self._those(given) if name == "id" else [self.having(name, one) for one in _chosen(name, given)]
                )
                yield sum(map(len, groups)), chain.from_iterable(groups)
            elif how != "like" and name != asked.order:
                index = self._by(name, deleted=asked.deleted)
                places = index.places(*_bounds(asked, name))
                yield len(places), index.upwards(places)

    def _those(self, given: Sequence[str]) -> list[Sequence[int]]:
        return [[number for number in {forms.number(one) for one in given} if number in self.table]]

    def _in_order(self, asked: Wanted, ids: Iterable[int]) -> Sequence[int]:
        value = self.table.value
        found = [number for number in ids if _is_there(self.table, number, deleted=asked.deleted)]
        found.sort(key=self._tie)
        found.sort(key=lambda number: value(number, asked.order) or 0, reverse=asked.downwards)
        return found

    def _by(self, name: str, *, deleted: bool) -> Sorted:
        if (name, deleted) not in self._sorted:
            made = Sorted(self.table.ids, partial(_rank, self.table, name, deleted=deleted), self._tie)
            self._sorted[name, deleted] = made
            self.table.watch(made)
        return self._sorted[name, deleted]

    def _tie(self, number: int) -> int:
        return names.mixed(number ^ self.salt)


def _bounds(asked: Wanted, name: str) -> tuple[int | None, int | None]:
    """Between what a field is to lie."""
    bounds = {how: forms.number(given[0]) for one, how, given in asked.filter if one == name and how in ("from", "to")}
    return bounds.get("from"), bounds.get("to")


def _is_there(table: Table, number: int, *, deleted: bool) -> bool:
    return bool(table.value(number, "is_deleted")) == deleted


def _rank(table: Table, name: str, number: int, *, deleted: bool) -> int | None:
    return (table.value(number, name) or 0) if _is_there(table, number, deleted=deleted) else None


def _keys(table: Table, name: str, number: int) -> Iterable[Hashable]:
    value = _said(table, name, number)
    return value if isinstance(value, list) else (forms.text(value),)


def _said(table: Table, name: str, number: int) -> Any:
    """What a row has of what a filter names."""
    if name == "statuses":
        return f"{table.value(number, 'pipeline_id')}/{table.value(number, 'status_id')}"
    return table.value(number, _FIELDS.get(name, name))


def _chosen(name: str, given: Sequence[str]) -> set[str]:
    """The texts of which a row is to have one."""
    if name == "is_completed":
        return {"1" if one == "true" else "" if one in ("0", "false") else one for one in given}
    return set(given)


def _test(table: Table, name: str, how: str, given: tuple[str, ...]) -> Callable[[int], bool]:
    value = table.value
    match how:
        case "like":
            return lambda number: _says(table.row(number), given[0])
        case "from":
            least = forms.number(given[0])
            return lambda number: (value(number, name) or 0) >= least
        case "to":
            most = forms.number(given[0])
            return lambda number: value(number, name) is not None and value(number, name) <= most
        case _:
            chosen = _chosen(name, given)
            return lambda number: forms.text(_said(table, name, number)) in chosen


def _says(row: Row, text: str) -> bool:
    """Whether the name or a field of a card has it: https://developers.kommo.com/reference/leads-list, `query`."""
    fields = [str(value["value"]) for one in row["custom_fields_values"] or () for value in one["values"]]
    return any(text in one.lower() for one in (str(row["name"]), *fields))
