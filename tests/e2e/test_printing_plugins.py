"""A plugin that prints, and lets a program print, wherever it is asked: no result of the hub has a word of it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hub.testing import hostile
from tests.e2e.conftest import HUB, TIMEOUT_S, environment

TALKING = """
import subprocess
from contextlib import contextmanager
from datetime import UTC, datetime

from pydantic import field_validator

import hub

def say(what):
    print("TALK", what, flush=True)
    subprocess.run(["echo", "TALK of a program"], check=True)

class Settings(hub.Settings):
    shop: str

    @field_validator("shop")
    @classmethod
    def known(cls, value):
        say("settings")
        return value

class Notes:
    def check(self):
        say("check")

    def streams(self):
        say("streams")
        return [hub.Stream("notes")]

    def pull(self, stream, cursor, /):
        say("pull")
        yield hub.Page(listed=1, raws=[hub.Raw("1", "1", b"note")], cursor="1")

@contextmanager
def opened(settings, tools):
    say("open")
    yield Notes()
    say("close")

def mapped(body, settings, window):
    say("map")
    client = hub.Participant("client", hub.Identifier("email", "info@romashka.example"))
    return [hub.Mapped(hub.Note(at=hub.moment(datetime(2026, 11, 2, tzinfo=UTC)), title="a", participants=(client,)))]

def hosts(settings):
    say("hosts")
    return frozenset()

@hub.hookimpl
def register_connectors():
    say("register")
    return [hub.Connector(name="{name}", title="Notes", settings=Settings, open=opened, map=mapped, hosts=hosts)]
"""
CONFIG = """
[company]
name = "ООО «Мы»"
domains = ["my.example"]
timezone = "Europe/Moscow"
[sync]
isolate = {isolate}
[connections.notes]
connector = "talking.notes"
shop = "1"
"""


@pytest.fixture(params=["false", "true"])
def told(request, tmp_path):
    """Calls `hub` with that plugin beside it; what it says on stdout is nothing but JSON."""
    hostile.install(tmp_path, "talking.notes", TALKING)
    config = tmp_path / "hub.toml"
    config.write_text(CONFIG.format(isolate=request.param), "utf-8")
    environ = environment(config) | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, sys.path)])}

    def call(*words):
        done = subprocess.run(
            [HUB, *words], check=False, capture_output=True, text=True, timeout=TIMEOUT_S, env=environ
        )
        assert "TALK" not in done.stdout, words
        return json.loads(done.stdout or "null"), done.stderr

    return call


def test_what_a_plugin_or_its_program_prints_is_in_no_result(told):
    synced, said = told("sync", "--json")
    assert [one["counts"]["listed"] for one in synced] == [1]
    assert {"TALK settings", "TALK pull", "TALK map", "TALK of a program"} <= {
        line.removeprefix("talking.notes: ") for line in said.splitlines()
    }
    assert told("doctor", "notes", "--json")[0]


def test_help_and_results_for_people_stay_on_stdout(hub, tmp_path):
    assert "To begin" in hub("--help").stdout
    assert "Pull what is new" in hub("sync", "--help").stdout
    with (tmp_path / "out").open("w") as file:
        assert subprocess.run([HUB, "--version"], stdout=file, check=True, timeout=TIMEOUT_S).returncode == 0
    assert Path(file.name).read_text().startswith("hub 0.1")
