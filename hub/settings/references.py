"""`${…}` in the configuration: a value that stands elsewhere.

    ${env:NAME}              an environment variable
    ${env:NAME:-default}     the same, or `default` where it is not set or empty
    ${file:/run/secrets/x}   what a file says, without one newline at its end; relative to the home
    ${secret:NAME}           a secret of this connection, kept by `hub secret set CONNECTION NAME`
    $${                      the characters ${

References stand inside strings only, and what they bring is not searched for further ones.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from hub.errors import Misconfigured
from hub.i18n import _, told
from hub.secrets import NoSuchSecret, Vault
from hub.settings.document import Document
from hub.settings.mistakes import Mistake
from hub.settings.places import Key, Place

KINDS: Final = ("env", "file", "secret")
_REFERENCE: Final = re.compile(r"\$\$\{|\$\{([^{}]*)\}|\$\{")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MOST_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Reference:
    """What a value was put together from: the text as written, and the files it was read from."""

    written: str
    files: tuple[Path, ...] = ()


@dataclass(slots=True)
class _Resolver:
    """One walk over the tree. `unread` takes the place of what cannot be resolved, so that nothing else is said."""

    document: Document
    environ: Mapping[str, str]
    home: Path
    mistakes: list[Mistake] = field(default_factory=list)
    references: dict[Key, Reference] = field(default_factory=dict)
    loose: set[Key] = field(default_factory=set)

    def value(self, value: Any, key: Key) -> Any:
        match value:
            case dict():
                return {name: self.value(inner, (*key, name)) for name, inner in value.items()}
            case list():
                return [self.value(inner, (*key, index)) for index, inner in enumerate(value)]
            case str() if "${" in value:
                return self._string(value, key)
            case _:
                return value

    def _string(self, text: str, key: Key) -> str:
        files: list[Path] = []
        before = len(self.mistakes)
        resolved = _REFERENCE.sub(lambda match: self._one(match, key, files), text)
        if any(match[1] is not None for match in _REFERENCE.finditer(text)):
            self.references[key] = Reference(text, tuple(files))
            if _REFERENCE.fullmatch(text):
                self.loose.add(key)
        return resolved if len(self.mistakes) == before else UNRESOLVED

    def _one(self, match: re.Match[str], key: Key, files: list[Path]) -> str:
        if match[0] == "$${":
            return "${"
        found = self._resolved(match[1], files, key)
        if isinstance(found, str):
            return found
        code, message, fix = found
        self.mistakes.append(Mistake(code=code, key=key, place=self._place(key, match[0]), message=message, fix=fix))
        return ""

    def _resolved(self, body: str | None, files: list[Path], key: Key) -> "str | _Problem":
        if body is None:
            return "HUB114", _("a `${` that is never closed"), _("close it with }, or write $${ for the characters ${")
        kind, colon, rest = body.partition(":")
        match kind if colon else "":
            case "env":
                return _variable(rest, self.environ)
            case "file":
                files.append(self.home / Path(rest).expanduser())
                return _content(files[-1])
            case "secret":
                return self._secret(rest, key)
            case _:
                return _unknown(body)

    def _secret(self, name: str, key: Key) -> "str | _Problem":
        table = self.document.tree["connections"][key[1]] if key[:1] == ("connections",) and len(key) > 2 else None
        connection = connection_id(str(key[1]), table) if table is not None else ""
        try:
            return Vault(self.home, self.environ).get(connection, name)
        except NoSuchSecret:
            message = _("there is no secret {name}").format(name=f"`{name}`")
            words = f"{key[1] if connection else '-'} {name}"
            return "HUB113", message, _("`hub secret set {words}` asks for it").format(words=words)
        except Misconfigured as error:
            return "HUB113", told(str(error)), told(error.fix)

    def _place(self, key: Key, expression: str) -> Place:
        """Of the expression itself, where it can be found in the source."""
        entry = self.document.entry(key)
        before, found, _after = entry.source.partition(expression)
        if not found:
            return entry.value
        place, rows = entry.value, before.split("\n")
        column = len(rows[-1]) + (place.column if len(rows) == 1 else 1)
        return Place(place.file, place.line + len(rows) - 1, column)


_Problem = tuple[str, str, str]
UNRESOLVED: Final = "${?}"


def resolved(
    document: Document, environ: Mapping[str, str], home: Path
) -> tuple[Document, Mapping[Key, Reference], list[Mistake]]:
    """The document with every reference replaced, what they were, and those that cannot be.

    A string with one that cannot be resolved becomes `UNRESOLVED`.
    """
    resolver = _Resolver(document, environ, home)
    tree = resolver.value(document.tree, ())
    loose = document.loose | resolver.loose
    return Document(document.files, tree, document.variables, loose), resolver.references, resolver.mistakes


def unresolved(tree: Any, key: Key = ()) -> Iterator[Key]:
    """The keys whose value could not be resolved."""
    if tree == UNRESOLVED:
        yield key
    elif isinstance(tree, dict | list):
        for part, inner in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from unresolved(inner, (*key, part))


def _variable(rest: str, environ: Mapping[str, str]) -> str | _Problem:
    name, given, default = rest.partition(":-")
    if not _NAME.fullmatch(name):
        message = _("{name} cannot be the name of a variable").format(name=f"`{name}`")
        return "HUB114", message, _("write ${env:NAME} or ${env:NAME:-default}")
    if given:
        return environ.get(name) or default
    if name in environ:
        return environ[name]
    message = _("the environment variable {name} is not set").format(name=name)
    close = difflib.get_close_matches(name, list(environ), n=1, cutoff=0.8)
    fix = _("set it, or give a default: {example}").format(example=f"${{env:{name}:-…}}")
    near = " " + _("(there is {name})").format(name=close[0]) if close else ""
    return "HUB111", message, fix + near


def _content(path: Path) -> str | _Problem:
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
        text = raw.decode("utf-8-sig").removesuffix("\n").removesuffix("\r")
    except OSError as error:
        reason = _(error.strerror or str(error))
        message = _("{file} cannot be read: {reason}").format(file=path, reason=reason)
        return "HUB112", message, _("write the value into this file, readable by the hub only")
    except UnicodeDecodeError:
        return "HUB112", _("{file} is not text in UTF-8").format(file=path), ""
    if len(raw) > _MOST_BYTES:
        return "HUB112", _("{file} is larger than 64 KB").format(file=path), _("is it the right file?")
    return text


def connection_id(name: str, table: Any) -> str:
    """The permanent id of a connection, by its table as it is written."""
    found = table.get("id") if isinstance(table, dict) else None
    return found if isinstance(found, str) and found else name


def _unknown(body: str) -> _Problem:
    kind, colon, rest = body.partition(":")
    message = _("{reference} is not understood").format(reference=f"`${{{body}}}`")
    if not colon and _NAME.fullmatch(body):
        return "HUB114", message, _("write {example}").format(example=f"${{env:{body}}}")
    close = difflib.get_close_matches(kind, KINDS, n=1)
    if colon and close:
        return "HUB114", message, _("write {example}").format(example=f"${{{close[0]}:{rest}}}")
    return "HUB114", message, _("write ${env:NAME}, ${file:/path}, or $${ for the characters ${")
