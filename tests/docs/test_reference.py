"""The tables of the reference are what the program says of itself.

They stand between `<!-- NAME -->` and `<!-- end -->`; where they are out of date,
`HUB_WRITE_DOCS=1 uv run pytest tests/docs` writes them anew.
"""

import dataclasses
import inspect
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import pytest

from hub import plugins
from hub.core import records
from hub.secrets import Vault
from hub.settings import check, models
from hub.settings.shape import schema_of

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
PART = re.compile(r"(?<=<!-- )(?!end)(?P<name>[\w. ]+)(?P<between> -->\n).*?(?=<!-- end -->)", re.DOTALL)
FAMILIES = {
    "parties": records.PARTIES,
    "statements": records.STATEMENTS,
    "neither": (records.Gone, records.Unreadable),
    "parts": (records.Moment, records.Identifier, records.Participant, records.Attachment),
}


# --- settings --------------------------------------------------------------------------------------------------------


def settings_table(model: type) -> str:
    """Every key of a settings model; keys of inner tables with a dot, of lists of tables with []."""
    schema = schema_of(model)
    rows = _keys(schema, schema.get("$defs", {}), "")
    return "| key | value | by default | |\n|---|---|---|---|\n" + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _keys(schema: Mapping[str, Any], definitions: Mapping[str, Any], above: str) -> Iterator[tuple[str, ...]]:
    needed = schema.get("required", [])
    for name, one in schema["properties"].items():
        default = "*needed*" if name in needed else _plain(one.get("default"))
        inner, many = _table(one, definitions)
        told = one.get("description", one.get("title", "")).rstrip(".").replace("|", "\\|")
        if many or not inner or "anyOf" in one:
            yield f"`{above}{name}`", _value(one, definitions), default, told
        if inner:
            yield from _keys(inner, definitions, f"{above}{name}{'[]' if many else ''}.")


def _table(one: Mapping[str, Any], definitions: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, bool]:
    """(the schema of the table that stands here, whether there is a list of them)."""
    many = one.get("type") == "array"
    found = one["items"] if many else next((other for other in one.get("anyOf", ()) if "$ref" in other), one)
    inner = definitions.get(found.get("$ref", "").rpartition("/")[2], {})
    return (inner if "properties" in inner else None), many


def _value(one: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    if "$ref" in one:
        return _value(definitions[one["$ref"].rpartition("/")[2]], definitions)
    if "enum" in one or "const" in one:
        return ", ".join(f"`{value}`" for value in one.get("enum", [one.get("const")]))
    if "anyOf" in one:
        return " or ".join(_value(other, definitions) for other in one["anyOf"] if other.get("type") != "null")
    if one["type"] == "array":
        return f"list: {_value(one['items'], definitions)}" if "items" in one else "list"
    if one["type"] in ("integer", "number"):
        limits = [f"{word} {one[key]}" for word, key in (("from", "minimum"), ("to", "maximum")) if key in one]
        return " ".join(("number", *limits))
    if one["type"] == "object" and isinstance(one.get("additionalProperties"), Mapping):
        return f"table: {_value(one['additionalProperties'], definitions)}"
    names = {"string": "text", "boolean": "true or false", "object": "table"}
    formats = {"path": "path", "date": "day", "password": "secret"}
    return formats.get(one.get("format", ""), names[one["type"]])


def _plain(default: Any) -> str:
    match default:
        case None | "" | [] | {} | Mapping():
            return ""
        case bool():
            return f"`{str(default).lower()}`"
        case _:
            return f"`{default}`"


# --- records ---------------------------------------------------------------------------------------------------------


def record_tables(kinds: tuple[type, ...]) -> str:
    return "\n".join(map(_record, kinds))


def _record(kind: type) -> str:
    name = f"hub.{kind.__name__}"
    heading = f"### {name}" + (f" — `{records.KINDS[kind]}`" if kind in records.KINDS else "")
    fields = [f"| `{one.name}` | {_annotation(one.type)} | {_default(one)} |\n" for one in dataclasses.fields(kind)]
    table = "".join(("\n| field | type | by default |\n|---|---|---|\n", *fields)) if fields else ""
    return f"{heading}\n\n{inspect.getdoc(kind)}\n{table}"


def _annotation(kind: Any) -> str:
    said = str(kind) if get_args(kind) else inspect.formatannotation(kind)
    said = re.sub(r"\b(hub\.core\.records|collections\.abc|typing|datetime|decimal)\.", "", said)
    said = said.replace("str | int | float | bool | None", "Scalar")
    return f"`{said}`".replace("|", "\\|")


def _default(one: "dataclasses.Field[Any]") -> str:
    if one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING:
        return "*needed*"
    return "" if one.default in ("", (), None, dataclasses.MISSING) else f"`{one.default!r}`"


# --- the pages -------------------------------------------------------------------------------------------------------


def generated(name: str) -> str:
    if name in FAMILIES:
        return record_tables(FAMILIES[name])
    if hasattr(models, name):
        return settings_table(getattr(models, name))
    return settings_table(plugins.load([name]).connectors[name].settings)


@pytest.mark.parametrize("page", ["config.md", "records.md"])
def test_the_tables_say_what_the_program_says_of_itself(page):
    path = REFERENCE / page
    text = path.read_text(encoding="utf-8")
    fresh = PART.sub(lambda part: f"{part['name']}{part['between']}\n{generated(part['name'])}\n", text)
    if os.environ.get("HUB_WRITE_DOCS"):
        path.write_text(fresh, encoding="utf-8")
    assert text == fresh, "HUB_WRITE_DOCS=1 uv run pytest tests/docs writes them anew"


def test_the_configurations_that_pages_show_are_right(tmp_path):
    for page in ("README.md", "docs/reference/config.md"):
        [shown] = re.findall(r"```toml\n(.*?)```", (REFERENCE.parents[1] / page).read_text(encoding="utf-8"), re.DOTALL)
        path = tmp_path / "hub.toml"
        path.write_text(shown, encoding="utf-8")
        Vault(tmp_path, {}).put("company", "boris", "a password")
        mistakes = check(path, {}).mistakes
        assert {one.code for one in mistakes} <= {"HUB125"}, mistakes  # the folders are not there, only warned of


def test_every_record_and_every_connector_has_a_table():
    told = {
        part["name"] for page in ("config.md", "records.md") for part in PART.finditer((REFERENCE / page).read_text())
    }
    ours = {one.name for one in plugins.installed() if one.distribution.startswith("interaction-hub-")}
    assert told >= ours | set(FAMILIES)
    assert {kind for family in FAMILIES.values() for kind in family} >= {*records.RECORDS.values(), records.Unreadable}
