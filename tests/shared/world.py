"""A hub that pulls from test servers: `sync`, then look at the history."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hub
from hub import plugins
from hub.cli.reasons import interaction
from hub.core.clients import Employee, Ours
from hub.core.policy import Policy
from hub.engine import hub as opening
from hub.engine import rebuild as rebuilding
from hub.engine import sync as syncing
from hub.engine.hub import Clock, Hub
from hub.engine.runs import Report
from hub.settings import Company, Config, Connection
from hub.store import clients, derived, items, pulls

OURS = Ours(domains=frozenset({"my.example"}), employees=(Employee(name="Анна Смирнова", emails=("anna@my.example",)),))
LIST = "clients"
"""The connection that a list of clients comes by, where there is one; it is not looked at."""


@dataclass
class World:
    """One database, and connections with these settings: name -> (connector, settings).

    `instead` are connectors that take the place of installed ones.
    """

    path: Path
    connections: dict[str, tuple[str, dict[str, Any]]]
    instead: dict[str, hub.Connector] = field(default_factory=dict)
    policy: Policy = field(default_factory=lambda: Policy(store="all"))
    now: datetime = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    database: str = "hub.db"

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of the first connection, to be changed between two syncs."""
        return next(settings for name, (_, settings) in self.connections.items() if name != LIST)

    def list_a_client(self) -> None:
        """A client, or nobody's meetings would be looked for."""
        file = self.path / "clients.csv"
        file.write_text("Название;Сайт\nООО «Ромашка»;romashka.example\n", "utf-8")
        files = {"files": [{"path": str(file), "kind": "clients"}]}
        self.connections = {LIST: ("contacts.files", files), **self.connections}

    def open(self) -> AbstractContextManager[Hub]:
        loaded = plugins.load(sorted({connector for connector, _ in self.connections.values()}))
        assert not loaded.broken, loaded.broken
        loaded = replace(loaded, connectors={**loaded.connectors, **self.instead})
        made = tuple(
            Connection(
                name=name, id=name, connector=connector, policy=self.policy,
                settings=loaded.connectors[connector].settings(**settings),
            )
            for name, (connector, settings) in self.connections.items()
        )  # fmt: skip
        config = Config(
            path=self.path / "hub.toml",
            home=self.path,
            company=Company(name="ООО «Мы»", timezone="Europe/Moscow", language="ru", ours=OURS),
            store_path=self.path / self.database,
            connections=made,
        )
        return opening.opened(config, loaded, Clock(fixed=self.now))

    def sync(self) -> list[Report]:
        """Reports of all streams, whatever they say."""
        self.now += timedelta(minutes=5)
        with self.open() as opened:
            return [report for report in syncing.sync(opened, syncing.Wish()) if report.connection != LIST]

    def good_sync(self) -> Any:
        """The counts of all streams, all of which must be well."""
        reports = self.sync()
        assert {report.state for report in reports} <= {"ok"}, [f"{one.stream}: {one.error}" for one in reports]
        return sum((report.counts for report in reports[1:]), reports[0].counts)

    def accept(self, stream: str) -> None:
        """What `hub accept-empty` does."""
        with self.open() as opened, opened.store.write() as tx:
            [row] = [row for row in pulls.streams(tx) if row.name == stream]
            pulls.set_stream(tx, row.id, accepted=True)

    def rebuild(self) -> None:
        with self.open() as opened:
            rebuilding.rebuild(opened)

    # --- looked at ---

    def history(self, text: str = "romashka.example") -> list[str]:
        """The lines of a client's history, newest first."""
        with self.open() as opened, opened.store.read() as tx:
            kind = "email" if "@" in text else "domain"
            found = clients.find(tx, text, [hub.Identifier(kind, text)])
            return [row.title for row in clients.history(tx, found[0].id, limit=1000)] if found else []

    def course(self, title: str) -> list[tuple[str, str, Any, Any]]:
        """The changes of the one meeting with this title, oldest first: (when, by whom, before, after)."""
        with self.open() as opened, opened.store.read() as tx:
            [client] = clients.find(tx, "romashka.example", [hub.Identifier("domain", "romashka.example")])
            [row] = [row for row in clients.history(tx, client.id, limit=1000) if row.title == title]
            turns = interaction.explain(opened, tx, row.id).turns
        return [(f"{_moment(one.at):%m-%d %H:%M}", one.who.value, one.before, one.after) for one in turns]

    def states(self) -> dict[str, dict[str, int]]:
        """How many items of each stream are in which state."""
        with self.open() as opened, opened.store.read() as tx:
            return {row.name: pulls.states(tx, row.id) for row in pulls.streams(tx) if row.connection != LIST}

    def removed(self) -> list[str]:
        """The items that are marked as gone from the source."""
        with self.open() as opened, opened.store.read() as tx:
            return sorted(
                external_id
                for row in pulls.streams(tx)
                for _, external_id, removed in items.of_stream(tx, row.id, row.epoch)
                if removed
            )

    def dump(self, *, cursors: bool = True) -> list[bytes]:
        """All that follows from what was read, and where the pulls stand."""
        with self.open() as opened, opened.store.read() as tx:
            return [line for line in derived.dump(tx) if cursors or b'"cursor":' not in line]

    def contains(self, text: str) -> bool:
        """Whether the text stands anywhere in the database files, packed or not."""
        files = b"".join(path.read_bytes() for path in self.path.glob("hub.db*"))
        return text.encode() in b"".join(self.dump()) + files


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
