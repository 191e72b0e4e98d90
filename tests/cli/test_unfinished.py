"""A command that dies after its decision is written, before all lines are in their places: nobody is shown half of it."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

DYING = """
import os, sys
from hub.engine.hub import Hub
Hub.settle = lambda self: os._exit(9)
from hub.cli.main import run
run(sys.argv[1:])
"""
DECISIONS = {
    "merge": ("clients", "merge", "7707083893", "7736050003"),
    "split": ("clients", "split", "7707083893", "domain:romashka.example"),
}


def _killed(folder: Path, *words: str) -> None:
    """The command, ended where the decision is written and its consequences are not."""
    done = subprocess.run(
        [sys.executable, "-c", DYING, *words], cwd=folder, env={**os.environ, "HUB_LANG": "en"}, timeout=60, check=False
    )
    assert done.returncode == 9


def _left(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "data" / "hub.db")) as raw:
        return int(raw.execute("SELECT count(*) FROM stale").fetchone()[0])


@contextmanager
def _busy(folder: Path) -> Iterator[None]:
    """Somebody else is writing."""
    with closing(sqlite3.connect(folder / "data" / "hub.db", isolation_level=None)) as raw:
        raw.execute("BEGIN IMMEDIATE")
        yield
        raw.execute("ROLLBACK")


@pytest.fixture
def merged(sold):
    """The history that a merge leads to, and the command `hub` where the merge has died on its way."""
    _killed(sold.folder, *DECISIONS["merge"])
    assert _left(sold.folder)
    return sold


@pytest.mark.parametrize("decision", ["merge", "split"])
def test_who_only_looks_sees_all_of_it(sold, decision):
    _killed(sold.folder, *DECISIONS[decision])
    assert _left(sold.folder)
    said = sold("history", "7707083893", "--all", "--json")
    assert (said.code, said.err, _left(sold.folder)) == (0, "", 0)
    shown = {line["key"] for line in json.loads(said.out)["interactions"]}
    assert sold("rebuild").code == 0
    again = sold("history", "7707083893", "--all", "--json")
    assert shown == {line["key"] for line in json.loads(again.out)["interactions"]}
    assert "rearranging" not in json.loads(said.out)


def test_while_somebody_else_writes_it_is_said_that_lines_are_not_in_place(merged):
    with _busy(merged.folder):
        for words in (("history", "7707083893"), ("status",), ("search", "договор"), ("why", "7707083893")):
            said = merged(*words, "--json")
            assert json.loads(said.out)["rearranging"] is True
            assert "are being rearranged" in said.err
        assert "переставляются" in merged("clients", "--lang", "ru").err
    assert _left(merged.folder)
    assert merged("clients").err == ""
    assert not _left(merged.folder)


def test_who_writes_finishes_it_first(merged):
    said = merged("clients", "add", "lotos.example")
    assert said.code == 0
    assert "Finishing what an earlier command could not" in said.err
    assert not _left(merged.folder)
