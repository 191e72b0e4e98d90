"""The server's XML: `DAV:multistatus` (RFC 4918, 13) and `DAV:error` (16), read with caps and without trust.

Nothing outside is looked up, no entity is expanded and no DTD is believed; the parser itself (libxml2) refuses more
than 256 elements inside one another and 10 MB in one text. Characters that XML 1.0 forbids, which some servers copy
out of events all the same, are taken out before it sees them.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from lxml import etree

import hub

D = "{DAV:}"
C = "{urn:ietf:params:xml:ns:caldav}"
S = "{http://calendarserver.org/ns/}"
A = "{http://apple.com/ns/ical/}"

_FORBIDDEN = bytes(code for code in range(32) if code not in (9, 10, 13))
_REFERENCE = re.compile(rb"&#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,8}));")
_LONGEST_REFERENCE = 12


@dataclass(frozen=True, slots=True)
class Reply:
    """What a multistatus says of one href: found properties by their names, `status` where it speaks of the whole."""

    href: str
    status: int = 0
    props: dict[str, "etree._Element"] = field(default_factory=dict, repr=False)

    @property
    def path(self) -> str:
        """The path of the href as a person reads it; host and quoting differ between servers, and do not count."""
        return unquote(urlsplit(self.href).path)

    def text(self, name: str) -> str:
        found = self.props.get(name)
        return ("".join(found.itertext()) if found is not None else "").strip()

    def hrefs(self, name: str) -> list[str]:
        found = self.props.get(name)
        return [_text(one) for one in found.iter(f"{D}href")] if found is not None else []

    def kinds(self, name: str) -> set[str]:
        """The names of the elements inside a property: what `resourcetype` says."""
        found = self.props.get(name)
        return {str(one.tag) for one in found.iterchildren("*")} if found is not None else set()


class Malformed(Exception):
    """What came is no XML that we believe."""


@dataclass(slots=True)
class Multistatus:
    """An answer, reply by reply as it comes; `token` is known once all were read."""

    pieces: Iterable[bytes]
    token: str = ""

    def __iter__(self) -> Iterator[Reply]:
        """Raises `Malformed`, also in the middle."""
        parser = etree.XMLPullParser(
            ("end",), tag=(f"{D}response", f"{D}sync-token"), resolve_entities=False, no_network=True, huge_tree=False
        )
        try:
            for piece in clean(self.pieces):
                parser.feed(piece)
                yield from self._replies(parser)
            root = parser.close()
        except etree.XMLSyntaxError as error:
            raise Malformed(str(error)[:200]) from error
        if root is None or root.tag != f"{D}multistatus" or root.getroottree().docinfo.doctype:
            raise Malformed("it is no multistatus")

    def _replies(self, parser: "etree.XMLPullParser") -> Iterator[Reply]:
        for _event, element in parser.read_events():
            parent = element.getparent()
            if parent is None or parent.tag != f"{D}multistatus":
                continue
            parent.remove(element)
            if element.tag == f"{D}sync-token":
                self.token = _text(element)
            else:
                yield _reply(element)


def _reply(element: "etree._Element") -> Reply:
    props = {
        str(prop.tag): prop
        for stat in element.iterchildren(f"{D}propstat")
        if _status(stat) in (0, 200)
        for prop in stat.iterfind(f"{D}prop/*")
    }
    return Reply(_text(element.find(f"{D}href")), _status(element), props)


def _status(element: "etree._Element") -> int:
    """The code of `HTTP/1.1 200 OK`, 0 where there is none."""
    words = _text(element.find(f"{D}status")).split()
    return int(words[1]) if len(words) > 1 and words[1].isascii() and words[1].isdigit() else 0


def _text(element: "etree._Element | None") -> str:
    return (element.text or "").strip() if element is not None else ""


def names_precondition(content: bytes, name: str) -> bool:
    """Whether an error's body names this precondition (RFC 4918, 16), whatever its status is."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(b"".join(clean([content[:1_000_000]])), parser)
    except (etree.XMLSyntaxError, ValueError):
        return False
    return root.tag == f"{D}error" and root.find(f"{D}{name}") is not None


def clean(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces without bytes and references that XML 1.0 forbids (2.2), whatever ends lie between them."""
    rest = b""
    for piece in pieces:
        whole = rest + piece.translate(None, _FORBIDDEN)
        cut = whole.rfind(b"&", -_LONGEST_REFERENCE) if b"&" in whole[-_LONGEST_REFERENCE:] else len(whole)
        rest = whole[cut:]
        yield _REFERENCE.sub(_allowed, whole[:cut])
    yield _REFERENCE.sub(_allowed, rest)


def _allowed(reference: "re.Match[bytes]") -> bytes:
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    good = code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
    return reference[0] if good else b""


def doubted(who: str) -> hub.Unreachable:
    """The error for an answer that is no XML."""
    text = hub.sentence("{who} gives an answer that cannot be understood")
    return hub.Unreachable(text.format(who=who), fix=hub.sentence("see whether the address is that of a CalDAV server"))
