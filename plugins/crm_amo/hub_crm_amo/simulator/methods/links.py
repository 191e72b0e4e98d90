"""What is tied to what: https://developers.kommo.com/reference/entity-links"""

from functools import partial
from typing import Any

from hub.simulators import forms
from hub.simulators.serving import Reply
from hub_crm_amo.simulator import drawing, refusals, writing
from hub_crm_amo.simulator.calls import Call, Methods
from hub_crm_amo.simulator.methods.answers import hal, nothing
from hub_crm_amo.simulator.world import COMPANIES, CONTACTS, LEADS

Row = dict[str, Any]
_KINDS = (LEADS, CONTACTS, COMPANIES)
_OTHERS = {LEADS: (CONTACTS, COMPANIES), CONTACTS: (LEADS, COMPANIES), COMPANIES: (LEADS, CONTACTS)}


def of_one(call: Call) -> Reply:
    kind, number = call.way[0], forms.number(call.way[1])
    if number not in call.account.tables[kind]:
        raise refusals.not_there()
    return _listed(
        call,
        [
            {key: value for key, value in one.items() if not key.startswith("entity")}
            for one in _links(call, kind, number)
        ],
    )


def of_many(call: Call, kind: str) -> Reply:
    """`filter[entity_id][]` says whose."""
    asked = [forms.number(one) for one in forms.values(forms.mapping(call.query.get("filter")).get("entity_id"))]
    return _listed(
        call,
        [one for number in asked if number in call.account.tables[kind] for one in _links(call, kind, number)],
    )


def _listed(call: Call, rows: list[Row]) -> Reply:
    if not rows:
        return nothing()
    links = {"self": f"{call.base}/api/v4/{'/'.join(call.way)}"}
    return hal(drawing.listed("links", rows, links, None, _total_items=len(rows)))


def _links(call: Call, kind: str, number: int) -> list[Row]:
    row, found = call.account.tables[kind].row(number), []
    for other in _OTHERS[kind]:
        numbers = row[f"_{other}"] if f"_{other}" in row else call.account.referring(other, kind, number)
        for place, one in enumerate(numbers):
            more = {"main_contact": place == 0} if (kind, other) == (LEADS, CONTACTS) else None
            found.append(
                {
                    "entity_id": number,
                    "entity_type": kind,
                    "to_entity_id": one,
                    "to_entity_type": other,
                    "metadata": more,
                }
            )
    return found


def link(call: Call, *, tie: bool) -> Reply:
    kind, number = call.way[0], forms.number(call.way[1])
    if number not in call.account.tables[kind]:
        raise refusals.not_there()
    for one in writing.batch(call):
        _tie(call, kind, number, str(one.get("to_entity_type")), forms.number(one.get("to_entity_id")), tie=tie)
    return of_one(call) if tie else nothing()


def _tie(call: Call, kind: str, number: int, other: str, to: int, *, tie: bool) -> None:
    account = call.account
    if other not in _OTHERS[kind] or to not in account.tables[other]:
        raise refusals.invalid(
            [("0", "NotSupportedChoice", "to_entity_id", "The value you selected is not a valid choice.")]
        )
    if f"_{other}" not in account.tables[kind].row(number):
        kind, number, other, to = other, to, kind, number
    row = account.tables[kind].row(number)
    kept = [one for one in row[f"_{other}"] if one != to]
    account.put(kind, {**row, f"_{other}": [*kept, to] if tie else kept, "updated_at": int(account.clock.now())})


METHODS: Methods = {
    **{("GET", f"{kind}/links"): partial(of_many, kind=kind) for kind in _KINDS},
    **{("GET", f"{kind}/*/links"): of_one for kind in _KINDS},
    **{("POST", f"{kind}/*/link"): partial(link, tie=True) for kind in _KINDS},
    **{("POST", f"{kind}/*/unlink"): partial(link, tie=False) for kind in _KINDS},
}
