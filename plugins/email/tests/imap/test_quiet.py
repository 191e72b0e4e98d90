"""A mailbox without news: what a sync of it imports, and asks of the database."""

import os
import subprocess
import sys

import pytest
from sqlalchemy import event

CONFIG = """
[company]
name = "ООО Мы"
domains = ["my.example"]
timezone = "Europe/Moscow"
[store]
path = "hub.db"
[connections.anna]
connector = "email.imap"
store = "all"
host = "127.0.0.1"
port = {port}
security = "none"
address = "{address}"
password = "{password}"
"""
WAITING = """
import sys
from hub.cli.main import run
run(["sync", "--quiet"])
print(*sys.modules, file=sys.stderr)
"""


@pytest.fixture
def sync(dovecot, address, letter, tmp_path):
    """`hub sync` as a program; returns the modules that its own process has imported."""
    dovecot.deliver(address, "INBOX", letter("1"))
    file = tmp_path / "hub.toml"
    file.write_text(CONFIG.format(port=dovecot.port, address=address, password=dovecot.password), "utf-8")

    def sync() -> set[str]:
        done = subprocess.run(
            [sys.executable, "-c", WAITING],
            check=True, capture_output=True, text=True, timeout=90, env={**os.environ, "HUB_CONFIG": str(file)},
        )  # fmt: skip
        return set(done.stderr.split())

    return sync


def test_without_news_nothing_is_imported_that_only_news_need(sync):
    """Each of these brings classes, tables and patterns that take a process some hundredths of a second to make."""
    spared = {
        "hub.engine.news", "hub.engine.mapping", "hub.engine.replay", "hub.projection.changes", "hub.core.quotes",
        "hub.store.derived_tables", "hub.store.body_tables", "hub.store.running_tables", "hub.testing.memory",
        "sqlmodel", "sqlalchemy.orm",
    }  # fmt: skip
    assert spared - sync() == {"hub.testing.memory"}, "the first one makes the database, and brings news"
    assert not spared & sync()


def test_quiet_folders_take_no_statements_of_their_own(dovecot, address, letter, world):
    for folder in ("INBOX", "Angebote", "Rechnungen"):
        dovecot.deliver(address, folder, letter(folder))
    office = world(dovecot, address=address)
    assert office.good_sync().stored == 3
    few = len(statements(office))
    for number in range(4):
        dovecot.deliver(address, f"Ordner{number}", letter(f"new{number}"))
    assert office.good_sync().stored == 4
    assert len(statements(office)) == few


def statements(office) -> list[str]:
    """What a sync that finds nothing new says to the database."""
    said: list[str] = []
    with office.open() as opened:
        for engine in (opened.store.engine, opened.store.writer):
            event.listen(engine, "before_cursor_execute", lambda *told: said.append(told[2]))
        from hub.engine import sync as syncing

        assert not sum(report.counts.listed for report in syncing.sync(opened, syncing.Wish()))
    return said
