"""What a settings model expects at every key, read off its JSON Schema.

The schema is what editors see too, so what is said about a mistake and what an editor suggests are one thing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from pydantic import BaseModel
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import WithDefaultSchema

from hub.settings.places import Key

_PATHS: Final = {"path", "file-path", "directory-path"}
_DEEPEST: Final = 32


@cache
def schema_of(model: type[BaseModel]) -> Mapping[str, Any]:
    """The model's JSON Schema; {} for a model that has none."""
    try:
        return model.model_json_schema()
    except PydanticInvalidForJsonSchema:
        return {}


class _WithoutDefaults(GenerateJsonSchema):
    """Defaults take most of the time, and no question about a document asks for them."""

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


@cache
def shape_of(model: type[BaseModel]) -> "Shape":
    """What the model expects."""
    try:
        return Shape(model.model_json_schema(schema_generator=_WithoutDefaults))
    except PydanticInvalidForJsonSchema:
        return Shape({})


@dataclass(frozen=True, slots=True)
class Shape:
    """A JSON Schema to ask about the keys of a document."""

    schema: Mapping[str, Any]

    def at(self, key: Key, tree: Any) -> list[Mapping[str, Any]]:
        """The schemas that hold at a key of `tree`: several for a union, none for an unknown key."""
        found = list(self._branches(self.schema, tree, 0))
        for part in key:
            tree = _inner(tree, part)
            found = [deep for one in found for deep in self._children(one, part, tree)]
        return found

    def names(self, key: Key, tree: Any) -> list[str]:
        """The keys a table may have."""
        return list(dict.fromkeys(name for one in self.at(key, tree) for name in one.get("properties", {})))

    def secrets(self, tree: Any) -> frozenset[Key]:
        """The keys of `tree` that hold secrets, whether or not their values are valid."""
        return frozenset(key for key, one in self._leaves(tree) if one.get("writeOnly"))

    def paths(self, tree: Any) -> frozenset[Key]:
        """The keys of `tree` that hold paths, or one path where a list of them is expected."""
        return frozenset(key for key, one in self._leaves(tree) if one.get("format") in _PATHS)

    def expected(self, tree: Any) -> Mapping[Key, list[Mapping[str, Any]]]:
        """Every key of `tree` with the schemas that may hold there."""
        found: dict[Key, list[Mapping[str, Any]]] = {}
        for key, one in self._leaves(tree):
            found.setdefault(key, []).append(one)
        return found

    def _leaves(self, tree: Any, key: Key = ()) -> Iterator[tuple[Key, Mapping[str, Any]]]:
        """Every key of the tree with every schema that may hold there."""
        return self._under(list(self._branches(self.schema, tree, 0)), tree, key)

    def _under(self, found: list[Mapping[str, Any]], tree: Any, key: Key) -> Iterator[tuple[Key, Mapping[str, Any]]]:
        yield from ((key, one) for one in found)
        if not isinstance(tree, dict | list):
            yield from ((key, alone) for one in found for alone in self._children(one, 0, tree))
        for part, inner in _items(tree):
            deeper = [deep for one in found for deep in self._children(one, part, inner)]
            yield from self._under(deeper, inner, (*key, part))

    def _children(self, schema: Mapping[str, Any], part: str | int, tree: Any) -> Iterator[Mapping[str, Any]]:
        if isinstance(part, int):
            first = schema.get("prefixItems", [])
            inner = first[part] if part < len(first) else schema.get("items")
        else:
            inner = schema.get("properties", {}).get(part, schema.get("additionalProperties"))
        if isinstance(inner, dict):
            yield from self._branches(inner, tree, 0)

    def _branches(self, schema: Mapping[str, Any], tree: Any, depth: int) -> Iterator[Mapping[str, Any]]:
        """The schema without references and unions: each of those that `tree` may be meant for."""
        if depth > _DEEPEST:
            return
        if reference := schema.get("$ref"):
            yield from self._branches(self._definition(reference), tree, depth + 1)
        for word in ("anyOf", "oneOf", "allOf"):
            for branch in schema.get(word, ()):
                yield from (one for one in self._branches(branch, tree, depth + 1) if _may_be(one, tree))
        if not {"$ref", "anyOf", "oneOf", "allOf"} & schema.keys():
            yield schema

    def _definition(self, reference: str) -> Mapping[str, Any]:
        found: Any = self.schema
        for part in reference.removeprefix("#/").split("/"):
            found = found.get(part, {})
        return dict(found)


def _may_be(schema: Mapping[str, Any], tree: Any) -> bool:
    """False for a branch of a union whose constant keys (its tag) the tree contradicts."""
    if not isinstance(tree, dict):
        return True
    constants = ((name, one["const"]) for name, one in schema.get("properties", {}).items() if "const" in one)
    return all(tree.get(name, value) == value for name, value in constants)


def _inner(tree: Any, part: str | int) -> Any:
    try:
        return tree[part]
    except (KeyError, IndexError, TypeError):
        return None


def _items(tree: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(tree, dict):
        yield from tree.items()
    elif isinstance(tree, list):
        yield from enumerate(tree)
