"""The visible text of a mail: which parts are the text, and what they say.

Of alternatives the plain text counts, unless it is a stub that sends the reader to the HTML (Outlook and many
newsletters do); everything else that is text and no file follows one another.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from hub_email import caps
from hub_email.charsets import decode
from hub_email.filenames import filename
from hub_email.headers import parameters
from hub_email.html import declared_charset, html_text
from hub_email.mime import Mail, Part
from hub_email.prune import Chosen

_PLAIN = frozenset({"text/plain", "text/enriched", "text/richtext", "text/markdown"})
_READ = _PLAIN | {"text/html"}
_STUB = 20
_COMMAND = re.compile(r"<[^<>]{0,100}>")


class Leaf(NamedTuple):
    """A part without parts, with what its header says of it. `name` is safe, "" where the sender gave none.

    What is not `is_stored` is not in the raw, so nothing may depend on its content: of the HTML beside a plain text only
    that it is no file.
    """

    part: Part
    parameters: Mapping[str, str]
    disposition: str
    name: str
    is_stored: bool
    is_text: bool


@dataclass(frozen=True, slots=True)
class Bodies:
    """A mail's leaves by their ids; a leaf that `is_text` belongs to the mail's text, the others are files."""

    mail: Mail
    leaves: Mapping[str, Leaf]

    def text(self) -> str:
        return self._text(self.mail.root)[: caps.TEXT].strip()

    def _text(self, part: Part) -> str:
        if not part.children:
            return self._leaf_text(part) if self.leaves[part.id].is_text else ""
        if part.kind == "multipart/alternative":
            return self._alternative(part)
        found = []
        room = caps.TEXT
        for child in part.children:
            if room > 0 and (text := self._text(child)):
                found.append(text)
                room -= len(text)
        return "\n\n".join(found)

    def _alternative(self, part: Part) -> str:
        plain = max((self._leaf_text(child) for child in part.children if self._is_plain(child)), key=len, default="")
        if not _is_stub(plain):
            return plain
        other = [self._text(child) for child in part.children if not self._is_plain(child)]
        return max((plain, *other), key=lambda text: len(text.strip()))

    def _is_plain(self, part: Part) -> bool:
        return part.kind in _PLAIN and self.leaves[part.id].is_text

    def _leaf_text(self, part: Part) -> str:
        leaf = self.leaves[part.id]
        if not leaf.is_stored:
            return ""
        data = self.mail.content(part)
        charset = leaf.parameters.get("charset", "")
        if part.kind == "text/html":
            return html_text(decode(data, charset or declared_charset(data)))
        text = _lines(decode(data, charset)[: caps.TEXT])
        if part.kind in ("text/enriched", "text/richtext"):
            return _COMMAND.sub("", text)
        if leaf.parameters.get("format", "").lower() == "flowed":
            return _unflowed(text, deletes_space=leaf.parameters.get("delsp", "").lower() == "yes")
        return text


def bodies(chosen: Chosen) -> Bodies:
    """What of a mail is its text, and what is a file: a named text is one, unless it comes first."""
    mail, stored, spare = chosen
    leaves: dict[str, Leaf] = {}
    has_text = False
    for part in mail.leaves:
        placed = part.field("content-disposition")
        described = parameters(part.field("content-type"))
        name = _name(placed, described)
        disposition = placed.partition(";")[0].strip().lower()
        is_stored = part.id in stored
        is_text = is_stored and part.kind in _READ and disposition != "attachment" and not (name and has_text)
        is_text = is_text or part.id in spare
        has_text = has_text or is_text
        leaves[part.id] = Leaf(part, described, disposition, name, is_stored, is_text)
    return Bodies(mail, leaves)


def _name(placed: str, described: Mapping[str, str]) -> str:
    given = parameters(placed).get("filename", "") if ";" in placed else ""
    given = given or described.get("name", "")
    return filename(given) if given else ""


def _is_stub(text: str) -> bool:
    return len("".join(text[:200].split())) < _STUB


def _lines(text: str) -> str:
    """With one kind of line break, without NUL."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.replace("\0", "") if "\0" in text else text


def _unflowed(text: str, *, deletes_space: bool) -> str:
    """Paragraphs of `format=flowed` (RFC 3676) as one line each: a line that ends in a space goes on in the next."""
    lines: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        stripped = line.lstrip(">")
        depth = len(line) - len(stripped)
        content = stripped.removeprefix(" ")
        flows = content.endswith(" ") and content != "-- "
        piece = content[:-1] if flows and deletes_space else content
        if depth == open_depth and content != "-- ":
            lines.append(piece)
        else:
            lines.append(("\n" if lines else "") + "> " * depth + piece)
        open_depth = depth if flows else -1
    return "".join(lines)
