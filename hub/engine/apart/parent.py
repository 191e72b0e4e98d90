"""A source in a child process, as the engine sees it."""

import time
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from itertools import count, repeat
from typing import TYPE_CHECKING, Any, Final

from hub.connectors import Assumption, Page, Size, Stream
from hub.engine.apart import wire
from hub.engine.apart.alone import Stopping
from hub.engine.apart.child import Order
from hub.engine.apart.process import Process
from hub.engine.apart.wire import Message
from hub.engine.feed import Asked, Brought, Choose, Present
from hub.engine.steps import Steps, T
from hub.settings import Limits

if TYPE_CHECKING:
    from hub.core.clients import Ours
    from hub.engine.mapping import Maker, Place, Prepared

AHEAD: Final = 8
"""So many pages that have come wait at most to be stored."""
ROOM: Final = 1 << 19
"""So many bytes of them are enough."""
TOGETHER: Final = 100
"""So many items of pages that wait are stored at once: what every transaction costs is much for a page of fifty, and more of them
would hold the database for longer than 50 ms.
"""
LOOK_AHEAD_S: Final = 0.02
"""So long we hear what comes before we store a page that is there: others are read while we do."""


def using(
    order: Order,
    limits: Limits,
    stopping: Stopping,
    work: Callable[["Apart"], Steps[T]],
    begun: Process | None = None,
    stays: Callable[[Process, T], bool] = lambda _process, _result: False,
) -> Steps[T]:
    """What `work` makes of a connector opened and signed in, in a process of its own: one that has `begun`, if there is one.
    One that `stays` after such a result is somebody else's from then on.
    """
    feed, is_ours = Apart(order, limits, stopping, begun), True
    try:
        try:
            yield from feed.process.start()
            result = yield from work(feed)
        except Exception:
            yield from feed.process.leave()
            raise
        is_ours = not stays(feed.process, result)
        if is_ours:
            yield from feed.process.leave()
        return result
    finally:
        if is_ours:
            feed.process.kill()


class Apart:
    """The feed of a child process, which is started when it is first asked for something."""

    def __init__(self, order: Order, limits: Limits, stopping: Stopping, begun: Process | None = None) -> None:
        self.process = begun or Process(order, limits, stopping)
        self.process.take(order, stopping)
        self._pulled: _Pulled | None = None

    @property
    def lists(self) -> bool:
        return self.process.lists

    @property
    def fetches(self) -> bool:
        return self.process.fetches

    def streams(self) -> Steps[Sequence[Stream]]:
        found = yield from self._answer("streams")
        return list(found)

    def covered(self, streams: Sequence[str]) -> Steps[Sequence[str]]:
        found = yield from self._answer("covered", list(streams))
        return list(found)

    def quiet(self, cursors: Mapping[str, str]) -> Steps[Collection[str]]:
        found = yield from self._answer("quiet", dict(cursors))
        return list(found)

    def pull(self, stream: str, cursor: str | None, choose: Choose) -> "_Pulled":
        return _Pulled(self, (stream, cursor), choose)

    def size(self, stream: str) -> Steps[Size | None]:
        found = yield from self._answer("size", stream)
        return found if isinstance(found, Size) else None

    def present(self, stream: str, number: int) -> Steps[Present | None]:
        found = yield from self._answer("present", stream, number)
        return found if isinstance(found, Present) else None

    def holds(self, stream: str, external_id: str) -> Steps[bool]:
        return bool((yield from self._answer("holds", stream, external_id)))

    def fetch(self, place: "Place", maker: "Maker", external_id: str, revision: str) -> "Steps[Prepared | None]":
        found = yield from self._answer("fetch", astuple(place), wire.made(maker), external_id, revision)
        if found is None:
            return None
        from hub.engine.apart.packed import prepared_of  # noqa: PLC0415 - something has come

        return prepared_of(found, place, maker)

    def part(self, stream: str, external_id: str, part: str) -> Steps[bytes | None]:
        found = yield from self._answer("part", stream, external_id, part)
        return found if isinstance(found, bytes) else None

    def assumed(self, assumption: Assumption) -> Steps[bool | None]:
        found = yield from self._answer("assumed", assumption.name)
        return found if isinstance(found, bool) else None

    def _answer(self, question: str, *said: Any) -> Steps[Any]:
        yield from self.begin(question, *said)
        (answer,) = yield from self.process.receive(question)
        return answer

    def begin(self, question: str, *said: Any, pulled: "_Pulled | None" = None) -> Steps[None]:
        """Ask something new, once a pull that nobody wants any more has come to its end."""
        before, self._pulled = self._pulled, pulled
        if before is not None:
            yield from before.quiet()
        yield from self.process.ask(question, *said)


