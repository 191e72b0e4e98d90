"""Folders: their names on the wire and for people, their roles, and which of them are read."""

import re
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from hub_email.imap.grammar import Value, number, values
from hub_email.imap.wire import Reply

ROLES = frozenset({"all", "archive", "drafts", "flagged", "important", "junk", "sent", "trash"})
"""The special uses of RFC 6154 and RFC 8457, in lower case."""

LEFT_OUT = frozenset({"drafts", "junk", "trash", "flagged", "important"})
"""Roles that are not read unless asked for: what is no mail with anybody, and views of other folders."""

_NAMES: Mapping[str, str] = {
    **dict.fromkeys(("trash", "deleted items", "deleted messages", "корзина", "удаленные", "удалённые"), "trash"),
    **dict.fromkeys(("junk", "junk email", "junk e-mail", "spam", "bulk mail", "спам", "нежелательная почта"), "junk"),
    **dict.fromkeys(("drafts", "draft", "черновики"), "drafts"),
    **dict.fromkeys(("sent", "sent items", "sent messages", "sent mail", "отправленные"), "sent"),
    **dict.fromkeys(("outbox", "исходящие"), "drafts"),
}
_SHIFTED = re.compile(rb"&([A-Za-z0-9+,]*)-")
_PLAIN = re.compile(r"[\x20-\x25\x27-\x7e]+|&|[^\x20-\x7e]+")


@dataclass(frozen=True, slots=True)
class Status:
    """What a server says of a folder without opening it; -1 where it says nothing."""

    validity: int = -1
    messages: int = -1
    uid_next: int = -1
    bytes: int = -1

    @property
    def seen(self) -> tuple[int, int] | None:
        return None if -1 in (self.validity, self.messages, self.uid_next) else (self.messages, self.uid_next)


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that can be opened. `wire` is its name as the server writes it, `name` the same as text, with "/"."""

    wire: bytes
    name: str
    role: str = ""

    @property
    def argument(self) -> str:
        """The name as an argument of a command."""
        return '"' + self.wire.decode("latin-1").replace("\\", "\\\\").replace('"', '\\"') + '"'


def list_command(features: frozenset[str]) -> str:
    """What asks for all folders, and for what a server with these features can tell of them beside."""
    returned = ["STATUS (MESSAGES UIDNEXT UIDVALIDITY)"] if "LIST-STATUS" in features else []
    if "SPECIAL-USE" in features and "LIST-EXTENDED" in features:
        returned.append("SPECIAL-USE")
    return f'LIST "" "*" RETURN ({" ".join(returned)})' if returned else 'LIST "" "*"'


def folder_of(reply: Reply) -> Folder | None:
    """The folder of a LIST response, None for one that cannot be opened, and for any other response."""
    if reply.line[:7].upper() != b"* LIST ":
        return None
    said = values(reply, 7)
    if len(said) < 3 or not isinstance(said[0], list) or not isinstance(said[2], bytes) or not said[2]:
        return None
    attributes = {str(word, "latin-1").lower().lstrip("\\") for word in said[0] if isinstance(word, bytes)}
    if attributes & {"noselect", "nonexistent"} or re.search(rb"[\r\n\0]", said[2]):
        return None
    wire = said[2]
    name = decoded(wire)
    separator = said[1].decode("latin-1") if isinstance(said[1], bytes) else ""
    if separator and separator != "/":
        name = name.replace("/", "∕").replace(separator, "/")
    if name.upper() == "INBOX":
        name = "INBOX"
    return Folder(wire, name, next(iter(sorted(attributes & ROLES)), "") or _role_by_name(name))


def _role_by_name(name: str) -> str:
    """Of servers without SPECIAL-USE: by the names that servers and mail programs give, at the top or in the INBOX."""
    *parents, last = name.lower().split("/")
    return _NAMES.get(last, "") if parents in ([], ["inbox"], ["[gmail]"]) else ""


def status_of(reply: Reply) -> tuple[bytes, Status] | None:
    """The folder's name and state of a STATUS response, None for any other response."""
    if reply.line[:9].upper() != b"* STATUS ":
        return None
    said = values(reply, 9)
    if len(said) < 2 or not isinstance(said[0], bytes) or not isinstance(said[1], list):
        return None
    found: dict[bytes, Value] = {
        key.upper(): value for key, value in zip(said[1][::2], said[1][1::2], strict=False) if isinstance(key, bytes)
    }
    state = (number(found.get(name), -1) for name in (b"UIDVALIDITY", b"MESSAGES", b"UIDNEXT", b"SIZE"))
    return said[0], Status(*state)


# --- which are read --------------------------------------------------------------------------------------------------


def chosen(found: Iterable[Folder], *, only: Sequence[str], also: Iterable[str], is_gmail: bool) -> list[Folder]:
    """The folders to read, INBOX and Sent first.

    Gmail's folders are labels: a mail is in "All mail" and under each of its labels, so there only that one is read, and
    what is not in it. Elsewhere a folder with all mail is a view of the others and left out.
    """
    folders = sorted(found, key=_order)
    wanted = frozenset(also)
    if only:
        return [one for one in folders if any(_matches(one.name, pattern) for pattern in only)]
    if is_gmail and any(one.role == "all" for one in folders):
        return [one for one in folders if one.role == "all" or (one.role in {"junk", "trash"} and one.role in wanted)]
    left_out = (LEFT_OUT | {"all"}) - wanted
    return [one for one in folders if one.role not in left_out]


def _order(folder: Folder) -> tuple[int, str]:
    return (0 if folder.name == "INBOX" else 1 if folder.role == "sent" else 2, folder.name)


def _matches(name: str, pattern: str) -> bool:
    return fnmatchcase(name.casefold(), pattern.casefold())


# --- modified UTF-7 (RFC 3501, 5.1.3) --------------------------------------------------------------------------------


def decoded(wire: bytes) -> str:
    """A name as text; what is no modified UTF-7 stays as it stands, or is read as UTF-8."""
    if any(byte > 126 for byte in wire):
        return wire.decode("utf-8", "backslashreplace")
    pieces = _SHIFTED.split(wire)
    return "".join(piece.decode("ascii") if at % 2 == 0 else _unshifted(piece) for at, piece in enumerate(pieces))


def _unshifted(piece: bytes) -> str:
    if not piece:
        return "&"
    try:
        return b64decode(piece.replace(b",", b"/") + b"===").decode("utf-16-be")
    except (Error, UnicodeDecodeError):
        return f"&{piece.decode('ascii')}-"


def encoded(name: str) -> bytes:
    """A text as a name on the wire."""
    return b"".join(map(_shifted, _PLAIN.findall(name)))


def _shifted(piece: str) -> bytes:
    if piece == "&":
        return b"&-"
    if piece.isascii() and piece.isprintable():
        return piece.encode("ascii")
    return b"&" + b64encode(piece.encode("utf-16-be")).rstrip(b"=").replace(b"/", b",") + b"-"
