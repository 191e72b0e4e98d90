"""A hub that pulls mailboxes of a test server: `sync`, then look at the history."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hub
from hub import plugins
from hub.core.clients import Employee, Ours
from hub.core.policy import Policy
from hub.engine import hub as opening
from hub.engine import sync as syncing
from hub.engine.hub import Clock, Hub
from hub.engine.pull import Report
from hub.settings import Company, Config, Connection
from hub.store import clients, derived, items

OURS = Ours(domains=frozenset({"my.example"}), employees=(Employee(name="Анна Смирнова", emails=("anna@my.example",)),))


@dataclass
class World:
    """One database, and one connection `mail` with these settings."""

    path: Path
    settings: dict[str, Any]
    policy: Policy = field(default_factory=lambda: Policy(store="all"))
    now: datetime = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    more: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    database: str = "hub.db"

    def connection(self, name: str, connector: str, settings: dict[str, Any], loaded: plugins.Plugins) -> Connection:
        model = loaded.connectors[connector].settings(**settings)
        return Connection(name=name, id=name, connector=connector, settings=model, policy=self.policy)

    def open(self) -> AbstractContextManager[Hub]:
        wanted = {"mail": ("email.imap", self.settings), **self.more}
        loaded = plugins.load(sorted({connector for connector, _ in wanted.values()}))
        config = Config(
            path=self.path / "hub.toml",
            home=self.path,
            company=Company(name="ООО «Мы»", timezone="Europe/Moscow", language="ru", ours=OURS),
            store_path=self.path / self.database,
            connections=tuple(self.connection(name, *one, loaded) for name, one in wanted.items()),
        )
        return opening.opened(config, loaded, Clock(fixed=self.now))

    def sync(self) -> list[Report]:
        """Reports of all streams, whatever they say."""
        self.now += timedelta(minutes=5)
        with self.open() as opened:
            return syncing.sync(opened, syncing.Wish())

    def good_sync(self) -> hub.Page | Any:
        """The counts of all streams, all of which must be well."""
        reports = self.sync()
        assert {report.state for report in reports} <= {"ok"}, [f"{one.stream}: {one.error}" for one in reports]
        return sum((report.counts for report in reports[1:]), reports[0].counts)

    def history(self, text: str = "romashka.example") -> list[str]:
        """The lines of a client's history, newest first."""
        with self.open() as opened, opened.store.read() as tx:
            kind = "email" if "@" in text else "domain"
            found = clients.find(tx, text, [hub.Identifier(kind, text)])
            return [row.title for row in clients.history(tx, found[0].id, limit=1000)] if found else []

    def states(self) -> dict[str, dict[str, int]]:
        """How many items of each stream are in which state."""
        with self.open() as opened, opened.store.read() as tx:
            return {row.name: items.states(tx, row.id) for row in items.streams(tx)}

    def removed(self) -> list[str]:
        """The items that are marked as gone from the source."""
        with self.open() as opened, opened.store.read() as tx:
            return [
                f"{row.name}/{external_id}"
                for row in items.streams(tx)
                for _, external_id, removed in items.of_stream(tx, row.id, row.epoch)
                if removed
            ]

    def dump(self) -> list[bytes]:
        with self.open() as opened, opened.store.read() as tx:
            return list(derived.dump(tx))
