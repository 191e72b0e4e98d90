"""How far a stream was read, and what to ask for next. Pure.

An object is found by when it was changed and walked by its id, which never changes: so whatever is inserted, changed or
deleted between two pages shifts none of the others.

    no cursor ──> window: the last days, up to now ──> window: all that is older, page by page ──> done
    cursor ─────> window: what was changed since ──> on with what is older ──────────────────────> done

`now` is the portal's clock, read before the first question of a window; what is changed while it is walked leaves it and
is found by the next one. A window begins some time before the last one ended, since a portal may commit late.
"""

import json
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

import hub

OVERLAP: Final = timedelta(minutes=5)
_NEWS_WAIT: Final = timedelta(minutes=15)
"""So long news wait for what is older: or somebody who is always broken off would never come to that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a pull of a stream stands; the cursor is its JSON. Moments are seconds since 1970 by the portal's clock.

    `live`: all that was changed before it was delivered, but for what was changed before `old`, where that is not 0.
    `since`, `upto`, `leg`, `after` are the window that is being walked, and the last id that was delivered of it;
    `old_leg` and `old_after` the same of what is older. `words` stands for the names of stages and the like: when they
    are others, everything is read again. `walked` is the day on which everything was last begun to be read, `listed` the
    one on which the hub last believed a listing of all ids; `owed`: the portal has told of deletions since. `process` is what
    was reserved of its list of events, to be cleared now that the page is stored.
    """

    live: int = 0
    since: int = 0
    upto: int = 0
    leg: int = 0
    after: int = 0
    old: int = 0
    old_leg: int = 0
    old_after: int = 0
    words: str = ""
    walked: str = ""
    listed: str = ""
    owed: bool = False
    process: str = ""

    @property
    def cursor(self) -> str:
        said = {name: value for name, value in asdict(self).items() if value}
        return json.dumps(said, separators=(",", ":"))


_TYPES: Final = {one.name: type(one.default) for one in fields(Place)}


def place_of(cursor: str | None) -> Place | None:
    """The place that a cursor means. Raises `hub.CursorLost` when it is none of ours."""
    if cursor is None:
        return None
    try:
        said = json.loads(cursor)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or not all(map(_is_ours, said.items())):
        raise hub.CursorLost(hub.sentence("the cursor is not one of a Bitrix24 portal"))
    return Place(**said)


def _is_ours(item: tuple[str, object]) -> bool:
    name, value = item
    return type(value) is _TYPES.get(name) and (not isinstance(value, int) or 0 <= value < 1 << 53)


@dataclass(frozen=True, slots=True)
class Window:
    """Objects changed from `since` on and before `upto`, without those whose ids are not below `after` (0: all).

    `leg` is which of a stream's ways to look this is; `is_old` tells the walk through everything from the news.
    """

    since: int
    upto: int
    leg: int
    after: int
    is_old: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How a stream is read. `legs` are its ways to look for news, the first `old_legs` of which show everything there is.

    `again` is after how long everything is read once more, since the portal does not tell all that is new; None: never.
    """

    legs: int = 1
    old_legs: int = 1
    overlap: timedelta = OVERLAP
    recent: timedelta = timedelta(days=90)
    again: timedelta | None = None


def begun(place: Place | None, now: datetime, words: str, habit: Habit) -> Place:
    """The place from which a pull goes on: a window is open, or older objects are still to be read.

    The second that has not passed is included: what is changed later in it is found again by the overlap.
    """
    clock, today = int(now.timestamp()) + 1, now.astimezone(UTC).date()
    if place is None or not (place.live or place.upto):
        since = max(clock - int(habit.recent.total_seconds()), 0)
        old = since if habit.old_legs else 0
        return Place(since=since, upto=clock, old=old, words=words, walked=today.isoformat())
    if place.words != words or _is_stale(place, today, habit):
        old = _mark(place) if habit.old_legs else 0
        place = replace(place, words=words, walked=today.isoformat(), old=old, old_leg=0, old_after=0)
    if place.upto or (place.old and clock - place.live < _NEWS_WAIT.total_seconds()):
        return place
    since = max(place.live - int(habit.overlap.total_seconds()), 0)
    return replace(place, since=since, upto=max(clock, place.live), leg=0, after=0)


def _mark(place: Place) -> int:
    """Before this everything is to be read once more: after it is news."""
    return max(place.upto, place.live)


def _is_stale(place: Place, today: date, habit: Habit) -> bool:
    if habit.again is None or place.old:
        return False
    return not place.walked or date.fromisoformat(place.walked) + habit.again <= today


def window(place: Place) -> Window | None:
    """What is to be walked now; None once everything is done."""
    if place.upto:
        return Window(place.since, place.upto, place.leg, place.after, is_old=False)
    return Window(0, place.old, place.old_leg, place.old_after, is_old=True) if place.old else None


def reached(place: Place, last: int) -> Place:
    """The place once everything down to the id `last` of the window was delivered."""
    return replace(place, after=last) if place.upto else replace(place, old_after=last)


def finished(place: Place, habit: Habit) -> Place:
    """The place once the window was walked to its end."""
    if place.upto:
        if place.leg + 1 < habit.legs:
            return replace(place, leg=place.leg + 1, after=0)
        return replace(place, live=place.upto, since=0, upto=0, leg=0, after=0)
    if place.old_leg + 1 < habit.old_legs:
        return replace(place, old_leg=place.old_leg + 1, old_after=0)
    return replace(place, old=0, old_leg=0, old_after=0)
