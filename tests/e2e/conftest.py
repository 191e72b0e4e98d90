"""`hub` as a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HUB = Path(sys.executable).with_name("hub")
TIMEOUT_S = 110


@pytest.fixture(scope="session")
def hub():
    """Runs `hub` to its end, in English unless the words choose another language."""

    def call(*words, config=None, **more):
        return subprocess.run(
            [HUB, *map(str, words)], check=False, capture_output=True, text=True, timeout=TIMEOUT_S,
            env=environment(config), **more,
        )  # fmt: skip

    return call


@pytest.fixture(scope="session")
def started():
    """Starts `hub` and does not wait for it; what still runs at the end is killed."""
    running = []

    def start(*words, config=None, environ=None):
        process = subprocess.Popen(
            [HUB, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=environment(config) | (environ or {}),
        )  # fmt: skip
        running.append(process)
        return process

    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()


def environment(config):
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "LC_", "LANG"))}
    return clean | {"HUB_LANG": "en", "PYTHONUTF8": "1"} | ({"HUB_CONFIG": str(config)} if config else {})
