"""Groups of fields, the tabs of a card: https://developers.kommo.com/reference/list-of-entity-field-groups and its sisters.

A field says which group it is in; those that say none are in the one that every card has.
"""

from collections.abc import Iterator

from hub.simulators import forms
from hub.simulators.serving import Reply
from hub_crm_amo.simulator import drawing, refusals, writing
from hub_crm_amo.simulator.calls import Call, Methods
from hub_crm_amo.simulator.directories import DEFAULT_GROUP
from hub_crm_amo.simulator.methods.answers import hal, nothing
from hub_crm_amo.simulator.methods.few import paged
from hub_crm_amo.simulator.methods.written import Mistake, Row, allowed, an_object, checked, choice, whole
from hub_crm_amo.simulator.world import ENTITIES


def _told(call: Call, row: Row) -> Row:
    kind = call.way[0]
    fields = [one["id"] for one in call.account.fields[kind] if (one["group_id"] or DEFAULT_GROUP) == row["id"]]
    return {**row, "entity_type": kind, "type": "custom_field_group", "fields": fields}


def _shown(call: Call, row: Row) -> Row:
    return drawing.plain(f"{call.way[0]}/custom_fields/groups", _told(call, row), call.base)


def all_groups(call: Call) -> Reply:
    return paged(call, "custom_field_groups", [_told(call, row) for row in call.account.groups[call.way[0]]])


def one_group(call: Call) -> Reply:
    return hal(_shown(call, _existing(call)))


def _existing(call: Call) -> Row:
    for row in call.account.groups[call.way[0]]:
        if row["id"] == call.way[3]:
            return row
    raise refusals.not_there()


def add_groups(call: Call) -> Reply:
    """https://developers.kommo.com/reference/add-field-groups: for administrators."""
    allowed(call)
    given = writing.batch(call)
    checked(
        [*writing.lacking(given, "name"), *(one for at, each in enumerate(given) for one in _strange(call, each, at))]
    )
    made = [_made(call, one) for one in given]
    return whole(call, "custom_field_groups", [_shown(call, row) for row in made], given)


def _strange(call: Call, given: Row, place: int) -> Iterator[Mistake]:
    """Fields that the card does not have."""
    known = {one["id"] for one in call.account.fields[call.way[0]]}
    for at, one in enumerate(forms.values(given.get("fields"))):
        if forms.number(one) not in known:
            yield choice(given, place, f"fields.{at}")


def _made(call: Call, given: Row) -> Row:
    kind = call.way[0]
    groups, number = call.account.groups[kind], int(call.account.clock.now()) * 1000 + call.account.wrote
    while any(row["id"] == f"{kind}_{number}" for row in groups):
        number += 1
    row: Row = {
        "id": f"{kind}_{number}", "name": str(given["name"]), "sort": forms.number(given.get("sort"), len(groups)),
        "is_predefined": False,
    }  # fmt: skip
    groups.append(row)
    _moved(call, row["id"], given)
    return row


def _moved(call: Call, group: str, given: Row) -> None:
    """The fields that are named come into the group."""
    named = {forms.number(one) for one in forms.values(given.get("fields"))}
    for field in call.account.fields[call.way[0]]:
        if field["id"] in named:
            field["group_id"] = None if group == DEFAULT_GROUP else group


def change_group(call: Call) -> Reply:
    allowed(call)
    row, given = _existing(call), an_object(call)
    checked(_strange(call, given, 0))
    row |= {name: made(given[name]) for name, made in (("name", str), ("sort", forms.number)) if name in given}
    _moved(call, row["id"], given)
    call.account.wrote += 1
    return hal(_shown(call, row))


def delete_group(call: Call) -> Reply:
    """Those of the system stay."""
    allowed(call)
    row = _existing(call)
    if row["is_predefined"]:
        raise refusals.Refusal(400, "A group of the system cannot be deleted")
    call.account.groups[call.way[0]].remove(row)
    for field in call.account.fields[call.way[0]]:
        if field["group_id"] == row["id"]:
            field["group_id"] = None
    call.account.wrote += 1
    return nothing()


METHODS: Methods = {
    **{
        (way, f"{kind}/custom_fields/groups"): method
        for kind in ENTITIES for way, method in (("GET", all_groups), ("POST", add_groups))
    },
    **{
        (way, f"{kind}/custom_fields/groups/*"): method
        for kind in ENTITIES for way, method in (("GET", one_group), ("PATCH", change_group), ("DELETE", delete_group))
    },
}  # fmt: skip
