"""`hub plugins` shows everything that is installed, and why a broken plugin is broken."""

import json

import pytest
import typer
from typer.testing import CliRunner

from hub.cli.invocation import Invocation
from hub.cli.plugins import plugins
from hub.testing import hostile

MISSPELT = """
import dataclasses, hub
from hub.testing import hostile

@hub.hookimpl
def register_connectors():
    return [dataclasses.replace(hostile.HARMLESS, name="{name}")]

@hub.hookimpl
def run_finnished(connection):
    pass
"""


@pytest.fixture
def called(folder):
    hostile.install(folder, "acme.broken", hostile.AT_LOAD["prints_at_import"], module="acme_prints")
    hostile.install(folder, "acme.misspelt", MISSPELT, module="acme_misspelt")
    app = typer.Typer()
    app.command()(plugins)

    def call(*words, **asked):
        done = CliRunner().invoke(app, words, obj=Invocation(**asked), catch_exceptions=False)
        assert done.exit_code == 0
        return done

    return call


def test_the_table_shows_every_plugin_with_its_state(called):
    lines = {line.split()[0]: line.split()[1:] for line in called().stdout.splitlines()}
    assert lines["memory"] == ["interaction-hub", "0.1.0", "1.0", "fetch,", "ids,", "size", "ok"]
    assert lines["acme.broken"] == ["hostile-acme-broken", "6.6.6", "broken"]
    assert lines["acme.misspelt"] == ["hostile-acme-misspelt", "6.6.6", "1.0", "with", "warnings"]


def test_what_is_wrong_is_told_with_what_to_do(called):
    said = called().stderr
    assert "Error: acme.broken: it cannot be imported: RuntimeError\n  Fix: reinstall hostile-acme-broken" in said
    assert "Warning: acme.misspelt: there is no hook run_finnished (did you mean run_finished?)" in said
    assert "Traceback" not in said
    assert "Traceback" in called(debug=True).stderr


def test_json_is_whole_though_a_plugin_prints(called):
    rows = {row["name"]: row for row in json.loads(called("--json").stdout)}
    assert rows["memory"] | {"traceback": ""} == {
        "name": "memory",
        "title": "Memory",
        "distribution": "interaction-hub",
        "version": "0.1.0",
        "api": "1.0",
        "capabilities": ["fetch", "ids", "size"],
        "state": "ok",
        "why": [],
        "fix": "",
        "traceback": "",
    }
    assert rows["acme.broken"]["state"] == "broken"
    assert rows["acme.broken"]["why"] == ["it cannot be imported: RuntimeError"]
    assert rows["acme.broken"]["traceback"].startswith("Traceback")
    assert rows["acme.misspelt"]["state"] == "warning"
