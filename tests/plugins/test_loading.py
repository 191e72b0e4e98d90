"""Plugins are found without importing, loaded one by one, and a broken one costs nobody else anything."""

import logging
import subprocess
import sys

import pytest

import hub
from hub import plugins
from hub.i18n import using
from hub.plugins import Installed
from hub.testing import hostile

GOOD = """
import dataclasses, hub
from hub.testing import hostile

@hub.hookimpl
def register_connectors():
    yield dataclasses.replace(hostile.HARMLESS, name="{name}", title="Good")
"""
SEVERAL = """
import dataclasses, hub
from hub.testing import hostile

print("loaded", __name__)

@hub.hookimpl
def register_connectors():
    return [dataclasses.replace(hostile.HARMLESS, name=name, title="T") for name in ("acme.one", "acme.two")] + [5]
"""
OPINIONS = """
import hub

@hub.hookimpl
def label_interaction(statement):
    yield "first"
    if statement == "bad":
        raise SystemExit(3)
    yield "second"

@hub.hookimpl
def run_finished(connection, ok):
    return None

@hub.hookimpl
def identifiers(record):
    while True:
        yield record
"""

AS_OBJECT = """
import dataclasses, hub
from hub.testing import hostile

class Plugin:
    @hub.hookimpl
    def register_connectors(self):
        return [dataclasses.replace(hostile.HARMLESS, name="acme.notes", title="T")]

plugin = Plugin()
"""


def found(name: str) -> Installed | None:
    return next((one for one in plugins.installed() if one.name == name), None)


# --- finding ---------------------------------------------------------------------------------------------------------


def test_an_installed_plugin_is_found_without_importing_it(folder):
    hostile.install(folder, "acme.notes", "raise SystemExit", module="acme_notes", distribution="acme-notes")
    assert found("acme.notes") == Installed(
        name="acme.notes", distribution="acme-notes", version="6.6.6", module="acme_notes"
    )
    assert "acme_notes" not in sys.modules


def test_our_own_plugins_are_found():
    assert {"memory", "email.files", "calendar.files", "contacts.files"} <= {one.name for one in plugins.installed()}


def test_two_distributions_of_one_name_are_noted_and_neither_is_loaded(folder):
    hostile.install(folder, "acme.notes", "raise SystemExit", module="one", distribution="acme-one")
    hostile.install(folder, "acme.notes", "raise SystemExit", module="two", distribution="acme-two")
    assert found("acme.notes").duplicates == ("acme-two",)
    broken = plugins.load(["acme.notes"]).broken["acme.notes"]
    assert broken.reason == "several distributions offer acme.notes: acme-one, acme-two"
    assert not {"one", "two"} & set(sys.modules)


def test_entry_points_that_cannot_be_read_hide_no_others(folder):
    hostile.install(folder, "acme.notes", GOOD, distribution="acme-notes", entry_points="[hub]\nthis is no entry\n")
    hostile.install(folder, "acme.calls", GOOD, module="acme_calls", distribution="acme-calls")
    loaded = plugins.load(["acme-notes", "acme.calls"])
    assert loaded.broken["acme-notes"].reason == "the entry points of acme-notes cannot be read"
    assert list(loaded.connectors) == ["acme.calls"]


def test_metadata_that_cannot_be_read_hides_no_others(folder):
    hostile.install(folder, "acme.calls", GOOD, module="acme_calls", distribution="acme-calls")
    (folder / "empty-1.dist-info").mkdir()
    bad = folder / "bad-1.dist-info"
    bad.mkdir()
    (bad / "entry_points.txt").write_bytes(b"\xff\xfe[hub]\nx = y")
    nameless = folder / "nameless-1.dist-info"
    nameless.mkdir()
    (nameless / "entry_points.txt").write_text("[hub]\nacme.nameless = nobody\n")
    assert found("acme.calls")
    assert found("acme.nameless")


# --- loading ---------------------------------------------------------------------------------------------------------


def test_only_the_plugins_that_are_named_are_imported(folder):
    hostile.install(folder, "acme.notes", GOOD, module="acme_notes")
    hostile.install(folder, "acme.calls", GOOD, module="acme_calls")
    loaded = plugins.load(["acme.notes"])
    assert loaded.connectors["acme.notes"].title == "Good"
    assert loaded.connector("acme.notes") is loaded.connectors["acme.notes"]
    assert "acme_calls" not in sys.modules
    assert (loaded.broken, loaded.warnings) == ({}, {})


