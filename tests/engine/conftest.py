"""A company, a source in memory, and a hub that pulls it."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import inspect

import hub
from hub import plugins
from hub.core.clients import Employee, Ours
from hub.core.policy import Policy
from hub.engine import hub as opening
from hub.engine import sync as syncing
from hub.engine.hub import Clock, Hub
from hub.engine.runs import Report
from hub.settings import Company, Config, Connection
from hub.store import clients, derived
from hub.store.address import Server
from hub.store.database import Tx
from hub.testing import memory
from hub.testing.memory import Memory

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

OURS = Ours(
    domains=frozenset({"my.example"}),
    employees=(Employee(name="Анна Смирнова", emails=("anna@my.example",)),),
)


def at(day: int = 1, hour: int = 9, minute: int = 0) -> hub.Moment:
    return hub.moment(datetime(2026, 11, day, hour, minute, tzinfo=UTC), "Europe/Moscow")


def email(role: str, address: str, name: str = "") -> hub.Participant:
    return hub.Participant(role, hub.Identifier("email", address), name)


def mail(sender: str, to: str, *, mid: str = "", subject: str = "Счёт", text: str = "", day: int = 1, hour: int = 9,
         refs: tuple[str, ...] = (), **more: object) -> hub.Email:  # fmt: skip
    return hub.Email(
        at=at(day, hour), message_id=mid, references=refs, subject=subject, text=text or f"Текст {mid}",
        participants=(email("from", sender), email("to", to)), **more,
    )  # fmt: skip


def company(name: str = "ООО Ромашка", *, inn: str = "", emails: tuple[str, ...] = (), domain: str = "", kpp: str = "",
            phones: tuple[str, ...] = ()) -> hub.Company:  # fmt: skip
    found = [hub.Identifier("email", one) for one in emails] + [hub.Identifier("phone", one) for one in phones]
    found += [hub.Identifier("inn", inn)] if inn else []
    found += [hub.Identifier("domain", domain)] if domain else []
    return hub.Company(name=name, identifiers=tuple(found), kpp=kpp)


@dataclass
class World:
    """One source, one database. `sync` pulls; `history` and `dump` look."""

    path: Path
    memory: Memory
    policy: Policy = field(default_factory=lambda: Policy(store="all"))
    ours: Ours = OURS
    now: datetime = NOW
    sources: dict[str, Memory] = field(default_factory=dict)
    server: Server | None = None

    @property
    def config(self) -> Config:
        sources = {self.memory.name: self.memory, **self.sources}
        connections = tuple(
            Connection(name=name, id=name, connector="memory", settings=memory.Settings(name=name), policy=self.policy)
            for name in sources
        )
        return Config(
            path=self.path / "hub.toml",
            home=self.path,
            company=Company(name="ООО Мы", timezone="Europe/Moscow", language="ru", ours=self.ours),
            store_path=self.path / "hub.db",
            server=self.server,
            connections=connections,
        )

    def open(self) -> AbstractContextManager[Hub]:
        return opening.opened(self.config, plugins.load(["memory"]), Clock(fixed=self.now))

    def sync(self, *, expect: str = "ok", **wish: object) -> list[Report]:
        self.now += timedelta(minutes=5)
        with self.open() as opened:
            reports = syncing.sync(opened, syncing.Wish(**wish))
        assert {report.state for report in reports} <= {expect}, [str(report.error) for report in reports]
        return reports

    def dump(self) -> list[bytes]:
        with self.open() as opened, opened.store.read() as tx:
            return list(derived.dump(tx))

    def client(self, text: str) -> clients.Found:
        with self.open() as opened, opened.store.read() as tx:
            found = clients.find(tx, text, _values(text))
        assert len(found) == 1, found
        return found[0]

    def clients(self) -> list[str]:
        with self.open() as opened, opened.store.read() as tx:
            return [one.name for one, _, _ in clients.overview(tx, 1000)]

    def history(self, text: str) -> list[str]:
        client = self.client(text)
        with self.open() as opened, opened.store.read() as tx:
            return [f"{row.kind} {row.direction} {row.title}".replace("  ", " ") for row in clients.history(tx, client.id, limit=1000)]  # fmt: skip

    def holding(self, said: bytes) -> list[str]:
        """The files of the database, or its tables, in which these bytes are."""
        if self.server is None:
            return [path.name for path in self.path.glob("hub.db*") if said in path.read_bytes()]
        with self.open() as opened, opened.store.read() as tx:
            tables = [*inspect(tx.connection).get_table_names(), "pg_stats"]
            texts = {name: "\n".join(_texts(tx, name)) for name in tables}
        return [name for name, text in texts.items() if said.hex() in text or said.decode("utf-8", "replace") in text]


def filled(world: World, count: int) -> World:
    """A client who has written so many mails."""
    world.memory.add("crm", "1", company(emails=("info@romashka.test",)))
    for n in range(count):
        world.memory.add(
            "inbox", str(n), mail("ivan@romashka.test", "anna@my.example", mid=f"m{n}@x", subject=f"Тема {n}")
        )
    return world


def _texts(tx: Tx, name: str) -> Sequence[str]:
    mine = " WHERE schemaname = 'public'" if name == "pg_stats" else ""
    return tx.connection.exec_driver_sql(f"SELECT {name}::text FROM {name}{mine}").scalars().all()


def _values(text: str) -> list[hub.Identifier]:
    if "@" in text:
        return [hub.Identifier("email", text)]
    return [hub.Identifier("domain", text)] if "." in text else []


@pytest.fixture
def world(tmp_path: Path, place: Path | Server) -> Iterator[World]:
    with Memory("source", page_size=3).serving() as served:
        yield World(tmp_path, served, server=place if isinstance(place, Server) else None)


def serving(name: str, **more: object) -> AbstractContextManager[Memory]:
    return Memory(name, **more).serving()
