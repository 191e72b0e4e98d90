"""BODYSTRUCTURE: the parts of a mail, as a server counts them (RFC 3501, 7.4.2)."""

from typing import NamedTuple

from hub_email.imap.grammar import Value, number
from hub_email.mime import FORWARDED

_DEPTH = 60


class Node(NamedTuple):
    """A part. `size` is in bytes as sent, 0 for a multipart; `id` is "" for a multipart mail itself; `described` is what
    the header says of it: disposition, then parameters.
    """

    id: str
    kind: str
    encoding: str = ""
    described: str = ""
    size: int = 0
    children: tuple["Node", ...] = ()


def tree(value: Value) -> Node | None:
    """The parts of a mail, None for what cannot be one."""
    if not isinstance(value, list) or not value:
        return None
    root = _node(value, "", 0)
    return root if root is None or root.children else _leaf(value, "1")


def _node(value: list[Value], name: str, depth: int) -> Node | None:
    if depth > _DEPTH or not value:
        return None
    if not isinstance(value[0], list):
        return _leaf(value, name)
    children: list[Node] = []
    for part in value:
        if not isinstance(part, list):
            return Node(name, f"multipart/{_word(part)}", children=tuple(children))
        at = len(children) + 1
        child = _node(part, f"{name}.{at}" if name else str(at), depth + 1)
        if child is None:
            return None
        children.append(child)
    return Node(name, "multipart/mixed", children=tuple(children))


def _leaf(value: list[Value], name: str) -> Node | None:
    if len(value) < 7:
        return None
    kind = f"{_word(value[0])}/{_word(value[1])}"
    after = 10 if kind in FORWARDED else 8 if kind.startswith("text/") else 7
    placed = value[after + 1] if len(value) > after + 1 else None
    described: list[str] = []
    _add_words(placed, described)
    described.append("")
    _add_words(value[2], described)
    return Node(name, kind, _word(value[5]), ";".join(described), number(value[6]))


def _add_words(value: Value, found: list[str]) -> None:
    for inner in value if isinstance(value, list) else ():
        if isinstance(inner, list):
            _add_words(inner, found)
        else:
            found.append(_word(inner))


def _word(value: Value) -> str:
    return str(value, "latin-1").lower() if isinstance(value, bytes) else ""


def leaves(node: Node) -> list[Node]:
    """The parts without parts, in order."""
    found: list[Node] = []
    _gather(node, found)
    return found


def _gather(node: Node, found: list[Node]) -> None:
    if not node.children:
        found.append(node)
    for child in node.children:
        _gather(child, found)
