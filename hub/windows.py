"""How far a stream was read, and what to ask for next, where a source says when each of its objects was changed. Pure.

    no cursor ──> span: the last days, up to now ──> span: all that is older, page by page ──> done
    cursor ─────> span: what was changed since ──> on with what is older ─────────────────────> done

`now` is the source's clock, read before the first question of a span; what is changed while it is walked leaves it and
is found by the next one. A span begins some time before the last one ended, since a source may commit late.
"""

import json
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Final, TypeVar

from hub.connectors import Page
from hub.errors import CursorLost
from hub.i18n import sentence

OVERLAP: Final = timedelta(minutes=5)
_NEWS_WAIT: Final = timedelta(minutes=15)
"""So long news wait for what is older: or somebody who is always broken off would never come to that."""
_ROUNDS: Final = 5
_AHEAD: Final = 8
"""So many pages are asked for while those before them are mapped and stored."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Span:
    """Objects changed from `since` on and before `upto`, without those that a walk has delivered when it is at `after`
    (0: at its beginning): an id, a second, whatever it goes down by. Moments are seconds since 1970.

    `leg` is which of a stream's ways to look this is; `is_old` tells the walk through everything from the news.
    """

    since: int
    upto: int
    leg: int
    after: int
    is_old: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a pull of a stream stands; the cursor is its JSON. Moments are seconds since 1970 by the source's clock.

    `live`: all that was changed before it was delivered, but for what was changed before `old`, where that is not 0.
    `since`, `upto`, `leg`, `after` are the span that is being walked, and how far; `old_leg` and `old_after` the same of
    what is older; `step` counts the pages that got no further. `words` stands for the names of stages and the like: when
    they are others, everything is read again. `walked` is the day on which everything was last begun to be read, `listed`
    the one on which the hub last believed a listing of all ids, or began to read from nothing, which names them, too; `owed`: the
    source has told of deletions since. `process` is
    what was reserved of a list of events, to be cleared once the page is stored. `counted` is how many rows each list of the stream
    had when that was last asked.
    """

    live: int = 0
    since: int = 0
    upto: int = 0
    leg: int = 0
    after: int = 0
    old: int = 0
    old_leg: int = 0
    old_after: int = 0
    step: int = 0
    words: str = ""
    walked: str = ""
    listed: str = ""
    owed: bool = False
    process: str = ""
    counted: str = ""

    @classmethod
    def of(cls, cursor: str | None) -> "Place | None":
        """The place that a cursor means. Raises `CursorLost` when it is none of ours."""
        if cursor is None:
            return None
        try:
            said = json.loads(cursor)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict) or not all(map(_is_ours, said.items())):
            raise CursorLost(sentence("the cursor is not one of this connector"))
        return cls(**said)

    @property
    def cursor(self) -> str:
        said = {name: value for name, value in asdict(self).items() if value}
        return json.dumps(said, separators=(",", ":"))

    @property
    def span(self) -> Span | None:
        """What is to be walked now; None once everything is done."""
        if self.upto:
            return Span(self.since, self.upto, self.leg, self.after, is_old=False)
        return Span(0, self.old, self.old_leg, self.old_after, is_old=True) if self.old else None

    def reached(self, after: int) -> "Place":
        """The place once the walk of the span has come down to `after`; no two pages have the same place."""
        step = self.step + 1 if after == (self.after if self.upto else self.old_after) else 0
        return replace(self, after=after, step=step) if self.upto else replace(self, old_after=after, step=step)

    def finished(self, habit: "Habit") -> "Place":
        """The place once the span was walked to its end."""
        if self.upto:
            if self.leg + 1 < habit.legs:
                return replace(self, leg=self.leg + 1, after=0, step=0)
            return replace(self, live=self.upto, since=0, upto=0, leg=0, after=0, step=0)
        if self.old_leg + 1 < habit.old_legs:
            return replace(self, old_leg=self.old_leg + 1, old_after=0, step=0)
        return replace(self, old=0, old_leg=0, old_after=0, step=0)


