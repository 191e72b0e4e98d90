"""A hub in a temporary folder for the benchmarks."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import hub
from hub import plugins
from hub.core.clients import Employee, Ours
from hub.core.policy import Policy
from hub.engine import hub as opening
from hub.engine import sync as syncing
from hub.engine.hub import Clock
from hub.settings import Company, Config, Connection, Limits

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
OURS = Ours(domains=frozenset({"my.example"}), employees=(Employee(name="Анна Смирнова", emails=("anna@my.example",)),))


def config(folder: Path, connections: Sequence[tuple[str, str, hub.Settings]], store: str = "all") -> Config:
    return Config(
        path=folder / "hub.toml",
        home=folder,
        company=Company(name="ООО Мы", timezone="Europe/Moscow", language="ru", ours=OURS),
        store_path=folder / "hub.db",
        connections=tuple(
            Connection(name=name, id=name, connector=connector, settings=settings, policy=Policy(store=store))  # type: ignore[arg-type]
            for name, connector, settings in connections
        ),
    )


def sync(folder: Path, connections: Sequence[tuple[str, str, hub.Settings]], store: str = "all") -> dict[str, int]:
    """One sync, as `hub sync` does it: every connection in a process of its own. Returns the counts."""
    made = config(folder, connections, store)
    with opening.opened(made, plugins.load([connector for _, connector, _ in connections]), Clock(fixed=NOW)) as opened:
        reports = syncing.sync(opened, syncing.Wish(limits=Limits()))
    for report in reports:
        if report.error:
            raise report.error
    return {
        name: sum(getattr(report.counts, name) for report in reports)
        for name in ("listed", "stored", "unchanged", "quarantined", "excluded")
    }
