"""Names under which a file that came from outside can be saved: whatever its sender wrote, it stays in its folder."""

import re
import unicodedata
from typing import Final

LONGEST_BYTES: Final = 200
_LONGEST_SUFFIX: Final = 16
_FORBIDDEN: Final = re.compile(r'[<>:"|?*/\\]')
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|\Z)", re.IGNORECASE)
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def safe(name: str, otherwise: str = "attachment") -> str:
    """A name without path, controls, what turns the direction of writing, and what a system reserves; not hidden; at
    most 200 bytes in UTF-8, its suffix kept. `otherwise` where nothing is left of it.
    """
    shown = "".join(sign for sign in unicodedata.normalize("NFC", name[:4000]) if _is_seen(sign))
    last = re.split(r"[\\/]", shown.rstrip("\\/ "))[-1]
    plain = _FORBIDDEN.sub("_", " ".join(last.split())).strip(". ")
    found = _short(plain)
    if not found:
        return safe(otherwise) if otherwise != "attachment" else otherwise
    return f"_{found}" if _RESERVED.match(found) else found


def _is_seen(sign: str) -> bool:
    return sign in "\t\n" or unicodedata.category(sign) not in _UNSEEN


def _short(name: str) -> str:
    stem, dot, suffix = name.rpartition(".")
    if not stem or len(suffix) > _LONGEST_SUFFIX:
        stem, dot, suffix = name, "", ""
    room = LONGEST_BYTES - len((dot + suffix).encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(". ") + dot + suffix
