"""What amoCRM writes into a field, as a value. Moments are seconds since 1970 (https://developers.kommo.com/reference)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import hub

Row = Mapping[str, Any]

_LONGEST_TITLE: Final = 120
_CENT: Final = Decimal("0.01")
_MOST_DIGITS: Final = 20
_DATES: Final = frozenset({"date", "birthday"})
_MOMENTS: Final = frozenset({"date_time"})


def identity(value: object) -> int:
    """An id, 0 for none."""
    if type(value) is int:
        return max(value, 0)
    try:
        return max(int(str(value or 0)), 0)
    except ValueError:
        return 0


def text(value: object) -> str:
    """A text without the space around it, "" for what is none."""
    return value.strip() if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""


def rows(value: object) -> tuple[Row, ...]:
    """The objects of a list; none for what is no list."""
    return tuple(one for one in value if isinstance(one, dict)) if isinstance(value, list) else ()


def row(value: object) -> Row:
    """A map, an empty one for what PHP writes instead (`[]`)."""
    return value if isinstance(value, dict) else {}


def embedded(item: Row, name: str) -> tuple[Row, ...]:
    """What comes with an object under `_embedded`."""
    return rows(row(item.get("_embedded")).get(name))


def amount(value: object) -> Decimal | None:
    """A sum in kopecks or without."""
    try:
        found = Decimal(text(value).replace(",", "."))
    except InvalidOperation:
        return None
    if not found.is_finite() or found.adjusted() > _MOST_DIGITS:
        return None
    return found.quantize(_CENT if found % 1 else Decimal(1))


def moment(value: object) -> hub.Moment | None:
    """A moment; None for nothing and for rubbish."""
    seconds = identity(value)
    try:
        return hub.Moment(datetime.fromtimestamp(seconds, UTC), "+00:00") if seconds else None
    except (ValueError, OverflowError, OSError):
        return None


def headline(said: str) -> str:
    """The first line of a text, for a title."""
    first = next((line.strip() for line in said.splitlines() if line.strip()), "")
    return first if len(first) <= _LONGEST_TITLE else first[: _LONGEST_TITLE - 1].rstrip() + "…"


# --- fields of one's own ---------------------------------------------------------------------------------------------


def fields(item: Row) -> tuple[Row, ...]:
    """The custom fields of an object; `null` where there is none at all."""
    return rows(item.get("custom_fields_values"))


def said(field: Row) -> tuple[Any, ...]:
    """The values of a field, as they are."""
    return tuple(one.get("value") for one in rows(field.get("values")))


def coded(item: Row, code: str) -> tuple[Any, ...]:
    """The values of the field with a code: PHONE, EMAIL, POSITION, BILL_STATUS."""
    return tuple(value for one in fields(item) if one.get("field_code") == code for value in said(one))


def is_named(field: Row, name: object) -> bool:
    """Whether a person means this field: by its number or its code."""
    return bool(name) and text(name) in (text(field.get("field_id")), text(field.get("field_code")))


def stated(item: Row, names: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """What the records keep beside the rest: the fields that the settings name, by their names there, and the tags."""
    for key, name in names.items():
        for field in fields(item):
            shown = [one for one in _shown(field) if one not in (None, "")] if is_named(field, key) else []
            if shown:
                yield name, shown[0] if len(shown) == 1 else ", ".join(map(str, shown))
    if tags := ", ".join(filter(None, (text(one.get("name")) for one in embedded(item, "tags")))):
        yield "tags", tags


def _shown(field: Row) -> Iterator[Any]:
    kind = text(field.get("field_type"))
    for value in said(field):
        if kind in _DATES or kind in _MOMENTS:
            found = moment(value)
            yield (found.utc.isoformat() if kind in _MOMENTS else found.utc.date().isoformat()) if found else None
        elif isinstance(value, Mapping):
            yield text(value.get("name"))
        elif isinstance(value, bool | int | float):
            yield value
        else:
            yield text(value)


def chunks(found: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [found[start : start + size] for start in range(0, len(found), size)]
