"""The contract as a type checker sees it: what is right passes in strict mode, what is wrong is told where it stands."""

import re
from pathlib import Path

import pytest
from mypy import api

ROOT = Path(__file__).parents[2]
WRONG = Path(__file__).with_name("wrong_connector.py")


def checked(path: Path) -> dict[int, str]:
    """Line -> the error that mypy tells there, as `code message`."""
    out, err, _code = api.run(["--config-file", "pyproject.toml", "--no-error-summary", str(path)])
    assert not err, err
    found = re.findall(rf"{path.name}:(\d+): error: (.*)  \[([\w-]+)\]$", out, re.MULTILINE)
    assert found or not out, out
    return {int(line): f"{code} {message}" for line, message, code in found}


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch):
    monkeypatch.chdir(ROOT)


@pytest.mark.timeout(300)
def test_the_smallest_plugin_of_the_docs_is_right(tmp_path):
    page = (ROOT / "docs/reference/hooks.md").read_text()
    plugin = tmp_path / "plugin.py"
    plugin.write_text(re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0])
    assert checked(plugin) == {}


@pytest.mark.timeout(300)
def test_a_wrong_connector_is_told_what_is_wrong_and_where():
    lines = enumerate(WRONG.read_text().splitlines(), 1)
    expected = {number: line.partition("# E: ")[2] for number, line in lines if "# E: " in line}
    told = checked(WRONG)
    assert told.keys() == expected.keys()
    for line, error in expected.items():
        code, _, words = error.partition(" ")
        assert told[line].startswith(f"{code} "), (line, told[line])
        assert words in told[line], (line, told[line])
