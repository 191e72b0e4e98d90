"""`hub` as a person calls it, in this process."""

import contextvars
import gettext
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.cli.main import run
from tests.cli import shop


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


@pytest.fixture
def hub(capsys, monkeypatch):
    """Calls `hub` with words and returns what it said. The language is English unless the words choose another."""
    monkeypatch.setenv("HUB_LANG", "en")
    monkeypatch.setenv("LANGUAGE", "")
    monkeypatch.delenv("HUB_CONFIG", raising=False)
    domain = gettext.textdomain()

    def call(*words: str | Path) -> Said:
        code = contextvars.copy_context().run(run, list(map(str, words)))
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    yield call
    gettext.textdomain(domain)


def quietly(*words: str | Path) -> None:
    """`hub` for what several tests begin with, where nothing is read that it says."""
    domain = gettext.textdomain()
    assert contextvars.copy_context().run(run, ["--quiet", *map(str, words)]) == 0
    gettext.textdomain(domain)


@pytest.fixture(scope="session")
def synced(tmp_path_factory):
    """A folder with the shop's configuration, and its database after one sync."""
    folder = tmp_path_factory.mktemp("shop")
    quietly("--config", shop.found(folder), "sync")
    return folder


@pytest.fixture
def sold(hub, synced, tmp_path, monkeypatch):
    """`hub` in a copy of the shop that was synced."""
    folder = tmp_path / "shop"
    shutil.copytree(synced, folder)
    monkeypatch.setenv("HUB_CONFIG", str(folder / "hub.toml"))
    monkeypatch.setenv("LOGNAME", "olga")
    hub.folder = folder
    return hub
