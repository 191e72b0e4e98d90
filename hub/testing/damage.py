"""Bytes that no source meant, for a map to live through."""

from collections.abc import Iterator, Sequence
from random import Random

_PLAIN = (b"", b"\0", b"\xff" * 64, b"null", b"[]", b"{}", b"[[[[", b"<a>", b"\xef\xbb\xbf", b"\r\n" * 40)
_DENTS = (b"\0", b"\xff", b"\xed\xa0\x80", b"\\ud800", b'"', b"\n", b"\r\n\r\n", b"-1", b"9" * 40, b"{}", b"\xd0", b"=")
_MOST_BODIES = 8


def damaged(bodies: Sequence[bytes], *, each: int = 24) -> Iterator[bytes]:
    """Nothing, noise, and bodies cut, dented, glued together and escaped; the same ones every time."""
    chance = Random(0)  # noqa: S311 - the same damage every time
    yield from _PLAIN
    yield from (chance.randbytes(chance.randrange(1, 400)) for _ in range(each))
    for body in bodies[:_MOST_BODIES]:
        for _ in range(each):
            at = chance.randrange(len(body) + 1)
            yield body[:at]
            yield body[:at] + chance.choice(_DENTS) + body[at + chance.randrange(4) :]
        yield body + chance.choice(bodies)
        yield body.replace(b'"', b'"\\ud800', 7)
