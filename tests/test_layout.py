"""What has to be so of the checkout as a whole."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from hub import plugins

ROOT = Path(__file__).parents[1]
PLUGINS = sorted(path.parent for path in (ROOT / "plugins").glob("*/pyproject.toml"))
LONG_FILES = {
    "tests/testing/mutants.py": "one mutant a clause of the kit, to be compared side by side",
    "tests/config/test_values_and_where_they_come_from.py": "a test for every kind of value",
}
LONG_FUNCTIONS = {
    "hub/store/migrations/versions/0001_first.py": "a schema as it was released, table by table",
}


def tracked() -> list[Path]:
    """Every file that git knows; what is made here, or is nobody's yet, is none of ours."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def sources() -> dict[str, str]:
    return {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in tracked() if path.suffix == ".py"}


# --- plugins ---------------------------------------------------------------------------------------------------------


def test_a_plugins_folder_is_a_project_and_no_package():
    assert len(PLUGINS) >= 3
    assert [*(ROOT / "plugins").glob("__init__.py"), *(ROOT / "plugins").glob("*/__init__.py")] == []


@pytest.mark.parametrize("folder", ["plugins", "plugins/email", "plugins/calendar"])
def test_email_and_calendar_are_the_standard_librarys_wherever_python_starts(folder):
    code = "import email.message, calendar; print(calendar.monthrange(2026, 2), email.message.Message.__name__)"
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, cwd=ROOT / folder, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, "(6, 28) Message\n"), done.stderr


@pytest.mark.parametrize("folder", PLUGINS, ids=lambda folder: folder.name)
def test_an_entry_point_is_named_as_its_connector_and_points_into_its_project(folder):
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    named = project["entry-points"]["hub"]
    loaded = plugins.load(named)
    assert (loaded.broken, loaded.warnings) == ({}, {})
    assert {name: loaded.connectors[name].name for name in named} == {name: name for name in named}
    for module in named.values():
        package = module.partition(".")[0]
        assert package.startswith("hub_")
        assert (folder / package / "__init__.py").exists()
        assert (folder / package / "py.typed").exists()


# --- files -----------------------------------------------------------------------------------------------------------


def test_no_file_tells_of_a_developers_machine_or_of_things_left_to_do():
    telling = re.compile(rb"/(?:work|root|home)/|\b(?:TO[D]O|FIX[M]E)\b")
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match[0].decode()}"
        for path in tracked()
        for number, line in enumerate(path.read_bytes().splitlines(), 1)
        if (match := telling.search(line))
    ]
    assert found == []


def test_every_file_of_python_is_a_concept_that_fits_a_head():
    long = {name for name, text in sources().items() if text.count("\n") > 400}
    assert long == LONG_FILES.keys() & sources().keys()


def test_every_function_fits_a_screen():
    long = {
        name
        for name, text in sources().items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno >= 60
    }
    assert long == LONG_FUNCTIONS.keys()


def test_no_pattern_repeats_a_group_possessively():
    """Before 3.11.5 Python took too much there (gh-106052): the same bytes would read differently from machine to machine."""
    repeated = re.compile(r"(?:^|[^\\(])(?:\\\\)*\)(?:[*+?]|\{[\d,]+\})\+")
    assert all(map(repeated.search, ("(?:a|b)*+", r"(?:a|\\)++", "(ab){2,3}+", "(ab)?+")))
    assert not any(map(repeated.search, (r"\)*+", "[()*+]", "(?:a|b)*", "a*+(b)")))
    found = [
        f"{name}: {line.strip()}"
        for name, text in sources().items()
        if name != "tests/test_layout.py"
        for line in text.splitlines()
        if repeated.search(line)
    ]
    assert found == []


def test_every_layer_knows_only_those_below_it():
    run = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout
    assert " 0 broken." in done.stdout


def test_every_dependency_has_its_reason():
    table = (ROOT / "docs/dependencies.md").read_text("utf-8").lower()
    projects = [
        tomllib.loads(path.read_text())
        for path in (ROOT / "pyproject.toml", *(ROOT / "plugins").glob("*/pyproject.toml"))
    ]
    needed = [one for project in projects for one in project["project"]["dependencies"]]
    needed += projects[0]["dependency-groups"]["dev"]
    names = {re.split(r"[^\w.-]", one, maxsplit=1)[0].lower() for one in needed}
    assert {name for name in names if not name.startswith("interaction-hub") and name not in table} == set()
