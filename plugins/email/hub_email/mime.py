"""A mail as a tree of parts over its bytes: bounded, and never raising.

    read(data) ── header block ── multipart ─┬─ part 1       text/plain
                                             └─ part 2 ─┬─── part 2.1
                                                        └─── part 2.2

Nothing is decoded or copied here: a part knows where its body starts and ends. Parts are numbered as IMAP numbers
them (RFC 3501, 6.4.5), and the inside of a forwarded mail is not descended into. What a cap cuts off stands in a part
of kind `CUT`, so that a reader of the pruned mail sees it too.
"""

import binascii
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from hub_email import caps
from hub_email.headers import fields, parameter
from hub_email.words import SPACES, base64

OMITTED = "x-hub-omitted"
MARK = b"X-Hub-Omitted:"
CUT = "application/x-hub-cut"
FORWARDED = frozenset({"message/rfc822", "message/global"})

_EMPTY_LINES = re.compile(rb"(?:\xef\xbb\xbf)?[\r\n]*+")
_SEPARATOR = re.compile(rb">?From (?![ \t]*:)")
_FIELD = re.compile(rb"[A-Za-z][A-Za-z0-9_.-]*+[ \t]*+:")
_FIELDS = re.compile(rb"(?:[!-9;-~]++[ \t]*+:[^\n]*+(?:\n|\Z)(?:[ \t][^\n]*+(?:\n|\Z))*)*")
_KNOWN = re.compile(
    rb"^(?:from|to|cc|subject|date|received|return-path|message-id|mime-version|content-[a-z-]+|delivered-to|reply-to"
    rb"|sender|in-reply-to|references|x-[a-z-]+)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_KIND = re.compile(r"\s*([a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+)")
_BOUNDARY = re.compile(r'boundary\s*=\s*(?:"([^"\\]*)"|([^\s;"]+))', re.IGNORECASE)
_LONGEST_BOUNDARY = 500
_LONGEST_MARK = 60
_SHORT_HEAD = 130
_JUNK = 4_096


class Part(NamedTuple):
    """A node of the tree: `start:end` is the body, `head` the header block, `id` "" for a multipart mail itself.

    A tuple, because one is made for every part of every mail, and a frozen dataclass takes four times as long to make.
    """

    id: str
    kind: str
    head: bytes
    fields: Mapping[str, list[str]]
    start: int
    end: int
    boundary: str = ""
    children: tuple["Part", ...] = ()

    def field(self, name: str) -> str:
        """The first value of a header field, unfolded and undecoded; "" without one."""
        values = self.fields.get(name)
        return values[0].strip(SPACES) if values else ""


class Mail:
    """A mail's bytes, its tree, and the parts of that without parts. `is_mail` is false for bytes that have no header at all.
    `sizes` are the decoded sizes of parts, by their ids, as far as they were asked for: a file's is found by going through it.
    """

    __slots__ = ("data", "is_mail", "leaves", "root", "sizes")

    def __init__(self, data: bytes, root: Part, *, is_mail: bool = True) -> None:
        self.data = data
        self.root = root
        self.is_mail = is_mail
        self.leaves: list[Part] = []
        self.sizes: dict[str, int] = {}
        gather(root, self.leaves)

    def body(self, part: Part, limit: int = caps.MESSAGE) -> bytes:
        """The part's body as sent, at most `limit` bytes of it."""
        return self.data[part.start : min(part.end, part.start + limit)]

    def content(self, part: Part, limit: int = caps.MESSAGE) -> bytes:
        """The part's body without its transfer encoding."""
        return decoded(self.body(part, limit), part.field("content-transfer-encoding"))


def read(data: bytes) -> Mail:
    """The tree of a mail. Any bytes at all can be read; at most `caps.MESSAGE` of them are looked at."""
    data = data[: caps.MESSAGE]
    if data.find(b"\n", 0, caps.RUBBISH) < 0:
        data = data.replace(b"\r", b"\n")
    start = _start(data)
    head, body = _header(data, start, len(data), caps.HEADER)
    if not begins(head):
        return Mail(data, Part("1", "text/plain", b"", {}, start, len(data)), is_mail=False)
    return Mail(data, _Reader(data).tree(head, body))


def is_header(head: bytes) -> bool:
    """Whether these bytes are fields from beginning to end."""
    return _end(_FIELDS, head, 0, len(head)) == len(head)


def begins(head: bytes) -> bool:
    """Whether a mail may begin with these bytes: with a field of a usual name."""
    return _FIELD.match(head) is not None


def decoded(body: bytes, encoding: str) -> bytes:
    """A body without its transfer encoding, as far as it can be decoded."""
    encoding = encoding.lower()
    if "base64" in encoding:
        return base64(body)
    if "quoted" in encoding:
        return binascii.a2b_qp(body)
    return body


def decoded_size(body: bytes, encoding: str) -> int:
    """How long `decoded` is, found without decoding where it can be; of broken base64 an estimate."""
    encoding = encoding.lower()
    if "base64" in encoding:
        first = body.find(b"\n")
        breaks = (len(body) - len(body.replace(b"\n", b""))) * (2 if body[first - 1 : first] == b"\r" else 1)
        return (len(body) - breaks - body.count(b"=", max(0, len(body) - 6))) * 3 // 4
    return len(decoded(body, encoding))


def gather(part: Part, found: list[Part]) -> None:
    """Put the leaves of a part into a list: for every part of every mail, a generator would take twice as long."""
    if not part.children:
        found.append(part)
    for child in part.children:
        gather(child, found)


def _start(data: bytes) -> int:
    """Where the header begins: after a byte order mark, empty lines, an mbox separator, a few lines of junk."""
    if begins(data):
        return 0
    at = _end(_EMPTY_LINES, data, 0, len(data))
    if _SEPARATOR.match(data, at):
        at = data.find(b"\n", at) + 1 or len(data)
    if not _FIELD.match(data, at) and (known := _KNOWN.search(data, at, at + _JUNK)):
        return known.start()
    return at


def _header(data: bytes, start: int, end: int, cap: int) -> tuple[bytes, int]:
    """The header block of a mail or part, and where its body begins."""
    mark = data.find(b"\n", start, start + _LONGEST_MARK) + 1 - start if data.startswith(MARK, start) else 0
    stop = min(end, start + cap + max(mark, 0))
    at = _end(_FIELDS, data, start, stop)
    if at == stop < end:
        return data[start:at], _after_blank(data, at - 2, end)
    if data.startswith(b"\r\n", at):
        return data[start:at], min(at + 2, end)
    if data.startswith(b"\n", at):
        return data[start:at], min(at + 1, end)
    if at > start and cap == caps.HEADER and at < end:
        body = _after_blank(data, at, stop)
        if _KNOWN.search(data, at, body):
            return data[start : body - data.endswith(b"\n", 0, body) - data.endswith(b"\r\n", 0, body)], body
    return data[start:at], at


def _end(pattern: re.Pattern[bytes], data: bytes, start: int, stop: int) -> int:
    """Where the match ends of a pattern that may match nothing."""
    match = pattern.match(data, start, stop)
    return match.end() if match else start


def _after_blank(data: bytes, start: int, end: int) -> int:
    places = [data.find(blank, start, end) + len(blank) for blank in (b"\n\n", b"\n\r\n")]
    found = [place for place, blank in zip(places, (b"\n\n", b"\n\r\n"), strict=True) if place >= len(blank) + start]
    return min(found, default=end)


class Headed(NamedTuple):
    """What a header block says: its fields, its Content-Type and the kind that names, "" without one."""

    head: bytes
    fields: Mapping[str, list[str]]
    value: str
    kind: str

    @classmethod
    def of(cls, head: bytes, limit: int) -> "Headed":
        return _known_head(head, limit) if len(head) < _SHORT_HEAD else _headed(head, limit)


@lru_cache(512)
def _known_head(head: bytes, limit: int) -> Headed:
    """The header of most parts is the same in every mail."""
    return _headed(head, limit)


def _headed(head: bytes, limit: int) -> Headed:
    found = fields(head, limit)
    value = found["content-type"][0] if "content-type" in found else ""
    return Headed(head, found, value, _kind_of(value))


_Span = tuple[int, int, bool]
"""Where a child starts and ends, and whether it is what is left over where a cap was met."""


class _Reader:
    """One walk over a mail, with what is left of its budgets."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.parts = caps.PARTS
        self.delimiters = caps.DELIMITERS
        self.scanned = caps.SCANNED

    def tree(self, head: bytes, body: int) -> Part:
        part = self._part("", Headed.of(head, caps.LINES), body, len(self.data))
        return part if part.children else part._replace(id="1")

    def _part(
        self,
        number: str,
        headed: Headed,
        start: int,
        end: int,
        depth: int = 0,
        default: str = "text/plain",
    ) -> Part:
        head, names, value, kind = headed
        kind = kind or default
        if not kind.startswith("multipart/"):
            return Part(number, kind, head, names, start, end)
        boundary = boundary_of(value) if OMITTED not in names else ""
        if boundary and (depth > caps.DEPTH or self.scanned <= 0):
            return Part(number, CUT, head, names, start, end)
        spans = self._spans(boundary.encode("latin-1"), start, end) if boundary else []
        if not spans:
            return Part(number, "text/plain" if self.delimiters > 0 or not boundary else CUT, head, names, start, end)
        children = self._children(
            number, spans, depth + 1, "message/rfc822" if kind.endswith("/digest") else "text/plain"
        )
        return Part(number, kind, head, names, start, end, boundary, children)

    def _children(self, number: str, spans: list[_Span], depth: int, default: str) -> tuple[Part, ...]:
        children: list[Part] = []
        for place, (start, end, is_rest) in enumerate(spans, 1):
            child = f"{number}.{place}" if number else str(place)
            if is_rest:
                children.append(Part(child, CUT, b"", {}, start, end))
                break
            head, body = _header(self.data, start, end, caps.PART_HEADER)
            headed = Headed.of(head, caps.PART_LINES)
            self.parts -= 1
            if self.parts < 0:
                rest = Part(child, CUT, b"", {}, start, spans[-1][1])
                children.append(Part(child, CUT, head, headed.fields, body, end) if OMITTED in headed.fields else rest)
                break
            children.append(self._part(child, headed, body, end, depth, default))
        return tuple(children)

    def _spans(self, boundary: bytes, start: int, end: int) -> list[_Span]:
        """Where the children of a multipart start and end (RFC 2046, 5.1.1); a missing last delimiter is forgiven."""
        data, needle = self.data, b"\n--" + boundary
        self.scanned -= end - start
        spans: list[_Span] = []
        opened = -1
        at = start - 1 if data.startswith(needle[1:], start) else data.find(needle, start, end)
        while at >= 0 and self.delimiters > 0:
            self.delimiters -= 1
            after = at + len(needle)
            line = data.find(b"\n", after, end)
            line = end if line < 0 else line
            tail = data[after:line].rstrip() if line - after < _LONGEST_BOUNDARY else b"?"
            if tail in (b"", b"--"):
                if opened >= 0:
                    spans.append((opened, max(opened, at - (data[at - 1 : at] == b"\r")), False))
                opened = -1 if tail else min(line + 1, end)
                if tail:
                    return spans
            at = data.find(needle, max(after - 1, line), end)
        if opened >= 0:
            spans.append((opened, end, at >= 0))
        return spans


def _kind_of(value: str) -> str:
    """The kind that a Content-Type names, in lower case; "" without one."""
    match = _KIND.match(value.lower())
    if match:
        return match[1]
    return "text/plain" if value.strip() else ""


def boundary_of(value: str) -> str:
    """The boundary that a Content-Type names, "" without one."""
    match = _BOUNDARY.search(value)
    boundary = (match[1] or match[2] or "") if match else parameter(value, "boundary")
    return boundary.rstrip() if len(boundary) <= _LONGEST_BOUNDARY else ""
