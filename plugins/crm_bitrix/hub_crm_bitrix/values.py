"""What Bitrix24 writes into a field, as a value: its two dialects spell the same thing as text or typed.

Sources: https://apidocs.bitrix24.com/api-reference/data-types.html, and the answers shown on the pages of the methods.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from html.parser import HTMLParser
from typing import Any, Final

import hub

Row = Mapping[str, Any]

_NO_DAY: Final = 9000
"""Years from here on mean that there is no deadline."""
_LONGEST_TITLE: Final = 120
_CENT: Final = Decimal("0.01")
_MOST_DIGITS: Final = 20


def identity(value: object) -> int:
    """An id, 0 for none: `0`, `"0"`, `null` and "" all mean that nothing is linked."""
    if type(value) is int:
        return max(value, 0)
    try:
        return max(int(str(value or 0)), 0)
    except ValueError:
        return 0


def identities(value: object) -> tuple[int, ...]:
    """The ids of a list, each once."""
    given = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
    return tuple(dict.fromkeys(found for one in given if (found := identity(one))))


def text(value: object) -> str:
    """A text without the space around it, "" for what is none."""
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int | float) else ""


def is_yes(value: object) -> bool:
    return value in ("Y", "y", "1", 1, True)


def rows(value: object) -> tuple[Row, ...]:
    """The objects of a list, or the values of a map; PHP writes an empty map as `[]`."""
    if not value:
        return ()
    if isinstance(value, dict):
        value = list(value.values())
    return tuple([one for one in value if isinstance(one, dict)]) if isinstance(value, list) else ()


def row(value: object) -> Row:
    """A map, an empty one for what PHP writes instead."""
    return value if isinstance(value, dict) else {}


def amount(value: object) -> Decimal | None:
    """A sum in kopecks or without; of money as fields of their own have it ("1000|RUB") the number."""
    try:
        found = Decimal(text(value).partition("|")[0])
    except InvalidOperation:
        return None
    if not found.is_finite() or found.adjusted() > _MOST_DIGITS:
        return None
    return found.quantize(_CENT if found % 1 else Decimal(1))


def moment(value: object) -> hub.Moment | None:
    """A moment with its offset; None for nothing, for rubbish and for "no deadline"."""
    said = text(value)
    if not said:
        return None
    try:
        found = datetime.fromisoformat(said)
        zone = said[-6:] if said[-6:-5] in ("+", "-") and said[-3] == ":" else ""
        return hub.moment(found, zone) if found.tzinfo and found.year < _NO_DAY else None
    except (ValueError, OverflowError):
        return None


def day(value: object) -> date | None:
    """A date, which comes as the midnight of Greenwich or of the portal, in whatever zone the portal writes."""
    found = moment(value)
    if found is None:
        return None
    if found.utc.time() == time(0):
        return found.utc.date()
    return datetime.fromisoformat(text(value)).date()


def person(given: object, father: object, family: object) -> str:
    """A name in the order in which people say it."""
    return " ".join(filter(None, map(text, (given, father, family))))


def headline(said: str) -> str:
    """The first line of a text, for a title."""
    first = next((line.strip() for line in said.splitlines() if line.strip()), "")
    return first if len(first) <= _LONGEST_TITLE else first[: _LONGEST_TITLE - 1].rstrip() + "…"


# --- texts with markup -----------------------------------------------------------------------------------------------

PLAIN, BB, HTML = "1", "2", "3"
"""crm.enum.contenttype."""

_TAG: Final = re.compile(r"\[/?[a-z*][a-z0-9]*(?:[= ][^\[\]]{0,2000})?\]", re.IGNORECASE)
_BREAK: Final = re.compile(r"\[(?:br|/p|/li|\*|/tr)\]", re.IGNORECASE)
_GAPS: Final = re.compile(r"\n{3,}")


def plain(value: object, markup: str = BB) -> str:
    """What a text with markup says. BB code of the timeline is the default; `markup` as in crm.enum.contenttype."""
    said = text(value).replace("\r\n", "\n")
    if markup == HTML:
        said = _without_html(said)
    elif markup == BB:
        said = _TAG.sub("", _BREAK.sub("\n", said))
    return _GAPS.sub("\n\n", "\n".join(line.rstrip() for line in said.split("\n"))).strip()


class _Words(HTMLParser):
    _SILENT: Final = frozenset({"script", "style", "head", "title"})
    _LINES: Final = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "table", "blockquote"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - as the library has it
        self._silent += tag in self._SILENT
        if tag in self._LINES:
            self.said.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(self._silent - (tag in self._SILENT), 0)
        if tag in self._LINES and tag != "br":
            self.said.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.said.append(re.sub(r"\s+", " ", data))


def _without_html(said: str) -> str:
    words = _Words()
    words.feed(said)
    words.close()
    return "\n".join(line.strip() for line in "".join(words.said).replace("\xa0", " ").split("\n"))


# --- fields of one's own ---------------------------------------------------------------------------------------------


def stated(item: Row, names: Mapping[str, str], labels: Row) -> Iterator[tuple[str, Any]]:
    """The custom fields that the settings name, by their names there.

    `names` are codes ("UF_CRM_1700000001") -> names; `labels` code -> value -> what a list shows for it.
    """
    for code, name in names.items():
        value = item.get(code)
        several = value if isinstance(value, list) else [value]
        found = [shown for one in several if (shown := _shown(one, row(labels.get(code)))) is not None]
        if found:
            yield name, found[0] if len(found) == 1 else ", ".join(map(str, found))


def _shown(value: object, labels: Row) -> Any | None:
    if value is None or value == "" or isinstance(value, Mapping | list):
        return None
    if (label := labels.get(str(value))) is not None:
        return str(label)
    if isinstance(value, bool | int | float):
        return value
    return text(value)


def utc(value: datetime) -> str:
    """A moment as a filter of the portal understands it, whatever zone it is in."""
    return value.astimezone(UTC).replace(microsecond=0).isoformat()
