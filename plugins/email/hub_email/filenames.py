"""Names of attached files that are safe to show and to save under, whatever the sender wrote."""

import re
import unicodedata

from hub_email import caps
from hub_email.words import safe

_PLAIN = re.compile(r"[\w][\w ()+,№#@=&'-]{0,100}\.[A-Za-z0-9]{1,5}")
_FORBIDDEN = re.compile(r'[<>:"|?*/]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|\Z)", re.IGNORECASE)
_PATH = re.compile(r"\A(?:[A-Za-z]:)?[\\/]|\\|\.\.?/|\A~/")
_LONGEST_EXTENSION = 12
_BYTES = 240
_EXTENSIONS = {
    "text/plain": ".txt",
    "text/html": ".html",
    "text/csv": ".csv",
    "text/calendar": ".ics",
    "application/ics": ".ics",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/pkcs7-mime": ".p7m",
    "application/pkcs7-signature": ".p7s",
    "application/pgp-signature": ".asc",
    "application/ms-tnef": ".dat",
    "message/rfc822": ".eml",
    "message/delivery-status": ".txt",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "audio/mpeg": ".mp3",
}


def filename(name: str) -> str:
    """A name without path, control and bidirectional characters, reserved words; at most `caps.FILENAME` long.

    The extension survives. "" for a name of which nothing is left.
    """
    if _PLAIN.fullmatch(name) and name.isascii() and not _RESERVED.match(name):
        return name
    name = unicodedata.normalize("NFC", safe(name[:4000]))
    if _PATH.search(name):
        name = re.split(r"[\\/]", name.rstrip("\\/ "))[-1]
    name = _FORBIDDEN.sub("_", name).strip(". ")
    if _RESERVED.match(name):
        name = f"_{name}"
    return _short(name)


def named_after(kind: str, part: str) -> str:
    """A name for a file that came without one."""
    return f"part-{part}{_EXTENSIONS.get(kind, '')}"


def _short(name: str) -> str:
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension) > _LONGEST_EXTENSION:
        stem, dot, extension = name, "", ""
    room = caps.FILENAME - len(dot + extension)
    space = _BYTES - len((dot + extension).encode())
    stem = stem[:room].encode()[: max(space, 0)].decode("utf-8", "ignore")
    return f"{stem.rstrip('. ') if dot else stem.strip('. ')}{dot}{extension}"
