"""Records as plain JSON, for the expectations beside the sample mails.

uv run python plugins/email/tests/plain.py    writes them anew: look at the difference before you commit it
"""

import dataclasses
import json
from datetime import date
from pathlib import Path
from typing import Any

from hub_email.mapping import to_records
from hub_email.prune import prune

import hub

CORPUS = Path(__file__).with_name("corpus")
WINDOW = hub.Window(date(2026, 11, 1), date(2027, 6, 1))


def plain(result: hub.MapResult) -> Any:
    """What a mail was mapped to; what is empty is left out."""
    if isinstance(result, hub.Unreadable):
        return {"unreadable": result.reason}
    return {mapped.part: {"kind": type(mapped.record).__name__, **_fields(mapped.record)} for mapped in result}


def expected(mail: bytes) -> str:
    return json.dumps(plain(to_records(prune(mail), None, WINDOW)), ensure_ascii=False, indent=1) + "\n"


def _fields(value: Any) -> dict[str, Any]:
    return {
        field.name: _plain(content)
        for field in dataclasses.fields(value)
        if (content := getattr(value, field.name)) not in ("", (), None, False, 0) or field.name == "at"
    }


def _plain(value: Any) -> Any:
    match value:
        case hub.Moment():
            return f"{value.utc.isoformat().replace('+00:00', 'Z')} {value.zone}"
        case hub.Participant():
            who = f"{value.name} <{value.identifier.value}>" if value.identifier else value.name
            return f"{value.role}: {who.strip()} {value.status}".rstrip()
        case hub.Attachment():
            return (
                f"{value.part}: {value.name} ({value.content_type}, {value.size}{', inline' if value.inline else ''})"
            )
        case date():
            return value.isoformat()
        case tuple():
            return [_plain(one) for one in value]
        case str() if "\n" in value:
            return value.split("\n")
        case _:
            return value


if __name__ == "__main__":
    for sample in sorted(CORPUS.glob("*.eml")):
        sample.with_suffix(".json").write_text(expected(sample.read_bytes()), encoding="utf-8")
