"""Whether a record holds what its annotations say. A plugin is not type-checked when it runs, and a record of wrong types
could be stored but never read back; nor does a call last less than no time, or a meeting end before it begins.

The checks are made once per type from the annotations, so that a record costs a few microseconds. Where one fails, it is
looked for again, slowly, so that its place can be told.
"""

import re
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from math import isfinite
from typing import Any, Literal, TypeAlias

from hub.core.records import Attachment, Call, Meeting, Moment, Record

Check: TypeAlias = Callable[[Any], bool]

MOST = 10_000
"""So many participants, attachments or words one record may name: a mail to everybody is far below it."""
LONGEST = 4_000_000
"""So many characters one text may have: that of a mail is cut at a quarter of it."""
_INTEGERS = range(-(2**63), 2**63)
_AMOUNTS = range(-30, 30)
"""Digits before and after the point of an amount, as powers of ten."""
_MODULES = re.compile(r"\b[a-z]+\.(?:[a-z]+\.)*(?=[A-Zd])")
_COUNTED = {(Call, "seconds"): range(2**31), (Attachment, "size"): range(2**63)}


@dataclass(frozen=True, slots=True)
class Misfit:
    """A `value` that cannot stand at `place` ("Note.participants[0].name"): what is given, and what is due, as code says it."""

    place: str
    value: Any
    given: str
    due: str


def misfit(record: Record) -> Misfit | None:
    """The first value in a record that is not what it should be, None when all are."""
    kind: Any = type(record)
    for name, fits in _of_class(kind):
        if not fits(getattr(record, name)):
            return _found(f"{kind.__name__}.{name}", getattr(record, name), _hints(kind)[name])
    if kind is Meeting and not _in_order(record):
        return Misfit("Meeting.end", record.end, "an earlier moment", "at ≤ end")  # type: ignore[union-attr]
    return None


def _in_order(meeting: Any) -> bool:
    at, end = meeting.at, meeting.end
    if type(at) is not type(end):
        return True
    return bool(at.utc <= end.utc if isinstance(at, Moment) else at <= end)


def _found(place: str, value: Any, hint: Any) -> Misfit:
    """Where exactly in a value, which does not fit, that lies."""
    for inner_place, inner, inner_hint in _inside(place, value, hint):
        if not _check(inner_hint)(inner):
            return _found(inner_place, inner, inner_hint)
    return Misfit(place, value, *_told(value, hint))


def _inside(place: str, value: Any, hint: Any) -> Iterator[tuple[str, Any, Any]]:
    """What stands in a value whose own type is right: where, what, and what is due there."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        yield from _inside(place, value, next((one for one in arguments if one is type(value)), None))
    elif origin is tuple and type(value) is tuple and len(value) <= MOST:
        yield from ((f"{place}[{number}]", one, arguments[0]) for number, one in enumerate(value))
    elif isinstance(origin, type) and issubclass(origin, Mapping) and isinstance(value, Mapping):
        yield from ((f"{place}[{key!r:.80}]", key, arguments[0]) for key in value)
        yield from ((f"{place}[{key!r:.80}]", one, arguments[1]) for key, one in value.items())
    elif type(value) is hint and is_dataclass(value):
        own: Any = hint
        yield from ((f"{place}.{name}", getattr(value, name), one) for name, one in _hints(own).items())


def _told(value: Any, hint: Any) -> tuple[str, str]:
    """What is given and what is due: types, and where it is the size that does not fit, sizes. Nobody's words."""
    name, length = type(value).__name__, len(value) if isinstance(value, str | tuple) else 0
    if isinstance(hint, range):
        return str(value) if type(value) is int else name, f"int {hint.start}…{hint.stop - 1}"
    if hint is str is type(value):
        return (f"str × {length}" if length > LONGEST else r"half a character (\ud800…\udfff)"), f"str × {LONGEST}"
    if typing.get_origin(hint) is tuple is type(value):
        return f"tuple × {length}", f"tuple × {MOST}"
    due = str(hint) if typing.get_origin(hint) else hint.__name__
    return str(value)[:40] if type(value) in _BOUNDED and name != "str" else name, _MODULES.sub("", due)


def _is_whole(text: str) -> bool:
    """Without half characters (lone surrogates), which no bytes can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    found = typing.get_type_hints(kind)
    return {field.name: _COUNTED.get((kind, field.name), found[field.name]) for field in fields(kind)}


@cache
def _of_class(kind: Any) -> tuple[tuple[str, Check], ...]:
    return tuple((name, _check(hint)) for name, hint in _hints(kind).items())


@cache
def _check(hint: Any) -> Check:
    if isinstance(hint, range):
        return lambda value: type(value) is int and value in hint
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
    if hint is date:
        return lambda value: type(value) is date
    if hint is datetime:
        return lambda value: isinstance(value, datetime) and value.tzinfo is not None
    if hint is types.NoneType or hint is None:
        return lambda value: value is None
    return _BOUNDED.get(hint) or (lambda value: type(value) is hint)


_BOUNDED: Mapping[type, Check] = {
    str: lambda value: type(value) is str and len(value) <= LONGEST and (value.isascii() or _is_whole(value)),
    int: lambda value: type(value) is int and value in _INTEGERS,
    float: lambda value: type(value) is float and isfinite(value),
    Decimal: lambda value: type(value) is Decimal and value.is_finite() and value.adjusted() in _AMOUNTS,
}


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
    return lambda value: type(value) is tuple and len(value) <= MOST and all(map(fits, value))


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
