"""How a list is answered: filter, order, and a page of fifty.

    filter -> Group -> ids that hold (kept until the table changes) -> bounds of the id -> order -> page

- A page has 50 rows; `start` is where it begins; `next` is where the following one does
  (https://apidocs.bitrix24.com/settings/how-to-call-rest-api/list-methods-pecularities.html).
- `start = -1` counts nothing: no `next`, and `total` 0 (https://apidocs.bitrix24.com/settings/performance/huge-data.html).
- The older methods go by page: `start = 70` begins at 50. The universal ones begin at 70.
- Without `order` rows come in no order, another one in every call.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, count
from operator import itemgetter
from typing import Any

from hub.simulators import forms
from hub.simulators.indexes import Sorted
from hub.simulators.tables import Table
from hub_crm_bitrix.simulator.filters import Condition, Invalid, Kind, condition, plain, split
from hub_crm_bitrix.simulator.refusals import Refusal, bad

PAGE = 50
Columns = Callable[[str], tuple[str, Kind] | None]
_BOUNDS = {">", ">=", "<", "<=", "="}
_KEPT = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """All of the parts, or any of them."""

    parts: tuple["Condition | Group", ...]
    any: bool = False

    @property
    def key(self) -> tuple[Any, ...]:
        parts = (one.key if isinstance(one, Group) else (one.name, one.operation, one.given) for one in self.parts)
        return (self.any, *parts)

    def holds(self, value: Callable[[str], Any]) -> bool:
        found = (one.holds(value) if isinstance(one, Group) else one.holds(value(one.name)) for one in self.parts)
        return any(found) if self.any else all(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The ids of a page. `total` is 0 where nothing was counted, `next` None on the last page."""

    ids: Sequence[int]
    total: int
    next: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a list was asked for. `strict`: an unknown field is refused, else it is not seen.

    `exact`: `start` counts rows, not pages. `by_default`: the order where none was asked for, None for no order at all.
    """

    filter: Any
    order: Any
    start: int
    columns: Columns
    strict: bool = False
    exact: bool = False
    by_default: tuple[tuple[str, bool], ...] | None = None


class Finder:
    """Finds the pages of a table. What held is kept until the table changes."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._found: dict[Any, list[int]] = {}
        self._by: dict[str, dict[float, list[int]]] = {}
        self._timed: dict[str, Sorted] = {}
        self._version = table.version
        self._calls = 0

    def page(self, wanted: Wanted) -> Page:
        if self._version != self.table.version or len(self._found) > _KEPT:
            self._found.clear()
            if self._version != self.table.version:
                self._by.clear()
            self._version = self.table.version
        group = grouped(wanted.filter, wanted.columns, strict=wanted.strict)
        order = ordered(wanted.order, wanted.columns, strict=wanted.strict)
        ids = self._in_order(group, order or wanted.by_default)
        return cut(ids, wanted.start, exact=wanted.exact)

    def _in_order(self, group: Group, order: tuple[tuple[str, bool], ...] | None) -> Sequence[int]:
        ids = self._within(group)
        if not order:
            self._calls += 1
            return ids if order == () else _Shuffled(ids, self._calls)
        (first, falling), *_ = order
        if first == self.table.key:
            return _Reversed(ids) if falling else ids
        kept = (group.key, order)
        if kept not in self._found:
            self._found[kept] = self._sorted(ids, order)
        return self._found[kept]

    def _within(self, group: Group) -> Sequence[int]:
        """Those that hold, by bounds of the id where there are any: a walk by id costs a page, not the table."""
        bounds, rest = _bounds(group, self.table.key)
        ids = self._held(rest)
        low, high = 0, len(ids)
        for one in bounds:
            low, high = _narrowed(ids, one, low, high)
        return ids if (low, high) == (0, len(ids)) else _Slice(ids, low, max(low, high))

    def _held(self, group: Group) -> list[int]:
        if not group.parts:
            return self.table.ids
        if group.key not in self._found:
            value = self.table.value
            self._found[group.key] = [number for number in self._near(group) if group.holds(partial(value, number))]
        return self._found[group.key]

    def _near(self, group: Group) -> Sequence[int]:
        """The ids among which those are that hold: the fewest that a number, or the moments that are asked for, leaves."""
        asked = [] if group.any else [one for one in group.parts if isinstance(one, Condition)]
        found = [self._with(one) for one in asked if one.among is not None]
        found += [
            self._between(name, [one.between for one in asked if one.name == name and one.between])
            for name in {one.name for one in asked if one.between} if self.table.is_quick(name)
        ]  # fmt: skip
        return sorted(set(min(found, key=itemgetter(0))[1])) if found else self.table.ids

    def _with(self, one: Condition) -> tuple[int, Iterable[int]]:
        """How many have one of the numbers of a condition, and which."""
        if one.name == self.table.key:
            there = [int(number) for number in one.among or () if number in self.table]
            return len(there), there
        if one.name not in self._by:
            self._by[one.name] = self._indexed(one.name)
        by = self._by[one.name]
        groups = [by[number] for number in one.among or () if number in by]
        return sum(map(len, groups)), chain.from_iterable(groups)

    def _between(self, name: str, bounds: Sequence[tuple[str | None, str | None]]) -> tuple[int, Iterable[int]]:
        """The same of those whose moment lies within all of these bounds."""
        if name not in self._timed:
            self._timed[name] = Sorted(self.table.ids, lambda number: self.table.value(number, name) or None, int)
            self.table.watch(self._timed[name])
        since = max((low for low, _ in bounds if low is not None), default=None)
        upto = min((high for _, high in bounds if high is not None), default=None)
        places = self._timed[name].places(since, upto)
        return len(places), self._timed[name].upwards(places)

    def _indexed(self, name: str) -> dict[float, list[int]]:
        found: dict[float, list[int]] = {}
        for number in self.table.ids:
            actual = self.table.value(number, name)
            for one in (actual or [None]) if isinstance(actual, list) else [actual]:
                found.setdefault(plain(one, "number"), []).append(number)
        return found

    def _sorted(self, ids: Sequence[int], order: tuple[tuple[str, bool], ...]) -> list[int]:
        return sorted_by(self.table, list(ids), order)


