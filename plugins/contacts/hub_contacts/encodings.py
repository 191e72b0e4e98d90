"""Which encoding a file of Russian or English text is in, found out from its bytes.

    a byte order mark  >  UTF-8, if nearly all of it is  >  the Cyrillic code page whose letters are the likeliest

A file that is UTF-8 but for a few damaged bytes stays UTF-8: the rows with those bytes are quarantined, instead of
all the others being turned into gibberish.
"""

import codecs
from pathlib import Path
from typing import Final

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CODE_PAGES: Final = ("cp1251", "cp866", "koi8-r", "mac-cyrillic")
_COMMON: Final = frozenset("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъ")
_CAPITALS: Final = frozenset("ОЕАИНТСРВЛКМДПУЯЫГЗБЧХЖШЮЦЩЭФ «»№–—")
_ASCII: Final = bytes(range(0x80))
_DAMAGED: Final = 0.02
_SAMPLE: Final = 1 << 18
_CHUNK: Final = 1 << 20


def find_encoding(path: Path) -> str:
    """The name of the encoding, as Python knows it."""
    with path.open("rb") as file:
        start = file.read(4)
        for mark, encoding in _MARKS:
            if start.startswith(mark):
                return encoding
        file.seek(0)
        damaged, beyond_ascii, sample = 0, 0, b""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        while chunk := file.read(_CHUNK):
            if chunk.isascii():
                continue
            text = decoder.decode(chunk)
            damaged += text.count("\ufffd")
            beyond_ascii += len(text) - len(text.encode("ascii", "ignore"))
            if len(sample) < _SAMPLE:
                sample += chunk.translate(None, _ASCII)
    if damaged <= beyond_ascii * _DAMAGED:
        return "utf-8"
    return max(_CODE_PAGES, key=lambda page: _likelihood(sample[:_SAMPLE].decode(page, "replace")))


def _likelihood(text: str) -> float:
    """Russian text is lower case letters in the main, with capitals and a few signs, and nothing else."""
    return sum(1.0 if sign in _COMMON else 0.4 if sign in _CAPITALS else -1.0 for sign in text)
