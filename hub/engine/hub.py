"""An open hub: the database, the settings and the plugins that are loaded, and what follows from them.

What only news need (a page's transaction, mapping, the derived tables) is imported where something has come: most of what
a sync without news would take is waiting for that.
"""

import hashlib
import os
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from hub.connectors import Connector
from hub.core.clients import Ours, with_users
from hub.core.decisions import Decision, Decisions
from hub.core.records import Identifier, Record, Statement
from hub.engine.ahead import Ahead
from hub.engine.apart.heritage import Heritage
from hub.engine.clock import Clock
from hub.engine.held import Held
from hub.errors import Misconfigured
from hub.i18n import _, sentence
from hub.plugins import Plugins
from hub.settings import Config, Connection
from hub.store import journal, undone
from hub.store.database import Store, Tx

if TYPE_CHECKING:
    from hub.engine.mapping import Maker
    from hub.engine.page import Terms
    from hub.engine.traces import Hashes
    from hub.projection.weaving import Context

DERIVATION = 9
"""The version of all that is derived: raise it when the same records now make other histories, and the next sync
makes them anew.
"""
STEPS_AT_HAND = 10
"""So many steps of what is left to do take no longer than a command that only looks may."""


@dataclass(slots=True)
class Hub:
    """Everything a command works with. `now` is the only clock."""

    store: Store
    config: Config
    plugins: Plugins
    now: Clock
    owner: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}")
    kept: Sequence[Path] = ()
    """The backup of the database as it was, if it has been upgraded now."""
    held: Held = field(default_factory=Held)
    heritage: dict[str, Heritage] = field(default_factory=dict)
    """Connector -> what its processes inherit."""
    ahead: Ahead = field(default_factory=Ahead)
    """Connections that are being opened already."""
    _ours: tuple[Config, dict[str, str], Ours] | None = field(default=None, repr=False)
    rearranging: bool = False
    """Whether lines may still stand in the wrong history, because a change is not carried through yet."""

    def connector(self, connection: Connection) -> Connector:
        found = self.plugins.connectors.get(connection.connector)
        if found is None:
            raise self._unusable(connection)
        return found

    def _unusable(self, connection: Connection) -> Misconfigured:
        broken = self.plugins.broken.get(connection.connector)
        why = broken.reason if broken else sentence("it is not installed")
        text = sentence("the connector {connector} of {connection} cannot be used: {why}")
        return Misconfigured(
            text.format(connector=connection.connector, connection=connection.name, why=why),
            setting=f"connections.{connection.name}.connector",
            fix=broken.fix if broken else sentence("install the plugin that offers it, or correct the name"),
        )

    def connection(self, name: str) -> Connection:
        found = self.config.connection(name)
        if found is not None:
            return found
        known = ", ".join(one.name for one in self.config.connections)
        raise Misconfigured(
            _("there is no connection {name}").format(name=name), fix=_("known: {names}").format(names=known)
        )

    def context(self, tx: Tx) -> "Context":
        """What the derived tables depend on, as it stands inside this transaction."""
        from hub.projection.weaving import Context, nothing  # noqa: PLC0415 - see above

        finds = self._finds if self.plugins.answers("identifiers") else nothing
        labels = self._labels if self.plugins.answers("label_interaction") else nothing
        return Context(self.ours(tx), journal.decisions(tx), finds, labels)

    def ours(self, tx: Tx) -> Ours:
        """Our side: by the configuration, and by the users of CRMs."""
        from hub.store import employees  # noqa: PLC0415 - see above

        known = employees.known(tx)
        if self._ours is None or self._ours[:2] != (self.config, known):
            self._ours = (self.config, known, with_users(self.config.company.ours, known.items()))
        return self._ours[2]

    def _finds(self, record: Record) -> Iterable[Identifier]:
        return self.plugins.each(Identifier, "identifiers", record=record)

    def _labels(self, statement: Statement) -> Iterable[str]:
        return self.plugins.each(str, "label_interaction", statement=statement)

    def hashes(self, tx: Tx) -> "Hashes":
        from hub.engine.traces import Hashes  # noqa: PLC0415 - see above

        facts = journal.installation(tx)
        assert facts is not None, "the database was not founded"
        return Hashes(facts.hash_key)

    def maker(self, tx: Tx, connection: Connection) -> "Maker":
        """How bytes of this connection that are read now become records."""
        from hub.engine.mapping import Maker  # noqa: PLC0415 - see above

        facts = journal.installation(tx)
        assert facts is not None, "the database was not founded"
        connector = self.connector(connection)
        received = self.now.milliseconds()
        return Maker(connector.map, connection.settings, connector.mapping, facts.horizon, received)

    def terms(self, tx: Tx, connection: Connection, *, again: bool = False, strict: bool = False) -> "Terms":
        """On what terms items of this connection are stored now."""
        from hub.engine.page import Terms  # noqa: PLC0415 - see above

        return Terms(
            context=self.context(tx),
            policy=connection.policy,
            hashes=self.hashes(tx),
            mapping=self.connector(connection).mapping,
            again=again,
            strict=strict,
        )

    def is_outdated(self) -> bool:
        """Whether own domains, employees or the rules for clients are others than the derived tables were made with."""
        return self._facts().settings != self.settings_digest()

    def is_short(self) -> bool:
        """Whether recurring things are to be laid out further than they are."""
        return self._facts().horizon < self.horizon()

    def _facts(self) -> journal.Facts:
        with self.store.read() as tx:
            facts = journal.installation(tx)
        assert facts is not None, "the database was not founded"
        return facts

    def horizon(self) -> date:
        """How far recurring things are to be laid out: a whole number of months ahead, so that it seldom moves."""
        until = self.now.date() + timedelta(days=self.config.horizon_days)
        return until.replace(day=1)

    def settings_digest(self) -> str:
        """What the derived tables were made with, besides records and decisions."""
        ours = self.config.company.ours
        said = [DERIVATION, sorted(ours.domains), [repr(employee) for employee in ours.employees], ours.country,
                sorted(ours.free_mail), sorted(ours.never_clients), ours.from_outgoing]  # fmt: skip
        return hashlib.sha256(orjson.dumps(said)).hexdigest()[:16]

    def decide(self, tx: Tx, made: Iterable[Decision], *, author: str, note: str = "") -> Decisions:
        """Write decisions into the journal; returns all that are in force then."""
        journal.write(tx, made, at=self.now.milliseconds(), author=author, note=note)
        return journal.decisions(tx)

    def tell(self, clients: Sequence[tuple[str, str]]) -> None:
        """Tell the plugins which clients appeared or went, once that is committed."""
        if clients:
            self.plugins.ask("clients_changed", changes=clients)

    def settle(self) -> None:
        """Finish what earlier changes left to be placed anew, in bounded transactions."""
        while not self.settled():
            self.settle_step()

    def settle_step(self) -> bool:
        """One transaction of that. Returns whether more is left."""
        from hub.projection import changes  # noqa: PLC0415 - see above

        with self.store.write() as tx:
            return changes.settle(tx, self.context(tx))

    def settled(self) -> bool:
        """Whether all that earlier changes asked for is done. A process that died may have left some of it."""
        with self.store.read() as tx:
            return not undone.lines(tx)

    def settle_at_hand(self) -> None:
        """Finish it as far as that takes neither waiting nor long, and say in `rearranging` whether something is left."""
        self.rearranging = not self.settled()
        if not self.rearranging:
            return
        from hub.projection import changes  # noqa: PLC0415 - see above

        for _step in range(STEPS_AT_HAND):
            with self.store.write_now() as tx:
                self.rearranging = tx is None or changes.settle(tx, self.context(tx))
            if tx is None or not self.rearranging:
                return


