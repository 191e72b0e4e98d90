"""What a server sends, unpacked piece by piece under a cap: 300 kB of gzip would otherwise be 300 MB at once."""

import zlib
from collections.abc import Iterable, Iterator

from hub.errors import TooLarge, Unreachable
from hub.i18n import sentence

PIECE = 64 * 1024
PACKINGS = "gzip, deflate"
"""What we say that we can unpack."""

_AUTO = zlib.MAX_WBITS | 32
"""The header tells whether it is gzip or zlib."""


def unpacked(pieces: Iterable[bytes], packing: str) -> Iterator[bytes]:
    """The pieces as they were before Content-Encoding, each of at most `PIECE` bytes.

    Raises `Unreachable` for a packing that nobody asked for, and for one that is damaged or cut short.
    """
    match packing:
        case "" | "identity":
            return iter(pieces)
        case "gzip" | "x-gzip" | "deflate":
            return _inflated(pieces)
        case _:
            text = sentence("the server answers in the packing {packing}, which we did not ask for")
            raise Unreachable(
                text.format(packing=packing[:40]), fix=sentence("see whether a proxy between changes answers")
            )


def _inflated(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Gzip or zlib, and raw deflate, which some servers call "deflate" too (RFC 9110, 8.4.1.2)."""
    inflater = None
    for piece in pieces:
        if inflater is None:
            inflater = zlib.decompressobj(_AUTO if _has_header(piece) else -zlib.MAX_WBITS)
        rest = piece
        while rest and not inflater.eof:
            try:
                out = inflater.decompress(rest, PIECE)
            except zlib.error as error:
                raise _damaged() from error
            rest = inflater.unconsumed_tail
            if out:
                yield out
            elif not rest:
                break
    if inflater is not None:
        yield from _remainder(inflater)


def _remainder(inflater: "zlib._Decompress") -> Iterator[bytes]:
    """What was read already and not yet given out. Raises `Unreachable` when the end is missing."""
    while not inflater.eof:
        out = inflater.decompress(inflater.unconsumed_tail, PIECE)
        if out:
            yield out
        elif not inflater.eof:
            raise _damaged()


def _has_header(piece: bytes) -> bool:
    """Whether this begins as gzip (RFC 1952) or zlib (RFC 1950) does."""
    return piece[:2] == b"\x1f\x8b" or (len(piece) > 1 and piece[0] & 15 == 8 and (piece[0] << 8 | piece[1]) % 31 == 0)


def _damaged() -> Unreachable:
    return Unreachable(
        sentence("the server's answer is damaged: it cannot be unpacked"), fix=sentence("try again later")
    )


def capped(pieces: Iterable[bytes], most: int, who: str) -> Iterator[bytes]:
    """The pieces, up to `most` bytes of all of them. Raises `TooLarge` instead of going on."""
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > most:
            text = sentence("{who} sends more than {size} MB in one answer: cut off")
            raise TooLarge(text.format(who=who, size=f"{most / 1e6:g}"), fix=sentence("see what is so large there"))
        yield piece
