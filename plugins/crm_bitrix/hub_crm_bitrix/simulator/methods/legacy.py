"""The older methods of leads, deals, contacts, companies and quotes: names in capitals, every value a text.

https://apidocs.bitrix24.com/api-reference/crm/deals/crm-deal-list.html and its sisters. Development of these has stopped, and they work.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from hub.simulators import forms
from hub.simulators.tables import Row
from hub_crm_bitrix.simulator import fields, writing
from hub_crm_bitrix.simulator.calls import Answer, Call
from hub_crm_bitrix.simulator.fields import COMPANY, CONTACT, DEAL, LEAD, MULTIFIELDS, QUOTE, Field
from hub_crm_bitrix.simulator.filters import Kind
from hub_crm_bitrix.simulator.lists import Columns, Wanted
from hub_crm_bitrix.simulator.methods.items import kind_of_value
from hub_crm_bitrix.simulator.refusals import old

KINDS = {"lead": LEAD, "deal": DEAL, "contact": CONTACT, "company": COMPANY, "quote": QUOTE}
_EVERYTHING = ("*", "UF_*")


def columns(kind: int) -> Columns:
    """What a filter and an order may name; a multifield is compared as a whole."""
    known = fields.BY_OLD[kind]

    def column(name: str) -> tuple[str, Kind] | None:
        upper = name.upper()
        if upper in MULTIFIELDS:
            return f"fm:{upper}", "text"
        field = known.get(upper)
        return (field.name, kind_of_value(field)) if field else None

    return column


def list_rows(kind: int, call: Call) -> Answer:
    call.need("crm")
    wanted = Wanted(
        filter=call.map("filter"), order=call.map("order"), start=call.number("start"), columns=columns(kind)
    )
    page = call.portal.find(kind, wanted)
    select = call.names("select") or _EVERYTHING
    draw = partial(drawn, kind=kind, select=select)
    rows = [call.portal.tables[kind].drawn(number, ("old", select), draw) for number in page.ids]
    return Answer(result=rows, total=page.total, next=page.next, rows=len(rows))


def drawn(row: Row, kind: int, select: tuple[str, ...]) -> Row:
    """The fields named. `*` are all but the company's own ones and multifields, `UF_*` are its own ones."""
    named = {one.upper() for one in select} | {"ID"}
    found = {
        one.old: fields.old_value(one, row.get(one.name))
        for one in fields.FIELDS[kind]
        if one.old and (one.old in named or ("UF_*" if one.is_custom else "*") in named)
    }
    for type_ in MULTIFIELDS:
        if type_ in named and (values := multifield(row, type_)):
            found[type_] = values
    return found


def multifield(row: Row, type_: str) -> list[dict[str, str]]:
    return [
        {"ID": str(one["id"]), "VALUE_TYPE": one["valueType"], "VALUE": one["value"], "TYPE_ID": type_}
        for one in row.get("fm", ())
        if one["typeId"] == type_
    ]


