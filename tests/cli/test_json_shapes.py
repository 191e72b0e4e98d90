"""The keys of every JSON output, so that scripts can rely on them: a change here is a change for users."""

import json
from pathlib import Path

import pytest

SHAPES = Path(__file__).with_name("json_shapes.json")
COMMANDS = {
    "sync": ["sync", "--json"],
    "status": ["status", "--json"],
    "clients": ["clients", "--json"],
    "history": ["history", "ООО Ромашка", "--text", "--all", "--json"],
    "search": ["search", "договор", "--json"],
    "why client": ["why", "ООО Ромашка", "--json"],
    "why interaction": ["why", "mail:b1@x.example", "--json"],
    "why two clients": ["why", "ООО Ромашка", "ООО Стройка", "--json"],
    "quarantine list": ["quarantine", "list", "--json"],
}
COUNTED = {"counts", "excluded"}
"""Objects whose keys are what was counted."""


def shape(value, key=""):
    """The keys of nested objects with the kinds of their values; of a list, all that its elements have."""
    if isinstance(value, dict):
        if key in COUNTED and "listed" not in value:
            return "counts by name"
        return {name: shape(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [united([shape(one) for one in value])] if value else []
    return {bool: "boolean", int: "number", float: "number", str: "text", type(None): "null"}[type(value)]


def united(shapes):
    if all(isinstance(one, dict) for one in shapes):
        names = dict.fromkeys(name for one in shapes for name in one)
        assert all(one.keys() == names.keys() for one in shapes), "elements with different keys"
        return {name: united([one[name] for one in shapes]) for name in names}
    lists = [one for one in shapes if isinstance(one, list)]
    if lists:
        full = [element for one in lists for element in one]
        return [united(full)] if full else []
    plain = sorted({json.dumps(one, ensure_ascii=False) if isinstance(one, dict) else str(one) for one in shapes})
    return " or ".join(plain)


@pytest.fixture
def snapshot(request):
    return json.loads(SHAPES.read_text("utf-8"))


@pytest.mark.parametrize("name", COMMANDS)
def test_the_keys_of_a_json_output_stay(sold, snapshot, name):
    said = sold(*COMMANDS[name])
    assert said.code == 0
    assert shape(json.loads(said.out)) == snapshot[name]
