"""Whether a record holds what its annotations say. A plugin is not type-checked when it runs, and a record of wrong types
could be stored but never read back.

The checks are made once per type from the annotations, so that a record costs a few microseconds.
"""

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Literal, TypeAlias

from hub.core.records import Record

Check: TypeAlias = Callable[[Any], bool]


def misfit(record: Record) -> str:
    """The first field of a record that does not hold what it should, "" when all do."""
    kind: Any = type(record)
    for name, fits in _of_class(kind):
        if not fits(getattr(record, name)):
            return f"{type(record).__name__}.{name}"
    return ""


@cache
def _of_class(kind: Any) -> tuple[tuple[str, Check], ...]:
    hints = typing.get_type_hints(kind)
    return tuple((field.name, _check(hints[field.name])) for field in fields(kind))


@cache
def _check(hint: Any) -> Check:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return _any_of(tuple(_check(one) for one in arguments))
    if origin is Literal:
        return _one_of(frozenset(arguments))
    if origin is tuple:
        return _each(_check(arguments[0]))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _pairs(_check(arguments[0]), _check(arguments[1]))
    if is_dataclass(hint) and isinstance(hint, type):
        return _whole(hint)
    return _plain(hint)


def _plain(hint: Any) -> Check:
    if hint is Decimal:
        return lambda value: type(value) is Decimal and value.is_finite()
    if hint is date:
        return lambda value: type(value) is date
    if hint is datetime:
        return lambda value: isinstance(value, datetime) and value.tzinfo is not None
    if hint is types.NoneType or hint is None:
        return lambda value: value is None
    return lambda value: type(value) is hint


def _any_of(checks: tuple[Check, ...]) -> Check:
    def fits_any(value: Any) -> bool:
        for fits in checks:  # noqa: SIM110 - a generator expression costs twice as much
            if fits(value):
                return True
        return False

    return fits_any


def _one_of(values: frozenset[Any]) -> Check:
    return lambda value: type(value) is str and value in values


def _each(fits: Check) -> Check:
    return lambda value: type(value) is tuple and all(map(fits, value))


def _pairs(of_key: Check, of_value: Check) -> Check:
    return lambda value: isinstance(value, Mapping) and all(of_key(k) and of_value(v) for k, v in value.items())


def _whole(kind: Any) -> Check:
    checks = _of_class(kind)

    def fits_whole(value: Any) -> bool:
        if type(value) is not kind:
            return False
        for name, fits in checks:  # noqa: SIM110 - a generator expression costs twice as much
            if not fits(getattr(value, name)):
                return False
        return True

    return fits_whole
