"""A table: rows of the seed, made when asked for, and over them what has been written since."""

from bisect import bisect_left, insort
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import orjson

Row = dict[str, Any]
_KEPT = 60_000
_ROWS = 5_000  # as dictionaries they are far larger than as JSON


class Index(Protocol):
    """What is told of each row that goes, before it goes, and of each that comes, when it is there."""

    def add(self, number: int) -> None: ...

    def remove(self, number: int) -> None: ...


class Table:
    """Rows by id, ids upwards. `quick` tells the value of a field without making the whole row, `told` what a filter
    may ask of a row that is no field of it.

    A row that was given out is never changed: a change puts a new one in its place. `version` counts the changes.
    """

    def __init__(
        self,
        ids: Callable[[], Sequence[int]],
        make: Callable[[int], Row],
        quick: Mapping[str, Callable[[int], Any]] | None = None,
        key: str = "id",
        told: Mapping[str, Callable[[Row], Any]] | None = None,
    ) -> None:
        self._list_ids, self._make, self._quick, self.key = ids, make, dict(quick or {}), key
        self._told = dict(told or {})
        self._listed: list[int] | None = None
        self._written: dict[int, Row] = {}
        self._made: dict[int, Row] = {}
        self._drawn: dict[Any, dict[int, orjson.Fragment]] = {}
        self._indexes: list[Index] = []
        self._last = 0
        self.version = 0

    @classmethod
    def of(cls, rows: Sequence[Row], key: str = "ID") -> "Table":
        """A small one, of rows that are there already."""
        kept = {int(row[key]): row for row in rows}
        return cls(lambda: sorted(kept), kept.__getitem__, key=key)

    @property
    def ids(self) -> list[int]:
        if self._listed is None:
            self._listed = list(self._list_ids())
            self._last = self._listed[-1] if self._listed else 0
        return self._listed

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, number: float) -> bool:
        at = bisect_left(self.ids, number)
        return at < len(self.ids) and self.ids[at] == number

    def get(self, number: int) -> Row | None:
        return self.row(number) if number in self else None

    def row(self, number: int) -> Row:
        """The row of an id that there is."""
        row = self._written.get(number) or self._made.get(number)
        if row is None:
            if len(self._made) >= _ROWS:
                self._made.clear()
            row = self._made[number] = self._make(number)
        return row

    def value(self, number: int, name: str) -> Any:
        """What a filter looks at."""
        quick = self._quick.get(name)
        if quick and number not in self._written:
            return quick(number)
        told = self._told.get(name)
        return told(self.row(number)) if told else self.row(number).get(name)

    def is_quick(self, name: str) -> bool:
        """Whether a field is told without making the row."""
        return name in self._quick

    def drawn(self, number: int, shape: Any, draw: Callable[[Row], Row]) -> orjson.Fragment:
        """A row as JSON, in a shape that it is asked for again and again."""
        kept = self._drawn.setdefault(shape, {})
        if number not in kept:
            if len(kept) >= _KEPT:
                kept.clear()
            row = self._written.get(number) or self._made.get(number) or self._make(number)
            exact = bytes(memoryview(orjson.dumps(draw(row))))  # the buffer that orjson gives is four times as long
            kept[number] = orjson.Fragment(exact)
        return kept[number]

    def forget(self, number: int) -> None:
        """Make and draw it anew: what it is made of has changed."""
        self._made.pop(number, None)
        for kept in self._drawn.values():
            kept.pop(number, None)

    def next_id(self) -> int:
        """Ids are never given twice, not even those of deleted rows."""
        return max(self._last, *self.ids[-1:], 0) + 1

    def watch(self, index: Index) -> None:
        """Tell it of every change from now on."""
        self._indexes.append(index)

    def put(self, row: Row) -> None:
        number = int(row[self.key])
        if number in self:
            self._leave(number)
        else:
            insort(self.ids, number)
            self._last = max(self._last, number)
        self.forget(number)
        self._written[number] = row
        for one in self._indexes:
            one.add(number)
        self.version += 1

    def _leave(self, number: int) -> None:
        for one in self._indexes:
            one.remove(number)

    def remove(self, number: int) -> None:
        self._leave(number)
        at = bisect_left(self.ids, number)
        del self.ids[at]
        self.forget(number)
        self._written.pop(number, None)
        self.version += 1
