"""The tables [connections.NAME]: the hub's own keys, and the connector's settings."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from hub import plugins
from hub.connectors import Connector, Settings
from hub.i18n import _
from hub.settings.config import BrokenConnection, Connection, connection, locale_of
from hub.settings.document import Document, shown, value_at
from hub.settings.keeping import secret_names
from hub.settings.mistakes import Mistake, dotted
from hub.settings.models import RESERVED, ConnectionTable, is_name
from hub.settings.places import Key
from hub.settings.references import UNRESOLVED, Reference
from hub.settings.shape import shape_of
from hub.settings.validation import Fault, Validated, validated
from hub.settings.words import Part, closest

_PLAIN_DEFAULT: Final = re.compile(r"\$\{env:\w+:-[^}]+\}")
_READABLE_BY_OTHERS: Final = 0o077


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a connection is read with. `hidden` are the keys whose values come from elsewhere and are never shown."""

    document: Document
    references: Mapping[Key, Reference]
    home: Path
    context: dict[str, Any]
    installed: tuple[str, ...]
    plugins: plugins.Plugins

    @property
    def hidden(self) -> frozenset[Key]:
        return frozenset(self.references) | frozenset(self.document.variables)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadConnection:
    """What became of one table. `connection` is None where there are errors; `secrets` are keys of the document."""

    name: str
    mistakes: tuple[Mistake, ...] = ()
    table: ConnectionTable | None = None
    connection: Connection | None = None
    broken: BrokenConnection | None = None
    secrets: frozenset[Key] = frozenset()


def read_connections(
    document: Document,
    references: Mapping[Key, Reference],
    home: Path,
    context: dict[str, Any],
    offers: Sequence[plugins.Installed],
) -> tuple[ReadConnection, ...]:
    """Every connection, in the order of the file. Of what is installed only plugins that are named are imported."""
    tables = document.at(("connections",))
    tables = tables if isinstance(tables, dict) else {}
    names = {offer.name for offer in offers}
    named = {str(table.get("connector")) for table in tables.values() if isinstance(table, dict)}
    around = Surroundings(
        document=document,
        references=references,
        home=home,
        context=context,
        installed=tuple(sorted(names)),
        plugins=plugins.load(sorted(named & names), found=offers),
    )
    return _told_apart([_read(name, table, around) for name, table in tables.items()], document)


def rooted(tree: Any, keys: Iterable[Key], home: Path) -> Any:
    """The tree with the paths at `keys` made absolute: relative ones start at the home, ~ is the user's own folder."""
    for key in keys:
        text = value_at(tree, key)
        if isinstance(text, str) and text:
            tree = _with(tree, key, str(home / Path(text).expanduser()))
    return tree


def _with(tree: Any, key: Key, value: Any) -> Any:
    if not key:
        return value
    copy: Any = list(tree) if isinstance(tree, list) else dict(tree)
    copy[key[0]] = _with(tree[key[0]], key[1:], value)
    return copy


# --- one connection --------------------------------------------------------------------------------------------------


def _read(name: str, table: Any, around: Surroundings) -> ReadConnection:
    at: Key = ("connections", name)
    if not isinstance(table, dict):
        message = _("{name} must be a table").format(name=f"`{name}`")
        fix = _("write [{name}] and its keys below").format(name=dotted(at))
        return ReadConnection(name=name, mistakes=(_mistake("HUB106", at, around.document, message, fix=fix),))
    told = _hubs_own(name, {key: value for key, value in table.items() if key in RESERVED}, around)
    told = replace(
        told,
        mistakes=(*_name(at, around.document), *told.mistakes, *_which(at, table, around)),
        broken=_broken(name, told.table, around),
    )
    connector = around.plugins.connectors.get(str(table.get("connector")))
    return told if connector is None else _with_settings(told, table, connector, around)


def _hubs_own(name: str, table: dict[str, Any], around: Surroundings) -> ReadConnection:
    """What the keys are worth that every connection may have."""
    at: Key = ("connections", name)
    shape = shape_of(ConnectionTable)
    secrets, paths = shape.secrets(table), shape.paths(table)
    part = Part(
        document=around.document,
        shape=shape,
        at=at,
        hidden=around.hidden | {(*at, *key) for key in secrets},
        secrets=_unspeakable(table, secrets, at, around),
    )
    rooted_table = rooted(table, paths, around.home)
    own = validated(ConnectionTable, rooted_table, loose=_below(at, around.document.loose))
    mistakes = [
        *part.mistakes([*_empty_paths(table, paths), *own.faults]),
        *secret_mistakes(table, secrets, at, around.document, around.references),
        *(_lost_paths(table, paths, at, around) if own.model and own.model.enabled else ()),
    ]
    hidden = frozenset((*at, *key) for key in secrets)
    return ReadConnection(name=name, mistakes=tuple(mistakes), table=own.model, secrets=hidden)


