"""The search's own tokeniser: the words of a document, and the terms of a question, in one form.

Words are stemmed (Snowball and a fleeting vowel, Russian for Cyrillic; English for Latin), ё is е, case and accents are folded. Codes (an
address, a number of a contract or a telephone) are found whole and by their parts: beside its parts a code gives what
follows each of its joints, joined: "45/2026-П" is 45, 2026, п, 452026п, 2026п. A question for a code looks for its
beginning: "45/2026" for 452026*.

A token has only a-z, 0-9 and Cyrillic small letters, so that SQLite's FTS5 (`unicode61 remove_diacritics 0`) and
PostgreSQL's `simple` keep it whole when tokens are stored with spaces between. Words of other alphabets are left out.
"""

import re
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final

import Stemmer

MOST_TOKENS: Final = 20_000
LONGEST_TOKEN: Final = 40

_MOST_TEXT: Final = 1_000_000
_MOST_TERMS: Final = 32
_JOINED: Final = 6
_LONGEST_CODE: Final = 120
_LONGEST_CACHED: Final = 24
_MOST_CACHED: Final = 16_000
_MOST_LINES: Final = 1_024
_SHORT_LINES: Final = 2_000
"""Characters: far too few for `MOST_TOKENS`."""

_CYRILLIC: Final = "\u0430-\u044f\u0450-\u0481\u048a-\u04ff"
_PART: Final = re.compile(rf"[a-z0-9{_CYRILLIC}]+")
_PIECE: Final = re.compile(rf"[a-z]+|[0-9]+|[{_CYRILLIC}]+")
_CODE: Final = re.compile(rf"[a-z0-9{_CYRILLIC}]+(?:[._@/\\+-][a-z0-9{_CYRILLIC}]+)*")
_PLAIN: Final = re.compile(rf"[{_CYRILLIC}]+|[a-z]+")
_FOREIGN: Final = re.compile(r"[^\x00-\x7f\u0400-\u04ff]+")
_HIDDEN: Final = dict.fromkeys((0xAD, 0x34F, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF)) | dict.fromkeys(
    map(ord, "№™℠"), " "
)
_AROUND: Final = ".,;:!?()[]{}<>«»\"'“”„–—-…*/|"
_LATIN_LOOKALIKES: Final = str.maketrans("авекмнорстух", "abekmhopctyx")  # codes are typed in either alphabet
_PHONE: Final = re.compile(
    r"[+78(](?<![\w+][+78(])[0-9]{0,3}[ \xa0(-]{0,3}[0-9]{2,5}[ \xa0)-]{0,3}[0-9]{1,4}(?:[ \xa0.-]?[0-9]{2,4}){1,3}(?!\w)"
)
_LIKE_A_FLOAT: Final = re.compile(r"^([0-9]+)e")
_VOWELS: Final = frozenset("аеиоуыэюя")
_NOT_DIGIT: Final = re.compile(r"[^0-9]+")


@dataclass(frozen=True, slots=True)
class Term:
    """What a document must have: the token, or a token that begins with it, or one of `also`: what is left of a longer
    word when the ending that its beginning reaches into is taken away.
    """

    token: str
    prefix: bool = False
    also: tuple[str, ...] = ()


def tokens(text: str) -> list[str]:
    """The tokens of a document, each once and at most 20,000, in the order of the text; phone numbers come last."""
    return stored(text).split()


def stored(text: str) -> str:
    """The tokens of a document as an index stores them: with one blank between two and none around them."""
    text = text[:_MOST_TEXT]
    chunks = dict.fromkeys(text.split(None, MOST_TOKENS)[:MOST_TOKENS])
    said = dict.fromkeys(" ".join(map(_known.__getitem__, chunks)).split())
    for match in _PHONE.finditer(text):
        if len(said) >= MOST_TOKENS:
            break
        if number := _number(match[0]):
            said |= dict.fromkeys((number, number[-7:]))
    return " ".join(islice(said, MOST_TOKENS))


def stored_lines(lines: Sequence[str]) -> str:
    """The tokens of a document of these lines, which are short and have mostly been seen before, as `stored` has them."""
    if not lines or sum(map(len, lines)) > _SHORT_LINES:
        return stored("\n".join(lines))
    words, numbers = zip(*map(_line, lines), strict=True)
    return " ".join(dict.fromkeys(" ".join((*words, *numbers)).split()))


@lru_cache(_MOST_LINES)
def _line(line: str) -> tuple[str, str]:
    """The tokens of its words, and those of its phone numbers, which come last of a whole document."""
    words = " ".join(filter(None, map(_known.__getitem__, line.split())))
    numbers = (number for match in _PHONE.finditer(line) if (number := _number(match[0])))
    return words, " ".join(f"{number} {number[-7:]}" for number in numbers)