_numbers = count(1)


@dataclass(slots=True)
class _Known:
    """Who the child knows that we are, under a number that nobody else was ever told under; told until it has answered by it."""

    ours: "Ours | None" = None
    number: int = 0
    is_heard: bool = False

    def told(self, ours: "Ours") -> Message:
        if ours is not self.ours:
            self.ours, self.number, self.is_heard = ours, next(_numbers), False
        return self.number, None if self.is_heard else wire.ours(ours)

    def by(self, number: int) -> "Ours | None":
        """Who we were when the child answered by this number; None where that is over, or it was not asked to know."""
        if number != self.number or self.ours is None:
            return None
        self.is_heard = True
        return self.ours


@dataclass(frozen=True, slots=True)
class _Come:
    """A page that was read: as `asked`, or unasked, after the page for which that stands; where it was made out what it says by
    itself (`made`), for whom that holds (`ours`). It weighs so many bytes; it `is_whole` where nothing of it is missing or unreadable.
    """

    page: Page
    said: Sequence[Message]
    asked: Asked
    made: bytes
    ours: "Ours | None"
    weight: int
    is_whole: bool


class _Pulled:
    """The pages of one pull. While one of them is being stored, the child reads those after it.

    listed -> asked, which of it is wanted -> read -> come -> given, to be stored
       └──── read ahead, where all was new on the pages before it ────┘

    What is wanted of a page is chosen as if all before it were stored: one that names something of a page that has come is
    asked for when that is stored, and of one that was read ahead it is chosen when it is given.
    """

    def __init__(self, feed: Apart, what: tuple[str, str | None], choose: Choose) -> None:
        self._feed = feed
        self._what = what
        self._choose = choose
        self._began = False
        self._goes_on = False
        self._listed: Page | None = None
        self._asked: Asked | None = None
        self._ahead = 0
        self._come: deque[_Come] = deque()
        self._new = 0
        self._known = _Known()
        self._failure: Exception | None = None

    def next(self) -> Steps[Brought | None]:
        if not self._began:
            self._began = self._goes_on = True
            yield from self._feed.begin("pull", *self._what, pulled=self)
        until = time.monotonic() + LOOK_AHEAD_S
        while self._goes_on and self._failure is None and (yield from self._may_go_on(until)):
            try:
                yield from self._go_on()
            except Exception as error:  # noqa: BLE001 - raised when its turn comes
                self._failure = error
        if self._come:
            brought = self._brought(self._come.popleft())
            yield from self._lend(brought.asked)
            return brought
        if self._failure is not None:
            raise self._failure
        return None

    def more(self, given: Sequence[Brought]) -> Brought | None:
        if not self._come or not _may_join(given, self._come[0]):
            return None
        return self._brought(self._come.popleft())

    def close(self) -> None:
        """The child hears of it with the next question."""

    def _may_go_on(self, until: float) -> Steps[bool]:
        """Whether to hear more before a page is given. Where one has come, only what is there, or will be in a moment."""
        if not self._come:
            return True
        is_full = len(self._come) >= AHEAD or sum(one.weight for one in self._come) >= ROOM
        if is_full or self._come[-1].page.rests:
            return False
        if self._listed is not None:
            return not self._is_named_before(self._listed)
        process = self._feed.process
        is_near = process.is_ready or (len(self._come) == 1 and not self._ahead)
        return (yield from process.comes(until - time.monotonic() if is_near else 0))

    def _is_named_before(self, page: Page) -> bool:
        named = {raw.external_id for one in self._come for raw in one.page.raws}
        return not named.isdisjoint(raw.external_id for raw in page.raws)

    def _go_on(self) -> Steps[None]:
        """Ask for the page that is listed; where there is none, hear what the child has to say."""
        if self._listed is not None:
            yield from self._ask(self._listed)
        elif message := (yield from self._heard("page", "read", "end")):
            kind, *said = message
            if kind == "end":
                self._goes_on = False
                self._feed.process.bequeath(*said)
            elif kind == "read":
                assert self._asked is not None
                self._keep(self._asked.page, *said)
            else:
                self._take(*said)

    def _take(self, said: Message, read: Sequence[Message] | None = None, number: int = 0, made: bytes = b"") -> None:
        listed = wire.page_of(said)
        if read is None:
            self._listed = listed
        else:
            self._ahead = 0 if listed.rests else self._ahead - 1
            self._keep(listed, read, number, made)

    def _keep(self, page: Page, said: Sequence[Message], number: int, made: bytes) -> None:
        from hub.engine.apart.packed import is_unreadable, weight  # noqa: PLC0415 - something has come

        assert self._asked is not None
        is_whole = page.listed <= len(page.raws) and not any(map(is_unreadable, said))
        ours, size = self._known.by(number), sum(map(weight, said)) + len(made)
        self._come.append(_Come(page, said, self._asked, made, ours, size, is_whole))

    def _ask(self, page: Page) -> Steps[None]:
        """Ask for what is wanted of a page. If it is new, what follows may be, too: ever more of that may be read ahead."""
        process, self._listed = self._feed.process, None
        try:
            self._asked = asked = self._chosen(page)
        except BaseException:
            yield from process.ask("stop")
            raise
        self._ahead = 0 if page.rests else self._may_be_ahead
        is_ahead = bool(self._come)
        terms = astuple(asked.place), *self._terms(asked)
        yield from process.ask("read", asked.fresh, is_ahead, self._ahead, *terms)

    @property
    def _may_be_ahead(self) -> int:
        return min(self._new, AHEAD - len(self._come))

    def _terms(self, asked: Asked) -> tuple[Message, Message | None]:
        """How bytes become records; and as whom we are known, where what records say by themselves may be made out there."""
        return wire.made(asked.maker), self._known.told(asked.ours) if asked.ours is not None else None

    def _lend(self, asked: Asked) -> Steps[None]:
        """Let the child go on as far ahead as it may, before it has to ask: until we were done with the page at hand it would
        wait. Where it has asked meanwhile, or rests, it takes no notice.
        """
        process, more = self._feed.process, self._may_be_ahead - self._ahead
        if self._goes_on and self._failure is None and process.line is not None and self._ahead and more > 0:
            self._ahead += more
            try:
                yield from process.ask("ahead", more, *self._terms(asked))
            except Exception as error:  # noqa: BLE001 - raised when its turn comes
                self._failure = error

    def _chosen(self, page: Page) -> Asked:
        asked = self._choose(page)
        names = {raw.external_id for raw in page.raws}
        if names:
            self._new = self._new + 1 if len(asked.plan.fresh) == len(names) else 0
        return asked

    def _brought(self, come: _Come) -> Brought:
        from hub.engine.apart.packed import made_out_of, prepared_of  # noqa: PLC0415 - something has come

        asked = come.asked
        if asked.page is not come.page:
            asked = replace(self._chosen(come.page), maker=asked.maker)
        fresh = asked.plan.fresh
        made = made_out_of(come.made) if come.made and come.ours is not None else repeat(None)
        prepared = [
            prepared_of(each, asked.place, asked.maker, by_itself, come.ours)
            for each, by_itself in zip(come.said, made, strict=False)
            if each[0] in fresh
        ]
        return Brought(asked, prepared, len(fresh) - len(prepared))

    def _heard(self, *expected: str) -> Steps[Message | None]:
        try:
            return (yield from self._feed.process.hear(*expected))
        except BaseException:
            self._goes_on = False
            raise

    def quiet(self) -> Steps[None]:
        """Let it come to its end."""
        process = self._feed.process
        is_asked = self._listed is not None
        while self._goes_on and process.line is not None:
            try:
                if is_asked:
                    yield from process.ask("stop")
                message = yield from self._heard("page", "read", "end")
            except Exception:  # noqa: BLE001 - of what nobody wants any more
                return
            is_asked = message is not None and message[0] == "page" and len(message) == 2
            self._goes_on = self._goes_on and (message is None or message[0] != "end")


def _may_join(given: Sequence[Brought], come: _Come) -> bool:
    """Whether a page is stored as well with those before it as after them. One with something unreadable or missing may be
    refused, which must not be their loss.
    """
    last, page = given[-1].asked.page, come.page
    names = {raw.external_id for raw in page.raws}
    before = [raw.external_id for brought in given for raw in brought.asked.page.raws]
    return (
        len(before) + len(page.raws) <= TOGETHER
        and last.epoch == page.epoch
        and not last.rests
        and come.is_whole
        and names.isdisjoint(before)
    )
