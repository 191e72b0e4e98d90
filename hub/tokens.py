"""The tokens of a connection, refreshed by one at a time, whoever else uses them in other threads and processes.

The grant lies in a drawer, which may be in memory, in a database, or behind another process. A refresh, and what is there
for the next one who looks when it dies between two steps:

    claim      the intent and a lease on it are stored       before: nothing happened, the next one refreshes
    refresh    the system is asked                           died between claim and answer: the refresh token may be
               the system answers                            spent. The next one tries it once the lease is over; when it
    save       the new grant is stored, durably              is refused, only a person can help
    use                                                      died after save: the next one finds the new grant

A lease that ran out while its holder stood still gives way to another's, with a higher epoch. What the first one then
comes to is still kept if it follows the grant that lies there: of a token that counts once only one gets an answer.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from shlex import quote
from typing import Final, Protocol

from hub.errors import AuthFailed, HubError, Unreachable
from hub.grants import Grant, Refresh
from hub.i18n import sentence
from hub.limits import nap

AHEAD: Final = timedelta(minutes=5)
"""So long before its end a token is refreshed, or for the last quarter of its life where that is shorter."""
FRESH: Final = timedelta(minutes=1)
"""A token that is refused so soon after it was made is not going to be replaced by a better one."""
LEASE: Final = timedelta(minutes=1)
"""So long a refresh may take before others may try."""
GRACE: Final = timedelta(seconds=10)
"""So long what a dead process has asked may still be on its way: two questions with one token may end the sign-in."""
PATIENCE_S: Final = LEASE.total_seconds() + 15
_LOOK_S: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A grant as it lies in the drawer.

    `version` is another one for every grant that was ever put there, `saved` is when. `refused`: the system has said no
    to its refresh token. `unanswered`: somebody asked for the next grant, and no answer was stored.
    """

    grant: Grant
    version: int
    saved: datetime
    refused: bool = False
    unanswered: bool = False


class Drawer(Protocol):
    """Where the grant of one connection lies. `version` and `epoch` say what a change rests on; a stale one does nothing."""

    def look(self) -> Kept | None:
        """What lies there now."""

    def claim(self, version: int, process: int) -> int | None:
        """Note that `process` is about to refresh this version: the epoch of the lease on it, None where another has
        one, or where another version lies there.
        """

    def save(self, version: int, grant: Grant) -> bool:
        """Put the grant that follows `version` in its place, durably; False where something else lies there by now."""

    def refuse(self, version: int, epoch: int) -> None:
        """Note that the system says no to the refresh token of this version."""

    def release(self, epoch: int) -> None:
        """Let others refresh: what became of this attempt is unknown."""


@dataclass(frozen=True, slots=True)
class Refreshing:
    """The tokens of one connection: a `hub.grants.Tokens`. `idle` as in `SignIn`."""

    drawer: Drawer
    connection: str
    clock: Callable[[], datetime]
    stopping: Callable[[], bool]
    idle: timedelta | None = None

    def current(self, refresh: Refresh) -> Grant:
        kept = self._kept()
        return self._next(kept, refresh, usable=self._counts) if self._due(kept) else kept.grant

    def renewed(self, stale: Grant, refresh: Refresh) -> Grant:
        kept = self._kept()
        if kept.grant.access != stale.access:
            return self.current(refresh)
        if kept.unanswered or not timedelta() <= self.clock() - kept.saved < FRESH:
            return self._next(kept, refresh, usable=lambda _kept: False)
        text = sentence("the system does not accept even the newest token")
        raise self._sign_in(text)

    def _due(self, kept: Kept) -> bool:
        """Whether it is to be refreshed now, ahead of its end or of that of its refresh token."""
        if not kept.grant.refresh:
            return not self._counts(kept)
        now, expires = self.clock(), kept.grant.expires
        ends = expires is not None and now >= expires - min(AHEAD, (expires - kept.saved) / 4)
        dies = self.idle is not None and now >= kept.saved + self.idle / 2
        return ends or dies

    def _counts(self, kept: Kept) -> bool:
        return kept.grant.expires is None or self.clock() < kept.grant.expires

    def _kept(self) -> Kept:
        """What lies there, if it is any good. Raises `AuthFailed`."""
        kept = self.drawer.look()
        if kept is None:
            raise self._sign_in(sentence("nobody has signed in yet"))
        if kept.refused:
            raise self._refused(kept)
        return kept

    def _next(self, kept: Kept, refresh: Refresh, usable: Callable[[Kept], bool]) -> Grant:
        """The grant after `kept`: ours, or that of whoever is at it. While others are, one that is `usable` will do."""
        if not kept.grant.refresh:
            raise self._sign_in(sentence("the sign-in has expired"))
        patient_until = time.monotonic() + PATIENCE_S
        while (epoch := self.drawer.claim(kept.version, os.getpid())) is None:
            now = self._kept()
            if now.version != kept.version or usable(now):
                return now.grant
            if self.stopping() or time.monotonic() > patient_until:
                text = sentence("another process is renewing the sign-in and has not come to an end")
                fix = sentence("the hub tries again by itself")
                raise Unreachable(text, fix=fix)
            nap(_LOOK_S, self.stopping)
        return self._refreshed(kept, epoch, refresh)

    def _refreshed(self, kept: Kept, epoch: int, refresh: Refresh) -> Grant:
        try:
            made = refresh(kept.grant)
        except AuthFailed as error:
            return self._instead(kept, epoch, error)
        except BaseException:
            self.drawer.release(epoch)
            raise
        made = replace(made, refresh=made.refresh or kept.grant.refresh)
        return made if self.drawer.save(kept.version, made) else self._kept().grant

    def _instead(self, kept: Kept, epoch: int, error: AuthFailed) -> Grant:
        """What another has got meanwhile, where the system refuses; raises `AuthFailed` where there is nothing."""
        self.drawer.refuse(kept.version, epoch)
        now = self.drawer.look()
        if now is not None and now.version != kept.version:
            return self._kept().grant
        raise self._refused(now or kept) from error

    def _refused(self, kept: Kept) -> HubError:
        if kept.unanswered:
            return self._sign_in(sentence(
                "renewing the sign-in was interrupted before the answer could be kept, and the system accepts each renewal"
                " once only"
            ))  # fmt: skip
        return self._sign_in(sentence("the system no longer accepts the sign-in"))

    def _sign_in(self, text: str) -> AuthFailed:
        fix = sentence("sign in: `hub connect {connection}`")
        return AuthFailed(text, fix=fix.format(connection=quote(self.connection)))
