"""What is wrong with what a map returned, in sentences."""

import dataclasses
import itertools
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal

from hub.connectors import Mapped
from hub.core.records import RECORDS, Call, Contact, Identifier, Moment, StageChange, Unreadable
from hub.testing.words import RULES


def wrong_types(result: object) -> Iterator[str]:
    """What a map returns is `Unreadable` or a sequence of `Mapped`, whose records have values of the right types."""
    if isinstance(result, Unreadable):
        yield from _wrong_fields(result, "Unreadable")
    elif isinstance(result, str | bytes) or not isinstance(result, Sequence):
        yield f"a sequence or Unreadable expected, got {type(result).__name__}"
    else:
        for number, mapped in enumerate(result):
            yield from _wrong_mapped(mapped, number)


def _wrong_mapped(mapped: object, number: int) -> Iterator[str]:
    if not isinstance(mapped, Mapped):
        yield f"[{number}]: hub.Mapped expected, got {type(mapped).__name__}"
    elif not isinstance(mapped.part, str):
        yield f"[{number}]: `part` is of type {type(mapped.part).__name__}"
    elif type(mapped.record) not in RECORDS.values():
        yield f"[{number}]: a record expected, got {type(mapped.record).__name__}"
    else:
        yield from _wrong_fields(mapped.record, type(mapped.record).__name__)


def _wrong_fields(value: Any, name: str) -> Iterator[str]:
    for field, hint in _hints(value.__class__).items():
        if not _fits(getattr(value, field), hint):
            yield f"{name}.{field} is {getattr(value, field)!r:.100}, which is not {hint}"


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _fits(value: Any, hint: Any) -> bool:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (UnionType, typing.Union):
        return any(_fits(value, one) for one in arguments)
    if origin is Literal:
        return value in arguments
    if origin is tuple:
        return type(value) is tuple and all(_fits(one, arguments[0]) for one in value)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(
            _fits(key, arguments[0]) and _fits(one, arguments[1]) for key, one in value.items()
        )
    if dataclasses.is_dataclass(hint):
        return type(value) is hint and not any(_wrong_fields(value, ""))
    if hint in (bool, int, float, Decimal, NoneType):
        return type(value) is hint
    return isinstance(value, hint)


def repeated_parts(result: Any) -> Iterator[str]:
    """Two records of one raw with the same part would be one record."""
    parts = [] if isinstance(result, Unreadable) else [mapped.part for mapped in result]
    yield from (f"part {part!r} comes twice" for part in dict.fromkeys(parts) if parts.count(part) > 1)


def lone_surrogates(value: Any, path: str = "") -> Iterator[str]:
    """Text that cannot be written as UTF-8 can be neither stored nor shown."""
    for where, leaf in leaves(value, path):
        if isinstance(leaf, str) and not leaf.isascii():
            try:
                leaf.encode()
            except UnicodeEncodeError:
                yield f"{where} has a lone surrogate: {leaf!a:.100}"


def naive_moments(value: Any, path: str = "") -> Iterator[str]:
    """A point in time is a `Moment`, a day is a `date`; a `datetime` is neither."""
    for where, leaf in leaves(value, path):
        if isinstance(leaf, datetime):
            yield f"{where} is a datetime, {leaf.isoformat()}: make it hub.moment(…) or a date"


def strange_words(value: Any, path: str = "") -> Iterator[str]:
    """Roles, statuses and marks are words of the contract; zones exist; ids have the form it says."""
    for where, node in _nodes(value, path):
        for (kind, field), rule in RULES.items():
            if type(node) is kind and not rule.holds(getattr(node, field)):
                yield f"{where}.{field} is {getattr(node, field)!r:.100}, and must be {rule.says}"


def dangling_refs(value: Any, streams: Iterable[str], path: str = "") -> Iterator[str]:
    """A `ref` is "STREAM/EXTERNAL_ID" of a stream that the connection has."""
    heads = tuple(f"{stream}/" for stream in streams)
    for where, node in _nodes(value, path):
        for ref in _refs(node):
            head = next((head for head in heads if ref.startswith(head)), ref)
            if ref == head:
                yield f"{where} refers to {ref!r:.100}, which names no item of a stream"


def _refs(node: Any) -> Sequence[str]:
    match node:
        case Identifier(kind="ref" | "user", value=value):
            return [value]
        case Contact():
            return node.companies
        case StageChange():
            return [node.deal]
        case Call(of=of) if of:
            return [of]
    return []


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(where it stands, value) of everything inside a value that is no record, tuple or mapping itself."""
    for where, node in _nodes(value, path):
        if isinstance(node, Moment):
            yield where, node
            yield f"{where}.zone", node.zone
        elif not _opens(node):
            yield where, node


def _nodes(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    yield path, value
    if isinstance(value, Moment) or not _opens(value):
        return
    for name, inner in _inside(value):
        yield from _nodes(inner, f"{path}{name}")


def _opens(value: Any) -> bool:
    return isinstance(value, list | tuple | Mapping) or (
        dataclasses.is_dataclass(value) and not isinstance(value, type)
    )


def _inside(value: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(value, list | tuple):
        return ((f"[{number}]", inner) for number, inner in enumerate(value))
    if isinstance(value, Mapping):
        return itertools.chain(
            ((f"[{key!r}]", inner) for key, inner in value.items()), (("[key]", key) for key in value)
        )
    return ((f".{field.name}", getattr(value, field.name)) for field in dataclasses.fields(value))


def canonical(value: Any) -> str:
    """A text that is the same for equal values, in every process."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(sorted(f'{key!r}: {canonical(inner)}' for key, inner in value.items()))}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(canonical, value))}]"
    if isinstance(value, date):
        return value.isoformat()
    if _opens(value):
        return f"{type(value).__name__}({', '.join(f'{name}={canonical(inner)}' for name, inner in _inside(value))})"
    return repr(value)
