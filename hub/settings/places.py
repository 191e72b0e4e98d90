"""Where everything stands in a TOML file, so that a mistake can be shown as file:line:column.

`tomllib` gives values without places, so the text is read a second time with tree-sitter's grammar. That happens only
when a place is asked for; a construct the grammar does not know has no place, and what holds it is shown instead.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from tree_sitter import Node

Key: TypeAlias = tuple[str | int, ...]
"""The way to a value: ("company", "employees", 0, "name")."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a file, lines and columns (in characters) from 1; line 0 is the whole file, or a variable."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a key and its value stand, and the value's source text. A table's value is its header or its brace."""

    key: Place
    value: Place
    source: str = ""


def entries(text: str, file: str) -> Mapping[Key, Entry]:
    """Every key, table and array element of a TOML text that `tomllib` can read."""
    import tree_sitter  # noqa: PLC0415 - only needed when there is a mistake to show
    import tree_sitter_toml  # noqa: PLC0415

    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_toml.language()))
    scan = _Scan(file, text.encode().split(b"\n"))
    scan.document(parser.parse(text.encode()).root_node)
    return scan.found


class _Scan:
    """One walk over the syntax tree. `rows` are the text's lines in bytes: tree-sitter counts columns in bytes."""

    def __init__(self, file: str, rows: list[bytes]) -> None:
        self.file = file
        self.rows = rows
        self.found: dict[Key, Entry] = {}
        self._last: dict[Key, int] = {}

    def document(self, root: "Node") -> None:
        for node in root.named_children:
            if node.type in {"table", "table_array_element"}:
                self._table(node)
        self._pairs(root, ())

    def _table(self, node: "Node") -> None:
        header, place = node.named_children[0], self._place(node)
        at: Key = ()
        parts = list(_parts(header))
        for part, name in parts:
            at = self._inside((*at, name), last=part == parts[-1][0])
            self.found.setdefault(at, Entry(self._place(part), place))
        if node.type == "table_array_element":
            self._last[at] = self._last.get(at, -1) + 1
            at = (*at, self._last[at])
        self.found[at] = Entry(self._place(parts[-1][0]), place)
        self._pairs(node, at)

    def _inside(self, at: Key, *, last: bool) -> Key:
        """[a.b] below [[a]] belongs to the newest `a`."""
        return at if last or at not in self._last else (*at, self._last[at])

    def _pairs(self, node: "Node", at: Key) -> None:
        for pair in node.named_children:
            if pair.type == "pair":
                name, value = (child for child in pair.named_children if child.type != "comment")
                inner = at
                for part, text in _parts(name):
                    inner = (*inner, text)
                    self.found.setdefault(inner, Entry(self._place(part), self._place(part)))
                self._value(value, inner, self.found[inner].key)

    def _value(self, node: "Node", at: Key, key: Place | None = None) -> None:
        place = self._place(node)
        self.found[at] = Entry(key or place, place, (node.text or b"").decode())
        if node.type == "inline_table":
            self._pairs(node, at)
        elif node.type == "array":
            elements = (child for child in node.named_children if child.type != "comment")
            for index, element in enumerate(elements):
                self._value(element, (*at, index))

    def _place(self, node: "Node") -> Place:
        row, column = node.start_point
        return Place(self.file, row + 1, len(self.rows[row][:column].decode(errors="replace")) + 1)


def _parts(node: "Node") -> Iterator[tuple["Node", str]]:
    """The names of a bare, quoted or dotted key, each with its node."""
    if node.type == "dotted_key":
        for child in node.named_children:
            yield from _parts(child)
    else:
        yield node, _name((node.text or b"").decode())


def _name(text: str) -> str:
    if text[:1] not in {'"', "'"}:
        return text
    return str(tomllib.loads(f"name = {text}")["name"])
