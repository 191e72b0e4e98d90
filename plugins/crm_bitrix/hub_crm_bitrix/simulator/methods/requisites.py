"""Requisites: a company's numbers. https://apidocs.bitrix24.com/api-reference/crm/requisites/universal/index.html"""

from typing import Any

from hub.simulators import forms
from hub.simulators.tables import Row
from hub_crm_bitrix.simulator import directories, moments
from hub_crm_bitrix.simulator.calls import Answer, Call
from hub_crm_bitrix.simulator.refusals import old

_READ_ONLY = {"ID", "DATE_CREATE", "DATE_MODIFY", "CREATED_BY_ID", "MODIFY_BY_ID"}


def get(call: Call) -> Answer:
    call.need("crm")
    return Answer(result=_existing(call))


def add(call: Call) -> Answer:
    call.need("crm")
    given, table = _given(call), call.portal.tables["requisites"]
    if not forms.number(given.get("ENTITY_ID")) or not forms.number(given.get("ENTITY_TYPE_ID")):
        raise old("ENTITY_TYPE_ID is not defined or invalid.")
    number, now = table.next_id(), moments.written(call.portal.clock.now())
    table.put(directories.NO_REQUISITE | {
        "ID": str(number), "PRESET_ID": "1", "DATE_CREATE": now, "DATE_MODIFY": "", "MODIFY_BY_ID": None,
        "CREATED_BY_ID": str(call.caller.user), "NAME": "", "CODE": None, "ACTIVE": "Y", "ADDRESS_ONLY": "N",
        "SORT": "500", **given,
    })  # fmt: skip
    call.portal.happened(call, "ONCRMREQUISITEADD", {"ID": number})
    return Answer(result=number, wrote=True)


def update(call: Call) -> Answer:
    call.need("crm")
    row = _existing(call)
    changed = {"DATE_MODIFY": moments.written(call.portal.clock.now()), "MODIFY_BY_ID": str(call.caller.user)}
    call.portal.tables["requisites"].put(row | _given(call) | changed)
    call.portal.happened(call, "ONCRMREQUISITEUPDATE", {"ID": int(row["ID"])})
    return Answer(result=True, wrote=True)


def delete(call: Call) -> Answer:
    call.need("crm")
    number = int(_existing(call)["ID"])
    call.portal.tables["requisites"].remove(number)
    call.portal.happened(call, "ONCRMREQUISITEDELETE", {"ID": number})
    return Answer(result=True, wrote=True)


def _existing(call: Call) -> Row:
    row = call.portal.tables["requisites"].get(call.number("id"))
    if row is None:
        raise old("Not found")
    return row


def _given(call: Call) -> dict[str, Any]:
    given = {key.upper(): forms.text(value) for key, value in call.map("fields").items()}
    return {key: value for key, value in given.items() if key not in _READ_ONLY}


METHODS = {
    "crm.requisite.get": get, "crm.requisite.add": add, "crm.requisite.update": update, "crm.requisite.delete": delete,
}  # fmt: skip
