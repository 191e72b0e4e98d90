"""What of a mail is fetched, and the raw put together from it.

    selected(root, size)    decides by the mail's structure
      .sections             what to ask for beside the header: all of a small mail; of another what is text, and of files
                            the header
      .raw(header, came)    what came, as a mail whose files are left out

The raw has the form that `hub_email.prune` gives a whole mail, so that one mapping reads both. How long a file is, decoded,
is told from its first line and its last bytes: base64 has lines of one length. A server that contradicts itself or the
mail is asked for the whole mail.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from hub_email import caps, prune
from hub_email.headers import fields
from hub_email.imap.structure import Node, leaves
from hub_email.mime import FORWARDED, MARK, Mail, boundary_of, decoded_size, read

_SMALL = 1_000
"""Bytes that are not worth a question of their own."""
_ENOUGH = 300
"""Bytes as sent of a plain text that says, most likely, what the HTML beside it says."""
_FIRST, _LAST = 128, 80

Sections = Mapping[bytes, bytes]
"""What was fetched of a mail: names as in answers (`BODY[1.MIME]`) to bytes."""
Get = Callable[[str], bytes]


class Incomplete(Exception):
    """The server left a section out, or its structure contradicts the mail's own header."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What is fetched of a mail of `size` bytes: all but the bodies of the leaves `out`, which are in `torn` multiparts.

    Those that are `spare` are no files. `sizes` are those of all leaves, in order.
    """

    root: Node | None
    size: int
    sizes: Mapping[str, int]
    out: frozenset[str] = frozenset()
    spare: frozenset[str] = frozenset()
    torn: frozenset[str] = frozenset()

    @property
    def sections(self) -> tuple[str, ...]:
        """The sections to fetch beside the header, as they are asked for."""
        if self.size > caps.MESSAGE:
            return ()
        return tuple(self._sections(self.root)) if self.root and self.out else ("TEXT",)

    def raw(self, header: bytes, came: Sections) -> bytes:
        """The raw of the mail. Raises `Incomplete`."""
        if self.size > caps.MESSAGE:
            return prune.header_only(header, self.size)
        if b"BODY[TEXT]" in came:
            return prune.prune(header + came[b"BODY[TEXT]"])
        if self.root is None:
            raise Incomplete
        made = read(b"".join(self._pieces(self.root, header, _getter(came))))
        spare = prune.spared(made)
        if not self._agrees(made, spare):
            raise Incomplete
        return prune.pruned(made, spare)

    def _sections(self, node: Node) -> Iterator[str]:
        if node.id:
            yield f"{node.id}.MIME"
        if node.id in self.torn:
            for child in node.children:
                yield from self._sections(child)
        elif node.id not in self.out:
            yield node.id
        else:
            yield from _of_file(node, is_spare=node.id in self.spare)

    def _pieces(self, node: Node, head: bytes, get: Get) -> Iterator[bytes]:
        """A part with the header it has."""
        if node.id in self.out:
            yield from _without_body(node, head, get, is_spare=node.id in self.spare)
            return
        if node.id not in self.torn:
            yield from (head, get(node.id))
            return
        boundary = boundary_of(fields(head, caps.LINES).get("content-type", [""])[0])
        if not boundary:
            raise Incomplete
        delimiter = b"--" + boundary.encode("latin-1", "replace")
        yield head
        for child in node.children:
            yield delimiter + b"\r\n"
            yield from self._pieces(child, get(f"{child.id}.MIME"), get)
            yield b"\r\n"
        yield delimiter + b"--\r\n"

    def _agrees(self, made: Mail, unread: frozenset[str]) -> bool:
        """Whether we see the parts that the server sees, and what it takes for a file, or for spare, is none of our texts."""
        return [part.id for part in made.leaves] == [*self.sizes] and not any(
            part.id not in unread
            and (
                part.id in self.spare or self.sizes[part.id] <= prune.room(part.kind, part.field("content-disposition"))
            )
            for part in made.leaves
            if part.id in self.out
        )


def selected(root: Node | None, size: int) -> Selection:
    """What to fetch of a mail: everything where leaving files out saves next to nothing."""
    if root is None:
        return Selection(root, size, {})
    budget = caps.TEXT_PARTS
    out, saved = set(), 0
    spare = frozenset(_spared(root))
    parts = tuple(leaves(root))
    for leaf in parts:
        if leaf.id not in spare and leaf.size <= min(budget, prune.room(leaf.kind, leaf.described)):
            budget -= leaf.size
        else:
            out.add(leaf.id)
            saved += leaf.size
    sizes = {leaf.id: leaf.size for leaf in parts}
    if saved <= _SMALL:
        return Selection(root, size, sizes)
    return Selection(root, size, sizes, frozenset(out), spare, frozenset(_torn(root, out)))


def _spared(node: Node) -> Iterator[str]:
    """The ids of HTML leaves beside a plain text that is long enough, most likely, to be more than a stub."""
    if node.kind == prune.ALTERNATIVE:
        plain = [child for child in node.children if child.kind == "text/plain"]
        if len(plain) == 1 and plain[0].size >= _ENOUGH:
            yield from (leaf.id for leaf in leaves(node) if prune.is_html_body(leaf.kind, leaf.described))
            return
    for child in node.children:
        yield from _spared(child)


def _torn(node: Node, out: set[str]) -> Iterator[str]:
    """The ids of the multiparts that are not fetched whole."""
    below = [torn for child in node.children for torn in _torn(child, out)]
    yield from below
    if below or any(child.id in out for child in node.children):
        yield node.id


# --- a part without its body -----------------------------------------------------------------------------------------


def _of_file(node: Node, *, is_spare: bool) -> Iterator[str]:
    """What tells of a file without reading it."""
    if node.encoding == "base64" and not is_spare:
        yield f"{node.id}<0.{_FIRST}>"
        if node.size > _LAST:
            yield f"{node.id}<{node.size - _LAST}.{_LAST}>"
    if node.kind in FORWARDED:
        yield f"{node.id}.HEADER<0.{caps.FORWARDED}>"


def _without_body(node: Node, head: bytes, get: Get, *, is_spare: bool) -> Iterator[bytes]:
    yield MARK + b" " + str(0 if is_spare else _size(node, get)).encode() + b"\r\n"
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


def _getter(came: Sections) -> Get:
    def get(name: str) -> bytes:
        section, angle, origin = name.partition("<")
        found = came.get(f"BODY[{section}]{angle}{origin}".encode())
        if found is None:
            raise Incomplete
        return found

    return get
