"""The process that holds a source: it answers what the parent asks, one question at a time, until it is told to end.

A signal of the terminal is the parent's matter. When the parent is gone, so is this process.
"""

import logging
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection as Pipe
from typing import TYPE_CHECKING, Any, Final

from hub.connectors import Connector, Page, Source, Stays, Tools
from hub.engine import doubt
from hub.engine.apart import wire
from hub.engine.apart.alone import Stopping, alone
from hub.engine.apart.heritage import Heritage, imported
from hub.engine.apart.said import Forward, ParentIsGone, Saying
from hub.engine.apart.wire import Message
from hub.engine.asking import Ask
from hub.engine.feed import Here
from hub.engine.hush import Hush
from hub.engine.steps import finished

if TYPE_CHECKING:
    from hub.engine.mapping import Maker
    from hub.projection.weaving import Context

LEAD: Final = 2
"""Who has read so many pages more than were taken from it has the time to do more than read."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a child is to do: open this connector with these settings, with what tools it can have here, and with at
    most `memory` bytes more than it begins with. What its tools ask of the hub, the parent's `desk` answers. `heritage` is
    that of its connector.
    """

    connector: Connector
    settings: Any
    tools: Callable[[Stopping, Ask], Tools]
    memory: int
    desk: Ask
    heritage: Heritage = field(default_factory=Heritage)

    @property
    def plugin(self) -> str:
        return self.connector.name

    def imported(self, inherited: Collection[str]) -> Sequence[str]:
        """What a process of it has imported by now."""
        return imported(inherited, self.connector.settings.__module__.partition(".")[0])

    def serve(self, pipe: Pipe, others: Sequence[Pipe]) -> None:
        _serve(pipe, others, self)


def _serve(pipe: Pipe, others: Sequence[Pipe], order: Order) -> None:
    """Everything that the process does."""
    for other in others:
        other.close()
    stopping = alone(pipe, order.memory, order.plugin)
    say = Saying(pipe)
    hush = Hush.of(order.settings)
    logging.getLogger().handlers = [Forward(say, hush)]
    inherited = frozenset(sys.modules)
    try:
        with doubt.opened(order.connector, order.settings, order.tools(stopping, say.ask)) as source:
            source.check()
            here = Here(order.connector.name, source)
            say("opened", here.lists, here.fetches, order.imported(inherited))
            _answer(_Serving(say, order, source, here, inherited, hush))
    except ParentIsGone:
        return
    except BaseException as error:  # noqa: BLE001 - whatever a plugin raises concerns this source alone
        with suppress(ParentIsGone):
            _tell(say, error, hush)


@dataclass(slots=True)
class _Known:
    """Who we are, by the number under which the parent has told it last; 0 before."""

    number: int = 0
    context: "Context | None" = None

    def learn(self, number: int, said: Message | None) -> "Context | None":
        """Whoever it is by this number, told anew or known; None where we do not know."""
        if said is not None and number != self.number:
            from hub.core.decisions import read  # noqa: PLC0415 - as below
            from hub.projection.weaving import Context  # noqa: PLC0415

            self.number, self.context = number, Context(wire.ours_of(said), read(()))
        return self.context if number == self.number else None


@dataclass(frozen=True, slots=True)
class _Serving:
    say: Saying
    order: Order
    source: Source
    here: Here
    inherited: Collection[str]
    hush: Hush
    known: _Known = field(default_factory=_Known)

    def maker(self, made: Message, *, is_ahead: bool = False) -> "Maker":
        """How bytes become records; and words, if who reads them `is_ahead` of us."""
        from hub.engine.mapping import Maker  # noqa: PLC0415 - who reads nothing does without

        return Maker(self.order.connector.map, self.order.settings, *made, finds_words=is_ahead)


def _answer(one: _Serving) -> None:
    while True:
        question, *said = one.say.heard()
        if question == "close":
            return
        try:
            _ANSWERS[question](one, *said)
        except ParentIsGone:
            raise
        except BaseException as error:  # noqa: BLE001 - as above
            _tell(one.say, error, one.hush)


def _tell(say: Saying, error: BaseException, hush: Hush) -> None:
    said = hush(wire.error(error))
    if not said[0]:
        logging.getLogger("hub.engine").error("plugin failed", exc_info=error, extra={"action": "pull"})
    say("error", said)


def _streams(one: _Serving) -> None:
    one.say("streams", finished(one.here.streams()))


