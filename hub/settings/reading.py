"""Read the configuration: everything at once, with all of its mistakes."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hub import plugins
from hub.settings.checks import cross_checked
from hub.settings.config import Config, company, home_of, limits, web
from hub.settings.connections import ReadConnection, read_connections, rooted, secret_mistakes
from hub.settings.document import Document, merged, overridden, read_files, value_at
from hub.settings.mistakes import InvalidConfiguration, Mistake
from hub.settings.models import FileTable, seconds
from hub.settings.places import Key
from hub.settings.references import Reference, resolved
from hub.settings.shape import shape_of
from hub.settings.validation import validated
from hub.settings.words import Part
from hub.store.address import Server

_STORE_PATH: Final[Key] = ("store", "path")
_STORE_URL: Final[Key] = ("store", "url")
_BROKEN_PLUGIN: Final = "HUB121"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The configuration with all that is wrong with it.

    `config` is None where something outside of the connections is wrong; a connection with mistakes is left out of it.
    `mistakes` stand in the order of the files, `secrets` are the keys that hold some. The rest is what the values came
    from.
    """

    config: Config | None
    mistakes: tuple[Mistake, ...]
    document: Document
    references: Mapping[Key, Reference]
    file: FileTable | None
    connections: tuple[ReadConnection, ...]
    secrets: frozenset[Key]

    @property
    def errors(self) -> tuple[Mistake, ...]:
        return tuple(one for one in self.mistakes if one.severity == "error")

    @property
    def warnings(self) -> tuple[Mistake, ...]:
        return tuple(one for one in self.mistakes if one.severity == "warning")


def load(path: Path, environ: Mapping[str, str] | None = None) -> Config:
    """The configuration of hub.toml and conf.d beside it. Raises `InvalidConfiguration` with all mistakes.

    A broken plugin is no mistake of the configuration here: its connections stand in `Config.broken`.
    """
    checked = check(path, environ)
    stopping = [one for one in checked.errors if one.code != _BROKEN_PLUGIN]
    if checked.config is None or stopping:
        raise InvalidConfiguration(checked.errors)
    return checked.config


def check(path: Path, environ: Mapping[str, str] | None = None) -> Checked:
    """Read the configuration and find every mistake in it. Raises nothing for what is written there."""
    environ = os.environ if environ is None else environ
    home = home_of(path)
    document, references, mistakes = _gathered(path, environ, home)
    context = {"country": str(document.at(("company", "country")) or "").upper(), "home": home}
    file, core, secrets = _core(document, references, home, context)
    company_zone = {"timezone": file.company.timezone if file else ""}
    offers = plugins.installed()
    connections = read_connections(document, references, home, context | company_zone, offers)
    mistakes += [*core, *cross_checked(document), *(one for each in connections for one in each.mistakes)]
    wrong = any(one.severity == "error" and one.key[:1] != ("connections",) for one in mistakes)
    return Checked(
        config=_config(path, home, file, connections, offers) if file and not wrong else None,
        mistakes=tuple(sorted(set(mistakes), key=_order(document))),
        document=document,
        references=references,
        file=file,
        connections=connections,
        secrets=secrets.union(*(one.secrets for one in connections)),
    )


def _gathered(
    path: Path, environ: Mapping[str, str], home: Path
) -> tuple[Document, Mapping[Key, Reference], list[Mistake]]:
    files, unreadable = read_files(path)
    tree, twice = merged(files)
    document, references, unresolved = resolved(Document(tuple(files), tree), environ, home)
    document, leading_nowhere = overridden(document, environ)
    references = {key: one for key, one in references.items() if key not in document.variables}
    return document, references, [*unreadable, *twice, *unresolved, *leading_nowhere]


def _core(
    document: Document, references: Mapping[Key, Reference], home: Path, context: dict[str, Any]
) -> tuple[FileTable | None, list[Mistake], frozenset[Key]]:
    """What is outside of the connections, its mistakes, and which keys hold secrets."""
    tree = rooted(document.tree, [_STORE_PATH], home)
    outcome = validated(FileTable, tree, loose=document.loose, context=context)
    hidden = frozenset(references) | frozenset(document.variables)
    shape = shape_of(FileTable)
    secrets = shape.secrets(tree)
    said = frozenset(filter(None, (str(value_at(tree, key)) for key in secrets)))
    part = Part(document, shape, (), hidden | secrets, said)
    open_to_all = [key for key in secrets if key != _STORE_URL or Server(str(value_at(tree, key))).has_password]
    told = [*part.mistakes(outcome.faults), *secret_mistakes(tree, open_to_all, (), document, references)]
    return outcome.model, told, secrets


def _config(
    path: Path,
    home: Path,
    file: FileTable,
    connections: tuple[ReadConnection, ...],
    offers: tuple[plugins.Installed, ...],
) -> Config:
    return Config(
        path=path,
        home=home,
        company=company(file),
        store_path=home / file.store.path,
        server=Server(url) if (url := file.store.url.get_secret_value()) else None,
        every=seconds(file.sync.every),
        horizon_days=file.sync.horizon_days,
        limits=limits(file.sync),
        web=web(file.web),
        notices_url=file.notices.url.get_secret_value(),
        connections=tuple(one.connection for one in connections if one.connection),
        broken=tuple(one.broken for one in connections if one.broken),
        installed=offers,
    )


def _order(document: Document) -> Any:
    files = [file.name for file in document.files]

    def key(one: Mistake) -> tuple[int, str, int, int, str]:
        known = one.place.file in files
        position = files.index(one.place.file) if known else len(files)
        return position, one.place.file, one.place.line, one.place.column, one.code

    return key
