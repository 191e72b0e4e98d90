"""Parameters as PHP reads them, and maps as PHP writes them.

`filter[>ID]=5&select[]=ID&fields[PHONE][0][VALUE]=..` in a query, a form or a command of a batch
(https://www.php.net/manual/en/language.variables.external.php), the same as JSON in a body. A `+` is a space, as in any form: a date with an offset must be encoded.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

_KEYS = re.compile(r"\[([^\]]*)\]")
_MOST = (1 << 63) - 1
_MOST_PAIRS = 20_000
_DEEPEST = 12


def parsed(query: str) -> dict[str, Any]:
    """A query string as nested maps with text keys; `a[]` counts up from 0."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(query, keep_blank_values=True, max_num_fields=_MOST_PAIRS):
        head, bracket, rest = name.partition("[")
        keys = [head, *_KEYS.findall(bracket + rest)][:_DEEPEST]
        _put(found, keys, value)
    return found


def _put(found: dict[str, Any], keys: list[str], value: str) -> None:
    *way, last = keys
    for key in way:
        inner = found.get(_named(found, key))
        if not isinstance(inner, dict):
            inner = {}
            found[_named(found, key)] = inner
        found = inner
    found[_named(found, last)] = value


def _named(found: Mapping[str, Any], key: str) -> str:
    return key or str(1 + max((int(one) for one in found if one.isdecimal()), default=-1))


def mapping(value: Any) -> dict[str, Any]:
    """A list and a map are the same thing to PHP."""
    if isinstance(value, Mapping):
        return {str(key): one for key, one in value.items()}
    return {str(number): one for number, one in enumerate(value)} if isinstance(value, list) else {}


def values(value: Any) -> list[Any]:
    """The values of a list or map; a scalar is a list of itself."""
    if value is None:
        return []
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else [value]


def array(pairs: Mapping[str, Any]) -> Any:
    """A map as PHP's JSON has it: `[]` when empty, a list when its keys count up from 0."""
    return list(pairs.values()) if _counts_up(pairs) else dict(pairs)


def _counts_up(keys: Iterable[str]) -> bool:
    return all(key == str(number) for number, key in enumerate(keys))


def text(value: Any) -> str:
    """A scalar as PHP would make a string of it."""
    match value:
        case None | False:
            return ""
        case True:
            return "1"
        case _:
            return str(value)


def number(value: Any, default: int = 0) -> int:
    """What PHP's intval makes of it: the digits it begins with, within 64 bits."""
    found = re.match(r"\s*[+-]?\d{1,30}", text(value))
    return max(-_MOST - 1, min(_MOST, int(found[0]))) if found else default
