"""Lists and single rows of what an account has many of."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

import orjson

from hub.simulators import forms
from hub.simulators.serving import Reply
from hub_crm_amo.simulator import drawing, lists, refusals
from hub_crm_amo.simulator.calls import Call, Methods
from hub_crm_amo.simulator.directories import INVOICE_CATALOG
from hub_crm_amo.simulator.methods.answers import hal, nothing
from hub_crm_amo.simulator.methods.catalogs import list_elements
from hub_crm_amo.simulator.world import (
    COMPANIES,
    CONTACTS,
    ENTITIES,
    EVENTS,
    INVOICES,
    LEADS,
    NOTES,
    PURCHASES,
    TASKS,
    UNSORTED,
)

Draw = Callable[[dict[str, Any]], dict[str, Any]]
_WITH_DATES = frozenset({LEADS, CONTACTS, COMPANIES, TASKS})


def _drawn(call: Call, kind: str) -> tuple[Any, Draw]:
    """The shape that rows are kept in, and how to draw one."""
    if kind in ENTITIES:
        wanted = call.wanted_with - {"only_deleted"}
        return (call.base, wanted), lambda row: drawing.entity(call.account, kind, row, call.base, wanted)
    if kind == EVENTS:
        return call.base, lambda row: drawing.event(row, call.base)
    if kind == INVOICES:
        return call.base, lambda row: drawing.element(row, call.base)
    if kind == PURCHASES:
        return call.base, lambda row: drawing.purchase(row, call.base)
    if kind == UNSORTED:
        return call.base, lambda row: drawing.unsorted(row, call.base)
    if kind in NOTES.values():
        return call.base, lambda row: drawing.note(kind, row, call.base)
    return call.base, lambda row: drawing.plain(kind, row, call.base)


def many(call: Call, kind: str, name: str = "") -> Reply:
    """A page of a list, and a link to the next while there is one."""
    account, deleted = call.account, "only_deleted" in call.wanted_with and kind == LEADS
    most = account.events_a_page if kind == EVENTS else lists.MOST
    page, limit = lists.numbers(call.query, min(lists.USUAL, most), most)
    found = account.find(kind, lists.wanted(kind, call.query, deleted=deleted))
    if kind in _WITH_DATES and call.since is not None and not _is_newer(call, kind, found):
        return Reply(status=304)
    shown, more = found.page((page - 1) * limit, limit)
    if not shown:
        return nothing()
    table = account.tables[kind]
    if deleted:
        rows: list[Any] = [_in_the_bin(table.row(number), call.base) for number in shown]
    else:
        shape, draw = _drawn(call, kind)
        rows = [table.drawn(number, shape, draw) for number in shown]
    links = {"self": href(call, page, limit)}
    if more:
        links["next"] = href(call, page + 1, limit)
    return hal(drawing.listed(name or kind.rpartition("/")[2], rows, links, page))


def _is_newer(call: Call, kind: str, ids: Iterable[int]) -> bool:
    value = call.account.tables[kind].value
    assert call.since is not None
    return any(value(number, "updated_at") > call.since for number in ids)


def _in_the_bin(row: dict[str, Any], base: str) -> dict[str, Any]:
    kept = {name: row[name] for name in ("id", "updated_at", "account_id", "is_deleted")}
    return {**kept, "_links": drawing.link(f"{base}/api/v4/{LEADS}/{row['id']}")}


def href(call: Call, page: int, limit: int) -> str:
    asked = {**call.query, "page": page, "limit": limit}
    return f"{call.base}/api/v4/{'/'.join(call.way)}?{urlencode(_flat(asked))}"


def _flat(query: Any, head: str = "") -> list[tuple[str, str]]:
    if not isinstance(query, dict):
        return [(head, forms.text(query))]
    return [pair for key, value in query.items() for pair in _flat(value, f"{head}[{key}]" if head else key)]


def one(call: Call, kind: str) -> Reply:
    number = drawing.event_number(call.way[-1]) if kind == EVENTS else forms.number(call.way[-1])
    row = call.account.tables[kind].get(number)
    if row is None:
        return nothing()
    return drawn(call, kind, row)


def drawn(call: Call, kind: str, row: dict[str, Any]) -> Reply:
    """A row as the API shows it."""
    return hal(orjson.Fragment(orjson.dumps(_drawn(call, kind)[1](row))))


def notes_of(call: Call) -> Reply:
    """The notes of one card: a list of its own path."""
    kind = NOTES.get(call.way[0])
    if kind is None:
        raise refusals.not_there()
    asked = {**call.query, "filter": {**forms.mapping(call.query.get("filter")), "entity_id": call.way[1]}}
    return many(asking(call, asked), kind)


def asking(call: Call, query: dict[str, Any]) -> Call:
    """The same call with another question."""
    return replace(call, query=query)


def elements(call: Call) -> Reply:
    """Elements of a catalog. That of invoices has them from the beginning."""
    return many(call, INVOICES, "elements") if forms.number(call.way[1]) == INVOICE_CATALOG else list_elements(call)


METHODS: Methods = {
    **{("GET", kind): partial(many, kind=kind) for kind in (*ENTITIES, TASKS, EVENTS)},
    **{("GET", f"{kind}/*"): partial(one, kind=kind) for kind in (*ENTITIES, TASKS, EVENTS)},
    **{("GET", kind): partial(many, kind=kind) for kind in NOTES.values()},
    **{("GET", f"{kind}/*"): partial(one, kind=kind) for kind in NOTES.values()},
    **{("GET", f"{entity}/*/notes"): notes_of for entity in NOTES},
    ("GET", "catalogs/*/elements"): elements,
}
