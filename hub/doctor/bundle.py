"""`hub diagnostics`: what may be shown to somebody else. It holds what is *known to be harmless*, and nothing else.

    versions.json   hub, Python, system, packages, plugins
    doctor.json     which checks found what; without words, since they name hosts and files
    config.json     every key that a schema knows; numbers, switches and choices as they are, of texts only how long
    status.json     connections and streams by numbers, what became of their items, the last runs

Connections are called c1, c2 … in the order of the configuration, streams s1, s2 … . An error is given as the message it was
made of, with its fields left open.
"""

import platform
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from importlib.metadata import distributions, version
from pathlib import Path
from typing import Any, Final

import orjson

from hub.doctor.finding import Finding
from hub.errors import HubError
from hub.i18n import unfilled
from hub.plugins import Plugins
from hub.settings import Checked, Config
from hub.settings.inventory import settings_in_force
from hub.settings.models import ConnectionTable, FileTable
from hub.settings.shape import schema_of
from hub.store import measures, running
from hub.store.database import Store, Tx
from hub.store.inspection import inspect
from hub.store.schema import HEAD

RUNS: Final = 500
_DAY: Final = (1980, 1, 1, 0, 0, 0)


def bundle(checked: Checked, plugins: Plugins, findings: Iterable[Finding]) -> dict[str, Any]:
    """The files of the bundle by name, as values for JSON."""
    names = _Names(checked.config)
    return {
        "versions.json": _versions(plugins),
        "doctor.json": [{"check": one.check, "level": one.level} for one in findings],
        "config.json": _config(checked, plugins, names),
        "status.json": _status(checked.config, names),
    }


def write(path: Path, files: Mapping[str, Any]) -> None:
    """A zip that only its owner may read; the same content gives the same bytes."""
    with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED) as archive:
        path.chmod(0o600)
        for name, value in files.items():
            archive.writestr(zipfile.ZipInfo(name, _DAY), orjson.dumps(value, option=orjson.OPT_INDENT_2))


class _Names:
    """What connections and streams are called."""

    def __init__(self, config: Config | None) -> None:
        every = [(one.id, one.name) for one in config.connections] if config else []
        every += [(one.id, one.name) for one in config.broken] if config else []
        self._connections = {identity: f"c{number}" for number, (identity, _name) in enumerate(every, 1)}
        self.by_name = {name: self._connections[identity] for identity, name in every}

    def of(self, connection: str) -> str:
        return self._connections.setdefault(connection, f"c{len(self._connections) + 1}")


def _versions(plugins: Plugins) -> dict[str, Any]:
    packages = {one.name: one.version for one in distributions()}
    return {
        "hub": version("interaction-hub"),
        "python": sys.version.partition(" ")[0],
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "packages": dict(sorted(packages.items())),
        "plugins": {one.name: one.version for one in plugins.installed},
        "broken": sorted(plugins.broken),
    }


# --- configuration ---------------------------------------------------------------------------------------------------


def _config(checked: Checked, plugins: Plugins, names: _Names) -> list[dict[str, Any]]:
    models = [FileTable, ConnectionTable, *(one.settings for one in plugins.connectors.values())]
    keys, choices = set[str](), {*plugins.connectors}
    for model in models:
        for schema in _schemas(schema_of(model)):
            keys |= set(schema.get("properties", {}))
            choices |= {one for one in (*schema.get("enum", ()), schema.get("const")) if isinstance(one, str)}
    found = settings_in_force(checked) if not checked.errors else ()
    return [
        {"key": _key(one.key, keys, names), "value": _harmless(one.value, choices), "from": one.kind} for one in found
    ]


def _schemas(schema: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(schema, Mapping):
        yield schema
        for inner in schema.values():
            yield from _schemas(inner)
    elif isinstance(schema, Sequence) and not isinstance(schema, str):
        for inner in schema:
            yield from _schemas(inner)


def _key(key: str, known: set[str], names: _Names) -> str:
    """A dotted key with every part that a person chose left out."""
    for name, number in names.by_name.items():
        for written in (f"connections.{name}", f'connections."{name}"'):
            if key == written or key.startswith(f"{written}."):
                key = f"connections.{number}{key[len(written) :]}"
    return ".".join(part if _is_known(part, known) else "…" for part in key.split("."))


def _is_known(part: str, known: set[str]) -> bool:
    name = part.partition("[")[0]
    return name in known or (name[:1] == "c" and name[1:].isdigit())


def _harmless(value: Any, choices: set[str]) -> Any:
    match value:
        case bool() | int() | float() | None:
            return value
        case str():
            return value if value in choices or not value else f"text of {len(value)}"
        case list() | tuple():
            return [_harmless(one, choices) for one in value]
        case dict():
            return f"table of {len(value)}"
        case _:
            return type(value).__name__


# --- status ----------------------------------------------------------------------------------------------------------


def _status(config: Config | None, names: _Names) -> dict[str, Any]:
    if config is None:
        return {"database": "unknown"}
    try:
        found = inspect(config.database)
        with closing(Store.as_it_is(config.database)) as store:
            schema = store.version()
            said: dict[str, Any] = {
                "product": found.product, "bytes": found.bytes, "log_bytes": found.log_bytes, "mode": found.mode,
                "whole": not found.damage, "schema": schema,
            }  # fmt: skip
            if schema == HEAD:
                with store.read() as tx:
                    said |= _rows(tx, names)
            return said
    except HubError as error:
        return {"database": "unusable", "why": unfilled(str(error))}


def _rows(tx: Tx, names: _Names) -> dict[str, Any]:
    streams, runs = measures.kept(tx), measures.last_runs(tx, RUNS)
    numbers = {one["id"]: f"s{number}" for number, one in enumerate(streams, 1)}
    beat = running.pulse(tx)
    return {
        "streams": [
            {"stream": numbers[one["id"]], "connection": names.of(one["connection"]),
             **{key: one[key] for key in ("complete", "accepted", "told", "items")}}
            for one in streams
        ],
        "runs": [
            {"stream": numbers.get(one["stream"], "?"), "said": unfilled(one["message"]),
             **{key: value for key, value in one.items() if key not in ("stream", "message")}}
            for one in runs
        ],
        "due": [
            {"connection": names.of(one.connection), "at": one.at, "failures": one.failures, "error": one.error}
            for one in running.terms(tx).values()
        ],
        "daemon": None if beat is None else {"started": beat.started, "ticked": beat.ticked, "loaded": beat.loaded},
    }  # fmt: skip
