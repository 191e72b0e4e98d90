"""Lists: filter, order, pages. https://developers.kommo.com/reference/filtering, /reference/sorting-by-entity

Ranges are `filter[updated_at][from]` and `[to]` (both included), or `from,to`; sets are `filter[id][]=1`, `filter[id][0]=1`,
`filter[id]=1`. What a list knows no filter for is ignored. One order at a time; ties come in any order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.simulators import forms
from hub_crm_amo.simulator.drawing import event_number
from hub_crm_amo.simulator.refusals import Refusal, invalid
from hub_crm_amo.simulator.world import (
    COMPANIES,
    CONTACTS,
    CUSTOMERS,
    ENTITIES,
    EVENTS,
    INVOICES,
    LEADS,
    NOTES,
    PURCHASES,
    TASKS,
    UNSORTED,
)

USUAL, MOST = 50, 250
_RANGES = frozenset({"created_at", "updated_at", "closed_at", "closest_task_at", "complete_till", "price"})
_CARD = frozenset(
    {"id", "name", "created_by", "updated_by", "responsible_user_id", "created_at", "updated_at", "closest_task_at"}
)
FILTERS: Mapping[str, frozenset[str]] = {
    LEADS: _CARD | {"price", "statuses", "pipeline_id", "closed_at"},
    CONTACTS: _CARD,
    COMPANIES: _CARD,
    CUSTOMERS: _CARD,
    TASKS: frozenset(
        {"id", "responsible_user_id", "is_completed", "task_type", "entity_type", "entity_id", "updated_at"}
    ),
    **dict.fromkeys(NOTES.values(), frozenset({"id", "entity_id", "note_type", "updated_at"})),
    EVENTS: frozenset({"id", "created_at", "created_by", "entity", "entity_id", "type"}),
    INVOICES: frozenset({"id", "name"}),
    PURCHASES: frozenset({"id", "customer_id"}),
    UNSORTED: frozenset({"uid", "category", "pipeline_id"}),
}
ORDERS: Mapping[str, frozenset[str]] = {
    LEADS: frozenset({"created_at", "updated_at", "id"}),
    CONTACTS: frozenset({"updated_at", "id"}),
    COMPANIES: frozenset({"updated_at", "id"}),
    CUSTOMERS: frozenset({"created_at", "updated_at", "id"}),
    TASKS: frozenset({"created_at", "complete_till", "id"}),
    **dict.fromkeys(NOTES.values(), frozenset({"updated_at", "id"})),
    UNSORTED: frozenset({"created_at"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a list is asked for; hashable, so that the next page finds what the last one has found."""

    filter: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    order: str = "id"
    downwards: bool = False
    deleted: bool = False


def wanted(kind: str, query: Mapping[str, Any], *, deleted: bool = False) -> Wanted:
    """Raises Refusal for an order that the list does not have."""
    parts: list[tuple[str, str, tuple[str, ...]]] = []
    for name, given in forms.mapping(query.get("filter")).items():
        if (kind, name) == (EVENTS, "id"):
            parts.append((name, "in", tuple(sorted(str(event_number(forms.text(one))) for one in forms.values(given)))))
        elif name in FILTERS.get(kind, ()):
            parts += _parts(name, given)
    if kind in ENTITIES and query.get("query"):
        parts.append(("query", "like", (forms.text(query["query"]).lower(),)))
    order, downwards = _order(kind, query)
    return Wanted(filter=tuple(sorted(parts)), order=order, downwards=downwards, deleted=deleted)


def _parts(name: str, given: Any) -> list[tuple[str, str, tuple[str, ...]]]:
    if name == "statuses":
        pairs = [forms.mapping(one) for one in forms.values(given)]
        return [(name, "in", tuple(f"{one.get('pipeline_id')}/{one.get('status_id')}" for one in pairs))]
    if name in _RANGES:
        if isinstance(given, str) and "," in given:
            given = dict(zip(("from", "to"), given.split(",", 1), strict=False))
        if isinstance(given, Mapping):
            return [(name, bound, (str(given[bound]),)) for bound in ("from", "to") if given.get(bound)]
    texts = [part for one in forms.values(given) for part in forms.text(one).split(",")]
    return [(name, "in", tuple(sorted(texts)))]


def _order(kind: str, query: Mapping[str, Any]) -> tuple[str, bool]:
    if kind == EVENTS:
        return "created_at", True
    given = forms.mapping(query.get("order"))
    if not given:
        return "id", False
    name, way = next(iter(given.items()))
    if name not in ORDERS.get(kind, ("id",)):
        raise invalid([("0", "NotSupportedChoice", f"order.{name}", "The value you selected is not a valid choice.")])
    return name, str(way).lower() == "desc"


def numbers(query: Mapping[str, Any], usual: int, most: int) -> tuple[int, int]:
    """Page, from 1, and limit; one that is too large falls back to the usual one."""
    page, limit = forms.number(query.get("page"), 1), forms.number(query.get("limit"), usual)
    if page < 1 or limit < 1:
        raise invalid([("0", "InvalidValue", "page", "This value should be positive.")])
    return page, limit if limit <= most else usual


def refuse_past(limit: int, given: int) -> None:
    if given > limit:
        raise Refusal(400, f"No more than {limit} entities may be written at once")
