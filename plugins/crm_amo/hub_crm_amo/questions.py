"""What is asked of an account, as values. Pure.

Sources: https://developers.kommo.com/reference/filtering, /reference/sorting-by-entity, /docs/limitations.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from hub_crm_amo.kinds import COMPANIES, CONTACTS, CUSTOMERS, LEADS

PAGE: Final = 250
"""Rows of a page, at the most; who asks for more gets 50."""
EVENTS: Final = 100
"""Of a page of events, by the more careful of the vendor's two pages."""
IDS: Final = 125
"""So many ids are asked for at once: the line of a request has 8 kB, and an id of ten digits takes 33 bytes of it."""

EVENT_IDS: Final = 10
"""Of a filter of events (https://developers.kommo.com/reference/events-list)."""

_WITH: Final = {LEADS: "contacts,loss_reason", CUSTOMERS: "contacts", CONTACTS: "", COMPANIES: ""}

Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """A list: where it is, under what name its rows come, what is asked of it; `name` is the filter for its time, `key` what a
    row is known by, `by_id` whether it can be ordered by that. An account may do without one that is `spare`: that it is not there says nothing.
    """

    path: str
    under: str
    name: str = "updated_at"
    key: str = "id"
    most: int = PAGE
    by_id: bool = True
    spare: bool = False
    filter: Params = field(default_factory=dict)
    more: Params = field(default_factory=dict)

    def within(self, since: int, last: int) -> "List":
        """What happened from `since` to `last`, both included."""
        span = {**({"from": since} if since > 0 else {}), "to": last}
        return replace(self, filter={**self.filter, self.name: span})

    def ordered(self, name: str, way: str) -> "List":
        return replace(self, more={**self.more, "order": {name: way}})

    def those(self, numbers: Sequence[int], name: str = "id") -> "List":
        return replace(self, filter={**self.filter, name: list(numbers)})

    def query(self, page: int, limit: int) -> list[tuple[str, str]]:
        said = {**self.more, "filter": self.filter, "page": page, "limit": min(limit, self.most)}
        return list(_pairs("", said))


def card_list(kind: str) -> List:
    return List(path=kind, under=kind, more={"with": _WITH[kind]} if _WITH[kind] else {})


def _pairs(name: str, value: object) -> Iterator[tuple[str, str]]:
    """Parameters the way PHP nests them: `filter[updated_at][from]=1`, `filter[id][]=5`."""
    match value:
        case Mapping():
            for key, inner in value.items():
                yield from _pairs(f"{name}[{key}]" if name else str(key), inner)
        case list() | tuple():
            for inner in value:
                yield from _pairs(f"{name}[]", inner)
        case _:
            yield name, str(value)
