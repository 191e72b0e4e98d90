"""What was changed of a meeting, when and by whom, as people read it."""

from typing import Any, Final
from zoneinfo import ZoneInfo

from hub.cli import moments, terms
from hub.cli.view import Line
from hub.core.course import Times, Turn
from hub.i18n import N_, _

_STATUSES: Final = {**terms.STATUSES, "confirmed": N_("confirmed")}
_ANSWERS: Final = {**terms.ANSWERS, "needs_action": N_("no answer yet"), "": N_("no answer yet")}


def told(turn: Turn, line: Line, zone: ZoneInfo) -> str:
    """One line: when, who, what it was and what it became."""
    when = moments.moment(turn.at, zone) if turn.at is not None else _("at an unknown time")
    who = _name(turn, line) or _("somebody")
    before, after = (_shown(turn, value, line, zone) for value in (turn.before, turn.after))
    if turn.kind == "moved":
        return _("{when}  {who}: moved from {before} to {after}").format(when=when, who=who, before=before, after=after)
    if not before:
        return f"{when}  {who}: {after}"
    return f"{when}  {who}: {before} → {after}"


def plain(turn: Turn, *, line: Line, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "kind": turn.kind,
        "at": moments.iso(turn.at, zone),
        "who": turn.who.value if turn.who else None,
        "before": _bare(turn.before, line, zone),
        "after": _bare(turn.after, line, zone),
    }


def _name(turn: Turn, line: Line) -> str:
    named = (one.name for one in line.people if turn.who is not None and one.identifier.value == turn.who.value.lower())
    return next(named, turn.who.value if turn.who else "")


def _shown(turn: Turn, value: Times | str, line: Line, zone: ZoneInfo) -> str:
    if isinstance(value, str):
        known = _ANSWERS if turn.kind == "answer" else _STATUSES
        return terms.called(known, value) if value or turn.kind == "answer" else ""
    start, end = value
    if line.all_day:
        return moments.day(moments.day_of(start, zone, all_day=True))
    clock = moments.clock(moments.local(end, zone)) if end is not None and end > start else ""
    return f"{moments.moment(start, zone)}–{clock}" if clock else moments.moment(start, zone)


def _bare(value: Times | str, line: Line, zone: ZoneInfo) -> Any:
    if isinstance(value, str):
        return value or None
    return [moments.iso(at, zone, all_day=line.all_day) for at in value]
