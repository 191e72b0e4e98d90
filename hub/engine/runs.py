"""A run of a stream while it is under way, whose lease it holds, and the report that it leaves."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hub.connectors import Connector, Stream
from hub.core.pages import Counts
from hub.engine.feed import Feed
from hub.engine.hub import Hub
from hub.errors import HubError
from hub.i18n import sentence
from hub.settings import Connection
from hub.store import pulls
from hub.store.commit import Commit
from hub.store.database import Tx

if TYPE_CHECKING:
    from hub.engine.page import Terms

LEASE_MS = 120_000


class Leased(HubError):
    """Another process is pulling this stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run of a stream came to. `state`: ok, stopped, failed, skipped. One that was stopped `rests` where there is more
    to read that others go before.
    """

    connection: str
    stream: str
    state: str
    counts: Counts = field(default_factory=Counts)
    error: HubError | None = None
    rests: bool = False


Progress = Callable[[str, str, Counts, int | None], None]
"""Told after every page: connection, stream, counts so far, how many items the whole pull may bring."""


@dataclass(slots=True)
class Pulling:
    """A run that is under way: who pulls what from where, and what has come of it so far."""

    hub: Hub
    connection: Connection
    connector: Connector
    feed: Feed
    stream: Stream
    stopping: Callable[[], bool]
    progress: Progress
    rested: set[str] | None = None
    rests: bool = False
    number: int = 0
    lease: int = 0
    run: int = 0
    epoch: str = ""
    row: Any | None = None
    before: Counts | None = None
    counts: Counts = field(default_factory=Counts)
    refetches: bool = False
    after: Any | None = None
    told: int | None = None
    commit: Commit = field(default_factory=Commit)
    appeared: Sequence[tuple[str, str]] = ()
    sure: Counts = field(default_factory=Counts)
    terms: "Terms | None" = None

    def settle(self) -> None:
        """Wait until the last pages are committed, and tell the plugins which clients appeared or went with them. Raises
        what committing them came to.
        """
        appeared, self.appeared = self.appeared, ()
        try:
            self.commit.settle()
        except BaseException:
            self.counts = self.sure
            raise
        self.hub.tell(appeared)


def hold(one: Pulling, tx: Tx) -> None:
    if not pulls.renew(tx, one.number, one.lease, one.hub.now.milliseconds() + LEASE_MS):
        raise Leased(
            sentence("another process took this stream over while we were pulling it"), fix=sentence("let it finish")
        )