def test_a_module_of_several_connectors_is_loaded_once_and_keeps_stdout_clean(folder, capsys):
    points = "[hub]\nacme.one = acme_several\nacme.two = acme_several\nacme.three = acme_several\n"
    hostile.install(folder, "acme.several", SEVERAL, module="acme_several", entry_points=points)
    loaded = plugins.load(["acme.one", "acme.two", "acme.three"])
    assert set(loaded.connectors) == {"acme.one", "acme.two"}
    reason = "it registers no connector named acme.three, but acme.one, acme.two, an object of type int"
    assert loaded.broken["acme.three"].reason == reason
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "loaded acme_several\n")


def test_a_name_that_is_not_installed_is_told_with_the_nearest_one():
    loaded = plugins.load(["memry"])
    assert loaded.broken["memry"].reason == "no installed plugin offers memry (did you mean memory?)"
    with pytest.raises(hub.Misconfigured, match="memry") as refused:
        loaded.connector("memry")
    assert "memory" in refused.value.fix


def test_an_entry_point_may_name_an_object_of_a_module(folder):
    points = "[hub]\nacme.notes = acme_notes:plugin\n"
    hostile.install(folder, "acme.notes", AS_OBJECT, module="acme_notes", entry_points=points)
    assert "acme.notes" in plugins.load(["acme.notes"]).connectors


EXPECTED = {
    "raises_at_import": "it cannot be imported: RuntimeError: not today",
    "exits_at_import": "it cannot be imported: SystemExit: 3",
    "is_no_python": "SyntaxError",
    "misses_a_dependency": "No module named 'no_such_distribution_anywhere'",
    "raises_what_cannot_be_shown": "Silent: <exception str() failed>",
    "prints_at_import": "it cannot be imported: RuntimeError",
    "raises_in_the_hook": "its hook register_connectors failed: RuntimeError: not today",
    "exits_in_the_hook": "its hook register_connectors failed: SystemExit: 3",
    "raises_while_it_yields": "its hook register_connectors failed: RuntimeError: not today",
    "yields_for_ever": "more than 10000 answers",
    "registers_nothing": "but nothing",
    "registers_none": "but nothing",
    "registers_a_number": "but an object of type int",
    "registers_a_text": "but an object of type str",
    "registers_rubbish": "an object of type NoneType, an object of type dict, an object of type type",
    "wants_an_argument_no_hook_has": "its hooks do not fit: pluggy",
    "misspells_the_hook": "there is no hook register_conectors (did you mean register_connectors?)",
    "forgets_the_mark": "the function register_connectors is not marked with @hub.hookimpl",
    "has_another_name": "but hostile.harmless",
    "comes_twice": "it registers several connectors named acme.x",
    "is_too_new": "it is made for version 1.1 of the hub's interface, and this hub has 1.0",
    "is_too_old": "it is made for version 0.9 of the hub's interface, and this hub has 1.0",
    "has_no_version": "`api` is not a pair of numbers such as (1, 0)",
    "has_no_title": "it has no title",
    "has_no_map": "`map` cannot be called",
    "has_settings_of_its_own": "`settings` is not a subclass of hub.Settings",
    "takes_a_key_of_the_hub": "`settings` has the field store, which the hub keeps for itself",
    "can_what_nobody_can": "there is no capability fetsh (did you mean fetch?)",
    "has_a_mapping_of_no_number": "`mapping` is not a whole number from 1",
}


@pytest.mark.parametrize("how", hostile.AT_LOAD)
def test_a_broken_plugin_is_told_with_its_reason_and_the_others_load(folder, how, capsys):
    hostile.install(folder, "acme.x", hostile.AT_LOAD[how], module=f"acme_{how}", distribution="acme-x")
    hostile.install(folder, "acme.good", GOOD, module="acme_good")
    loaded = plugins.load(["acme.x", "acme.good"])
    assert list(loaded.connectors) == ["acme.good"]
    assert capsys.readouterr().out == ""
    broken = loaded.broken["acme.x"]
    assert EXPECTED[how] in broken.reason
    assert "\n" not in broken.reason
    assert broken.fix
    if "fail" in broken.reason or "import" in broken.reason:
        assert broken.traceback_text.startswith("Traceback")


