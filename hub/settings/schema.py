"""The JSON Schema of hub.toml with the settings of the installed plugins: completion and hints in an editor."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from hub import plugins
from hub.connectors import Connector
from hub.settings.models import ConnectionTable, FileTable
from hub.settings.shape import schema_of

DIALECT: Final = GenerateJsonSchema.schema_dialect
FILE_NAME: Final = "hub.schema.json"


def json_schema(only: Callable[[plugins.Installed], bool] = lambda _offer: True) -> dict[str, Any]:
    """The schema, draft 2020-12, with the plugins that `only` lets through.

    Secrets are marked `writeOnly`; a broken plugin's connections may have any key.
    """
    offers = tuple(filter(only, plugins.installed()))
    loaded = plugins.load(found=offers)
    definitions: dict[str, Any] = {}
    file = _inlined(FileTable, "hub", definitions)
    names = sorted({*loaded.connectors, *loaded.broken})
    for name in names:
        definitions[f"connection.{name}"] = _connection(name, loaded.connectors.get(name), definitions)
    file["properties"]["connections"] = _connections(names)
    title = "interaction-hub configuration"
    return {"$schema": DIALECT, **file, "title": title, "$defs": dict(sorted(definitions.items()))}


def _connections(names: list[str]) -> dict[str, Any]:
    return {
        "title": "Connections",
        "description": "What is pulled: one table per connection.",
        "type": "object",
        "propertyNames": {"pattern": r"^\w[\w.-]{0,63}$"},
        "additionalProperties": {"oneOf": [{"$ref": f"#/$defs/connection.{name}"} for name in names]},
    }


def _connection(name: str, connector: Connector | None, definitions: dict[str, Any]) -> dict[str, Any]:
    """The hub's own keys and the connector's in one table, told apart from others by its connector's name."""
    table = _inlined(ConnectionTable, "hub", definitions)
    table["properties"]["connector"] = {**table["properties"]["connector"], "const": name}
    table["title"] = name
    table.pop("description", None)
    if connector is None:
        return {**table, "additionalProperties": True}
    own = _inlined(connector.settings, name, definitions)
    table["title"] = connector.title
    table["properties"] |= own.get("properties", {})
    table["required"] = [*table.get("required", []), *own.get("required", [])]
    return table


def _inlined(model: type[BaseModel], prefix: str, definitions: dict[str, Any]) -> dict[str, Any]:
    """The model's schema; what it defines goes to `definitions`, under names that cannot meet another model's."""
    schema = dict(_renamed(schema_of(model), prefix))
    definitions.update({f"{prefix}.{name}": inner for name, inner in schema.pop("$defs", {}).items()})
    return schema


def _renamed(value: Any, prefix: str) -> Any:
    """A deep copy in which references point to the names in `definitions`."""
    if isinstance(value, Mapping):
        copy = {key: _renamed(inner, prefix) for key, inner in value.items()}
        if isinstance(reference := copy.get("$ref"), str):
            copy["$ref"] = reference.replace("#/$defs/", f"#/$defs/{prefix}.")
        if isinstance(discriminator := copy.get("discriminator"), dict):
            mapping = discriminator.get("mapping", {})
            targets = {tag: one.replace("#/$defs/", f"#/$defs/{prefix}.") for tag, one in mapping.items()}
            copy["discriminator"] = {**discriminator, "mapping": targets}
        return copy
    return [_renamed(inner, prefix) for inner in value] if isinstance(value, list) else value