class _Slice(Sequence[int]):
    def __init__(self, ids: Sequence[int], low: int, high: int) -> None:
        self._ids, self._low, self._length = ids, low, high - low

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        return self._ids[self._low + at]


class _Reversed(_Slice):
    def __init__(self, ids: Sequence[int]) -> None:
        super().__init__(ids, 0, len(ids))

    def __getitem__(self, at: Any) -> Any:
        return super().__getitem__(at if isinstance(at, slice) else len(self) - 1 - at)


class _Shuffled(_Slice):
    """Another order in every call, at the cost of the rows that are looked at."""

    def __init__(self, ids: Sequence[int], call: int) -> None:
        super().__init__(ids, 0, len(ids))
        length = len(ids) or 1
        self._step = next(one for one in count(length // 2 + call % 7 + 1) if math.gcd(one, length) == 1)
        self._shift = call * 17

    def __getitem__(self, at: Any) -> Any:
        return super().__getitem__(at if isinstance(at, slice) else (at * self._step + self._shift) % len(self))


def sorted_by(table: Table, ids: list[int], order: tuple[tuple[str, bool], ...]) -> list[int]:
    """The ids in the order of these fields; those that are equal in all of them stay as they were."""
    for name, falling in reversed(order):
        ranks = {number: _rank(table.value(number, name)) for number in ids}
        ids = sorted(ids, key=ranks.__getitem__, reverse=falling)
    return ids


def _rank(value: Any) -> tuple[int, Any]:
    match value:
        case None | "":
            return 0, 0
        case int() | float():
            return 1, value
        case _:
            return 2, forms.text(value).lower()


def _bounds(group: Group, key: str) -> tuple[list[Condition], Group]:
    if group.any:
        return [], group
    bounds = [one for one in group.parts if isinstance(one, Condition) and _is_bound(one, key)]
    return bounds, Group(parts=tuple(one for one in group.parts if one not in bounds))


def _is_bound(one: Condition, key: str) -> bool:
    return one.name == key and one.operation in _BOUNDS and one.given[:1] not in "[{"


def _narrowed(ids: Sequence[int], one: Condition, low: int, high: int) -> tuple[int, int]:
    match one.operation:
        case ">":
            low = max(low, bisect_right(ids, one.bound))
        case ">=":
            low = max(low, bisect_left(ids, one.bound))
        case "<":
            high = min(high, bisect_left(ids, one.bound))
        case "<=":
            high = min(high, bisect_right(ids, one.bound))
        case _:
            low, high = max(low, bisect_left(ids, one.bound)), min(high, bisect_right(ids, one.bound))
    return low, high


def cut(ids: Sequence[int], start: int, *, exact: bool) -> Page:
    if start < 0:
        return Page(ids=ids[:PAGE], total=0, next=None)
    offset = start if exact else start // PAGE * PAGE
    after = offset + PAGE
    return Page(ids=ids[offset:after], total=len(ids), next=after if after < len(ids) else None)


def grouped(filter_: Any, columns: Columns, *, strict: bool) -> Group:
    """A filter as it was given. Raises Refusal."""
    given = forms.mapping(filter_)
    either = forms.text(given.pop("logic", given.pop("LOGIC", ""))).upper() == "OR"
    parts = [
        grouped(value, columns, strict=strict)
        if strict and key.isdecimal()
        else _part(key, value, columns, strict=strict)
        for key, value in given.items()
    ]
    return Group(parts=tuple(one for one in parts if one is not None), any=either)


def _part(key: str, value: Any, columns: Columns, *, strict: bool) -> Condition | None:
    operation, name = split(key)
    column = columns(name)
    if column is None:
        if strict:
            raise bad(f"Invalid filter: field '{name}' is not allowed in filter")
        return None
    try:
        return condition(column[0], operation, value, column[1])
    except Invalid as error:
        if strict:
            raise bad(f"Invalid filter: field '{name}' has invalid value") from error
        return Condition(name=column[0], operation="never", given="", holds=lambda _: False)


def ordered(order: Any, columns: Columns, *, strict: bool) -> tuple[tuple[str, bool], ...]:
    """Fields and whether they fall. Raises Refusal."""
    found = []
    for name, direction in forms.mapping(order).items():
        column, way = columns(name), forms.text(direction).upper()
        if column is None:
            if strict:
                raise bad(f"Invalid order: field '{name}' is not allowed in order")
            continue
        if strict and way not in ("ASC", "DESC"):
            raise _no_direction(name, direction)
        found.append((column[0], way.startswith("DESC")))
    return tuple(found)


def _no_direction(name: str, direction: Any) -> Refusal:
    allowed = "allowed sort directions are `ASC, DESC`"
    return bad(f"Invalid order: {allowed}. But got '{forms.text(direction)}' for field '{name}'")


def of(kinds: Mapping[str, Kind]) -> Columns:
    """Columns of a table whose rows are as the answers are."""
    return lambda name: (name, kinds[name]) if name in kinds else None
