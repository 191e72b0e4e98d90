"""A command imports the plugins that its configuration needs, and what is wrong with one is told to whoever looks."""

import subprocess
import sys

import pytest

from hub.cli.invocation import Invocation
from hub.cli.opening import working
from hub.i18n import told, using
from hub.plugins import installed, needed
from hub.testing import hostile
from tests.cli import shop

LABELS = """
import hub

@hub.hookimpl
def label_interaction(statement):
    yield "seen"
"""


@pytest.fixture
def config(folder):
    hostile.install(folder, "acme.notes", LABELS, module="acme_notes_module")
    hostile.install(folder, "acme-labels", LABELS, module="acme_labels_module")
    return shop.found(folder)


def test_a_connector_that_nobody_names_is_not_imported_and_other_hooks_are(config):
    with working(Invocation(config=config), create=True) as hub:
        assert [name for name, _answer in hub.plugins.ask("label_interaction", statement=None)] == ["acme-labels"]
        assert list(hub.plugins.connectors) == ["memory"]
    assert "acme_notes_module" not in sys.modules
    assert "acme_labels_module" in sys.modules


def test_a_connector_is_needed_by_the_connection_that_names_it(config):
    assert needed(["acme.notes", "memory"], installed())[:2] == ["acme.notes", "memory"]


def test_why_a_connector_cannot_be_used_is_kept_in_english_and_told_in_russian(config):
    with using("ru"), working(Invocation(config=config), create=True) as hub:
        error = hub._unusable(hub.config.connections[0])
        assert str(error) == "the connector memory of shop cannot be used: it is not installed"
        assert told(str(error)) == "коннектор memory подключения shop не работает: он не установлен"


def test_who_only_looks_imports_the_named_plugins_only(config, monkeypatch):
    monkeypatch.setenv("HUB_LANG", "en")
    script = "import sys; from hub.cli.main import run; run(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    with working(Invocation(config=config), create=True):
        pass
    done = subprocess.run(
        [sys.executable, "-c", script, "--config", str(config), "clients"],
        check=True, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert "No client yet." in done.stderr
    assert not {"hub_email", "hub_calendar", "hub_contacts"} & set(done.stderr.split())