def _covered(one: _Serving, streams: Sequence[str]) -> None:
    one.say("covered", finished(one.here.covered(streams)))


def _stay(one: _Serving) -> None:
    assert isinstance(one.source, Stays)
    one.source.stay()
    one.say("stay")


def _quiet(one: _Serving, cursors: Mapping[str, str]) -> None:
    one.say("quiet", finished(one.here.quiet(cursors)))


def _pull(one: _Serving, stream: str, cursor: str | None) -> None:
    """A page that we may read `ahead` is told with all that it says, any other is asked about. As long as there is one left
    that we may, the parent can let us go on; later it is too late for that. Of what it lets us, the more we have used the further
    we are ahead.
    """
    ahead, most, terms = 0, 0, list[Message]()
    with closing(doubt.pages(one.order.connector.name, one.source, stream, cursor)) as found:
        for page in found:
            for _, more, *made in one.say.heard_already("ahead") if ahead else ():
                ahead += more
                terms[1:] = made
            if ahead:
                most = max(most, ahead)
                last = {raw.external_id: number for number, raw in enumerate(page.raws)}
                is_ahead = most - ahead >= LEAD
                one.say("page", wire.page(page), *_read(one, page, sorted(last.values()), *terms, is_ahead=is_ahead))
                ahead -= 1
            else:
                one.say("page", wire.page(page))
                question, *said = one.say.heard()
                while question == "ahead":
                    question, *said = one.say.heard()
                if question != "read":
                    break
                wanted, is_ahead, ahead, *terms = said
                one.say("read", *_read(one, page, wanted, *terms, is_ahead=is_ahead))
            if page.rests:
                ahead = 0
    one.say("end", one.order.imported(one.inherited))


def _ahead(_one: _Serving, *_said: Any) -> None:
    """The pull for which it was said has come to its end."""


def _read(
    one: _Serving,
    page: Page,
    wanted: Sequence[int],
    place: Message,
    made: Message,
    known_as: Message | None,
    *,
    is_ahead: bool,
) -> tuple[Sequence[Message], int, bytes]:
    """What these raws of a page say, and the number by which it is known who we are; who `is_ahead` of the parent has the time for
    words, and for what each says by itself.
    """
    from hub.engine.apart import packed  # noqa: PLC0415 - as above
    from hub.engine.mapping import Place, read  # noqa: PLC0415

    where, known = replace(Place(*place), epoch=page.epoch), one.known
    prepared, _vanished = read(where, one.maker(made, is_ahead=is_ahead), [page.raws[number] for number in wanted])
    context = known.learn(*known_as) if known_as is not None else None
    if context is None or not is_ahead:
        return list(map(packed.prepared, prepared)), known.number, b""
    from hub.projection.beforehand import alone  # noqa: PLC0415 - as above

    lines = [alone(each.item, where.name(each.external_id), each.records, each.words, context) for each in prepared]
    made_out = packed.made_out(zip(prepared, lines, strict=True))
    return list(map(packed.prepared, prepared)), known.number, made_out


def _size(one: _Serving, stream: str) -> None:
    one.say("size", finished(one.here.size(stream)))


def _present(one: _Serving, stream: str, number: int) -> None:
    one.say("present", finished(one.here.present(stream, number)))


def _holds(one: _Serving, stream: str, external_id: str) -> None:
    one.say("holds", finished(one.here.holds(stream, external_id)))


def _fetch(one: _Serving, place: Message, made: Message, external_id: str, revision: str) -> None:
    from hub.engine.apart import packed  # noqa: PLC0415 - as above
    from hub.engine.mapping import Place  # noqa: PLC0415

    found = finished(one.here.fetch(Place(*place), one.maker(made), external_id, revision))
    one.say("fetch", packed.prepared(found) if found is not None else None)


def _part(one: _Serving, stream: str, external_id: str, part: str) -> None:
    one.say("part", finished(one.here.part(stream, external_id, part)))


def _assumed(one: _Serving, name: str) -> None:
    known = {each.name: each for each in one.order.connector.assumptions()}
    one.say("assumed", finished(one.here.assumed(known[name])))


_ANSWERS: dict[str, Callable[..., None]] = {
    "streams": _streams,
    "covered": _covered,
    "quiet": _quiet,
    "stay": _stay,
    "pull": _pull,
    "ahead": _ahead,
    "size": _size,
    "present": _present,
    "holds": _holds,
    "fetch": _fetch,
    "part": _part,
    "assumed": _assumed,
}
