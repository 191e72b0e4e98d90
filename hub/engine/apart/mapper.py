"""Mapping again what is stored, in a process of its own: bytes that hang a mapping, burn in it or take all memory would do
so to the hub's own process, and to the transaction that it holds.

One process maps for all connections; it has no source, and is told whose bytes come. Who ends it is left as it is stored.
"""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass, field
from multiprocessing.connection import Connection as Pipe
from typing import Any

from hub.connectors import MapResult, Window
from hub.core import ids
from hub.engine.apart import packed, wire
from hub.engine.apart.alone import alone
from hub.engine.apart.heritage import Heritage
from hub.engine.apart.process import STARTS, Process
from hub.engine.apart.said import Forward, ParentIsGone, Saying
from hub.engine.apart.wire import Message
from hub.engine.hub import Hub
from hub.engine.mapping import Maker, Place, Prepared
from hub.engine.steps import Steps
from hub.errors import Inconsistent
from hub.i18n import sentence
from hub.log import Log
from hub.settings import Limits
from hub.store.encoding import Packed

_log = Log(logging.getLogger("hub.engine"), {"action": "map"})

Maps = Mapping[str, tuple[Callable[[bytes, Any, Window], MapResult], Any]]
"""Connection, by its id -> its connector's `map`, and its settings."""


# --- the process -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Again:
    """What the process is to do: map for these connections, with at most `memory` bytes more than it begins with. `plugin` is
    whose bytes it has now.
    """

    maps: Maps
    memory: int
    plugin: str = ""
    heritage: Heritage = field(default_factory=Heritage)

    def serve(self, pipe: Pipe, others: Sequence[Pipe]) -> None:
        """Everything that the process does."""
        for inherited in others:
            inherited.close()
        alone(pipe, self.memory)
        say = Saying(pipe)
        logging.getLogger().handlers = [Forward(say)]
        with suppress(ParentIsGone):
            say("opened", False, False, ())
            while (question := say.heard())[0] != "close":
                self._map(say, *question[1:])

    def _map(self, say: Saying, place: Message, made: Message, external_id: str, revision: str, body: bytes) -> None:
        where = Place(*place)
        maker = Maker(*self.maps[where.connection], *made, finds_words=False)
        say("mapped", packed.prepared(maker.prepare(where, external_id, revision, body)))

    @staticmethod
    def desk(question: str, *_said: Any) -> Any:
        """Nobody asks: what maps has no tools."""
        raise Inconsistent(sentence("nobody answers {question}").format(question=question[:40]))


# --- as the engine sees it -------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Apart:
    """The process, started when it is first asked. `ended` are the items whose bytes have ended it."""

    hub: Hub
    limits: Limits
    ended: set[int] = field(default_factory=set)
    _deaths: Counter[str] = field(default_factory=Counter)
    _order: Again = field(init=False)
    _process: Process | None = None

    def __post_init__(self) -> None:
        self._order = Again(_maps(self.hub), self.limits.memory)

    def prepare(self, maker: Maker, place: Place, external_id: str, revision: str, body: bytes) -> Steps[Prepared]:
        """What `maker` makes of these bytes. Of what ends the process nothing is made."""
        try:
            said = yield from self._asked(place, astuple(place), wire.made(maker), external_id, revision, body)
        except Inconsistent as error:
            self._died(place, external_id, error)
            unread = maker.unreadable(place, external_id, revision, str(error), "")
            return unread._replace(body=Packed.of(body), digest=ids.digest(body))
        return packed.prepared_of(said, place, maker)

    def _asked(self, place: Place, *question: Any) -> Steps[Message]:
        self._order.plugin = self.hub.connection(place.connection).connector
        if self._deaths[place.connection] >= STARTS:
            text = sentence("the process of the plugin {plugin} died again and again")
            raise Inconsistent(text.format(plugin=self._order.plugin))
        if self._process is None:
            self._process = Process(self._order, self.limits, lambda: False)
        yield from self._process.ask("map", *question)
        (said,) = yield from self._process.receive("mapped")
        found: Message = said
        return found

    def _died(self, place: Place, external_id: str, why: Exception) -> None:
        self.close()
        if self._deaths[place.connection] < STARTS:
            self._deaths[place.connection] += 1
            self.ended.add(place.item(external_id))
            said = {"connection": self.hub.connection(place.connection).name, "stream": place.stream_name}
            _log.warning("what is stored stays as it is: %s", why, extra=said)

    def close(self) -> None:
        """Let the process go; it is started anew for the next bytes."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()


def _maps(hub: Hub) -> Maps:
    offered = hub.plugins.connectors
    return {
        one.id: (offered[one.connector].map, one.settings) for one in hub.config.connections if one.connector in offered
    }
