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

from hub_email import caps, prune
from hub_email.headers import fields, parameter
from hub_email.imap.grammar import Value, number
from hub_email.mime import FORWARDED, MARK, Mail, decoded_size, read
from hub_email.prune import ALTERNATIVE, header_only, is_html_body, pruned, room

_DEPTH = 60
_SMALL = 1_000
"""Bytes that are not worth a question of their own."""
_ENOUGH = 300
"""Bytes as sent of a plain text that says, most likely, what the HTML beside it says."""
_FIRST, _LAST = 128, 80

Sections = Mapping[bytes, bytes]
"""What was fetched of a mail: names as in answers (`BODY[1.MIME]`) to bytes."""


@dataclass(frozen=True, slots=True)
class Node:
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


# --- what is fetched -------------------------------------------------------------------------------------------------


def left_out(root: Node) -> frozenset[str]:
    """The ids of the leaves whose bodies are not fetched; empty where leaving them out saves next to nothing."""
    budget = caps.TEXT_PARTS
    found = set()
    saved = 0
    spare = spared(root)
    for leaf in leaves(root):
        if leaf.id not in spare and leaf.size <= min(budget, room(leaf.kind, leaf.described)):
            budget -= leaf.size
        else:
            found.add(leaf.id)
            saved += leaf.size
    return frozenset(found) if saved > _SMALL else frozenset()


def spared(root: Node) -> frozenset[str]:
    """The ids of HTML leaves beside a plain text that is long enough, most likely, to be more than a stub."""
    return frozenset(_spared(root))


def _spared(node: Node) -> Iterator[str]:
    if node.kind == ALTERNATIVE:
        plain = [child for child in node.children if child.kind == "text/plain"]
        if len(plain) == 1 and plain[0].size >= _ENOUGH:
            yield from (leaf.id for leaf in leaves(node) if is_html_body(leaf.kind, leaf.described))
            return
    for child in node.children:
        yield from _spared(child)


def wanted(root: Node | None, size: int) -> tuple[str, ...]:
    """The sections to fetch beside the header, as they are asked for."""
    if size > caps.MESSAGE:
        return ()
    out = left_out(root) if root else frozenset[str]()
    if root is None or not out:
        return ("TEXT",)
    return tuple(_sections(root, out, spared(root) if root.children else frozenset()))


def _sections(node: Node, out: frozenset[str], spare: frozenset[str]) -> Iterator[str]:
    head = [f"{node.id}.MIME"] if "." in node.id or node.id else []
    if node.children and _has(node, out):
        yield from head
        for child in node.children:
            yield from _sections(child, out, spare)
    elif node.id not in out:
        yield from head
        yield node.id
    else:
        yield from head
        if node.encoding == "base64" and node.id not in spare:
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
        return prune.prune(header + sections[b"BODY[TEXT]"])
    if root is None:
        raise Incomplete
    out = left_out(root)
    get = _getter(sections)
    spare = spared(root)
    made = read(b"".join(_pieces(root, header, _Missing(out, spare), get)))
    if not _agree(root, made, out, spare):
        raise Incomplete
    return pruned(made)


def _agree(root: Node, made: Mail, out: frozenset[str], spare: frozenset[str]) -> bool:
    """Whether we see the parts that the server sees, and what it takes for a file, or for spare, is none of our texts."""
    sizes = {leaf.id: leaf.size for leaf in leaves(root)}
    unread = prune.spared(made)
    return [part.id for part in made.leaves] == [*sizes] and not any(
        part.id not in unread
        and (part.id in spare or sizes[part.id] <= prune.room(part.kind, part.field("content-disposition")))
        for part in made.leaves
        if part.id in out
    )


@dataclass(frozen=True, slots=True)
class _Missing:
    """The leaves without a body; the `spare` ones of them are no files."""

    out: frozenset[str]
    spare: frozenset[str]


Get = Callable[[str], bytes]


def _getter(sections: Sections) -> Get:
    def get(name: str) -> bytes:
        section, angle, origin = name.partition("<")
        found = sections.get(f"BODY[{section}]{angle}{origin}".encode())
        if found is None:
            raise Incomplete
        return found

    return get


def _pieces(node: Node, head: bytes, missing: _Missing, get: Get) -> Iterator[bytes]:
    """A part with the header it has."""
    if not node.children:
        is_there = node.id not in missing.out
        yield from (head, get(node.id)) if is_there else _omitted(node, head, missing, get)
        return
    if node.id and not _has(node, missing.out):
        yield from (head, get(node.id))
        return
    boundary = parameter(fields(head, caps.LINES).get("content-type", [""])[0], "boundary").rstrip()
    if not boundary:
        raise Incomplete
    delimiter = b"--" + boundary.encode("latin-1", "replace")
    yield head
    for child in node.children:
        yield delimiter + b"\r\n"
        yield from _pieces(child, get(f"{child.id}.MIME"), missing, get)
        yield b"\r\n"
    yield delimiter + b"--\r\n"


def _omitted(node: Node, head: bytes, missing: _Missing, get: Get) -> Iterator[bytes]:
    size = 0 if node.id in missing.spare else _size(node, get)
    yield MARK + b" " + str(size).encode() + b"\r\n"
    yield head
    if node.kind in FORWARDED:
        yield get(f"{node.id}.HEADER<0>")


def _size(node: Node, get: Get) -> int:
    """The size of a part without its encoding; of base64 from its first line, its last bytes and where these stand."""
    if node.encoding != "base64":
        return node.size
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
