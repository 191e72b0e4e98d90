"""Rows that are added, changed, deleted and merged, and what else the portal does then.

A stage that changes leaves a row of history and moves the moment of moving; every change tells its event. Fields that
are unknown, or only read, are passed over without a word: https://apidocs.bitrix24.com/api-reference/crm/universal/crm-item-update.html.
"""

from collections.abc import Mapping
from typing import Any

from hub.simulators import forms
from hub.simulators.tables import Row
from hub_crm_bitrix.simulator import fields, moments
from hub_crm_bitrix.simulator.calls import Call
from hub_crm_bitrix.simulator.fields import COMPANY, CONTACT, DEAL, INVOICE, LEAD, QUOTE, Field
from hub_crm_bitrix.simulator.refusals import Refusal

_TITLES = {LEAD: "Лид", DEAL: "Сделка", QUOTE: "Предложение", INVOICE: "Счёт", COMPANY: "Компания"}
_FIRST = {LEAD: "NEW", QUOTE: "DRAFT", INVOICE: "DT31_2:N", fields.CONTRACT: "DT177_5:NEW"}
_CATEGORIES = {INVOICE: 2, fields.CONTRACT: 5}
_OWN_WORDS = ("title", "name", "secondName", "lastName", "birthdate", "post")  # what a merge may not choose by itself


def add(call: Call, kind: int, given: Row) -> Row:
    """A new row of an object, from values as a row holds them (`read` makes them)."""
    table, now = call.portal.tables[kind], moments.written(call.portal.clock.now())
    number, user = table.next_id(), call.caller.user
    row = fields.empty(kind) | {
        "id": number, "createdTime": now, "updatedTime": now, "lastActivityTime": now, "createdBy": user,
        "updatedBy": user, "assignedById": user, "lastActivityBy": user, "opened": "Y",
    }  # fmt: skip
    if "movedTime" in row:
        row |= {"movedTime": now, "movedBy": user}
    row |= {"categoryId": _CATEGORIES[kind]} if kind in _CATEGORIES else {}
    row |= given
    row |= _named(kind, row) | _placed(call, kind, row, given) | _linked(row, given) | _reached(row)
    table.put(row)
    if row.get("stageId"):
        _moved(call, kind, row, 1)
    _contacts_changed(call, kind, row, {})
    call.portal.happened(call, _event(kind, "ADD"), _about(kind, number))
    return row


def change(call: Call, kind: int, row: Row, given: Row) -> Row:
    """The row with these values. Nothing is saved where nothing differs."""
    changed = row | given
    changed |= _placed(call, kind, changed, given) | _linked(changed, given) | _reached(changed)
    if changed == row:
        return row
    now, user = moments.written(call.portal.clock.now()), call.caller.user
    changed |= {"updatedTime": now, "updatedBy": user}
    is_moved = changed.get("stageId") != row.get("stageId")
    if is_moved and "movedTime" in changed:
        changed |= {"movedTime": now, "movedBy": user}
        if "previousStageId" in changed:
            changed["previousStageId"] = row["stageId"]
    call.portal.tables[kind].put(changed)
    if is_moved:
        _moved(call, kind, changed, {"P": 2}.get(_stages(call)[changed["stageId"]], 3))
    _contacts_changed(call, kind, changed, row)
    call.portal.happened(call, _event(kind, "UPDATE"), _about(kind, row["id"]))
    return changed


def delete(call: Call, kind: int, number: int) -> None:
    row = call.portal.tables[kind].row(number)
    call.portal.tables[kind].remove(number)
    _contacts_changed(call, kind, {}, row)
    call.portal.happened(call, _event(kind, "DELETE"), _about(kind, number))


def merge(call: Call, kind: int, ids: list[int]) -> list[int]:
    """The first of the ids survives and takes what the others had; they are deleted. Gives the deleted ids.

    https://apidocs.bitrix24.com/api-reference/crm/duplicates/crm-entity-merge-batch.html. Nothing points from a loser to the winner.
    """
    table, (first, *others) = call.portal.tables[kind], ids
    winner = table.row(first)
    known = {one["value"] for one in winner.get("fm", ())}
    more = [one for other in others for one in table.row(other).get("fm", ()) if one["value"] not in known]
    filled = {
        name: value for other in others for name, value in table.row(other).items()
        if name in _OWN_WORDS and value and not winner.get(name)
    }  # fmt: skip
    for name, of in _REFERENCES.get(kind, ()):
        _repoint(call, name, of, dict.fromkeys(others, first))
    change(call, kind, table.row(first), filled | ({"fm": [*winner["fm"], *more]} if more else {}))
    for other in others:
        delete(call, kind, other)
    return others


_REFERENCES = {
    CONTACT: (("contactId", DEAL), ("contactIds", DEAL), ("contactId", LEAD), ("contactIds", LEAD)),
    COMPANY: (("companyId", DEAL), ("companyId", LEAD), ("companyId", CONTACT), ("companyIds", CONTACT)),
}


def differ(call: Call, kind: int, ids: list[int]) -> bool:
    """Whether a person has to say which of the values is the right one: then nothing is merged."""
    rows = [call.portal.tables[kind].row(number) for number in ids]
    return any(len({row[name] for row in rows if row.get(name)}) > 1 for name in _OWN_WORDS)


def _repoint(call: Call, name: str, kind: int, instead: Mapping[int, int]) -> None:
    table = call.portal.tables[kind]
    for number in list(table.ids):
        value = table.value(number, name)
        pointed = [instead.get(one, one) for one in value] if isinstance(value, list) else instead.get(value, value)
        if pointed != value:
            table.put(table.row(number) | {name: pointed})