def query(text: str) -> tuple[Term, ...]:
    """The terms of a question: a document must have them all. At most 32; none when nothing can be looked for.

    A word with a star behind it is the beginning of a word. Quotation marks mean nothing: their words are words.
    """
    text = text[: _LONGEST_CODE * _JOINED]
    numbers = [number for match in _PHONE.finditer(text) if (number := _number(match[0]))]
    rest = _PHONE.sub(lambda match: " " if _number(match[0]) else match[0], text)
    found = [Term(number) for number in numbers]
    for chunk in rest.split():
        found += _terms(chunk)
    return tuple(dict.fromkeys(found))[:_MOST_TERMS]


def _terms(chunk: str) -> list[Term]:
    found: list[Term] = []
    for code in _CODE.findall(_folded(chunk)):
        parts = _PART.findall(code)
        if _is_code(code, parts):
            found.append(Term(_joined(parts), prefix=True))
        else:
            found += [Term(_token(part)) for part in parts]
    if found and chunk.rstrip(_AROUND.replace("*", "")).endswith("*") and not found[-1].prefix:
        found[-1] = _beginning(parts[-1])
    return found


def _beginning(word: str) -> Term:
    """A question for договора* also finds договор, for no more is kept of a word; one for рыно* рынок, kept as рынк."""
    if not _PLAIN.fullmatch(word):
        return Term(_code(word), prefix=True)
    word = word[:LONGEST_TOKEN]
    also = [_stem(word)]
    if len(word) > 2 and word[-1] in "ое" and word[-2] not in _VOWELS:
        also.append(f"{word[:-1]}к")
    return Term(word, prefix=True, also=tuple(one for one in also if one != word))


class _Known(dict[str, str]):
    """The tokens of a chunk of text between spaces, with spaces between: most of a text has been seen before."""

    def __missing__(self, chunk: str) -> str:
        word = chunk.strip(_AROUND).lower().replace("ё", "е")
        found = _stem(word) if _PLAIN.fullmatch(word) else " ".join(_of_chunk(chunk))
        if len(chunk) <= _LONGEST_CACHED and not chunk[-1].isdigit():  # numbers seldom come again
            if len(self) >= _MOST_CACHED:
                self.clear()
            self[chunk] = found
        return found


_known: Final = _Known()


def _of_chunk(chunk: str) -> list[str]:
    found: list[str] = []
    for code in _CODE.findall(_folded(chunk)):
        parts = _PART.findall(code)[:MOST_TOKENS]
        for part in parts:
            found.append(_token(part))
            found += _pieces(part)
        if _is_code(code, parts):
            found += [_joined(parts[start:]) for start in range(len(parts) - 1)]
    return found


def _is_code(code: str, parts: list[str]) -> bool:
    if len(parts) < 2 or len(code) > _LONGEST_CODE:
        return False
    return "@" in code or any(map(str.isdigit, code)) or (code.isascii() and ("." in code or "_" in code))


def _joined(parts: list[str]) -> str:
    return _code("".join(parts[:_JOINED]))


def _token(part: str) -> str:
    return _stem(part) if _PLAIN.fullmatch(part) else _code(part)


def _code(text: str) -> str:
    """A code in one alphabet; but "1e5" with a Cyrillic е, for PostgreSQL's parser takes it for a number and cuts."""
    text = text[:LONGEST_TOKEN]
    if not text.isascii():
        text = text.translate(_LATIN_LOOKALIKES)
    return _LIKE_A_FLOAT.sub(r"\1е", text) if "e" in text else text


def _pieces(part: str) -> list[str]:
    """Letters and digits of "2026п" apart; what changes more often is no word."""
    if part.isdigit():
        return []
    found = _PIECE.findall(part[:LONGEST_TOKEN])
    return [_token(piece) for piece in found] if 1 < len(found) <= 3 else []


class _Stemmers(threading.local):
    """A stemmer must not be used by two threads."""

    def __init__(self) -> None:
        self.russian = Stemmer.Stemmer("russian", 0)
        self.english = Stemmer.Stemmer("english", 0)


_stemmers: Final = _Stemmers()


def _stem(word: str) -> str:
    word = word[:LONGEST_TOKEN]
    if word.isascii():
        return _stemmers.english.stemWord(word)  # type: ignore[no-any-return]
    stem: str = _stemmers.russian.stemWord(word)
    # Snowball keeps the fleeting vowel: заявка is "заявк", and заявок would be "заявок".
    fleeting = len(stem) > 3 and stem[-1] == "к" and stem[-2] in "ое" and stem[-3] not in _VOWELS
    return f"{stem[:-2]}к" if fleeting else stem


def _folded(chunk: str) -> str:
    if chunk.isascii():
        return chunk.lower()
    text = unicodedata.normalize("NFKC", chunk.translate(_HIDDEN)).casefold().replace("ё", "е")
    return _FOREIGN.sub(_without_marks, text)


def _without_marks(found: re.Match[str]) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKD", found[0]) if not unicodedata.combining(sign))


def _number(text: str) -> str:
    """The digits of a phone number without the 7 or 8 that Russian numbers begin with; "" when it is none."""
    digits = _NOT_DIGIT.sub("", text)
    if text[0] == "(":
        return digits if len(digits) == 10 else ""
    if len(digits) == 11 and digits[0] in "78":
        return digits[1:]
    return digits if text[0] == "+" and 10 <= len(digits) <= 15 else ""
