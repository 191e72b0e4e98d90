"""The configuration as it is written: hub.toml, conf.d/*.toml beside it, and HUB__… variables, as one tree.

Tables of several files are merged; any other key given twice is a mistake, so that the order of files means nothing.
A variable HUB__COMPANY__TIMEZONE=… sets `company.timezone`, whatever the files say. Where a name in the tree has a
dash, a dot or a blank, the variable has an underscore.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from hub.i18n import N_, _
from hub.settings.mistakes import Mistake, dotted
from hub.settings.places import Entry, Key, Place, entries

PREFIX: Final = "HUB__"
_AT: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_DEEPEST: Final = 100
_TWICE: Final = re.compile("Cannot (declare|redefine|mutate|overwrite)|Duplicate")
_SAID: Final = (
    N_("Expected '=' after a key in a key/value pair"),
    N_("Expected ']' at the end of a table declaration"),
    N_("Expected ']]' at the end of an array declaration"),
    N_("Expected newline or end of document after a statement"),
    N_("Escaped character is not a Unicode scalar value"),
    N_("Found invalid character"),
    N_("Illegal character"),
    N_("Invalid date or datetime"),
    N_("Invalid hex value"),
    N_("Invalid initial character for a key part"),
    N_("Invalid statement"),
    N_("Invalid value"),
    N_("Unclosed array"),
    N_("Unclosed inline table"),
    N_("Unescaped '\\' in a string"),
    N_("Unterminated string"),
    N_("Expected"),
)
"""How `tomllib` begins what it says."""


@dataclass(frozen=True)
class SourceFile:
    """A file as it was read. `name` is how it is shown, `tree` what it says, {} if it is not valid TOML."""

    name: str
    text: str = ""
    tree: Mapping[str, Any] = field(default_factory=dict)
    readable: bool = True

    @cached_property
    def entries(self) -> Mapping[Key, Entry]:
        """Where everything stands; the text is read for it when the first place is asked for."""
        return entries(self.text, self.name) if self.tree else {}


@dataclass(frozen=True)
class Document:
    """All files merged, with the variables' values put in.

    `variables` tells which keys a variable gave. `loose` are the strings that may stand for another type, because
    where they come from there are only strings.
    """

    files: tuple[SourceFile, ...]
    tree: dict[str, Any]
    variables: Mapping[Key, str] = field(default_factory=dict)
    loose: frozenset[Key] = frozenset()

    @property
    def whole(self) -> bool:
        """Whether every file could be read: only then something can be said to be missing."""
        return all(file.readable for file in self.files)

    def entry(self, key: Key) -> Entry:
        """Where a key stands; for one that is not written, where its nearest parent does."""
        for length in range(len(key), 0, -1):
            if name := self.variables.get(key[:length]):
                return Entry(Place(name), Place(name))
            for file in self.files:
                if found := file.entries.get(key[:length]):
                    return found
        top = Place(self.files[0].name, 1, 1) if self.files else Place("")
        return Entry(top, top)

    def at(self, key: Key) -> Any:
        """The value at a key, None if there is none."""
        return value_at(self.tree, key)


def value_at(tree: Any, key: Key) -> Any:
    """The value at a key of nested tables and lists, None if there is none."""
    for part in key:
        try:
            tree = tree[part]
        except (KeyError, IndexError, TypeError):
            return None
    return tree


# --- files -----------------------------------------------------------------------------------------------------------


def shown(path: Path) -> str:
    """A path as people see it: from the working directory on, where it lies inside."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def read_files(path: Path) -> tuple[list[SourceFile], list[Mistake]]:
    """hub.toml and the files of conf.d beside it, each with what stops it from being read."""
    files: list[SourceFile] = []
    further, mistakes = _further(path.parent / "conf.d")
    for each in (path, *further):
        file = _read(each)
        if isinstance(file, Mistake):
            mistakes.append(file)
            file = SourceFile(shown(each), readable=False)
        files.append(file)
    return files, mistakes


def _further(folder: Path) -> tuple[list[Path], list[Mistake]]:
    """The files of conf.d, and why it cannot be looked into: what stands there must not be missed in silence."""
    try:
        return sorted(each for each in folder.iterdir() if each.suffix == ".toml"), []
    except FileNotFoundError:
        return [], []
    except OSError as error:
        return [], [_closed(shown(folder), error)]


def _closed(name: str, error: OSError) -> Mistake:
    """A file or folder that is there and cannot be read."""
    match error:
        case PermissionError():
            fix = _("check the owner and rights of the file and its folder")
        case IsADirectoryError():
            fix = _("name the file in it: {path}").format(path=f"{name}/hub.toml")
        case _:
            fix = ""
    return Mistake(code="HUB100", place=Place(name), message=_(error.strerror or str(error)), fix=fix)


def _read(path: Path) -> SourceFile | Mistake:
    name = shown(path)
    try:
        if path.is_fifo() and path.parent.name == "conf.d":  # nobody may ever write to it
            return Mistake(code="HUB100", place=Place(name), message=_("this is no file"))
        text = path.read_bytes().decode("utf-8-sig")
        tree = tomllib.loads(text)
        return _too_deep(name) if _is_deeper(tree, _DEEPEST) else SourceFile(name, text, tree)
    except FileNotFoundError:
        fix = _("`hub init` writes one; --config or HUB_CONFIG names another place")
        return Mistake(code="HUB100", place=Place(name), message=_("there is no such file"), fix=fix)
    except OSError as error:
        return _closed(name, error)
    except UnicodeDecodeError as error:
        return _not_utf8(name, path.read_bytes()[: error.start])
    except tomllib.TOMLDecodeError as error:
        return _syntax(name, str(error), text)
    except RecursionError:
        return _too_deep(name)


