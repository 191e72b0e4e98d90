"""What of a mail is fetched, and the raw put together from it.

    selected(root, size)    decides by the mail's structure
      .sections             what to ask for beside the header: all of a small mail; of another what is text, and of files
                            the header
      .raw(header, came)    what came, as a mail whose files are left out

The raw has the form that `hub_email.prune` gives a whole mail, so that one mapping reads both. How long a file is, decoded,
is told from its first line and its last bytes: base64 has lines of one length. A server that contradicts itself or the
mail is asked for the whole mail.
"""

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import lru_cache

from hub_email import caps, prune
from hub_email.imap.structure import Node, leaves
from hub_email.mime import (
    FORWARDED,
    MARK,
    OMITTED,
    Headed,
    Mail,
    Part,
    begins,
    boundary_of,
    decoded_size,
    is_header,
    read,
)

_SMALL = 1_000
"""Bytes that are not worth a question of their own."""
_ENOUGH = 300
"""Bytes as sent of a plain text that says, most likely, what the HTML beside it says."""
_FIRST, _LAST = 128, 80
_FEW = 120
"""Pieces of a mail of which no cap cuts a part off."""
_SHORT_HEAD = 130

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
    out: Set[str] = frozenset()
    spare: Set[str] = frozenset()
    torn: Set[str] = frozenset()

    @property
    def sections(self) -> tuple[str, ...]:
        """The sections to fetch beside the header, as they are asked for."""
        if self.size > caps.MESSAGE:
            return ()
        if not (self.root and self.out):
            return ("TEXT",)
        found: list[str] = []
        self._ask(self.root, found)
        return tuple(found)

    def raw(self, header: bytes, came: Sections) -> bytes:
        """The raw of the mail. Raises `Incomplete`."""
        if self.size > caps.MESSAGE:
            return prune.header_only(header, self.size)
        if b"BODY[TEXT]" in came:
            return prune.prune(header + came[b"BODY[TEXT]"])
        if self.root is None:
            raise Incomplete
        assembly = _Assembly(self, _getter(came))
        made = assembly.mail(self.root, header)
        spare = prune.spared(made)
        if not self._agrees(made, spare):
            raise Incomplete
        return prune.pruned(made, spare, is_plain=assembly.is_plain)

    def _ask(self, node: Node, found: list[str]) -> None:
        """Find the sections of a part."""
        if node.id:
            found.append(f"{node.id}.MIME")
        if node.id in self.torn:
            for child in node.children:
                self._ask(child, found)
        elif node.id not in self.out:
            found.append(node.id)
        else:
            found.extend(_of_file(node, is_spare=node.id in self.spare))

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
    spare: set[str] = set()
    _spare(root, spare)
    parts = leaves(root)
    for leaf in parts:
        if leaf.id not in spare and leaf.size <= min(budget, prune.room(leaf.kind, leaf.described)):
            budget -= leaf.size
        else:
            out.add(leaf.id)
            saved += leaf.size
    sizes = {leaf.id: leaf.size for leaf in parts}
    if saved <= _SMALL:
        return Selection(root, size, sizes)
    torn: set[str] = set()
    _tear(root, out, torn)
    return Selection(root, size, sizes, out, spare, torn)


def _spare(node: Node, found: set[str]) -> None:
    """Find the ids of HTML leaves beside a plain text that is long enough, most likely, to be more than a stub."""
    if node.kind == prune.ALTERNATIVE:
        plain = [child for child in node.children if child.kind == "text/plain"]
        if len(plain) == 1 and plain[0].size >= _ENOUGH:
            found.update(
                leaf.id for leaf in leaves(node) if leaf.kind == prune.HTML and not prune.is_file(leaf.described)
            )
            return
    for child in node.children:
        if child.children:
            _spare(child, found)


def _tear(node: Node, out: Set[str], torn: set[str]) -> bool:
    """Find the ids of the multiparts that are not fetched whole; whether this is one."""
    for child in node.children:
        if _tear(child, out, torn) if child.children else child.id in out:
            torn.add(node.id)
    return node.id in torn


# --- putting it together ---------------------------------------------------------------------------------------------


