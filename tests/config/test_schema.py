import json
import tomllib
from pathlib import Path

import pytest

from hub import contract
from hub.settings.models import RESERVED, FileTable
from hub.settings.schema import FILE_NAME, json_schema
from hub.settings.shape import Shape, schema_of

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def schema(acme):
    return json_schema()


def nodes(value):
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    for inner in value if isinstance(value, list) else ():
        yield from nodes(inner)


def test_every_installed_connector_has_its_branch(schema):
    branches = [one["$ref"] for one in schema["properties"]["connections"]["additionalProperties"]["oneOf"]]
    for name in ("acme.mail", "email.files", "calendar.files", "contacts.files"):
        assert f"#/$defs/connection.{name}" in branches
        assert schema["$defs"][f"connection.{name}"]["properties"]["connector"]["const"] == name


def test_every_reference_leads_somewhere(schema):
    references = [one["$ref"] for one in nodes(schema) if isinstance(one.get("$ref"), str)]
    assert references
    assert all(one.removeprefix("#/$defs/") in schema["$defs"] for one in references)


def test_unknown_keys_are_refused_in_every_table_with_keys(schema):
    tables = [one for one in nodes(schema) if "properties" in one and one.get("type") == "object"]
    assert len(tables) > 8
    assert [one.get("title") for one in tables if one.get("additionalProperties") is not False] == ["acme.broken"]


def test_secrets_are_for_writing_only(schema):
    mail = schema["$defs"]["connection.acme.mail"]["properties"]
    assert any(one.get("writeOnly") for one in mail["password"]["anyOf"])
    assert schema["$defs"]["acme.mail.Token"]["properties"]["token"]["writeOnly"] is True


def test_every_key_of_the_hub_is_described():
    bare = [
        f"{table['title']}.{name}"
        for table in nodes(dict(schema_of(FileTable)))
        if "properties" in table and "title" in table
        for name, one in table["properties"].items()
        if "description" not in one and "$ref" not in one
    ]
    assert bare == []


def test_the_hubs_own_keys_are_those_that_no_plugin_may_have():
    assert RESERVED == contract.RESERVED


def test_the_published_schema_is_fresh(acme):
    """`hub config schema > config/hub.schema.json` writes it again."""
    published = json.loads((ROOT / "config" / FILE_NAME).read_text(encoding="utf-8"))
    now = json_schema(only=lambda offer: offer.distribution.startswith("interaction-hub"))
    assert published == json.loads(json.dumps(now))


@pytest.mark.parametrize("file", sorted(ROOT.glob("config/**/*.toml")), ids=str)
def test_every_key_of_the_shipped_configurations_is_in_the_schema(file, schema):
    tree = tomllib.loads(file.read_text(encoding="utf-8"))
    shape = Shape(schema)

    def keys(value, key=()):
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for name, inner in items:
            yield (*key, name)
            yield from keys(inner, (*key, name))

    assert [key for key in keys(tree) if not shape.at(key, tree)] == []
