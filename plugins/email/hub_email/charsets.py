"""Bytes to text when the declared charset may be missing, unknown or a lie.

    ASCII                                     as it is
    declared UTF-8, and valid                 as declared
    a single-byte charset, but valid UTF-8    UTF-8: no real text in another charset looks like it
    a Cyrillic charset or none                the most Russian reading wins, the declared one has a head start
    anything else                             as declared, with what cannot be read replaced

Only names from a fixed table are looked up: Python's own registry also knows codecs that are no charsets, among them
decompressors, and tries to import a module for every unknown name.
"""

import re
from encodings.aliases import aliases
from functools import lru_cache

from hub_email import russian

_ALLOWED = frozenset(
    [
        "ascii",
        "utf_8",
        "utf_7",
        "utf_16",
        "utf_16_le",
        "utf_16_be",
        "utf_32",
        "utf_32_le",
        "utf_32_be",
        "cp1250",
        "cp1251",
        "cp1252",
        "cp1253",
        "cp1254",
        "cp1255",
        "cp1256",
        "cp1257",
        "cp1258",
        "cp437",
        "cp775",
        "cp850",
        "cp852",
        "cp855",
        "cp857",
        "cp858",
        "cp862",
        "cp864",
        "cp866",
        "cp874",
        "koi8_r",
        "koi8_u",
        "koi8_t",
        "kz1048",
        "ptcp154",
        "mac_cyrillic",
        "mac_roman",
        "tis_620",
        "latin_1",
        "iso8859_1",
        "iso8859_2",
        "iso8859_3",
        "iso8859_4",
        "iso8859_5",
        "iso8859_6",
        "iso8859_7",
        "iso8859_8",
        "iso8859_9",
        "iso8859_10",
        "iso8859_11",
        "iso8859_13",
        "iso8859_14",
        "iso8859_15",
        "iso8859_16",
        "gb2312",
        "gbk",
        "gb18030",
        "hz",
        "big5",
        "big5hkscs",
        "cp950",
        "shift_jis",
        "cp932",
        "euc_jp",
        "iso2022_jp",
        "iso2022_jp_1",
        "iso2022_jp_2",
        "iso2022_jp_3",
        "iso2022_jp_ext",
        "euc_kr",
        "cp949",
        "johab",
        "iso2022_kr",
    ]
)
_WIDER = {  # what senders call by the narrower name
    "ascii": "cp1252",
    "latin_1": "cp1252",
    "iso8859_1": "cp1252",
    "iso8859_9": "cp1254",
    "iso8859_11": "cp874",
    "tis_620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "cp950",
}
_NICKNAMES = {
    "utf8mb4": "utf_8",
    "utf_8_sig": "utf_8",
    "unicode_1_1_utf_7": "utf_7",
    "unicode": "utf_16",
    "win_1251": "cp1251",
    "win1251": "cp1251",
    "windows1251": "cp1251",
    "window_1251": "cp1251",
    "cp_1251": "cp1251",
    "1251": "cp1251",
    "ansi": "cp1251",
    "koi8": "koi8_r",
    "koi8r": "koi8_r",
    "koi_8": "koi8_r",
    "koi8_ru": "koi8_u",
    "dos": "cp866",
    "cp_866": "cp866",
    "x_mac_cyrillic": "mac_cyrillic",
    "ks_c_5601_1987": "cp949",
    "x_sjis": "cp932",
    "x_gbk": "gb18030",
    "iso_8859_8_i": "iso8859_8",
    "default_charset": "",
}
_SEVEN_BIT = frozenset({"utf_7", "hz", "utf_16", "utf_16_le", "utf_16_be", "utf_32", "utf_32_le", "utf_32_be"})
_WESTERN = frozenset({"", "cp1252", "iso8859_15", "mac_roman", "cp437", "cp850"})
_CYRILLIC = frozenset({*russian.CYRILLIC, "koi8_u", "mac_cyrillic", "cp855"})
_RUSSIAN_ENOUGH, _SURELY, _HEAD_START = 2.6, 4.2, 0.8
_SURROGATES = re.compile("[\ud800-\udfff]")


def decode(data: bytes, declared: str = "") -> str:
    """Text of `data`, without lone surrogates; what cannot be read becomes U+FFFD. Never raises."""
    codec = lookup(declared) if declared else ""
    if data.isascii() and codec not in _SEVEN_BIT and not codec.startswith("iso2022"):
        return data.decode("ascii")
    if codec in ("", "utf_8") or codec in _WESTERN or codec in _CYRILLIC:
        return _eight_bit(data, codec)
    return _SURROGATES.sub("\ufffd", data.decode(codec, "replace"))


@lru_cache(256)
def lookup(declared: str) -> str:
    """The Python codec meant by a declared charset, "" for an unknown one."""
    name = re.sub(r"[^a-z0-9]+", "_", declared[:60].lower()).strip("_")
    codec = _NICKNAMES.get(name) or aliases.get(name, name)
    return _WIDER.get(codec, codec) if codec in _ALLOWED else ""


def _eight_bit(data: bytes, codec: str) -> str:
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        if error.end >= len(data) - 3 and error.start > len(data) // 2 and codec in ("", "utf_8"):
            return data.decode("utf-8", "replace")  # cut in the middle of a character
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _SURROGATES.sub("\ufffd", data.decode("utf_16", "replace"))
    if codec in ("", "utf_8") and _mostly_utf8(data):
        return data.decode("utf-8", "replace")
    return data.decode(_most_russian(data, codec), "replace")


def _mostly_utf8(data: bytes) -> bool:
    head = data[:20_000]
    text = head.decode("utf-8", "replace")
    good = sum(1 for letter in text if letter > "\x7f") - text.count("\ufffd")
    return good > 5 * text.count("\ufffd")


def _most_russian(data: bytes, codec: str) -> str:
    sample = russian.sample(data)
    scores = {encoding: russian.score(sample, encoding) for encoding in (codec,) if codec in _CYRILLIC}
    if scores and scores[codec] > _SURELY:
        return codec
    scores = {encoding: russian.score(sample, encoding) for encoding in russian.CYRILLIC} | scores
    if codec in scores:
        scores[codec] += _HEAD_START
    best = max(scores, key=scores.__getitem__)
    if scores[best] > _RUSSIAN_ENOUGH or codec in _CYRILLIC:
        return best
    if codec in ("", "utf_8") and _looks_chinese(sample):
        return "gb18030"
    return codec if codec not in ("", "utf_8") else "cp1252"


def _looks_chinese(sample: bytes) -> bool:
    """Whether 8-bit bytes come in pairs, most of which begin as the common characters of GB 2312 do."""
    leads = [lead for run in re.findall(rb"[\x80-\xff]+", sample) if len(run) % 2 == 0 for lead in run[::2]]
    common = sum(0xB0 <= lead <= 0xD7 for lead in leads)
    return len(leads) > 1 and common > 0.6 * len(leads) and all(0xA1 <= lead <= 0xF7 for lead in leads)