@contextmanager
def opened(config: Config, plugins: Plugins, now: Clock | None = None, *, create: bool = True) -> Iterator[Hub]:
    """Open the hub's database, founding it when it is new, and keeping what it was before it is upgraded."""
    now, kept = now or Clock(), []

    def keep(store: Store, version: str) -> None:
        from hub.store import backups  # noqa: PLC0415 - seldom needed

        path = config.store_path
        kept.append(backups.before_upgrade(path.parent, path.stem, now.milliseconds(), store, version))

    store = Store.open(config.database, create=create, before_upgrade=keep)
    hub = Hub(store, config, plugins, now, kept=tuple(kept))
    try:
        with store.read() as tx:
            facts = journal.installation(tx)
        if facts is None:
            with store.write() as tx:
                if journal.installation(tx) is None:
                    journal.found(tx, hub.horizon(), hub.settings_digest())
        yield hub
    finally:
        store.close()


def is_gone(owner: str) -> bool:
    """Whether a holder, as "host:process", is a process of this machine that is no more, or only waits for its parent to ask."""
    host, _, number = owner.rpartition(":")
    if host != socket.gethostname() or not number.isdigit() or os.name != "posix":
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    with suppress(OSError):  # there is no such file but on Linux
        return Path(f"/proc/{number}/stat").read_bytes().rpartition(b")")[2].split()[0] == b"Z"
    return False
