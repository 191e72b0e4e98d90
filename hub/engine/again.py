"""Mapping again what is stored: here, or where the configuration has limits in a process of its own, as a source."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hub.engine.hub import Hub
from hub.engine.mapping import Maker, Place, Prepared
from hub.engine.steps import Steps

if TYPE_CHECKING:
    from hub.engine.apart.mapper import Apart


@dataclass(slots=True)
class Mapper:
    hub: Hub
    _apart: "Apart | None" = None

    @property
    def ended(self) -> Collection[int]:
        """Items whose bytes have ended the process: they do so whenever they are tried."""
        return self._apart.ended if self._apart is not None else ()

    def prepare(self, maker: Maker, place: Place, external_id: str, revision: str, body: bytes) -> Steps[Prepared]:
        """What `maker` makes of these bytes."""
        if self.hub.config.limits is None:
            return maker.prepare(place, external_id, revision, body)
        if self._apart is None:
            from hub.engine.apart.mapper import Apart  # noqa: PLC0415 - needed only where processes are wished for

            self._apart = Apart(self.hub, self.hub.config.limits)
        return (yield from self._apart.prepare(maker, place, external_id, revision, body))

    def close(self) -> None:
        if self._apart is not None:
            self._apart.close()


@contextmanager
def mapping(hub: Hub) -> Iterator[Mapper]:
    """Something that maps, as long as this lasts."""
    mapper = Mapper(hub)
    try:
        yield mapper
    finally:
        mapper.close()