def _is_deeper(tree: Mapping[str, Any], most: int) -> bool:
    level: list[Any] = [tree]
    for _level in range(most):
        inner = (each.values() if isinstance(each, dict) else each for each in level)
        level = [one for values in inner for one in values if isinstance(one, dict | list)]
    return bool(level)


def _too_deep(name: str) -> Mistake:
    return Mistake(code="HUB101", place=Place(name), message=_("tables or lists lie too deep in one another"))


def _not_utf8(name: str, before: bytes) -> Mistake:
    place = Place(name, before.count(b"\n") + 1, len(before.rpartition(b"\n")[2].decode()) + 1)
    message = _("the file is not encoded in UTF-8")
    return Mistake(code="HUB101", place=place, message=message, fix=_("save it as UTF-8 in your editor"))


def _syntax(name: str, said: str, text: str) -> Mistake:
    at = _AT.search(said)
    if at and at[1]:
        place = Place(name, int(at[1]), int(at[2]))
    else:
        rows = text.split("\n")
        place = Place(name, len(rows), len(rows[-1]) + 1)
    problem = _AT.sub("", said)
    if _TWICE.match(problem):
        message, fix = _("this stands in the file a second time"), _("keep one of them, or give one another name")
    else:
        phrase = next((one for one in _SAID if problem.startswith(one)), "")
        problem = (_(phrase) if phrase else "") + problem.removeprefix(phrase)
        message = _("this is not valid TOML: {problem}").format(problem=problem)
        fix = _("texts stand in quotes, lists in [ ], one `key = value` in a line; see https://toml.io")
    return Mistake(code="HUB101", place=place, message=message, fix=fix)


# --- one tree --------------------------------------------------------------------------------------------------------


def merged(files: Iterable[SourceFile]) -> tuple[dict[str, Any], list[Mistake]]:
    """One tree of all files, and every key that stands in two of them."""
    tree: dict[str, Any] = {}
    owners: dict[Key, SourceFile] = {}
    mistakes: list[Mistake] = []
    for file in files:
        mistakes += [_twice(key, owners[key], file) for key in _merge(tree, file.tree, (), file, owners)]
    return tree, mistakes


def _merge(
    into: dict[str, Any], more: Mapping[str, Any], at: Key, file: SourceFile, owners: dict[Key, SourceFile]
) -> Iterator[Key]:
    """Merge `more` into `into`; yields the keys that were there already and stay as they were."""
    for name, value in more.items():
        key = (*at, name)
        if isinstance(value, dict) and isinstance(into.setdefault(name, {}), dict):
            owners.setdefault(key, file)
            yield from _merge(into[name], value, key, file, owners)
        elif key in owners:
            yield key
        else:
            into[name] = value
            owners[key] = file


def _twice(key: Key, first: SourceFile, second: SourceFile) -> Mistake:
    here = second.entries.get(key)
    there = first.entries.get(key)
    message = _("{key} is given twice: it stands at {place} too").format(
        key=f"`{dotted(key)}`", place=there.key if there else first.name
    )
    place = here.key if here else Place(second.name, 1, 1)
    return Mistake(code="HUB102", key=key, place=place, message=message, fix=_("delete one of the two"))


# --- variables -------------------------------------------------------------------------------------------------------


def overridden(document: Document, environ: Mapping[str, str]) -> tuple[Document, list[Mistake]]:
    """The document with what the variables HUB__… say; every such value is a string, and loose."""
    tree = deepcopy(document.tree)
    variables: dict[Key, str] = dict(document.variables)
    mistakes: list[Mistake] = []
    for name in sorted(name for name in environ if name.startswith(PREFIX)):
        key = _put(tree, name.removeprefix(PREFIX).split("__"), environ[name])
        if key is None:
            mistakes.append(_sets_nothing(name))
        else:
            variables[key] = name
    loose = document.loose | set(variables)
    return Document(document.files, tree, variables, frozenset(loose)), mistakes


def _put(tree: dict[str, Any], words: list[str], value: str) -> Key | None:
    """Set a value in the tree; None if the words lead nowhere."""
    key: Key = ()
    node: Any = tree
    for index, word in enumerate(words):
        part = _part(node, word)
        if part is None:
            return None
        key = (*key, part)
        if index == len(words) - 1:
            node[part] = value
        elif isinstance(node, list):
            node = node[int(part)]
        else:
            node = node.setdefault(part, {})
    return key


def _part(node: Any, word: str) -> str | int | None:
    """The key or index in `node` that a word of a variable's name means; a table may get a new key."""
    if isinstance(node, list):
        return int(word) if word.isdecimal() and int(word) < len(node) else None
    if not isinstance(node, dict) or not word.strip("_"):
        return None
    plain = word.lower()
    return next((name for name in node if _plain(name) == plain), plain)


def _plain(name: str) -> str:
    return re.sub(r"\W", "_", name.lower())


def _sets_nothing(name: str) -> Mistake:
    message = _("this variable names no setting")
    fix = _("the names of tables and keys stand between two underscores: HUB__COMPANY__TIMEZONE")
    return Mistake(code="HUB116", place=Place(name), message=message, fix=fix)
