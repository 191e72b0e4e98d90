"""The processes in which sources wait for news: one for every few hundred connections of a connector. Why: ADR 0032."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from hub.engine.apart.room import Guest, Room
from hub.engine.desk import Desk
from hub.engine.hub import Hub
from hub.engine.tools import tools_for
from hub.log import Log
from hub.settings import Connection

GUESTS: Final = 250
"""So many wait in one process: when it dies, no more bells are lost."""
AGAIN_S: Final = 60.0
"""So long after a room has died it is opened anew; twice as long each time, since all its guests sign in again."""
LONGEST_S: Final = 3_600.0
"""Not longer than this; and a room that lived longer has not failed at its start."""

KNOCKS_S: Final = 3_600.0
"""So long after it was not let in, a connection that can be pulled may wait again."""

_log = Log(logging.getLogger("hub.daemon"), {"action": "wait"})


@dataclass(slots=True, eq=False)
class _Kept:
    """A room with its guests, opened at `began`; while it is None, it is opened at `again`. It has died `deaths` times in
    a row.
    """

    kind: str
    guests: Sequence[Guest]
    room: Room | None
    began: float
    again: float = 0.0
    deaths: int = 0


@dataclass(slots=True)
class Rooms:
    """All rooms. `tick` is a clock in seconds that never jumps."""

    tick: Callable[[], float]
    memory: int
    _kept: list[_Kept] = field(default_factory=list)
    _left: dict[str, float] = field(default_factory=dict)

    def admit(self, hub: Hub, connections: Iterable[Connection]) -> None:
        """Let those of these connections wait that can, and do not yet."""
        guests: dict[str, list[Guest]] = {}
        inside = {guest.identity for one in self._kept for guest in one.guests}
        for one in (one for one in connections if one.id not in inside):
            self._left.pop(one.id, None)
            connector = hub.connector(one)
            if "wait" in connector.capabilities:
                tools = partial(tools_for, connector, one, hub.now)
                guest = Guest(one.id, connector, one.settings, tools, Desk(hub, one).ask)
                guests.setdefault(connector.name, []).append(guest)
        for kind, together in guests.items():
            for start in range(0, len(together), GUESTS):
                few = together[start : start + GUESTS]
                self._kept.append(_Kept(kind, few, Room(few, self.memory), self.tick()))

    def admit_again(self, hub: Hub, connections: Iterable[Connection]) -> None:
        """Let those of these connections knock once more that were not let in a while ago: they can be pulled, so that
        it was not for good.
        """
        if self._left:
            before = self.tick() - KNOCKS_S
            self.admit(hub, [one for one in connections if self._left.get(one.id, self.tick()) <= before])

    @property
    def lines(self) -> list[int]:
        """File descriptors that can be read when somebody rang."""
        return [one.room.line for one in self._kept if one.room is not None]

    def heard(self) -> Iterator[tuple[str, str]]:
        """Who rang ("rung") or listens from now on ("late"), by the connection's id."""
        for one in self._kept:
            if one.room is None and one.guests and self.tick() >= one.again:
                one.room, one.began = Room(one.guests, self.memory), self.tick()
            if one.room is None:
                continue
            try:
                for kind, identity in one.room.said():
                    if kind == "left":
                        one.guests = [guest for guest in one.guests if guest.identity != identity]
                        self._left[identity] = self.tick()
                    yield kind, identity
            except EOFError:
                one.room.close()
                one.room = None
                one.deaths = 1 if self.tick() - one.began > LONGEST_S else one.deaths + 1
                one.again = self.tick() + min(AGAIN_S * 2.0 ** (one.deaths - 1), LONGEST_S)
                _log.warning("the process in which %d of %s wait has died", len(one.guests), one.kind)
        self._close([one for one in self._kept if not one.guests])

    def close(self) -> None:
        self._close(tuple(self._kept))
        self._left.clear()

    def _close(self, rooms: Iterable[_Kept]) -> None:
        for one in rooms:
            if one.room is not None:
                one.room.close()
            self._kept.remove(one)
