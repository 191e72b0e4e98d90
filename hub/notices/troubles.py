"""Which connections need a person, as the database has it now."""

from collections.abc import Iterable, Mapping
from typing import Final

from hub.engine.hub import Hub
from hub.i18n import sentence
from hub.store import notices, running
from hub.store.database import Tx
from hub.store.notices import Ended, Need
from hub.store.running import Term

PERSONS: Final = ("AuthFailed", "Misconfigured", "SuddenlyEmpty", "Refused", "Inconsistent")
"""Errors that no waiting heals, the most telling first."""
PASSING: Final = ("Unreachable", "AskedToWait", "TooLarge", "StoreUnusable")
DAY_MS: Final = 86_400_000
"""What passes by itself, and has not in a day, needs a person, too."""


def troubles(hub: Hub, tx: Tx, now: int) -> dict[str, Need]:
    """Connection -> what it needs a person for. A connection that is disabled or configured no longer needs nobody."""
    ended: dict[str, list[Ended]] = {}
    for one in notices.last_ended(tx):
        ended.setdefault(one.connection, []).append(one)
    terms, succeeded = running.terms(tx), notices.last_success(tx)
    found = {broken.id: Need(broken.id, "Broken", broken.reason) for broken in hub.config.broken}
    for connection in hub.config.connections:
        if connection.enabled and connection.id not in found:
            since = succeeded.get(connection.id)
            stale = since is not None and now - since > DAY_MS
            need = _need(connection.id, ended.get(connection.id, ()), terms.get(connection.id), stale=stale)
            found |= {connection.id: need} if need is not None else {}
    return found


def _need(connection: str, ended: Iterable[Ended], term: Term | None, *, stale: bool) -> Need | None:
    said = {one.error: one.message for one in ended if one.error}
    if any(not one.adds_up for one in ended):
        said.setdefault("Inconsistent", sentence("the counts of the source do not add up"))
    if term is not None and term.error:
        said.setdefault(term.error, "")
    return _worst(connection, said, (*PERSONS, *PASSING) if stale else PERSONS)


def _worst(connection: str, said: Mapping[str, str], errors: Iterable[str]) -> Need | None:
    return next((Need(connection, error, said[error]) for error in errors if error in said), None)
