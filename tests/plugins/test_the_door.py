"""What a plugin's author may use, and what is said about it."""

import ast
import inspect
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

import hub
import hub.testing
from hub import hookspecs, plugins
from hub.testing import hostile

PAGE = (Path(__file__).parents[2] / "docs/reference/hooks.md").read_text()
HEADINGS = re.findall(r"^### `(\w+)(.*)`$", PAGE, re.MULTILINE)
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
HOOKS = {name: spec for name, spec in vars(hookspecs).items() if hasattr(spec, "hub_spec")}


@pytest.mark.parametrize("door", [hub, hub.testing])
def test_the_names_of_the_door_are_sorted_and_importable(door):
    assert door.__all__ == sorted(set(door.__all__))
    for name in door.__all__:
        assert getattr(door, name) is not None
    with pytest.raises(AttributeError):
        _ = door.no_such_name


def test_every_name_in_the_door_is_there_for_type_checkers_too():
    tree = ast.parse(Path(hub.__file__).read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    imported = [alias.name for node in block.body for alias in node.names]
    assert sorted(imported) == list(hub.__all__)


def test_every_hook_is_documented_with_its_exact_signature():
    def annotation(kind):
        return kind if isinstance(kind, str) else inspect.formatannotation(kind)

    def plain(signature):
        names = [f"{name}: {annotation(one.annotation)}" for name, one in signature.parameters.items()]
        text = f"({', '.join(names)}) -> {annotation(signature.return_annotation)}"
        return text.replace("collections.abc.", "").replace("typing.", "")

    signatures = {name: plain(inspect.signature(spec)) for name, spec in HOOKS.items()}
    assert dict(HEADINGS) == signatures


def test_every_hook_is_documented_in_its_own_words():
    for name, spec in HOOKS.items():
        after = PAGE.partition(f"### `{name}(")[2].split("\n", 2)[2]
        assert " ".join(after.split()).startswith(" ".join(inspect.getdoc(spec).split())), name


def test_every_hook_has_an_example_that_the_hub_accepts(folder, capsys):
    for number, example in enumerate(EXAMPLES[2:]):
        hostile.install(folder, f"acme.example{number}", example, module=f"acme_example{number}")
    names = [f"acme.example{number}" for number in range(len(EXAMPLES[2:]))]
    loaded = plugins.load(names)
    assert (loaded.broken, loaded.warnings) == ({}, {})
    inn = hub.Email(at=hostile.AT, text="ООО «Ромашка», ИНН 7701234567", subject="Претензия")
    assert loaded.each(hub.Identifier, "identifiers", record=inn) == [hub.Identifier("inn", "7701234567")]
    assert loaded.each(str, "label_interaction", statement=inn) == ["complaint"]
    loaded.ask("run_finished", connection="mail", stream="inbox", ok=False)
    loaded.ask("clients_changed", changes=[("1", "2"), ("", "3")])
    assert capsys.readouterr().out == "mail needs a look\n1 clients have another id\n"
    covered = {name for example in EXAMPLES for name in HOOKS if f"def {name}(" in example}
    assert covered == set(HOOKS)


def test_the_smallest_plugin_passes_the_conformance_kit_as_its_docstring_says(tmp_path):
    plugin, tests, *_ = EXAMPLES
    package = tmp_path / "acme_notes"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "plugin.py").write_text(plugin)
    (tmp_path / "test_notes.py").write_text(tests)
    run = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-W",
        "error",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        tmp_path,
        tmp_path,
    ]
    done = subprocess.run(run, capture_output=True, text=True, timeout=100, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stdout
    assert re.search(r"\d\d passed, \d\d? skipped", done.stdout)


def test_the_kit_says_the_same_as_the_page():
    from hub.testing import conformance

    example = inspect.cleandoc(conformance.__doc__.partition(":\n\n")[2].partition("\n\nWith `amend`")[0])
    assert [line.strip() for line in example.splitlines() if line.strip()] == [
        line.strip() for line in EXAMPLES[1].splitlines() if line.strip()
    ]
    assert len([line for line in example.splitlines() if line.strip()]) <= 12


@pytest.mark.parametrize(("offset", "zone"), [("+03:00", "+03:00"), ("-04:40:39.999", "-04:40"), ("Z", "+00:00")])
def test_a_moment_keeps_the_offset_it_was_written_in(offset, zone):
    assert hub.moment(datetime.fromisoformat(f"2026-03-02T09:00{offset}")).zone == zone


def test_nothing_but_the_kit_needs_pytest():
    code = "import sys, hub, hub.testing.memory, hub.testing.hostile, hub.testing.faults; sys.exit('pytest' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
