"""Who has this telephone or address, and making one of several."""

from collections.abc import Iterator

from hub.simulators import forms
from hub_crm_bitrix.simulator import writing
from hub_crm_bitrix.simulator.calls import Answer, Call
from hub_crm_bitrix.simulator.fields import COMPANY, CONTACT, LEAD, NAMES
from hub_crm_bitrix.simulator.refusals import Refusal, old

_TYPES = {"LEAD": LEAD, "CONTACT": CONTACT, "COMPANY": COMPANY}
_MOST_VALUES = 20
_MOST_FOUND = 20


def find(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/duplicates/crm-duplicate-find-by-comm.html

    Types in the order lead, contact, company; one that fills the answer keeps the later ones out. Nothing is `[]`.
    """
    call.need("crm")
    type_, values = call.text("type").upper(), [_plain(call.text("type"), one) for one in call.names("values")]
    if not type_:
        raise old("Communication type is not defined.")
    if type_ not in ("PHONE", "EMAIL"):
        raise old(f"Communication type '{type_}' is not supported in current context.")
    if not values or len(values) > _MOST_VALUES:
        raise old("Communication values is not defined.")
    only = call.text("entity_type").upper()
    found: dict[str, list[int]] = {}
    for name, kind in _TYPES.items():
        if only in ("", name) and (ids := list(_having(call, kind, type_, set(values)))):
            found[name] = ids[:_MOST_FOUND]
            if len(ids) >= _MOST_FOUND:
                break
    return Answer(result=forms.array(found))


def _having(call: Call, kind: int, type_: str, values: set[str]) -> Iterator[int]:
    table = call.portal.tables[kind]
    for number in table.ids:
        if values & {_plain(type_, one) for one in table.value(number, f"fm:{type_}")}:
            yield number


def _plain(type_: str, value: str) -> str:
    """A telephone without what is dialled after it, and without the country's way of beginning."""
    if type_.upper() != "PHONE":
        return value.strip().lower()
    digits = "".join(one for one in value.partition("доб")[0] if one.isdecimal())
    return digits[1:] if len(digits) == 11 and digits[0] in "78" else digits


def merge(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/duplicates/crm-entity-merge-batch.html"""
    call.need("crm")
    params = forms.mapping(call.get("params"))
    kind, ids = (
        forms.number(params.get("entityTypeId")),
        [forms.number(one) for one in forms.values(params.get("entityIds"))],
    )
    if not call.portal.is_admin(call.caller.user):
        raise Refusal(403, "", "Access denied")
    if not kind:
        raise Refusal(400, 0, "The parameter entityTypeId is required.")
    if kind not in NAMES:
        raise Refusal(400, 0, f"Entity type {kind} is not supported")
    if len(ids) < 2:
        raise Refusal(400, 0, "The parameter entityIds must contains at least two elements.")
    if any(one not in call.portal.tables[kind] for one in ids):
        raise Refusal(400, 0, "Owner was not found")
    if writing.differ(call, kind, ids):
        return Answer(result={"STATUS": "CONFLICT", "ENTITY_IDS": []})
    return Answer(result={"STATUS": "SUCCESS", "ENTITY_IDS": writing.merge(call, kind, ids)}, wrote=True)


METHODS = {"crm.duplicate.findbycomm": find, "crm.entity.mergebatch": merge}
