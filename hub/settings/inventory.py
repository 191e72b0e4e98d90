"""What is in force, key by key, and where each value comes from. No secret is ever in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from hub.i18n import N_
from hub.settings.document import value_at
from hub.settings.mistakes import dotted
from hub.settings.places import Key
from hub.settings.reading import Checked

MASK: Final = "••••••••"
DEFAULT: Final = N_("default")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A value in force. `key` is dotted; `origin` a place in a file, the name of a variable, or "default".

    A secret is masked. What comes from `${…}` is shown as it is written, because what it stands for may be secret.
    """

    key: str
    value: Any
    origin: str
    kind: Literal["file", "variable", "default"]


def settings_in_force(checked: Checked) -> Iterator[Setting]:
    """Every setting, in the order of the models; nothing of a part that has mistakes."""
    if checked.file is not None:
        tables = checked.file.model_dump(mode="json", exclude={"connections"}, by_alias=True)
        yield from _settings(tables, (), checked)
    for one in checked.connections:
        if one.table is None or one.connection is None:
            continue
        hubs_own = one.table.model_dump(mode="json")
        connectors_own = one.connection.settings.model_dump(mode="json", by_alias=True)
        yield from _settings(
            {**hubs_own, "id": one.connection.id, **connectors_own}, ("connections", one.name), checked
        )


def _settings(value: Any, key: Key, checked: Checked) -> Iterator[Setting]:
    for inner, shown in _leaves(value, key):
        kind, origin = _origin(inner, checked)
        yield Setting(key=dotted(inner), value=_speakable(shown, inner, checked), origin=origin, kind=kind)


def _leaves(value: Any, key: Key) -> Iterator[tuple[Key, Any]]:
    """A table's keys and a list of tables go on inside; anything else is one value."""
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _leaves(inner, (*key, name))
    elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        for index, inner in enumerate(value):
            yield from _leaves(inner, (*key, index))
    else:
        yield key, value


def _speakable(value: Any, key: Key, checked: Checked) -> Any:
    if isinstance(value, list):
        return [_speakable(one, (*key, index), checked) for index, one in enumerate(value)]
    if any(key[:length] in checked.secrets for length in range(len(key) + 1)):
        return MASK if value else value
    reference = checked.references.get(key)
    return reference.written if reference else value


def _origin(key: Key, checked: Checked) -> tuple[Literal["file", "variable", "default"], str]:
    document = checked.document
    for length in range(len(key), 0, -1):
        if name := document.variables.get(key[:length]):
            return "variable", name
    if value_at(document.tree, key) is None:
        return "default", DEFAULT
    return "file", str(document.entry(key).value)
