"""Which encoding a file of Russian or English text is in, found out from its bytes.

    a byte order mark  >  UTF-8, if nearly all of it is  >  the Cyrillic code page whose letters are the likeliest

A file that is UTF-8 but for a few damaged bytes stays UTF-8: the rows with those bytes are quarantined, instead of
all the others being turned into gibberish.
"""

import codecs
import re
from pathlib import Path
from typing import Final

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CODE_PAGES: Final = ("cp1251", "cp866", "koi8-r", "mac-cyrillic")
_WEIGHT: Final = {
    **dict.fromkeys("оеаин", 3.0), **dict.fromkeys("тсрвлкм", 2.0), **dict.fromkeys("дпуяыьгзб", 1.0),
    **dict.fromkeys("чйхжшюцщэфъё", 0.1), **dict.fromkeys(" «»№–—\u00a0", 0.5),
}  # fmt: skip
_CAPITAL_INSIDE: Final = re.compile("[а-яё][А-ЯЁ]")
_ASCII: Final = re.compile(rb"[\x00-\x7f]+")
_DAMAGED: Final = 0.2
"""Share of signs: of Russian in a code page that is read as UTF-8, at least two thirds are damaged."""
_SAMPLE: Final = 1 << 16
_CHUNK: Final = 1 << 16


def find_encoding(path: Path, *, folded: bool = False) -> str:
    """The name of the encoding, as Python knows it. A `folded` file may have letters cut in two by line ends."""
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
            if folded:
                chunk = chunk.replace(b"\r\n ", b"").replace(b"\n ", b"")
            text = decoder.decode(chunk)
            damaged += text.count("\ufffd")
            beyond_ascii += len(text) - len(text.encode("ascii", "ignore"))
            if len(sample) < _SAMPLE:
                sample += _ASCII.sub(b" ", chunk)
    if damaged <= beyond_ascii * _DAMAGED:
        return "utf-8"
    return max(_CODE_PAGES, key=lambda page: _likelihood(sample[:_SAMPLE].decode(page, "replace")))


def _likelihood(text: str) -> float:
    """By how common its letters are in Russian, in either case: a wrong code page makes common letters rare ones."""
    return sum(_WEIGHT.get(sign, -2.0) for sign in text.lower()) - 3 * len(_CAPITAL_INSIDE.findall(text))