_TYPES: Final = {one.name: type(one.default) for one in fields(Place)}


def _is_ours(item: tuple[str, object]) -> bool:
    name, value = item
    return type(value) is _TYPES.get(name) and (not isinstance(value, int) or 0 <= value < 1 << 53)


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """How a stream is read. `legs` are its ways to look for news, the first `old_legs` of which show everything there is.

    `again` is after how long everything is read once more, since the source does not tell all that is new; None: never.
    """

    legs: int = 1
    old_legs: int = 1
    overlap: timedelta = OVERLAP
    recent: timedelta = timedelta(days=90)
    again: timedelta | None = None

    def begun(self, place: Place | None, now: datetime, words: str = "") -> Place:
        """The place from which a pull goes on: a span is open, or older objects are still to be read.

        The second that has not passed is included: what is changed later in it is found again by the overlap.
        """
        clock, today = int(now.timestamp()) + 1, now.astimezone(UTC).date()
        if place is None or not (place.live or place.upto):
            since = max(clock - int(self.recent.total_seconds()), 0)
            old = since if self.old_legs else 0
            return Place(
                since=since, upto=clock, old=old, words=words, walked=today.isoformat(), listed=today.isoformat()
            )
        if place.words != words or self._is_stale(place, today):
            old = max(place.upto, place.live) if self.old_legs else 0  # after that it is news
            place = replace(place, words=words, walked=today.isoformat(), old=old, old_leg=0, old_after=0)
        if place.upto or (place.old and clock - place.live < _NEWS_WAIT.total_seconds()):
            return place
        since = max(place.live - int(self.overlap.total_seconds()), 0)
        return replace(place, since=since, upto=max(clock, place.live), leg=0, after=0, step=0)

    def _is_stale(self, place: Place, today: date) -> bool:
        if self.again is None or place.old:
            return False
        return not place.walked or date.fromisoformat(place.walked) + self.again <= today


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """A pull of spans. `walked` gives the pages of a span, each with the place that is reached with it; `clock` is the
    source's own. What is changed while a walk goes on leaves it: so news are looked for once more after one that brought
    `few` objects or more, or several pages. All of this goes on in a thread of its own while the pages before are mapped and stored.
    """

    habit: Habit
    clock: Callable[[], datetime]
    walked: Callable[[Span, Place], Iterator[tuple[Place, Page]]]
    few: int

    def pages(self, place: Place | None, words: str = "") -> Iterator[tuple[Place, Page]]:
        """The pages from a place on, each with the place that is reached with it."""
        with closing(_ahead(self._pages(place, words), _AHEAD)) as found:
            yield from found

    def _pages(self, place: Place | None, words: str) -> Iterator[tuple[Place, Page]]:
        for turn in range(_ROUNDS):
            before, place = place, self.habit.begun(place, self.clock(), words)
            if turn and before is not None and place.upto == before.live:
                return
            looks_for_news, was_long = bool(place.upto), False
            while (span := place.span) is not None:
                listed = pages = 0
                for reached, page in self.walked(span, place):
                    place, listed, pages = reached, listed + page.listed, pages + 1
                    yield reached, page
                was_long = was_long or listed >= self.few or pages > 1
                place = place.finished(self.habit)
            yield place, Page(listed=0, raws=(), cursor=place.cursor)
            if looks_for_news and not was_long:
                return


def _ahead(found: Iterator[_T], most: int) -> Generator[_T, None, None]:
    """What an iterator gives, taken from it up to so many ahead, in a thread of its own. What it raises comes in its turn."""
    take = lambda: list(islice(found, 1))  # noqa: E731 - what is asked for again and again
    with ThreadPoolExecutor(1) as thread:
        coming = deque(thread.submit(take) for _ in range(most))
        try:
            while one := coming.popleft().result():
                coming.append(thread.submit(take))
                yield from one
        finally:
            for left in coming:
                left.cancel()