def get_row(kind: int, call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/deals/crm-deal-get.html: with multifields."""
    call.need("crm")
    row = existing(kind, call)
    return Answer(result=drawn(row, kind, (*_EVERYTHING, *MULTIFIELDS)))


def existing(kind: int, call: Call) -> Row:
    number = call.number("id")
    if number <= 0:
        raise old("ID is not defined or invalid.")
    row = call.portal.tables[kind].get(number)
    if row is None:
        raise old("Not found")
    return row


def all_fields(kind: int, call: Call) -> Answer:
    call.need("crm")
    told = {one.old: _told(one) for one in fields.FIELDS[kind] if one.old}
    if "fm" in fields.BY_NAME[kind]:
        told |= {name: {**_told(fields.BY_NAME[kind]["fm"]), "title": name} for name in MULTIFIELDS}
    return Answer(result=told)


def _told(field: Field) -> dict[str, Any]:
    told: dict[str, Any] = {
        "type": field.type, "isRequired": False, "isReadOnly": field.access in ("r", "a"),
        "isImmutable": field.access == "i", "isMultiple": field.many, "isDynamic": field.is_custom,
        "title": field.upper if field.is_custom else field.title,
    }  # fmt: skip
    if field.is_custom:
        told |= {"listLabel": field.title, "formLabel": field.title, "filterLabel": field.title}
    if field.type == "enumeration":
        told["items"] = [{"ID": key, "VALUE": value} for key, value in fields.ENUMERATION]
    return told


def own_fields(kind: int, call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/deals/user-defined-fields/crm-deal-userfield-list.html"""
    call.need("crm")
    rows = [_own(kind, at, one) for at, one in enumerate((f for f in fields.FIELDS[kind] if f.is_custom), 1)]
    return Answer(result=rows, total=len(rows), rows=len(rows))


def _own(kind: int, at: int, field: Field) -> dict[str, Any]:
    row: dict[str, Any] = {
        "ID": str(100 * kind + at), "ENTITY_ID": f"CRM_{fields.NAMES[kind].upper()}", "FIELD_NAME": field.upper,
        "USER_TYPE_ID": field.type, "XML_ID": None, "SORT": str(100 * at), "MULTIPLE": "Y" if field.many else "N",
        "MANDATORY": "N", "SHOW_FILTER": "E", "SHOW_IN_LIST": "Y", "EDIT_IN_LIST": "Y", "IS_SEARCHABLE": "N",
        "SETTINGS": [],
    }  # fmt: skip
    if field.type == "enumeration":
        row["LIST"] = [
            {"ID": key, "SORT": "100", "VALUE": value, "DEF": "N", "XML_ID": ""} for key, value in fields.ENUMERATION
        ]
    return row


def _given(call: Call, kind: int, row: Row) -> dict[str, Any]:
    given = {name.upper(): value for name, value in call.map("fields").items()}
    found: dict[str, Any] = {}
    for name, value in given.items():
        field = fields.BY_OLD[kind].get(name)
        if field and (not field.access or (field.access == "i" and not row)):
            found[field.name] = writing.read(field, value)
    if "fm" in fields.BY_NAME[kind] and given.keys() & set(MULTIFIELDS):
        found["fm"] = _reached(call, list(row.get("fm", ())), given)
    return found


def _reached(call: Call, values: list[dict[str, Any]], given: dict[str, Any]) -> list[dict[str, Any]]:
    """Multifields of a type: one with `ID` is changed, or deleted where nothing is left of it; one without is added."""
    kept = {one["id"]: one for one in values}
    for type_ in MULTIFIELDS:
        for one in (forms.mapping(each) for each in forms.values(given.get(type_))):
            number, value = forms.number(one.get("ID")), forms.text(one.get("VALUE"))
            is_gone = not value or forms.text(one.get("DELETE")).upper() == "Y"
            if number in kept and is_gone:
                del kept[number]
            elif number in kept:
                kept[number] = kept[number] | {"value": value, "valueType": one.get("VALUE_TYPE") or "WORK"}
            elif not is_gone:
                new = call.portal.next_multifield()
                kept[new] = {"id": new, "typeId": type_, "valueType": one.get("VALUE_TYPE") or "WORK", "value": value}
    return list(kept.values())


def add_row(kind: int, call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/deals/crm-deal-add.html: answers the id."""
    call.need("crm")
    return Answer(result=writing.add(call, kind, _given(call, kind, {}))["id"], wrote=True)


def update_row(kind: int, call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/deals/crm-deal-update.html: answers true, whatever the fields were."""
    call.need("crm")
    row = existing(kind, call)
    return Answer(result=True, wrote=writing.change(call, kind, row, _given(call, kind, row)) is not row)


def delete_row(kind: int, call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/deals/crm-deal-delete.html"""
    call.need("crm")
    writing.delete(call, kind, existing(kind, call)["id"])
    return Answer(result=True, wrote=True)


def _methods() -> dict[str, Callable[[Call], Answer]]:
    found: dict[str, Callable[[Call], Answer]] = {}
    for name, kind in KINDS.items():
        found |= {
            f"crm.{name}.list": partial(list_rows, kind), f"crm.{name}.get": partial(get_row, kind),
            f"crm.{name}.add": partial(add_row, kind), f"crm.{name}.update": partial(update_row, kind),
            f"crm.{name}.delete": partial(delete_row, kind),
            f"crm.{name}.fields": partial(all_fields, kind), f"crm.{name}.userfield.list": partial(own_fields, kind),
        }  # fmt: skip
    return found


METHODS = _methods()
