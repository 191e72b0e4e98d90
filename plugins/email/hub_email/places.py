"""Where mail lies on a disk: which streams a path has, and what is a mail in them.

    Maildir     a folder with `cur` and `new` in it; below it, other Maildirs (".Sent", "Work/Clients")
    mbox        a file that begins with "From "; in folders also one named *.mbox or *.mbx, or without extension
    eml         any other folder with *.eml files, or numbered ones (MH); a stream for each such folder

The name of a stream is that of the path and what leads from there to the folder: moving the whole does not rename it.
"""

import os
import re
from base64 import b64decode
from binascii import Error
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["maildir", "mbox", "eml"]

_DEEPEST = 40
_MAILDIR = ("cur", "new", "tmp")
_SHIFTED = re.compile(r"&([A-Za-z0-9+,]*)-")
_UNDECODABLE = re.compile("[\udc80-\udcff]|\ufffd")
_QUOTED = re.compile("\ufffd([0-9A-F]{2})")


@dataclass(frozen=True, slots=True)
class Box:
    """One stream: a folder or a file with mails."""

    name: str
    title: str
    path: Path
    kind: Kind


def boxes(root: Path) -> Iterator[Box]:
    """The streams of a configured path. Raises `FileNotFoundError` when there is nothing."""
    name = name_of(root)
    if root.is_file():
        yield Box(name, name, root, "mbox")
    else:
        yield from _walk(root, name, "", {_identity(root)}, _DEEPEST)


def name_of(root: Path) -> str:
    """What the streams of a configured path are called, or begin with and a slash."""
    return quoted(root.resolve().name) or "mail"


def is_mail(name: str) -> bool:
    """Whether a file of an eml folder is a mail, by its name."""
    return (name.isdecimal() or name.lower().endswith(".eml")) and not name.startswith(".")


def is_maildir_mail(name: str) -> bool:
    """Whether a file in `cur` or `new` is a mail, by its name: servers keep their own files there too."""
    return not name.startswith((".", "dovecot"))


def quoted(name: str) -> str:
    """A file name as text: bytes that are no UTF-8 as U+FFFD and two hexadecimal digits each."""
    if name.isascii():
        return name
    return _UNDECODABLE.sub(lambda found: "".join(f"\ufffd{byte:02X}" for byte in os.fsencode(found[0])), name)


def unquoted(text: str) -> str:
    """The file name that `quoted` was given."""
    if text.isascii():
        return text
    plain, *rest = _QUOTED.split(text)
    pairs = zip(rest[::2], rest[1::2], strict=True)
    return os.fsdecode(plain.encode() + b"".join(bytes.fromhex(byte) + more.encode() for byte, more in pairs))


def _walk(folder: Path, name: str, title: str, seen: set[tuple[int, int]], depth: int) -> Iterator[Box]:
    try:
        with os.scandir(folder) as listed:
            entries = sorted(listed, key=lambda entry: (entry.is_symlink(), entry.name))
    except PermissionError:
        yield Box(name, title or name, folder, "eml")  # the pull will say what is wrong
        return
    except FileNotFoundError:
        return
    folders = [entry for entry in entries if _is_folder(entry)]
    files = [entry for entry in entries if not entry.name.startswith(".") and _is_file(entry)]
    names = {entry.name for entry in folders}
    is_maildir = {"cur", "new"} <= names
    if is_maildir:
        yield Box(name, title or name, folder, "maildir")
    else:
        mboxes = [entry for entry in files if _is_mbox(entry)]
        yield from (
            Box(f"{name}/{quoted(one.name)}", _title(title, one.name), Path(one.path), "mbox") for one in mboxes
        )
        if not (folders or mboxes) or any(is_mail(entry.name) for entry in files):
            yield Box(name, title or name, folder, "eml")
    for entry in folders if depth else ():
        identity = _identity(Path(entry.path))
        if identity not in seen and not (is_maildir and entry.name in _MAILDIR):
            seen.add(identity)
            found = _walk(Path(entry.path), f"{name}/{quoted(entry.name)}", _title(title, entry.name), seen, depth - 1)
            yield from (box for box in found if box.kind == "maildir" or not entry.name.startswith("."))


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_file(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False


def _identity(folder: Path) -> tuple[int, int]:
    found = folder.stat()
    return found.st_dev, found.st_ino


def _is_mbox(entry: "os.DirEntry[str]") -> bool:
    suffix = Path(entry.name).suffix.lower()
    if suffix in (".mbox", ".mbx"):
        return True
    if suffix or entry.name.isdecimal():
        return False
    try:
        with Path(entry.path).open("rb") as file:
            return file.read(5) == b"From "
    except OSError:
        return False


def _title(parent: str, name: str) -> str:
    """A folder's name for people: Maildir++ puts dots where others have slashes, IMAP servers write modified UTF-7."""
    plain = quoted(name).removeprefix(".").removesuffix(".sbd")
    parts = plain.split(".") if name.startswith(".") else [plain]
    return "/".join(filter(None, (parent, *(_SHIFTED.sub(_unshifted, part) for part in parts))))


def _unshifted(found: re.Match[str]) -> str:
    if not found[1]:
        return "&"
    try:
        return b64decode(found[1].replace(",", "/") + "===").decode("utf-16-be")
    except (Error, UnicodeDecodeError):
        return found[0]
