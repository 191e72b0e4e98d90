"""Header text: RFC 2047 encoded words as they really come, raw 8-bit text, and what a person may safely be shown.

Mailers split characters and base64 quanta between words, leave out the padding, put encoded words in quotes, forget
the end. Adjacent words of one charset are therefore joined as bytes before they are decoded.
"""

import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from hub_email import caps
from hub_email.charsets import decode

SPACES = " \t\r\n"
"""White space of a header. In bytes not yet decoded other white space is half a letter: `strip()` would eat it."""

_ONE_WORD = re.compile(r"([ -<>-~]*+)=\?([^?*\s]{1,60})\?[bB]\?([^?\s]*)\?=\s*")
_MOST_PIECES = 10_000
_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
_CONTROLS = dict.fromkeys([*range(9), *range(11, 32), 127, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]) | {
    **dict.fromkeys(range(0x80, 0xA0)),
    **dict.fromkeys((0x200B, 0x2060, 0xFEFF)),
    **dict.fromkeys((9, 10, 13, 0x85, 0x2028, 0x2029), " "),
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
}


class _Word(NamedTuple):
    charset: str
    encoding: str
    content: str
    start: int
    end: int


def text(value: str) -> str:
    """The decoded, safe text of an unfolded header value (as latin-1 `str`, see `mime.fields`)."""
    value = value.strip(SPACES)
    if "=?" in value:
        if match := _ONE_WORD.fullmatch(value):
            return safe(match[1] + decode(base64(_bytes(match[3])), match[2]))
        return safe(_decoded(value[: caps.LINE]))
    return safe(_raw(value))


def safe(value: str) -> str:
    """Without control characters, bidirectional overrides and lone surrogates, white space made one space."""
    if not value.isprintable():
        value = value.translate(_CONTROLS)
    return " ".join(value.split())


def base64(data: bytes) -> bytes:
    """What can be decoded of `data`: white space, foreign characters, missing or early padding do not matter."""
    try:
        decoded = binascii.a2b_base64(data)
    except binascii.Error:
        decoded = None
    first = data.find(b"=")
    if decoded is not None and (first < 0 or not data[first:].strip(b"= \t\r\n")):
        return decoded
    pieces = data.rstrip(b"= \t\r\n").split(b"=", _MOST_PIECES)
    if len(pieces) > _MOST_PIECES:
        return _loosely(data)
    if decoded is None or len(pieces) > 1:  # the decoder stops at the first padding
        return b"".join(_loosely(piece) for piece in pieces if piece)
    return decoded


def _loosely(data: bytes) -> bytes:
    data = data.translate(None, _NOT_BASE64)
    keep = len(data) - 1 if len(data) % 4 == 1 else len(data)
    return binascii.a2b_base64(data[:keep] + b"=" * (-keep % 4))


def percent(value: str) -> bytes:
    """The bytes of an RFC 2231 value."""
    return unquote_to_bytes(_bytes(value))


def _bytes(value: str) -> bytes:
    return value.encode("latin-1", "replace")


def _raw(value: str) -> str:
    return value if value.isascii() else decode(_bytes(value))


def _decoded(value: str) -> str:
    pieces: list[str] = []
    at = 0
    for run in _runs(value):
        between = value[at : run[0].start]
        pieces.extend((_raw(between), decode(_content(run), run[0].charset)))
        at = run[-1].end
    pieces.append(_raw(value[at:]))
    return "".join(pieces)


def _runs(value: str) -> Iterator[list[_Word]]:
    """Neighbouring words that share a charset and an encoding."""
    run: list[_Word] = []
    for word in _words(value):
        if run and not value[run[-1].end : word.start].strip():
            if (word.charset, word.encoding) == (run[0].charset, run[0].encoding):
                run.append(word)
                continue
            word = _Word(word.charset, word.encoding, word.content, run[-1].end, word.end)  # noqa: PLW2901 - white space between words does not count
        if run:
            yield run
        run = [word]
    if run:
        yield run


def _words(value: str) -> Iterator[_Word]:
    at = count = 0
    while count < caps.ENCODED_WORDS and (start := value.find("=?", at)) >= 0:
        at = start + 2
        middle = value.find("?", at, at + 60)
        charset = value[at:middle].partition("*")[0]
        encoding = value[middle + 1 : middle + 3].upper()
        if middle < 0 or encoding not in ("B?", "Q?") or not charset or " " in charset:
            continue
        end = value.find("?=", middle + 3)
        stop = end + 2 if end >= 0 else len(value)
        content = value[middle + 3 : end if end >= 0 else stop]
        yield _Word(charset.lower(), encoding[0], content, start, stop)
        at, count = stop, count + 1


def _content(run: list[_Word]) -> bytes:
    pieces = [_bytes(word.content) for word in run]
    if run[0].encoding == "Q":
        return binascii.a2b_qp(b"".join(pieces), header=True)
    if all(len(piece) % 4 == 0 for piece in pieces[:-1]):
        return base64(b"".join(pieces))
    joined = base64(b"".join(pieces))  # one base64 text cut anywhere, or pieces without their padding
    if run[0].charset in ("utf-8", "utf8"):
        return joined if _is_utf8(joined) else b"".join(map(base64, pieces))
    return joined if sum(map(len, pieces)) % 4 == 0 else b"".join(map(base64, pieces))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
