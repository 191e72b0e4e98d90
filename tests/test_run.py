"""`./run`, with a stand-in for uv that says where it was called and with what."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def run(tmp_path):
    """Calls `./run` from another folder. Returns the folder in which uv was called, its words, and how to call the hub."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "uv").write_text('#!/bin/sh\npwd\necho "$*"\necho "${HUB_CALLED-}"\n')
    (tmp_path / "bin" / "uv").chmod(0o755)
    (tmp_path / "elsewhere").mkdir()

    def call(*words):
        path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            ["sh", ROOT / "run", *words], cwd=tmp_path / "elsewhere", env={"PATH": path}, check=True,
            capture_output=True, text=True, timeout=20,
        )  # fmt: skip
        folder, said, typed = done.stdout.splitlines()
        return Path(folder), said, typed

    return call


@pytest.mark.parametrize("words", [("demo", "mine"), ("hub", "db", "backup", "a.zip")])
def test_files_that_are_named_are_those_of_whoever_calls(run, tmp_path, words):
    folder, said, typed = run(*words)
    assert (folder, typed) == (tmp_path / "elsewhere", f"{ROOT / 'run'} hub")
    assert said.startswith(f"run --quiet --project {ROOT} --no-dev --all-packages ")
    assert said.endswith(words[-1])
    assert ("--all-extras" in said.split()) == (words[0] == "hub"), "the demo needs neither PostgreSQL nor a keyring"


def test_a_plugin_is_installed_where_the_hub_is_from_the_folder_of_whoever_calls(run, tmp_path):
    folder, said, _typed = run("pip", "install", "-e", "mine")
    assert folder == tmp_path / "elsewhere"
    assert said == f"pip install -e mine --python {ROOT / '.venv'}"


@pytest.mark.parametrize("words", [("test", "tests/core"), ("pytest", "tests/core")])
def test_the_tests_are_those_of_the_project(run, words):
    folder, said, typed = run(*words)
    assert (folder, typed) == (ROOT, "")
    assert said.startswith("run --quiet pytest ")
    assert said.endswith(" tests/core")
