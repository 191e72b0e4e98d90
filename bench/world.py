"""A hub in a temporary folder for the benchmarks."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from measure import percentile

import hub
from hub import plugins
from hub.core.clients import Employee, Ours
from hub.core.policy import Policy
from hub.engine import hub as opening
from hub.engine import sync as syncing
from hub.engine.hub import Clock
from hub.settings import Company, Config, Connection, Limits
from hub.store.commit import Commit
from hub.store.database import Store, Tx

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


def sync(folder: Path, connections: Sequence[tuple[str, str, hub.Settings]], store: str = "all") -> dict[str, float]:
    """One sync, as `hub sync` does it: every connection in a process of its own. Returns the counts, and how long the
    database was held: half of its transactions, and all but one in a hundred, so many milliseconds at most.
    """
    made = config(folder, connections, store)
    held = _watched()
    with opening.opened(made, plugins.load([connector for _, connector, _ in connections]), Clock(fixed=NOW)) as opened:
        reports = syncing.sync(opened, syncing.Wish(limits=Limits()))
    for report in reports:
        if report.error:
            raise report.error
    counts = {
        name: sum(getattr(report.counts, name) for report in reports)
        for name in ("listed", "stored", "unchanged", "quarantined", "excluded")
    }
    return counts | {"held_ms_p50": percentile(held, 0.5), "held_ms_p99": percentile(held, 0.99)}


def _watched() -> list[float]:
    """How long each writing transaction from now on holds the database, in milliseconds."""
    held: list[float] = []
    write, write_behind = Store.write, Store.write_behind

    @contextmanager
    def watched(self: Store) -> Iterator[Tx]:
        with write(self) as tx:
            began = time.perf_counter()
            yield tx
        held.append((time.perf_counter() - began) * 1000)

    def behind(self: Store, commit: Commit, committed: Callable[[float], None]) -> AbstractContextManager[Tx]:
        def both(seconds: float) -> None:
            held.append(seconds * 1000)
            committed(seconds)

        return write_behind(self, commit, both)

    Store.write, Store.write_behind = watched, behind  # type: ignore[method-assign]
    return held
