"""Validate a part of the document with a pydantic model, and say for every fault at which key of the document it is.

Values are taken as strictly as TOML states them: a number in quotes is no number. Only strings that come from where
there is nothing but strings (a variable, a whole `${…}`) may be read as the TOML value they spell.

The model itself is asked leniently and its schema tells what it expects: pydantic's strict mode would also refuse what
a plugin's own validator has made of a value (a list of one path, say).
"""

import json
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from hub.settings.document import value_at
from hub.settings.places import Key
from hub.settings.references import UNRESOLVED
from hub.settings.shape import Shape, shape_of

M = TypeVar("M", bound=BaseModel)
UNION = "union"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What a model says of a value: pydantic's `type` of the error (or a code of ours), its words and context.

    `expected` are the types of error that a union gave, one for each of its members.
    """

    key: Key
    type: str
    message: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    expected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Validated(Generic[M]):
    """The model, or None and its faults."""

    model: M | None
    faults: tuple[Fault, ...] = ()


def validated(
    model: type[M], tree: Any, *, loose: frozenset[Key] = frozenset(), context: dict[str, Any] | None = None
) -> Validated[M]:
    """`tree` as a `model`. `loose` are the keys in it whose strings may spell another type.

    Raises whatever a validator of the model raises that is no `ValueError` or `AssertionError`.
    """
    first = _attempt(model, tree, context)
    if first.model is None and (spelt := _spelt(tree, {fault.key for fault in first.faults} & loose)) is not None:
        first = _attempt(model, spelt, context)
    mistyped = {fault.key: fault for fault in _mistyped(shape_of(model), tree, loose)}
    if not mistyped:
        return first
    return Validated(None, (*mistyped.values(), *(fault for fault in first.faults if fault.key not in mistyped)))


def _attempt(model: type[M], tree: Any, context: dict[str, Any] | None) -> Validated[M]:
    try:
        with redirect_stdout(sys.stderr):  # what a plugin's model prints is no output of a command
            return Validated(model.model_validate_json(json.dumps(tree, default=_iso), context=context))
    except ValidationError as error:
        found = [_located(one, tree) for one in error.errors(include_url=False)]
    faults = [fault for fault in _joined(found, tree) if value_at(tree, fault.key) != UNRESOLVED]
    return Validated(None, tuple(faults))


def _iso(value: object) -> str:
    assert isinstance(value, date | datetime | time), f"TOML has no {type(value).__name__}"
    return value.isoformat()


# --- scalars of another type ----------------------------------------------------------------------------------------


_FAULTS: Final = {"string": "string_type", "integer": "int_type", "number": "float_type", "boolean": "bool_type"}
_FORMATS: Final = {"date": "date_type", "date-time": "datetime_type", "time": "time_type"}


def _mistyped(shape: Shape, tree: Any, loose: frozenset[Key]) -> Iterator[Fault]:
    """Scalars that pydantic would turn into what the model expects, although TOML has types of its own for that."""
    for key, schemas in shape.expected(tree).items():
        value = value_at(tree, key)
        types = {str(one.get("type", "?")) for one in schemas if one.get("format") != "duration"} - {"null"}
        if (
            types
            and key not in loose
            and value != UNRESOLVED
            and not types - _FAULTS.keys()
            and not _fits(value, types)
        ):
            wanted = [
                _FORMATS.get(one.get("format", ""), _FAULTS[one["type"]]) for one in schemas if one["type"] in types
            ]
            kinds = tuple(dict.fromkeys(wanted))
            yield Fault(key=key, type=kinds[0] if len(kinds) == 1 else UNION, expected=kinds)


def _fits(value: Any, types: set[str]) -> bool:
    match value:
        case bool():
            return "boolean" in types
        case int():
            return bool({"integer", "number"} & types)
        case float():
            return "number" in types
        case str() | date() | time():
            return "string" in types
        case _:
            return True


# --- strings that spell something else -------------------------------------------------------------------------------


def _spelt(tree: Any, keys: set[Key]) -> Any:
    """The tree with the strings at `keys` read as TOML; None if none of them spells anything but a string."""
    changed = deepcopy(tree)
    any_spelt = False
    for key in keys:
        value = _as_toml(value_at(tree, key))
        if key and value is not None:
            value_at(changed, key[:-1])[key[-1]] = value
            any_spelt = True
    return changed if any_spelt else None


def _as_toml(text: object) -> Any:
    if not isinstance(text, str):
        return None
    try:
        spelt = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return None
    value = spelt.pop("value")
    return None if spelt or isinstance(value, str) else value


# --- where -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Located:
    """A fault, and the member of a union that it is about: the union's key and pydantic's name of the member."""

    fault: Fault
    member: tuple[Key, str] | None


def _located(error: Any, tree: Any) -> _Located:
    loc, missing = tuple(error["loc"]), error["type"] == "missing"
    ways = [
        way
        for way in _ways(loc[:-1] if missing else loc, tree)
        if not missing or isinstance(value_at(tree, way.key), dict)
    ]
    way = min(ways, key=lambda way: (len(way.skipped), way.ends_skipped), default=_Way())
    key = (*way.key, loc[-1]) if missing else way.key
    context = error.get("ctx", {})
    return _Located(
        Fault(key=key, type=error["type"], message=error["msg"], context=context),
        way.skipped[0] if way.skipped else None,
    )


@dataclass(frozen=True, slots=True)
class _Way:
    """A way through the tree along pydantic's `loc`, whose items are keys, or names of a union's members."""

    key: Key = ()
    skipped: tuple[tuple[Key, str], ...] = ()
    ends_skipped: bool = False


def _ways(loc: tuple[Any, ...], tree: Any, way: _Way = _Way()) -> Iterator[_Way]:
    if not loc:
        yield way
        return
    part, rest = loc[0], loc[1:]
    if _has(tree, part):
        yield from _ways(rest, tree[part], replace(way, key=(*way.key, part), ends_skipped=False))
    yield from _ways(rest, tree, replace(way, skipped=(*way.skipped, (way.key, str(part))), ends_skipped=True))


def _has(tree: Any, part: Any) -> bool:
    if isinstance(tree, dict):
        return part in tree
    return isinstance(tree, list) and isinstance(part, int) and 0 <= part < len(tree)


# --- unions ----------------------------------------------------------------------------------------------------------


def _joined(found: list[_Located], tree: Any) -> Iterator[Fault]:
    """The faults, of every union only those of the member that was most probably meant, or one for all of them."""
    unions: dict[Key, dict[str, list[Fault]]] = {}
    for one in found:
        if one.member is None:
            yield one.fault
        else:
            unions.setdefault(one.member[0], {}).setdefault(one.member[1], []).append(one.fault)
    for key, members in unions.items():
        yield from _of_union(key, members, tree)


def _of_union(key: Key, members: dict[str, list[Fault]], tree: Any) -> list[Fault]:
    if len(members) == 1:
        return next(iter(members.values()))
    inside = {name: faults for name, faults in members.items() if any(fault.key != key for fault in faults)}
    if inside and isinstance(value_at(tree, key), dict | list):
        return min(inside.values(), key=lambda faults: (_is_tagged_otherwise(faults), len(faults)))
    types = tuple(dict.fromkeys(fault.type for faults in members.values() for fault in faults))
    if all(one.endswith(("_type", "_parsing", "none_required")) for one in types):
        return [Fault(key=key, type=UNION, expected=types)]
    return min(members.values(), key=lambda faults: (faults[0].type.endswith("_type"), len(faults)))


def _is_tagged_otherwise(faults: list[Fault]) -> bool:
    return any(fault.type in {"literal_error", "enum"} for fault in faults)
