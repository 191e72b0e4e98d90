"""What a connection asks of the hub while it works: its share of a budget, its tokens, and what is known of its streams.

The hub's own process answers, since only it has the database (ADR 0012); a source in a process of its own asks over the
pipe. Who has to wait does so where it is: the desk answers at once.
"""

import json
import logging
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hub.connectors import Known
from hub.core.pace import Rate
from hub.engine.hub import Hub, is_gone
from hub.errors import Inconsistent, Misconfigured, StoreUnusable
from hub.grants import Grant
from hub.i18n import sentence
from hub.secrets import Sealed, Vault
from hub.settings import Connection
from hub.store import budgets, pulls, tokens
from hub.tokens import GRACE, LEASE, Kept

QUESTIONS: Final = frozenset(("take", "rest", "look", "claim", "save", "refuse", "release", "known"))
NAME: Final = "sign-in grant"
"""What a grant is called where it is sealed: with a blank, as no secret of a person's is."""
_LONGEST_KEY: Final = 200
_TRIES: Final = 5
_PAUSE_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Desk:
    """The desk of one connection: `hub.limits.Budgets` and `hub.tokens.Drawer`."""

    hub: Hub
    connection: Connection
    instant: budgets.Now = budgets.now

    def ask(self, question: str, *said: Any) -> Any:
        if question not in QUESTIONS:
            raise Inconsistent(sentence("nobody answers {question}").format(question=question[:40]))
        return getattr(self, question)(*said)

    # --- budgets

    def take(self, key: str, rate: Rate, cost: float) -> float:
        with self.hub.store.write() as tx:
            return budgets.take(tx, _short(key), rate, cost, self.instant(tx))

    def rest(self, key: str, seconds: float) -> None:
        with self.hub.store.write() as tx:
            budgets.rest(tx, _short(key), seconds, self.instant(tx))

    # --- streams

    def known(self) -> dict[str, Known]:
        with self.hub.store.read() as tx:
            return {row.name: Known(row.title, row.cursor) for row in pulls.streams(tx, self.connection.id)}

    # --- tokens

    def look(self) -> Kept | None:
        with self.hub.store.read() as tx:
            row = tokens.one(tx, self.connection.id)
        if row is None:
            return None
        return Kept(
            grant=self._opened(row),
            version=row.version,
            saved=_moment(row.saved),
            refused=row.refused,
            unanswered=row.unanswered or (row.asking and self._lease(os.getpid()).is_free(row)),
        )

    def claim(self, version: int, process: int) -> int | None:
        with self.hub.store.write_for_good() as tx:
            return tokens.claim(tx, self.connection.id, version, self._lease(process))

    def save(self, version: int, grant: Grant) -> bool:
        for _try in range(_TRIES - 1):
            try:
                return self._save(version, grant)
            except StoreUnusable as error:  # a grant that is not stored may be lost for good: the disk gets time
                logging.getLogger("hub.engine").warning("%s", error, extra={"action": "keep-token"})
                time.sleep(_PAUSE_S)
        return self._save(version, grant)

    def _save(self, version: int, grant: Grant) -> bool:
        with _vault(self.hub).sealing() as seal, self.hub.store.write_for_good() as tx:
            return tokens.follow(tx, self.connection.id, version, self._row(grant, seal))

    def begin(self, grant: Grant) -> None:
        """Keep what a person has given, whatever lay there."""
        with _vault(self.hub).sealing() as seal, self.hub.store.write_for_good() as tx:
            tokens.begin(tx, self.connection.id, self._row(grant, seal))

    def refuse(self, version: int, epoch: int) -> None:
        with self.hub.store.write() as tx:
            tokens.refuse(tx, self.connection.id, version, epoch)

    def release(self, epoch: int) -> None:
        with self.hub.store.write() as tx:
            tokens.release(tx, self.connection.id, epoch)

    def _lease(self, process: int) -> tokens.Lease:
        now = self.hub.now.milliseconds()
        lease, grace = (one // timedelta(milliseconds=1) for one in (LEASE, GRACE))
        owner = f"{socket.gethostname()}:{process}"
        return tokens.Lease(owner=owner, now=now, until=now + lease, is_gone=is_gone, grace=grace)

    def _row(self, grant: Grant, seal: Callable[[str, str, str], Sealed]) -> tokens.Row:
        sealed = seal(self.connection.id, NAME, _written(grant))
        expires = _milliseconds(grant.expires) if grant.expires else None
        return tokens.Row(key=sealed.key, sealed=sealed.sealed, expires=expires, saved=self.hub.now.milliseconds())

    def _opened(self, row: Any) -> Grant:
        try:
            return _read(_vault(self.hub).opened(_sealed(row)))
        except Misconfigured as error:
            fix = sentence("put the key back where it was, or sign in again: `hub connect {connection}`")
            raise Misconfigured(str(error), fix=fix.format(connection=self.connection.name)) from error


def seal_anew(hub: Hub, anew: Callable[[Sealed], Sealed]) -> int:
    """Seal every grant with the first key; returns how many there are. Part of `Vault.rotate`."""
    with hub.store.write_for_good() as tx:
        rows = tokens.every(tx)
        for row in rows:
            sealed = anew(_sealed(row))
            tokens.seal(tx, row.connection, row.version, sealed.key, sealed.sealed)
    return len(rows)


def _vault(hub: Hub) -> Vault:
    return Vault(hub.config.home, os.environ)


def _sealed(row: Any) -> Sealed:
    return Sealed(connection=row.connection, name=NAME, key=row.key, sealed=row.sealed)


def _written(grant: Grant) -> str:
    """As text, whatever a connector has put in: what cannot be written now is lost."""
    said = {"access": grant.access, "refresh": grant.refresh, "expires": grant.expires, "extra": dict(grant.extra)}
    return json.dumps(said, default=str, skipkeys=True)


def _read(text: str) -> Grant:
    said = json.loads(text)
    expires = datetime.fromisoformat(said["expires"]) if said["expires"] else None
    return Grant(said["access"], said["refresh"], expires, said["extra"])


def _short(key: str) -> str:
    if not 0 < len(key) <= _LONGEST_KEY:
        raise ValueError(f"the key of a limit has up to {_LONGEST_KEY} characters")
    return key


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