def _with_settings(
    told: ReadConnection, table: dict[str, Any], connector: Connector, around: Surroundings
) -> ReadConnection:
    """The connection with what the connector's own model says of the rest of its table."""
    at: Key = ("connections", told.name)
    shape = shape_of(connector.settings)
    rest = {key: value for key, value in table.items() if key not in RESERVED}
    secrets, paths = shape.secrets(rest), shape.paths(rest)
    part = Part(
        document=around.document,
        shape=shape,
        at=at,
        hidden=around.hidden | {(*at, *key) for key in secrets},
        secrets=_unspeakable(rest, secrets, at, around),
        more=tuple(RESERVED),
        locale=locale_of(connector.settings),
    )
    outcome = _settings(connector, rooted(rest, paths, around.home), at, around)
    if isinstance(outcome, Mistake):
        mistakes = (*told.mistakes, _warning(outcome) if told.table and not told.table.enabled else outcome)
        return replace(told, mistakes=mistakes, broken=_unusable(told.name, told.table, outcome.message, outcome.fix))
    found = [
        *told.mistakes,
        *part.mistakes([*_empty_paths(rest, paths), *outcome.faults]),
        *secret_mistakes(rest, secrets, at, around.document, around.references),
        *(_lost_paths(rest, paths, at, around) if told.table and told.table.enabled else ()),
    ]
    made = None
    if told.table and outcome.model and not any(one.severity == "error" for one in found):
        made = replace(connection(told.name, told.table, outcome.model), signs_in=_signs_in(connector, outcome.model))
    hidden = told.secrets | {(*at, *key) for key in secrets}
    return replace(told, mistakes=tuple(found), connection=made, secrets=hidden)


def _settings(connector: Connector, tree: Any, at: Key, around: Surroundings) -> Validated[Settings] | Mistake:
    try:
        return validated(connector.settings, tree, loose=_below(at, around.document.loose), context=around.context)
    except Exception as error:  # noqa: BLE001 - a validator of a plugin may raise anything
        message = _("the plugin of {name} failed while it checked the settings: {kind}")
        message = message.format(name=f"`{connector.name}`", kind=type(error).__name__)
        return _mistake("HUB121", at, around.document, message, fix=_("tell the plugin's author"))


def _signs_in(connector: Connector, settings: Settings) -> bool:
    """Whether it takes a browser. A plugin that cannot tell says why when somebody signs in."""
    with suppress(Exception):
        return connector.sign_in is not None and connector.sign_in(settings) is not None
    return True


def _below(at: Key, keys: Iterable[Key]) -> frozenset[Key]:
    return frozenset(key[len(at) :] for key in keys if key[: len(at)] == at)


def _mistake(code: str, key: Key, document: Document, message: str, *, meant: str = "", fix: str = "") -> Mistake:
    return Mistake(code=code, key=key, place=document.entry(key).value, message=message, meant=meant, fix=fix)


def _warning(mistake: Mistake) -> Mistake:
    return replace(mistake, severity="warning")


# --- name and connector ----------------------------------------------------------------------------------------------


def _name(at: Key, document: Document) -> Iterator[Mistake]:
    if not is_name(str(at[1])):
        message = _("{given} cannot be a name").format(given=f"`{at[1]:.80}`")
        fix = _("use up to 64 letters, digits, `-`, `_` and `.`; no blanks")
        yield Mistake(code="HUB124", key=at, place=document.entry(at).key, message=message, fix=fix)


def _which(at: Key, table: dict[str, Any], around: Surroundings) -> Iterator[Mistake]:
    """What is wrong with the connector: not installed, or broken. For a connection that is off, only a warning."""
    name = table.get("connector")
    if not isinstance(name, str) or not name or name in around.plugins.connectors:
        return
    key = (*at, "connector")
    if name in around.plugins.broken:
        why = around.plugins.broken[name]
        message = _("the plugin of {name} is broken: {reason}").format(name=f"`{name}`", reason=why.reason)
        mistake = _mistake("HUB121", key, around.document, message, fix=why.fix)
    else:
        message = _("no installed plugin offers the connector {name}").format(name=f"`{name}`")
        fix = _("install its plugin, or use one of: {names}").format(names=", ".join(around.installed))
        meant = closest(name, around.installed)
        mistake = _mistake("HUB120", key, around.document, message, meant=meant, fix=fix)
    yield _warning(mistake) if table.get("enabled") is False else mistake


