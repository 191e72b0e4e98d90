"""`hub x` has the commands that plugins register, and none of a plugin that fails."""

import pytest

from hub.cli import x
from hub.installed import Installed

PLUGIN = '''
import typer

import hub


@hub.hookimpl
def register_commands(app: typer.Typer) -> None:
    @app.command("notes-count")
    def notes_count(folder: str = "notes") -> None:
        """Count the notes."""
        typer.echo(f"no notes in {folder}")
'''
FAILS = PLUGIN.partition("    @app")[0] + "    raise KeyError('no')\n"


@pytest.fixture
def plugged(tmp_path, monkeypatch):
    """Makes plugins of these sources the only ones that are installed."""

    def plug(*sources):
        offers = []
        for number, source in enumerate(sources):
            module = f"{tmp_path.name.replace('-', '_')}_{number}"
            (tmp_path / f"{module}.py").write_text(source)
            offers.append(Installed(name=f"acme{number}", distribution="acme", version="1", module=module))
        monkeypatch.setattr(x, "installed", lambda: tuple(offers))
        monkeypatch.syspath_prepend(tmp_path)
        x._registered.cache_clear()

    yield plug
    x._registered.cache_clear()


def test_a_command_that_a_plugin_registers_can_be_called(hub, plugged):
    plugged(PLUGIN)
    said = hub("x", "notes-count", "--folder", "old")
    assert (said.code, said.out, said.err) == (0, "no notes in old\n", "")


def test_without_a_command_they_are_listed(hub, plugged):
    plugged(PLUGIN)
    said = hub("x")
    assert said.code == 0
    assert "notes-count  Count the notes." in said.out


def test_a_plugin_that_fails_keeps_no_other_from_its_commands(hub, plugged, caplog):
    plugged(FAILS, PLUGIN)
    assert hub("x", "notes-count").out == "no notes in notes\n"
    assert "its hook register_commands failed" in caplog.text


def test_where_no_plugin_has_any_there_is_no_such_command(hub, plugged):
    plugged()
    said = hub("x", "notes-count")
    assert (said.code, said.err.splitlines()[0]) == (2, "Error: There is no command notes-count.")


def test_a_command_that_is_misspelt_is_answered_with_the_one_that_is_meant(hub, plugged):
    plugged(PLUGIN)
    assert hub("x", "note-count").err.startswith("Error: There is no command note-count. Did you mean notes-count?\n")
    said = hub("--lang", "ru", "quarantine", "replya").err
    assert said.startswith("Ошибка: Команды replya нет. Возможно, replay?\n")
