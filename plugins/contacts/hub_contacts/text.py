"""Text of cells: cleaned, folded for comparison, cut into its values."""

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

import hub

BAD_BYTE: Final = "\ufffd"
"""What stands for a byte that the file's encoding does not have."""

_SPACES: Final = dict.fromkeys(map(ord, "\u00a0\u1680\u2000\u2002\u2003\u2007\u2009\u202f\u205f\u3000\t\v\f"), " ")
_INVISIBLE: Final = dict.fromkeys(
    [*range(0x09), *range(0x0E, 0x20), *range(0x7F, 0xA0), 0xAD, 0x200B, 0x2028, 0x2029, 0x2060, 0xFEFF]
)
_PER_CHARACTER: Final = {**_SPACES, **_INVISIBLE, **dict.fromkeys(range(0xD800, 0xE000), BAD_BYTE)}
_SEPARATORS: Final = re.compile(r"[,;/\n|]+")
_LONGEST_NAME: Final = 100
_NOT_DIGITS: Final = re.compile(r"[^0-9]+")
_NOT_IN_WORDS: Final = re.compile(r"[^0-9a-zа-я№]+")


def clean(text: str) -> str:
    """The text of a cell: one kind of line end and space, composed, without signs that cannot be seen."""
    if not text.isprintable():
        text = text.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n").translate(_PER_CHARACTER)
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return text.strip()


def one_line(text: str) -> str:
    """Cleaned text with all its space made single: a heading, a key."""
    return " ".join(clean(text).split())


def fold(text: str) -> str:
    """Only letters, digits and №, in one case and with ё as е: for comparing what people typed."""
    return _NOT_IN_WORDS.sub("", text.casefold().replace("ё", "е"))


def pieces(text: str) -> list[str]:
    """The values that a cell lists, separated by `,` `;` `/` `|` or new lines."""
    return [piece for part in _SEPARATORS.split(text) if (piece := part.strip())]


def digits(text: str) -> str:
    return _NOT_DIGITS.sub("", text)


def with_guess(said: str, name: str, known: Iterable[str]) -> str:
    """A sentence about a name that is unknown, with the nearest of the known ones, if one is near."""
    by_fold = {fold(one) or one: one for one in known if len(one) <= _LONGEST_NAME}
    near = get_close_matches((fold(name) or name)[:_LONGEST_NAME], by_fold, n=1, cutoff=0.6)
    return hub.sentence("{why}; did you mean «{name}»?").format(why=said, name=by_fold[near[0]]) if near else said


def listed(names: Iterable[str], most: int = 30) -> str:
    """Names in a sentence, of whatever language: «a», «b», … +3."""
    names = [f"«{name}»" if len(name) <= _LONGEST_NAME else f"«{name[:_LONGEST_NAME]}…»" for name in names]
    more = f", … +{len(names) - most}" if len(names) > most else ""
    return (", ".join(names[:most]) or "—") + more
