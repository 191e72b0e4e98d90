"""Indexes of a table: what is asked for is found without looking at every row. A table that is told to `watch` one keeps it right."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any


class Sorted:
    """Ids by what each row has of something that has an order, `key`; those whose key is None are not in it. Equal ones come by
    `tie`, which no two share.
    """

    def __init__(self, ids: Iterable[int], key: Callable[[int], Any], tie: Callable[[int], int]) -> None:
        self._key, self._tie = key, tie
        keys = {number: found for number in ids if (found := key(number)) is not None}
        self._ids = sorted(keys, key=tie)
        self._ids.sort(key=keys.__getitem__)
        self._keys = [keys[number] for number in self._ids]

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, number: int) -> None:
        key = self._key(number)
        if key is not None:
            at = self._place(number, key)
            self._keys.insert(at, key)
            self._ids.insert(at, number)

    def remove(self, number: int) -> None:
        key = self._key(number)
        if key is not None:
            at = self._place(number, key)
            del self._keys[at], self._ids[at]

    def _place(self, number: int, key: Any) -> int:
        low, high = bisect_left(self._keys, key), bisect_right(self._keys, key)
        return bisect_left(self._ids, self._tie(number), low, high, key=self._tie)

    def places(self, least: Any, most: Any) -> range:
        """Where those stand whose key lies between these, both included; None is no bound."""
        low = 0 if least is None else bisect_left(self._keys, least)
        return range(low, len(self._keys) if most is None else bisect_right(self._keys, most))

    def upwards(self, places: range) -> Iterator[int]:
        return map(self._ids.__getitem__, places)

    def downwards(self, places: range) -> Iterator[int]:
        """The highest key first; equal ones come in the same order as upwards."""
        high = places.stop
        while high > places.start:
            low = bisect_left(self._keys, self._keys[high - 1], places.start, high)
            yield from self._ids[low:high]
            high = low


class Grouped:
    """Ids by what each row has of something, `keys`: one, several, or none. Those with the same come upwards."""

    def __init__(self, ids: Iterable[int], keys: Callable[[int], Iterable[Hashable]]) -> None:
        self._keys = keys
        self._found: dict[Hashable, list[int]] = {}
        for number in ids:
            for key in keys(number):
                self._found.setdefault(key, []).append(number)

    def add(self, number: int) -> None:
        for key in self._keys(number):
            insort(self._found.setdefault(key, []), number)

    def remove(self, number: int) -> None:
        for key in self._keys(number):
            found = self._found[key]
            del found[bisect_left(found, number)]

    def of(self, key: Hashable) -> Sequence[int]:
        return self._found.get(key, ())
