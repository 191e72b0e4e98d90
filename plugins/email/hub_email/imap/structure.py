"""BODYSTRUCTURE: the parts of a mail, as a server counts them (RFC 3501, 7.4.2)."""

from collections.abc import Iterator
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
    parts = [part for part in value if isinstance(part, list)]
    parts = parts[: next((at for at, part in enumerate(value) if not isinstance(part, list)), len(value))]
    children = [_node(part, f"{name}.{at}" if name else str(at), depth + 1) for at, part in enumerate(parts, 1)]
    found = tuple(child for child in children if child is not None)
    if len(found) != len(children):
        return None
    return Node(name, f"multipart/{_word(value[len(parts)]) if len(parts) < len(value) else 'mixed'}", children=found)


def _leaf(value: list[Value], name: str) -> Node | None:
    if len(value) < 7:
        return None
    kind = f"{_word(value[0])}/{_word(value[1])}"
    after = 10 if kind in FORWARDED else 8 if kind.startswith("text/") else 7
    placed = value[after + 1] if len(value) > after + 1 else None
    described = ";".join((*_words(placed), "", *_words(value[2])))
    return Node(name, kind, _word(value[5]), described, number(value[6]))


def _words(value: Value) -> Iterator[str]:
    for inner in value if isinstance(value, list) else ():
        yield from _words(inner) if isinstance(inner, list) else (_word(inner),)


def _word(value: Value) -> str:
    return str(value, "latin-1").lower() if isinstance(value, bytes) else ""


def leaves(node: Node) -> Iterator[Node]:
    if not node.children:
        yield node
    for child in node.children:
        yield from leaves(child)
