"""What to call the secrets of a connection, so that each can be kept under a name of its own."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from hub.settings.document import value_at
from hub.settings.places import Key

_WHOSE: Final = ("address", "name", "user")
_OTHER: Final = re.compile(r"[\W_]+")
_LONGEST: Final = 40


def secret_names(rest: Any, keys: Iterable[Key]) -> Mapping[Key, str]:
    """Key -> name: `password`, and in a list of mailboxes `password-anna`; with the whole address where that is not enough."""
    named: dict[Key, str] = {}
    for key in sorted(keys, key=_depth):
        taken = set(named.values())
        named[key] = next(name for name in _proposals(rest, key) if name not in taken)
    return named


def _depth(key: Key) -> tuple[int, list[str]]:
    return len(key), [f"{part:09}" if isinstance(part, int) else part for part in key]


def _proposals(rest: Any, key: Key) -> Iterator[str]:
    name, above = str(key[-1]), key[:-1]
    said = next((value for one in _WHOSE if isinstance(value := value_at(rest, (*above, one)), str) and value), "")
    if not any(isinstance(part, int) for part in key):
        yield name
        yield "-".join(map(str, key))
    for whose in (said.partition("@")[0], said):
        if plain := _OTHER.sub("-", whose).strip("-")[:_LONGEST]:
            yield f"{name}-{plain}"
    number = next((part for part in reversed(key) if isinstance(part, int)), 0)
    yield from (f"{name}-{number + more}" for more in range(1, 1_000_000))
