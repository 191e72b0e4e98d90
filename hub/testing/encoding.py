"""Records as JSON and back: the bodies of the in-memory connector, and nothing else depends on them.

A body is a list of `[part, kind, fields]`; a field that has its default is left out.

    [["", "note", {"at": ["2026-03-02T09:00:00+00:00", "Europe/Moscow"], "title": "Позвонить"}]]

A moment is `[UTC in ISO 8601, zone]`, a day `"2026-03-02"`, an amount `"12.50"`, and participants, identifiers and
attachments are lists of their fields in order. Decoding believes nothing: every value has the type that the record
says, and its words are those of the contract, or `ValueError` is raised.
"""

import dataclasses
import typing
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Literal, TypeAlias

import orjson

from hub.connectors import Mapped
from hub.core.records import KINDS, RECORDS, Attachment, Identifier, Moment, Participant, Record
from hub.testing.words import RULES, zone_exists

_Decode: TypeAlias = Callable[[Any], Any]
_IN_ORDER = (Identifier, Participant, Attachment)


def encode(*records: Record | Mapped) -> bytes:
    """The body of an item that maps to these records; of two bare records the second has the part "2"."""
    parts = [
        record if isinstance(record, Mapped) else Mapped(record, "" if n == 1 else str(n))
        for n, record in enumerate(records, 1)
    ]
    return orjson.dumps([[mapped.part, KINDS[type(mapped.record)], _fields(mapped.record)] for mapped in parts])


def decode(body: bytes) -> list[Mapped]:
    """The records of a body. Raises `ValueError` (or a subclass) when it is not one."""
    entries = orjson.loads(body)
    try:
        mapped = [Mapped(_record(kind, fields), _text(part)) for part, kind, fields in entries]
    except (TypeError, KeyError, AttributeError, ArithmeticError) as error:
        raise ValueError(f"not a list of records: {error!r}") from error
    if len({one.part for one in mapped}) < len(mapped):
        raise ValueError("two records have the same part")
    return mapped


def _record(kind: str, fields: dict[str, Any]) -> Record:
    made, decoders = _shape(kind)
    return made(**{name: decoders[name](value) for name, value in fields.items()})


@cache
def _shape(kind: str) -> tuple[Callable[..., Record], Mapping[str, _Decode]]:
    record = RECORDS[kind]
    hints = typing.get_type_hints(record)
    return record, {name: _field(record, name, hint) for name, hint in hints.items()}


# --- from values to JSON ---------------------------------------------------------------------------------------------


def _fields(record: Record) -> dict[str, Any]:
    return {
        field.name: _plain(value)
        for field in dataclasses.fields(record)
        if (value := getattr(record, field.name)) != _default(field)
    }


def _default(field: "dataclasses.Field[Any]") -> Any:
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()


def _plain(value: Any) -> Any:
    match value:
        case Moment():
            return [value.utc.isoformat(), value.zone]
        case Decimal():
            return str(value)
        case date():
            return value.isoformat()
        case Identifier() | Participant() | Attachment():
            return [_plain(getattr(value, field.name)) for field in dataclasses.fields(value)]
        case tuple():
            return [_plain(part) for part in value]
        case Mapping():
            return dict(value)
    return value


# --- from JSON to values ---------------------------------------------------------------------------------------------


def _field(kind: Any, name: str, hint: Any) -> _Decode:
    """The decoder of a field: of its type, and of its words where the contract names them."""
    decoder, rule = _decoder(hint), RULES.get((kind, name))
    if rule is None:
        return decoder

    def decode_word(value: Any) -> Any:
        decoded = decoder(value)
        if not rule.holds(decoded):
            raise ValueError(f"{name} must be {rule.says}")
        return decoded

    return decode_word


def _decoder(hint: Any) -> _Decode:
    if hint in _LEAVES:
        return _LEAVES[hint]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint in _IN_ORDER:
        return _in_order(hint)
    if origin is Literal:
        return _one_of(arguments)
    if origin is tuple:
        return _each(_decoder(arguments[0]))
    if origin in (UnionType, typing.Union):
        return _union(arguments)
    return _extra


def _exactly(kind: type) -> _Decode:
    def decode_exactly(value: Any) -> Any:
        if type(value) is not kind:
            raise ValueError(f"{kind.__name__} expected, got {type(value).__name__}")
        return value

    return decode_exactly


def _one_of(choices: Sequence[str]) -> _Decode:
    def decode_choice(value: Any) -> Any:
        if value not in choices:
            raise ValueError(f"one of {choices} expected")
        return value

    return decode_choice


def _each(one: _Decode) -> _Decode:
    def decode_each(value: Any) -> Any:
        if type(value) is not list:
            raise ValueError("a list expected")
        return tuple([one(part) for part in value])

    return decode_each


def _union(arguments: Sequence[Any]) -> _Decode:
    """`Moment | date | None` and its like: a moment is a list, a day or an amount a text."""
    decoders = {_JSON[hint]: _decoder(hint) for hint in arguments}

    def decode_union(value: Any) -> Any:
        return decoders[type(value)](value)

    return decode_union


def _in_order(made: Callable[..., Any]) -> _Decode:
    decoders = [_field(made, name, hint) for name, hint in typing.get_type_hints(made).items()]

    def decode_in_order(value: Any) -> Any:
        if type(value) is not list or len(value) > len(decoders):
            raise ValueError("a list of fields expected")
        return made(*[one(part) for one, part in zip(decoders, value, strict=False)])

    return decode_in_order


def _extra(value: Any) -> Any:
    if type(value) is not dict or not all(type(part) in _SCALARS for part in value.values()):
        raise ValueError("a flat object expected")
    return MappingProxyType(value)


def _moment(value: Any) -> Moment:
    iso, zone = value
    if not zone_exists(_text(zone)):
        raise ValueError("a zone that does not exist")
    return Moment(datetime.fromisoformat(iso), zone)


def _amount(value: Any) -> Decimal:
    amount = Decimal(_text(value))
    if not amount.is_finite():
        raise ValueError("an amount is a number")
    return amount


_text = _exactly(str)
_SCALARS = (str, int, float, bool, NoneType)
_LEAVES: Mapping[Any, _Decode] = {
    str: _text,
    int: _exactly(int),
    float: _exactly(float),
    bool: _exactly(bool),
    NoneType: _exactly(NoneType),
    Moment: _moment,
    date: date.fromisoformat,
    Decimal: _amount,
}
_JSON: Mapping[Any, type] = {
    Moment: list,
    date: str,
    Decimal: str,
    NoneType: NoneType,
    Identifier: list,
}
