"""A source in a child process, as the engine sees it."""

from collections.abc import Callable, Sequence
from dataclasses import astuple
from typing import TYPE_CHECKING, Any, Final

from hub.connectors import Assumption, Size, Stream
from hub.engine.apart import wire
from hub.engine.apart.alone import Stopping
from hub.engine.apart.child import Order
from hub.engine.apart.process import Process
from hub.engine.feed import Asked, Brought, Choose, Present
from hub.engine.steps import Pause, Steps, T
from hub.settings import Limits

if TYPE_CHECKING:
    from hub.engine.mapping import Maker, Place, Prepared

LOOK_AHEAD_S: Final = 0.02
"""So long we wait for the next page before we store the one that is there: it is read while we do."""


def using(
    order: Order, limits: Limits, stopping: Stopping, work: Callable[["Apart"], Steps[T]], begun: Process | None = None
) -> Steps[T]:
    """What `work` makes of a connector opened and signed in, in a process of its own: one that has `begun`, if there is one."""
    feed = Apart(order, limits, stopping, begun)
    try:
        try:
            yield from feed.process.start()
            result = yield from work(feed)
        except Exception:
            yield from feed.process.leave()
            raise
        yield from feed.process.leave()
        return result
    finally:
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


class _Pulled:
    """The pages of one pull. While one of them is being stored, the child reads the next."""

    def __init__(self, feed: Apart, what: tuple[str, str | None], choose: Choose) -> None:
        self._feed = feed
        self._what = what
        self._choose = choose
        self._began = False
        self._goes_on = False
        self._asked: Asked | None = None
        self._failure: Exception | None = None

    def next(self) -> Steps[Brought | None]:
        if self._failure is not None:
            raise self._failure
        if not self._began:
            self._began = self._goes_on = True
            yield from self._feed.begin("pull", *self._what, pulled=self)
        now = self._asked or (yield from self._page())
        if now is None:
            return None
        said, vanished = yield from self._heard("read")
        self._asked = None
        if not now.page.rests:
            yield from self._look_ahead()
        from hub.engine.apart.packed import prepared_of  # noqa: PLC0415 - something has come

        return Brought(now, [prepared_of(each, now.place, now.maker) for each in said], vanished)

    def close(self) -> None:
        """The child hears of it with the next question."""

    def _look_ahead(self) -> Steps[None]:
        """Ask for the next page, if it is there. Why there is none must not keep the page before from being stored."""
        process = self._feed.process
        if process.line is not None and not process.is_ready:
            yield Pause(process.line, LOOK_AHEAD_S)
        if process.is_ready:
            try:
                self._asked = yield from self._page()
            except Exception as error:  # noqa: BLE001 - raised when its turn comes
                self._failure = error

    def _page(self) -> Steps[Asked | None]:
        """The next page, already asked for; None after the last."""
        if not self._goes_on:
            return None
        kind, *said = yield from self._heard("page", "end")
        if kind == "end":
            self._goes_on = False
            self._feed.process.bequeath(*said)
            return None
        try:
            asked = self._choose(wire.page_of(said[0]))
        except BaseException:
            yield from self._feed.process.ask("stop")
            raise
        yield from self._feed.process.ask("read", astuple(asked.place), wire.made(asked.maker), asked.fresh)
        return asked

    def _heard(self, *expected: str) -> Steps[Sequence[Any]]:
        try:
            return (yield from self._feed.process.receive(*expected))
        except BaseException:
            self._goes_on = False
            raise

    def quiet(self) -> Steps[None]:
        """Let it come to its end."""
        process = self._feed.process
        while self._goes_on and process.line is not None:
            try:
                kind, *_rest = yield from self._heard("page", "read", "end")
                if kind == "page":
                    yield from process.ask("stop")
            except Exception:  # noqa: BLE001 - of what nobody wants any more
                return
            self._goes_on = self._goes_on and kind != "end"
