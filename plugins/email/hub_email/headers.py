"""Header blocks: fields, and the parameters of structured ones (RFC 2045, RFC 2231 and what mailers make of them)."""

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice

from hub_email import caps
from hub_email.charsets import decode
from hub_email.words import SPACES, percent, safe, text

_PARAMETER = re.compile(r';[ \t\r]*+([^\s=;]++)[ \t\r]*+=[ \t\r]*+(?:"((?:[^"\\]|\\.)*)"?|([^;]*+))', re.DOTALL)
_ESCAPED = re.compile(r'\\(["\\])')
_FOR_PEOPLE = frozenset({"filename", "name"})
_SHORT = 80
_FOLDED = (" ", "\t")
_SECTION = re.compile(r"([^*]+)\*(?:(\d{1,4})(\*?))?\Z")


def fields(head: bytes, limit: int = caps.LINES) -> Mapping[str, list[str]]:
    """Lower-case names to their values, as latin-1 `str`: unfolded but for the white space, and not decoded."""
    found: dict[str, list[str]] = {}
    values: list[str] = []
    for line in str(head, "latin-1").split("\n", limit)[:limit]:
        name, colon, value = line.partition(":")
        if not colon or line[0] in _FOLDED:  # also a long line that was broken without a leading space
            if values and line.strip() and len(values[-1]) < caps.LINE:
                values[-1] += line if line[:1] in _FOLDED else f" {line}"
            continue
        name = name.rstrip().lower()
        if name in found:
            values = found[name]
            values.append(value)
        else:
            values = found[name] = [value]
    return found


def parameters(value: str) -> Mapping[str, str]:
    """The parameters of a structured field, names in lower case, those for people decoded; the first of a name counts."""
    return _known(value) if len(value) < _SHORT else _parameters(value)


@lru_cache(1024)
def _known(value: str) -> Mapping[str, str]:
    """Short values are the same in every mail."""
    return _parameters(value)


def _parameters(value: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for match in islice(_PARAMETER.finditer(value), caps.PARAMETERS):
        name, quoted, bare = match.groups()
        found.setdefault(name.lower(), bare.rstrip(SPACES) if quoted is None else _ESCAPED.sub(r"\1", quoted))
    names = [name for name in found if name in _FOR_PEOPLE]
    found |= {name: text(found[name]) for name in names}
    return _joined(found) if "*" in value else found


def parameter(value: str, name: str) -> str:
    """One parameter, "" without it."""
    return parameters(value).get(name, "") if name in value.lower() else ""


def _joined(found: dict[str, str]) -> dict[str, str]:
    """RFC 2231: `name*0*=utf-8''%D0..; name*1*=..` are pieces of `name`, `name*=utf-8''..` is one in a charset."""
    plain = {name: content for name, content in found.items() if "*" not in name}
    sections: dict[str, list[tuple[int, bool, str]]] = {}
    for name, content in found.items():
        match = _SECTION.match(name) if "*" in name else None
        if match:
            whole = match[2] is None
            piece = (0 if whole else int(match[2]), whole or bool(match[3]), content)
            sections.setdefault(match[1], []).append(piece)
    return plain | {name: _from_sections(sorted(pieces)) for name, pieces in sections.items()}


def _from_sections(pieces: list[tuple[int, bool, str]]) -> str:
    charset, quote, rest = pieces[0][2].partition("'")
    if pieces[0][1] and quote and "'" in rest:
        pieces[0] = (pieces[0][0], True, rest.partition("'")[2])
    else:
        charset = ""
    content = b"".join(
        percent(content) if encoded else content.encode("latin-1", "replace") for _, encoded, content in pieces
    )
    return safe(decode(content, charset))
