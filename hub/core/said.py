"""What a meeting said before it was changed, as it is kept beside what it says now.

Stored as JSON, oldest first: `[start, end, status, until, [[identifier's kind, its value, answer], …]]`; entries of the
first versions end with the status.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hub.core.records import Identifier


@dataclass(frozen=True, slots=True)
class Said:
    """Start, end and status until a change; moments are milliseconds since 1970.

    `until` is when the change was made, None where it was not kept. `answers` are those that the change replaced, of
    participants who are still in it: so that nobody is named here alone.
    """

    start: int
    end: int | None
    status: str
    until: int | None = None
    answers: tuple[tuple[Identifier, str], ...] = ()


def dumps(said: Iterable[Said]) -> str:
    listed = [[one.start, one.end, one.status, one.until, [*map(_plain, one.answers)]] for one in said]
    return json.dumps(listed, ensure_ascii=False, separators=(",", ":")) if listed else ""


def loads(text: str) -> tuple[Said, ...]:
    return tuple(_said(*one) for one in json.loads(text)) if text else ()


def _plain(answer: tuple[Identifier, str]) -> tuple[str, str, str]:
    who, said = answer
    return who.kind, who.value, said


def _said(start: int, end: int | None, status: str, until: int | None = None, answers: Iterable[Any] = ()) -> Said:
    return Said(start, end, status, until, tuple((Identifier(kind, value), said) for kind, value, said in answers))
