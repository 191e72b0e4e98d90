"""How far a calendar was read.

`token` and `ctag` are the calendar's state when a walk through all of it began, or up to which changes have been
delivered since. While a walk goes on, `walking` is true, `since` the day from which events count as recent, and
`after` the last resource that was delivered, of the recent ones or of the others.

`listed` is the day, of our clock and only a rhythm, on which the hub last believed a listing of all that is there, ""
after a walk; `owed`: the server has told of deletions since.
"""

import json
from dataclasses import asdict, dataclass, fields

import hub


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a pull of a calendar stands; the cursor is its JSON. `step` only tells cursors of one pull apart."""

    token: str = ""
    ctag: str = ""
    walking: bool = False
    since: str = ""
    recent: bool = False
    after: str = ""
    listed: str = ""
    owed: bool = False
    step: int = 0

    @property
    def cursor(self) -> str:
        said = {name: value for name, value in asdict(self).items() if value}
        return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


_TYPES = {one.name: type(one.default) for one in fields(Place)}


def place_of(cursor: str | None) -> Place | None:
    """The place that a cursor means. Raises `hub.CursorLost` when it is none of ours."""
    if cursor is None:
        return None
    try:
        said = json.loads(cursor)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or not all(map(_is_ours, said.items())):
        raise hub.CursorLost(hub.sentence("the cursor is not one of a calendar"))
    return Place(**said)


def _is_ours(item: tuple[str, object]) -> bool:
    name, value = item
    return type(value) is _TYPES.get(name)