class _Assembly:
    """A mail as it is put together, and its tree: where parts begin and end is known, so most mails need not be read for it.

    It `is_plain` as long as reading it would find this tree: headers are fields up to an empty line, and no boundary is
    found where none was put.
    """

    def __init__(self, selection: Selection, get: Get) -> None:
        self._selection = selection
        self._get = get
        self._pieces: list[bytes] = []
        self._at = 0
        self._lines: list[bytes] = []
        self.is_plain = True

    def mail(self, root: Node, header: bytes) -> Mail:
        """Raises `Incomplete`."""
        part = self._part(root, header)
        data = b"".join(self._pieces)
        self.is_plain &= bool(part.children) and begins(header)
        self.is_plain &= len(self._pieces) < _FEW and len(data) <= caps.TEXT_PART
        return Mail(data, part) if self.is_plain else read(data)

    def _part(self, node: Node, head: bytes) -> Part:
        is_out = node.id in self._selection.out
        if is_out:
            size = 0 if node.id in self._selection.spare else _size(node, self._get)
            head = MARK + b" " + str(size).encode() + b"\r\n" + head
        head, names, value, kind = self._headed(head)
        kind, start, boundary = kind or "text/plain", self._at, ""
        children: tuple[Part, ...] = ()
        if node.id in self._selection.torn:
            boundary = boundary_of(value)
            self.is_plain &= kind.startswith("multipart/") and not kind.endswith("/digest") and OMITTED not in names
            children = self._children(node, boundary)
        else:
            self.is_plain &= not kind.startswith("multipart/")
            if not is_out:
                self._put_said(self._get(node.id))
            elif node.kind in FORWARDED:
                self._put_said(self._get(f"{node.id}.HEADER<0>"))
        return Part(node.id, kind, head, names, start, self._at, boundary, children)

    def _headed(self, head: bytes) -> Headed:
        limits = (prune.LONG_PART_HEADER, caps.PART_LINES) if self._at else (prune.LONG_HEADER, caps.LINES)
        self._put_said(head)
        is_sound, headed = _known_head(head) if len(head) < _SHORT_HEAD else _head(head, *limits)
        self.is_plain &= is_sound
        return headed

    def _children(self, node: Node, boundary: str) -> tuple[Part, ...]:
        if not boundary:
            raise Incomplete
        delimiter = b"--" + boundary.encode("latin-1", "replace")
        line = b"\n" + delimiter
        self.is_plain &= boundary.isprintable() and not boundary.endswith("-") and line not in self._lines
        self._lines.append(line)
        children = []
        before = delimiter + b"\r\n"
        for child in node.children:
            self._put(before)
            children.append(self._part(child, self._get(f"{child.id}.MIME")))
            before = b"\r" + line + b"\r\n"
        self._put(b"\r" + line + b"--\r\n")
        self._lines.pop()
        return tuple(children)

    def _put_said(self, said: bytes) -> None:
        """Put what the sender wrote."""
        for line in self._lines:
            if line in said or said.startswith(line[1:]):
                self.is_plain = False
        self._put(said)

    def _put(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._at += len(piece)


@lru_cache(512)
def _known_head(head: bytes) -> tuple[bool, Headed]:
    """That of most parts is the same in every mail; it is so short that no cap is met."""
    return _head(head, prune.LONG_PART_HEADER, caps.PART_LINES)


def _head(head: bytes, longest: int, lines: int) -> tuple[bool, Headed]:
    """Whether a header block is surely read as nothing but fields up to an empty line, and what it says."""
    is_sound = head.endswith(b"\n\r\n") and len(head) <= longest and is_header(head[:-2])
    return is_sound, Headed.of(head[:-2], lines)


def _of_file(node: Node, *, is_spare: bool) -> Iterator[str]:
    """What tells of a file without reading it."""
    if node.encoding == "base64" and not is_spare:
        yield f"{node.id}<0.{_FIRST}>"
        if node.size > _LAST:
            yield f"{node.id}<{node.size - _LAST}.{_LAST}>"
    if node.kind in FORWARDED:
        yield f"{node.id}.HEADER<0.{caps.FORWARDED}>"


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
