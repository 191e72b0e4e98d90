"""BODYSTRUCTURE: what of a mail is fetched, and the raw put together from it (RFC 3501, 7.4.2).

    tree(value)            the parts of a mail, as the server counts them
    wanted(root, size)     the sections to fetch: all of a small mail; of another what is text, and of files the header
    assembled(...)         what was fetched, as a mail whose files are left out

The raw has the form that `hub_email.prune` gives a whole mail, so that one mapping reads both. How long a file is, decoded,
is told from its first line and its last bytes: base64 has lines of one length. A server whose sizes are wrong is asked for
the whole mail.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from hub_email import caps
from hub_email.headers import fields, parameter
from hub_email.imap.grammar import Value, number
from hub_email.mime import FORWARDED, MARK, Mail, decoded_size, read
from hub_email.prune import header_only, prune, room

_DEPTH = 60
_SMALL = 3_000
"""Bytes of files that are not worth a question of their own."""
_FIRST, _LAST = 128, 80

Sections = Mapping[bytes, bytes]
"""What was fetched of a mail: names as in answers (`BODY[1.MIME]`) to bytes."""


@dataclass(frozen=True, slots=True)
class Node:
    """A part. `size` is in bytes as sent, 0 for a multipart; `id` is "" for a multipart mail itself."""

    id: str
    kind: str
    encoding: str = ""
    disposition: str = ""
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
    said = value[after + 1] if len(value) > after + 1 else None
    disposition = _word(said[0]) if isinstance(said, list) and said else ""
    return Node(name, kind, _word(value[5]), disposition, number(value[6]))


def _word(value: Value) -> str:
    return str(value, "latin-1").lower() if isinstance(value, bytes) else ""


def leaves(node: Node) -> Iterator[Node]:
    if not node.children:
        yield node
    for child in node.children:
        yield from leaves(child)


# --- what is fetched -------------------------------------------------------------------------------------------------


def left_out(root: Node) -> frozenset[str]:
    """The ids of the leaves whose bodies are not fetched; empty where leaving them out saves next to nothing."""
    budget = caps.TEXT_PARTS
    found = set()
    saved = 0
    for leaf in leaves(root):
        if leaf.size <= min(budget, room(leaf.kind, leaf.disposition)):
            budget -= leaf.size
        else:
            found.add(leaf.id)
            saved += leaf.size
    return frozenset(found) if saved > _SMALL else frozenset()


def wanted(root: Node | None, size: int) -> tuple[str, ...]:
    """The sections to fetch beside the header, as they are asked for."""
    if size > caps.MESSAGE:
        return ()
    out = left_out(root) if root else frozenset[str]()
    if root is None or not out:
        return ("TEXT",)
    return tuple(_sections(root, out))


def _sections(node: Node, out: frozenset[str]) -> Iterator[str]:
    head = [f"{node.id}.MIME"] if "." in node.id or node.id else []
    if node.children and _has(node, out):
        yield from head
        for child in node.children:
            yield from _sections(child, out)
    elif node.id not in out:
        yield from head
        yield node.id
    else:
        yield from head
        if node.encoding == "base64":
            yield f"{node.id}<0.{_FIRST}>"
            if node.size > _LAST:
                yield f"{node.id}<{node.size - _LAST}.{_LAST}>"
        if node.kind in FORWARDED:
            yield f"{node.id}.HEADER<0.{caps.FORWARDED}>"


def _has(node: Node, out: frozenset[str]) -> bool:
    return any(leaf.id in out for leaf in leaves(node))


# --- the raw ---------------------------------------------------------------------------------------------------------


class Incomplete(Exception):
    """The server left a section out, or its structure contradicts the mail's own header."""


def assembled(header: bytes, size: int, root: Node | None, sections: Sections) -> bytes:
    """The raw of a mail. Raises `Incomplete`."""
    if size > caps.MESSAGE:
        return header_only(header, size)
    if b"BODY[TEXT]" in sections:
        return prune(header + sections[b"BODY[TEXT]"])
    if root is None:
        raise Incomplete
    out = left_out(root)
    get = _getter(sections)
    made = b"".join(_pieces(root, header, out, get))
    if not _agree(root, read(made), out):
        raise Incomplete
    return prune(made)


def _agree(root: Node, made: Mail, out: frozenset[str]) -> bool:
    """Whether we see the parts that the server sees, and what it calls a file is none of our texts."""
    sizes = {leaf.id: leaf.size for leaf in leaves(root)}
    return [part.id for part in made.leaves] == [*sizes] and not any(
        part.id in out and sizes[part.id] <= room(part.kind, part.field("content-disposition")) for part in made.leaves
    )


Get = Callable[[str], bytes]


def _getter(sections: Sections) -> Get:
    def get(name: str) -> bytes:
        section, angle, origin = name.partition("<")
        found = sections.get(f"BODY[{section}]{angle}{origin}".encode())
        if found is None:
            raise Incomplete
        return found

    return get


def _pieces(node: Node, head: bytes, out: frozenset[str], get: Get) -> Iterator[bytes]:
    """A part with the header it has; `out` are the leaves without a body."""
    if not node.children:
        yield from _omitted(node, head, get) if node.id in out else (head, get(node.id))
        return
    if node.id and not _has(node, out):
        yield from (head, get(node.id))
        return
    boundary = parameter(fields(head, caps.LINES).get("content-type", [""])[0], "boundary").rstrip()
    if not boundary:
        raise Incomplete
    delimiter = b"--" + boundary.encode("latin-1", "replace")
    yield head
    for child in node.children:
        yield delimiter + b"\r\n"
        yield from _pieces(child, get(f"{child.id}.MIME"), out, get)
        yield b"\r\n"
    yield delimiter + b"--\r\n"


def _omitted(node: Node, head: bytes, get: Get) -> Iterator[bytes]:
    size = _decoded(node, get) if node.encoding == "base64" else node.size
    yield MARK + b" " + str(size).encode() + b"\r\n"
    yield head
    if node.kind in FORWARDED:
        yield get(f"{node.id}.HEADER<0>")


def _decoded(node: Node, get: Get) -> int:
    """The size of base64 without its encoding, from its first line, its last bytes and where these stand."""
    first = get(f"{node.id}<0>")
    if node.size <= _LAST:
        return decoded_size(first, "base64")
    start = node.size - _LAST
    tail = get(f"{node.id}<{start}>").rstrip()
    if not tail:
        raise Incomplete
    line = first.find(b"\n") + 1
    if not line:
        return (start + len(tail)) * 3 // 4 - tail[-2:].count(b"=")
    ending = 2 if first[line - 2 : line] == b"\r\n" else 1
    rows, rest = divmod(start + len(tail), line)
    letters = rows * (line - ending) + rest
    return letters * 3 // 4 - tail[-2:].count(b"=")