# --- values as they are given -------------------------------------------------------------------------------------


def read(field: Field, value: Any) -> Any:
    """A value as a row holds it. https://apidocs.bitrix24.com/api-reference/crm/universal/object-fields.html#value-formats"""
    if field.many:
        one = Field(name=field.name, old="", upper="", type=field.type)
        return [read(one, each) for each in forms.values(value) if forms.text(each)]
    if field.type == "boolean":
        return "Y" if forms.text(value).lower() in ("y", "true", "1") else "N"
    if field.is_moment:
        return moments.read(forms.text(value)) if value else None
    if field.type == "double":
        return _double(forms.text(value))
    return forms.number(value) if field.is_number else forms.text(value)


def _double(text: str) -> float:
    try:
        return fields.amount(float(text))
    except (ValueError, OverflowError):
        return 0


def _named(kind: int, row: Row) -> Row:
    if kind == CONTACT:
        return {} if row["name"] or row["lastName"] else {"lastName": f"Контакт #{row['id']}"}
    return {} if row.get("title") else {"title": f"{_TITLES.get(kind, 'Элемент')} #{row['id']}"}


def _stages(call: Call) -> Mapping[str, str]:
    """What each stage means: `P` in progress, `S` won, `F` lost."""
    table = call.portal.tables["statuses"]
    return {row["STATUS_ID"]: row["SEMANTICS"] or "P" for row in map(table.row, table.ids) if "EXTRA" in row}


def _placed(call: Call, kind: int, row: Row, given: Mapping[str, Any]) -> Row:
    """Stage, and what follows from it. Raises Refusal where there is no such stage in the pipeline."""
    if "stageId" not in row:
        return {}
    prefix = f"C{row['categoryId']}:" if kind == DEAL and row["categoryId"] else ""
    stage = row["stageId"]
    if not stage or (kind == DEAL and "stageId" not in given and _pipeline(stage) != prefix):
        stage = f"{prefix}NEW" if kind == DEAL else _FIRST[kind]
    meaning = _stages(call).get(stage)
    if meaning is None or (kind == DEAL and _pipeline(stage) != prefix):
        raise Refusal(400, "CRM_FIELD_ERROR_VALUE_NOT_VALID", "Некорректное значение поля «Стадия»")
    placed: Row = {"stageId": stage}
    if "stageSemanticId" in row:
        placed["stageSemanticId"] = meaning
    if "closed" in row:
        placed["closed"] = "N" if meaning == "P" else "Y"
    return placed


def _pipeline(stage: str) -> str:
    """`C1:` of `C1:NEW`; nothing for those of the common pipeline."""
    return "".join(stage.rpartition(":")[:2])


def _linked(row: Row, given: Mapping[str, Any]) -> Row:
    """The first of several links, and the several of one, agree."""
    linked: Row = {}
    for one, many in (("contactId", "contactIds"), ("companyId", "companyIds")):
        if one in row and many in row:
            if many in given:
                linked[one] = (given[many] or [0])[0]
            elif one in given:
                linked[many] = [given[one]] if given[one] else []
    return linked


def _reached(row: Row) -> Row:
    return fields.copied(row["fm"]) if "fm" in row else {}


def multifields(row: Mapping[str, Any], given: Any, next_id: int) -> list[dict[str, Any]]:
    """Those of the row and those given to `crm.item.*`, which can only add: an `id` is not looked at."""
    added = [forms.mapping(one) for one in forms.values(given)]
    kept = [one for one in added if one.get("typeId") and forms.text(one.get("value"))]
    return [*row.get("fm", ()), *(
        {"id": next_id + at, "typeId": one["typeId"], "valueType": one.get("valueType") or "WORK", "value": one["value"]}
        for at, one in enumerate(kept)
    )]  # fmt: skip


# --- what follows -------------------------------------------------------------------------------------------------


def _moved(call: Call, kind: int, row: Row, type_: int) -> None:
    table = call.portal.tables.get(f"moves:{kind}")
    if table is None:
        return
    stage = row["stageId"]
    names = ("STATUS_SEMANTIC_ID", "STATUS_ID") if kind == LEAD else ("STAGE_SEMANTIC_ID", "STAGE_ID")
    category = {} if kind == LEAD else {"CATEGORY_ID": row.get("categoryId", 0)}
    table.put({
        "ID": table.next_id(), "TYPE_ID": type_, "OWNER_ID": row["id"],
        "CREATED_TIME": moments.written(call.portal.clock.now()), **category,
        names[0]: _stages(call)[stage], names[1]: stage,
    })  # fmt: skip


def _contacts_changed(call: Call, kind: int, row: Row, before: Row) -> None:
    """A company shows its contacts: it is made anew when one of them comes or goes."""
    if kind == CONTACT:
        for company in {*row.get("companyIds", ()), *before.get("companyIds", ())}:
            call.portal.tables[COMPANY].forget(company)


def _event(kind: int, what: str) -> str:
    name = fields.NAMES[kind].upper() if kind in (LEAD, DEAL, CONTACT, COMPANY, QUOTE) else "DYNAMICITEM"
    return f"ONCRM{name}{what}"


def _about(kind: int, number: int) -> dict[str, Any]:
    return {"ID": number} | ({"ENTITY_TYPE_ID": kind} if kind == INVOICE or kind >= 128 else {})
