"""`hub` as a person calls it, in this process."""

import contextvars
import gettext
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.cli.main import run


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
