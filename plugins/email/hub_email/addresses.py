"""Address lists (RFC 5322, 3.4) as mailers write them: never raising, linear in the length of the header.

Understood beyond the standard: encoded words with commas in them, a whole address inside an encoded word, semicolons
between addresses (Outlook), unclosed quotes, names in comments, `mailto:`, a name and an address without brackets.
"""

import re

from hub_email import caps
from hub_email.words import SPACES, safe, text

_TOKEN = re.compile(
    r"(=\?[^?\s]{1,60}\?[bBqQ]\?[^?\s]*\?=)"  # 1 an encoded word is one thing, whatever it holds
    r'|"((?:[^"\\]|\\.)*)("?)'  # 2 a quoted string, 3 its end
    r"|<([^<>]*+)>?"  # 4 an address in brackets
    r"|([,;:])"  # 5
    r"|(\()"  # 6 a comment, which may hold others
    r'|[^"<>,;:()=]+|.',
    re.DOTALL,
)
_PARENTHESIS = re.compile(r"\\.|[()]", re.DOTALL)
_OUTSIDE = re.compile(r"[ \t\r\n<>\"',;]")
_SIMPLE = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


Address = tuple[str, str]  # (name, address); either may be ""


def addresses(value: str) -> tuple[Address, ...]:
    """The names and addresses of an unfolded header value; groups are flattened, an address is as it was written."""
    value = value[: caps.LINE].strip(SPACES)
    if _SIMPLE.fullmatch(value) and len(value) <= caps.ADDRESS:
        return (("", value),)
    found = _list(value)
    if "=?" in value and not any(address for _, address in found):
        found = _list(text(value)) or found
    return tuple(found)


def _list(value: str) -> list[Address]:
    found: list[Address] = []
    one = _Collected()
    at, closed_comments = 0, True
    while at < len(value) and len(found) < caps.ADDRESSES:
        match = _TOKEN.match(value, at)
        assert match is not None  # the last alternative takes any character
        at = match.end()
        word, quoted, closed, bracketed, separator, comment = match.groups()
        if separator:
            if one.ends_at(separator):
                found.extend(one.taken())
                one = _Collected()
        elif comment and closed_comments:
            after = one.comment(value, at)
            at, closed_comments = max(at, after), after >= 0
        elif quoted is not None and not closed:
            value, at = value[: match.start()] + value[match.start() :].replace('"', " "), match.start()
        elif quoted is not None:
            one.quoted(_ESCAPED.sub(r"\1", quoted), value[at : at + 1])
        elif bracketed is not None:
            one.address = one.address or _bare(bracketed)
        else:
            one.words.append(word or match[0])
    found.extend(one.taken())
    return found


class _Collected:
    """What has been read of one address."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.address = ""
        self.said = ""

    def ends_at(self, separator: str) -> bool:
        """Whether the separator ends an address: a colon ends the name of a group, which goes."""
        if separator != ":":
            return True
        if not self.address and "@" not in "".join(self.words[-3:]):
            self.words.clear()
        return False

    def comment(self, value: str, at: int) -> int:
        """Take the comment that opened before `at`; the place after it, -1 when it never ends."""
        depth = 1
        for match in _PARENTHESIS.finditer(value, at):
            depth += {"(": 1, ")": -1}.get(match[0], 0)
            if depth == 0:
                self.said = self.said or value[at : match.start()]
                return match.end()
        return -1

    def quoted(self, content: str, following: str) -> None:
        """A quoted name, or the quoted local part of an address."""
        self.words.append(f'"{content}"' if following == "@" else content)

    def taken(self) -> list[Address]:
        phrase = "".join(self.words).strip(SPACES)
        address = self.address
        if not address and "@" in phrase:
            phrase, address = _split(phrase)
        name = _unquoted(text(phrase or self.said)[: caps.NAME].strip())
        if not address and "@" in name:
            name, address = _split(name)
        if not (name or address):
            return []
        return [("" if name.lower() == address.lower() else name, address)]


def _unquoted(name: str) -> str:
    while len(name) > 1 and name[0] == name[-1] and name[0] in "'\"":
        name = name[1:-1].strip()
    return name


def _split(phrase: str) -> Address:
    """A phrase that holds an address without brackets."""
    if phrase.startswith('"') and '"@' in phrase:
        return "", _bare(phrase)
    left, _, right = phrase.partition("@")
    local, domain = _OUTSIDE.split(left)[-1], _OUTSIDE.split(right, maxsplit=1)[0]
    if not (local and domain):
        return phrase, ""
    rest = f"{left[: len(left) - len(local)]} {right[len(domain) :]}"
    return rest.strip(" <>'\""), _bare(f"{local}@{domain}")


def _bare(address: str) -> str:
    """An address without white space, `mailto:` and source route; "" for what is none."""
    address = safe(address if address.isascii() and "=?" not in address else text(address))
    if not address.startswith('"'):
        address = address.replace(" ", "")
    if address[:7].lower() == "mailto:":
        address = address[7:]
    if address.startswith("@") and ":" in address:
        address = address.partition(":")[2]
    local, at, domain = address.strip("'").rpartition("@")
    return f"{local}@{domain}" if at and local and domain and len(address) <= caps.ADDRESS else ""
