"""The signs of a document: one for each of its words, so that most documents without a word are told without being read.

A sign is a letter of three bytes that a word's checksum picks, of 53,248: of letters of two bytes there are so few that
one word in a hundred would share its sign with one that every document has, as our own names are. Tokens with digits have
none: they are many, and each is rare enough for an index.
"""

from typing import Final
from zlib import crc32

MOST: Final = 300
"""A document of more words says nothing by its signs: they would not stand in one page of a file with their line."""
_FIRST: Final = 0x800
_SIGNS: Final = 0xD800 - _FIRST
_MOST_KNOWN: Final = 4_000


def sign(token: str) -> str:
    """That of a word; "" for a token that is none."""
    return chr(_FIRST + crc32(token.encode()) % _SIGNS) if token.isalpha() else ""


def signs(stored: str) -> str:
    """Those of a document, by its tokens as `hub.core.tokens.stored` gives them; "" where they say nothing."""
    found = "".join(map(_known.__getitem__, filter(str.isalpha, dict.fromkeys(stored.split(" ")))))
    return found if len(found) <= MOST else ""


class _Known(dict[str, str]):
    """Word -> sign: most have been seen before."""

    def __missing__(self, word: str) -> str:
        if len(self) >= _MOST_KNOWN:
            self.clear()
        self[word] = found = sign(word)
        return found


_known: Final = _Known()
