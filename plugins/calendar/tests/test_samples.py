"""Calendars as the vendors write them, each with the meetings that are in it.

`uv run python plugins/calendar/tests/test_samples.py` writes the meetings anew, for a person to read and compare.
"""

import json
from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hub_calendar import split
from hub_calendar.mapping import map_calendar

import hub

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.ics"))
HORIZON = date(2027, 2, 1)
WINDOW = hub.Window(date(2026, 11, 1), HORIZON)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
def test_a_calendar_has_the_meetings_that_people_see_in_it(sample):
    assert list(_meetings(sample)) == json.loads(sample.with_suffix(".json").read_text(encoding="utf-8"))


def _meetings(sample: Path) -> Iterator[dict[str, Any]]:
    with sample.open("rb") as file:
        for piece in split.pieces(file, split.index(file)):
            mapped = map_calendar(piece.body, "Europe/Moscow", WINDOW)
            if isinstance(mapped, hub.Unreadable):
                yield {"id": piece.name, "unreadable": mapped.reason}
                continue
            yield from ({"id": piece.name, "part": one.part} | _plain(one.record) for one in mapped)


def _plain(record: Any) -> dict[str, Any]:
    """The fields that say something, as JSON."""
    values = ((field, getattr(record, field.name)) for field in fields(record))
    return {field.name: _value(value) for field, value in values if value != field.default}


def _value(value: Any) -> Any:
    match value:
        case hub.Moment():
            return f"{value.utc:%Y-%m-%d %H:%M} {value.zone}"
        case date():
            return value.isoformat()
        case hub.Participant():
            address = f" <{value.identifier.value}>" if value.identifier else ""
            return f"{value.role}: {value.name}{address} {value.status}".replace("  ", " ").strip()
        case tuple():
            return [_value(one) for one in value]
        case _:
            return value


if __name__ == "__main__":
    for path in SAMPLES:
        text = json.dumps(list(_meetings(path)), ensure_ascii=False, indent=2)
        path.with_suffix(".json").write_text(f"{text}\n", encoding="utf-8")