def test_every_hostile_plugin_has_its_reason_here():
    assert set(EXPECTED) == set(hostile.AT_LOAD)


def test_an_interrupt_is_not_swallowed(folder):
    hostile.install(folder, "acme.x", "raise KeyboardInterrupt", module="acme_interrupted")
    with pytest.raises(KeyboardInterrupt):
        plugins.load(["acme.x"])


def test_reasons_are_told_in_the_language_that_is_spoken(folder):
    hostile.install(folder, "acme.x", hostile.AT_LOAD["has_no_title"], module="acme_untitled")
    with using("ru"):
        broken = plugins.load(["acme.x"]).broken["acme.x"]
    assert broken.reason == "у него нет названия"


# --- asking ----------------------------------------------------------------------------------------------------------


def test_a_plugin_without_connectors_is_loaded_for_its_other_hooks(folder):
    hostile.install(folder, "acme.labels", OPINIONS, module="acme_labels")
    loaded = plugins.load(["acme.labels"])
    assert (loaded.broken, loaded.connectors) == ({}, {})
    with pytest.raises(hub.Misconfigured, match="its plugin has no connectors"):
        loaded.connector("acme.labels")
    assert loaded.ask("label_interaction", statement="good") == [("acme.labels", ["first", "second"])]
    assert loaded.ask("run_finished", connection="mail", stream="inbox", ok=True) == []
    assert loaded.ask("clients_changed", changes=[]) == []


def test_a_plugin_that_raises_is_logged_once_left_out_and_asked_again(folder, caplog):
    hostile.install(folder, "acme.labels", OPINIONS, module="acme_labels")
    hostile.install(folder, "acme.more", OPINIONS.replace('"bad"', '"never"'), module="acme_more")
    log = logging.getLogger("test.plugins")
    loaded = plugins.load(["acme.labels", "acme.more"], log=log)
    for _ in range(3):
        assert loaded.ask("label_interaction", statement="bad") == [("acme.more", ["first", "second"])]
    assert [record.action for record in caplog.records] == ["plugin_hook_failed"]
    assert "SystemExit: 3" in caplog.text
    assert [name for name, _ in loaded.ask("label_interaction", statement="good")] == ["acme.labels", "acme.more"]


def test_an_answer_of_the_wrong_type_is_left_out(folder, caplog):
    hostile.install(folder, "acme.labels", OPINIONS, module="acme_labels")
    hostile.install(folder, "acme.wrong", OPINIONS.replace('"first"', "5"), module="acme_wrong")
    loaded = plugins.load(["acme.labels", "acme.wrong"])
    assert loaded.each(str, "label_interaction", statement="good") == ["first", "second"]
    assert "acme.wrong" in caplog.text
    assert loaded.each(str, "clients_changed", changes=[]) == []


def test_an_answer_without_end_is_cut_off(folder, caplog):
    hostile.install(folder, "acme.labels", OPINIONS, module="acme_labels")
    assert plugins.load(["acme.labels"]).ask("identifiers", record=1) == []
    assert "more than 10000 answers" in caplog.text


def test_a_misspelt_hook_is_a_warning_when_the_plugin_works_without_it(folder):
    source = GOOD + "\n\n@hub.hookimpl\ndef label_interactoin(statement):\n    return []\n"
    source += "\n\ndef run_finished(connection):\n    pass\n"
    hostile.install(folder, "acme.notes", source, module="acme_notes")
    loaded = plugins.load(["acme.notes"])
    assert list(loaded.connectors) == ["acme.notes"]
    assert loaded.warnings["acme.notes"] == (
        "there is no hook label_interactoin (did you mean label_interaction?)",
        "the function run_finished is not marked with @hub.hookimpl, so it is never called",
    )


def test_hostile_connectors_can_be_installed_for_a_command_in_another_process(tmp_path):
    hostile.install_connectors(tmp_path)
    code = (
        "from hub import plugins; loaded = plugins.load(); print(len([n for n in loaded.connectors if 'hostile' in n]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert int(done.stdout) == len(hostile.CONNECTORS)