def _broken(name: str, table: ConnectionTable | None, around: Surroundings) -> BrokenConnection | None:
    why = around.plugins.broken.get(table.connector) if table else None
    return _unusable(name, table, why.reason, why.fix) if why else None


def _unusable(name: str, table: ConnectionTable | None, reason: str, fix: str) -> BrokenConnection | None:
    if table is None or not table.enabled:
        return None
    return BrokenConnection(name=name, id=table.id or name, connector=table.connector, reason=reason, fix=fix)


# --- secrets and paths -----------------------------------------------------------------------------------------------


def _unspeakable(rest: Any, secrets: Iterable[Key], at: Key, around: Surroundings) -> frozenset[str]:
    """What no message may repeat: secrets, and longer values that come from elsewhere."""
    values = [value_at(rest, key) for key in secrets]
    values += [value for key in _below(at, around.hidden) if len(str(value := value_at(rest, key))) >= 6]
    return frozenset(str(value) for value in values if value not in (None, ""))


def secret_mistakes(
    rest: Any, secrets: Iterable[Key], at: Key, document: Document, references: Mapping[Key, Reference]
) -> Iterator[Mistake]:
    """Secrets at these keys below `at` that stand where others may read them."""
    names = secret_names(rest, secrets)
    for key in sorted(names, key=str):
        whole = (*at, *key)
        if not value_at(rest, key) or whole in document.variables:
            continue
        reference = references.get(whole)
        if reference is None or _PLAIN_DEFAULT.search(reference.written):
            message = _("the secret {name} stands here in plain text").format(name=f"`{key[-1]}`")
            fix = _("keep it with `hub secret set {connection} {name}`, and write ${{secret:{name}}}").format(
                connection=at[1] if at[:1] == ("connections",) else "-", name=names[key]
            )
            yield _warning(_mistake("HUB103", whole, document, message, fix=fix))
        yield from (
            _mistake(
                "HUB115",
                whole,
                document,
                _("others can read the file of this secret: {file}").format(file=file),
                fix=f"chmod 600 {file}",
            )
            for file in (reference.files if reference else ())
            if _others_can_read(file)
        )


def _others_can_read(file: Path) -> bool:
    try:
        return bool(file.stat().st_mode & _READABLE_BY_OTHERS)
    except OSError:
        return False


def _empty_paths(rest: Any, paths: Iterable[Key]) -> Iterator[Fault]:
    for key in paths:
        if value_at(rest, key) == "":
            yield Fault(key=key, type="hub_empty_path")


def _lost_paths(rest: Any, paths: Iterable[Key], at: Key, around: Surroundings) -> Iterator[Mistake]:
    for key in sorted(paths, key=str):
        text = value_at(rest, key)
        path = around.home / Path(text).expanduser() if isinstance(text, str) else None
        if path and text not in {"", UNRESOLVED} and not path.exists():
            message = _("there is no {path}").format(
                path=shown(path) if _speakable(at, key, around) else f"`{key[-1]}`"
            )
            fix = _("create it, or correct the path (relative ones start at {home})").format(home=around.home)
            yield _warning(_mistake("HUB125", (*at, *key), around.document, message, fix=fix))


def _speakable(at: Key, key: Key, around: Surroundings) -> bool:
    return (*at, *key) not in around.hidden


# --- several ---------------------------------------------------------------------------------------------------------


def _told_apart(found: list[ReadConnection], document: Document) -> tuple[ReadConnection, ...]:
    """The connections, those that read the same as an earlier one with a mistake more."""
    seen: list[Connection] = []
    told: list[ReadConnection] = []
    for one in found:
        twin = next((other for other in seen if one.connection and _same(other, one.connection)), None)
        if twin is not None:
            key: Key = ("connections", one.name)
            message = _("{name} reads the same as {other}").format(name=f"`{one.name}`", other=f"`{twin.name}`")
            fix = _("delete one of the two, or let them read different things")
            mistake = _mistake("HUB123", key, document, message, fix=fix)
            one = replace(one, connection=None, mistakes=(*one.mistakes, mistake))  # noqa: PLW2901
        elif one.connection is not None:
            seen.append(one.connection)
        told.append(one)
    return tuple(told)


def _same(first: Connection, second: Connection) -> bool:
    both = first.enabled and second.enabled
    return both and first.connector == second.connector and first.settings == second.settings
