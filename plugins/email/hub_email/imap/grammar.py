r"""Answers as Python values (RFC 3501, section 9): lists, bytes, and None for NIL.

* 7 FETCH (UID 9 BODY[1] {5}\r\nhello)   ->   [[b"UID", b"9", b"BODY[1]", b"hello"]]
"""

import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from hub_email.imap.wire import Reply

Value: TypeAlias = "list[Value] | bytes | None"

_TOKEN = re.compile(
    rb"""
      " [^"\\]*+ (?: \\. [^"\\]*+ )* (?: " | \\? \Z )
    | [()]
    | (?i: BODY | BINARY ) \[ [^\]]{0,1000}+ \] (?: <\d+> )?
    | [^\s()"{]+
    | \{ \d+ \+? \} \r\n
    """,
    re.VERBOSE | re.DOTALL,
)
_QUOTED, _OPEN, _CLOSE, _LITERAL = b'"(){'
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_SHORT = 50_000
_DEPTH = 200
HIGHEST = 0xFFFF_FFFF
"""The highest number of the protocol."""


def values(reply: Reply, start: int = 0) -> list[Value]:
    """What a reply says from a place on. Whatever does not belong there is passed over, a string that is not closed goes on
    to the end; never raises.
    """
    literals = iter(reply.literals)
    top: list[Value] = []
    stack = [top]
    add = top.append
    for token in _tokens(reply.line, start):
        first = token[0]
        if first == _QUOTED:
            said = token[1:-1] if token[-1] == _QUOTED else token[1:]
            add(_ESCAPED.sub(rb"\1", said) if b"\\" in said else said)
        elif first == _OPEN:
            if len(stack) <= _DEPTH:
                inner: list[Value] = []
                add(inner)
                stack.append(inner)
                add = inner.append
        elif first == _CLOSE:
            if len(stack) > 1:
                stack.pop()
                add = stack[-1].append
        elif first == _LITERAL:
            add(next(literals, b""))
        else:
            add(None if len(token) == 3 and token.upper() == b"NIL" else token)
    return top


def _tokens(line: bytes, start: int) -> Iterable[bytes]:
    """All at once is faster; of a long line that would be too much to hold."""
    if len(line) < _SHORT:
        return _TOKEN.findall(line, start)
    return (token[0] for token in _TOKEN.finditer(line, start))


def fetched(reply: Reply) -> dict[bytes, Value]:
    """The attributes of a FETCH response by their names in upper case; empty for any other response."""
    words = reply.line[:40].split(b" ", 3)
    if len(words) < 4 or words[2].upper() != b"FETCH":
        return {}
    found = values(reply, len(words[0]) + len(words[1]) + len(words[2]) + 3)
    items = found[0] if found and isinstance(found[0], list) else []
    return {
        name.upper(): value for name, value in zip(items[::2], items[1::2], strict=False) if isinstance(name, bytes)
    }


def number(value: Value, default: int = 0) -> int:
    """A number of the protocol: at most 64 bits, never negative."""
    return int(value) if isinstance(value, bytes) and value.isdigit() and len(value) <= 20 else default


def _whole(said: bytes) -> int:
    if not said.isdigit() or len(said) > 10:
        raise ValueError("no number of the protocol")
    return int(said)


def listed_numbers(said: bytes, most: int) -> Iterator[int]:
    """The numbers of a sequence set ("1:3,7"), of the lot at most `most`. Raises `ValueError` for more, or none."""
    for piece in said.split(b","):
        first, colon, last = piece.partition(b":")
        low, high = sorted((_whole(first), _whole(last if colon else first)))
        most -= high - low + 1
        if most < 0 or high > HIGHEST:
            raise ValueError("more numbers than there can be")
        yield from range(low, high + 1)
