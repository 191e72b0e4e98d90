"""Directories that an administrator changes: stages, sources and the like, pipelines; and those that are fixed.

https://apidocs.bitrix24.com/api-reference/crm/status/index.html, /api-reference/crm/universal/category/index.html, /api-reference/crm/auxiliary/enum/index.html
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from hub.simulators import forms
from hub.simulators.tables import Row
from hub_crm_bitrix.simulator import fields, moments
from hub_crm_bitrix.simulator.calls import Answer, Call
from hub_crm_bitrix.simulator.fields import CONTRACT, DEAL, INVOICE
from hub_crm_bitrix.simulator.methods.items import kind_of
from hub_crm_bitrix.simulator.refusals import Refusal, old

_EXTRAS = {"S": "success", "F": "failure"}
_STAGES = ("STATUS", "DEAL_STAGE", "QUOTE_STATUS", "SMART_INVOICE_STAGE", "DYNAMIC_")
_PREFIXES: Mapping[str, str] = {"DEAL_STAGE_": "C{}:", "SMART_INVOICE_STAGE_": "DT31_{}:", f"DYNAMIC_{CONTRACT}_STAGE_": f"DT{CONTRACT}_{{}}:"}  # fmt: skip
_STAGES_OF: Mapping[int, str] = {DEAL: "DEAL_STAGE_", INVOICE: "SMART_INVOICE_STAGE_", CONTRACT: f"DYNAMIC_{CONTRACT}_STAGE_"}  # fmt: skip
_USED_BY = {
    "DEAL_STAGE": DEAL, "STATUS": fields.LEAD, "QUOTE_STATUS": fields.QUOTE, "SMART_INVOICE_STAGE": INVOICE, "DYNAMIC_": CONTRACT,
}  # fmt: skip
_TITLES = {
    "STATUS": "Статусы лидов", "SOURCE": "Источники", "CONTACT_TYPE": "Типы контактов", "COMPANY_TYPE": "Типы компаний",
    "INDUSTRY": "Сферы деятельности", "DEAL_TYPE": "Типы сделок", "DEAL_STAGE": "Стадии сделок",
    "QUOTE_STATUS": "Стадии предложений", "SMART_INVOICE_STAGE_2": "Стадии счетов",
}  # fmt: skip


def _is_stage(entity: str) -> bool:
    return entity.startswith(_STAGES)


# --- crm.status -----------------------------------------------------------------------------------------------------


def administered(call: Call) -> None:
    call.need("crm")
    if not call.portal.is_admin(call.caller.user):
        raise old("Access denied.")


def _status(call: Call) -> Row:
    call.need("crm")
    number = call.number("id")
    if number <= 0:
        raise old("Invalid identifier.")
    row = call.portal.tables["statuses"].get(number)
    if row is None:
        raise old("Status is not found.")
    return row


def get_status(call: Call) -> Answer:
    return Answer(result=_status(call))


def add_status(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/status/crm-status-add.html: answers the id."""
    administered(call)
    given = {name.upper(): forms.text(value) for name, value in call.map("fields").items()}
    table, entity = call.portal.tables["statuses"], given.get("ENTITY_ID", "")
    rows = [table.row(one) for one in table.ids]
    if entity not in {one["ENTITY_ID"] for one in rows}:
        raise old("The field ENTITY_ID is required." if not entity else "Specified entity type is not supported.")
    for name in ("STATUS_ID", "NAME"):
        if not given.get(name):
            raise old(f"The field {name} is required.")
    code = _prefixed(entity, given["STATUS_ID"])
    if any((one["ENTITY_ID"], one["STATUS_ID"]) == (entity, code) for one in rows):
        raise old("CRM Status with the same STATUS_ID already exists.")
    number, category = table.next_id(), entity.rpartition("_")[2]
    row: Row = {
        "ID": str(number), "ENTITY_ID": entity, "STATUS_ID": code, "NAME": given["NAME"], "NAME_INIT": "",
        "SORT": given.get("SORT") or "10", "SYSTEM": "N", "CATEGORY_ID": category if category.isdecimal() else None,
        "SEMANTICS": given.get("SEMANTICS") or None,
    }  # fmt: skip
    if _is_stage(entity):
        color = given.get("COLOR", "")
        row |= {
            "COLOR": color,
            "EXTRA": {"SEMANTICS": _EXTRAS.get(given.get("SEMANTICS", ""), "process"), "COLOR": color},
        }
    table.put(row)
    return Answer(result=number, wrote=True)


def _prefixed(entity: str, code: str) -> str:
    """Stages of a pipeline bear its prefix, whether it was given or not."""
    for before, prefix in _PREFIXES.items():
        if entity.startswith(before):
            whole = prefix.format(entity.removeprefix(before))
            return whole + code.removeprefix(whole)
    return code


def update_status(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/status/crm-status-update.html: name, order and colour, nothing else."""
    administered(call)
    row, given = _status(call), {name.upper(): forms.text(value) for name, value in call.map("fields").items()}
    changed = row | {name: given[name] for name in ("NAME", "SORT") if name in given}
    if "COLOR" in given and "EXTRA" in row:
        changed |= {"COLOR": given["COLOR"], "EXTRA": row["EXTRA"] | {"COLOR": given["COLOR"]}}
    call.portal.tables["statuses"].put(changed)
    return Answer(result=True, wrote=True)


def delete_status(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/status/crm-status-delete.html"""
    administered(call)
    row = _status(call)
    if row["SYSTEM"] == "Y" and forms.text(call.map("params").get("FORCED")).upper() != "Y":
        raise old('CRM System Status can be deleted only if parameter FORCED is specified and equal to "Y".')
    if _is_used(call, row):
        raise old("There are active items in this status.")
    call.portal.tables["statuses"].remove(int(row["ID"]))
    return Answer(result=True, wrote=True)


def _is_used(call: Call, row: Row) -> bool:
    kind = next((kind for before, kind in _USED_BY.items() if row["ENTITY_ID"].startswith(before)), 0)
    table = call.portal.tables.get(kind)
    return table is not None and any(table.value(one, "stageId") == row["STATUS_ID"] for one in table.ids)


def status_types(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/status/crm-status-entity-types.html"""
    call.need("crm")
    table = call.portal.tables["statuses"]
    entities = dict.fromkeys(table.row(one)["ENTITY_ID"] for one in table.ids)
    return Answer(result=[{"ID": one, "NAME": _TITLES.get(one, one)} for one in entities])


def status_items(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/status/crm-status-entity-items.html"""
    call.need("crm")
    entity, table = call.text("entityid"), call.portal.tables["statuses"]
    if not entity:
        raise old("The parameter entityId is not defined or invalid.")
    rows = [table.row(one) for one in table.ids]
    found = [
        {"NAME": one["NAME"], "SORT": int(one["SORT"]), "STATUS_ID": one["STATUS_ID"]}
        for one in rows if one["ENTITY_ID"] == entity
    ]  # fmt: skip
    return Answer(result=sorted(found, key=lambda one: one["SORT"]), rows=len(found))


_STATUS_FIELDS = (
    ("ID", "integer", "r", "ID"), ("ENTITY_ID", "string", "*i", "ID элемента сущности"), ("STATUS_ID", "string", "*i", "Статус"),
    ("SORT", "integer", "", "Сортировка"), ("NAME", "string", "*", "Название"),
    ("NAME_INIT", "string", "r", "Название по умолчанию"), ("SYSTEM", "char", "r", "Системный"),
    ("CATEGORY_ID", "integer", "i", "CATEGORY_ID"), ("COLOR", "string", "", "COLOR"), ("SEMANTICS", "char", "i", "SEMANTICS"),
    ("EXTRA", "crm_status_extra", "", "Дополнительные поля"),
)  # fmt: skip


def described(told: Sequence[tuple[str, str, str, str]], call: Call) -> Answer:
    """Fields as the older methods describe them: `*` required, `r` read only, `i` set on creation only, `+` many values."""
    call.need("crm")
    return Answer(result={
        name: {
            "type": type_, "isRequired": "*" in how, "isReadOnly": "r" in how, "isImmutable": "i" in how,
            "isMultiple": "+" in how, "isDynamic": False, "title": title,
        }
        for name, type_, how, title in told
    })  # fmt: skip


# --- crm.category ---------------------------------------------------------------------------------------------------


def category(call: Call, kind: int) -> Row:
    for one in call.portal.categories.get(kind, ()):
        if one["id"] == call.number("id", -1):
            return one
    raise Refusal(400, "NOT_FOUND", "Элемент не найден")


def get_category(call: Call) -> Answer:
    return Answer(result={"category": category(call, kind_of(call))})


def category_fields(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/universal/category/crm-category-fields.html"""
    kind_of(call)
    told = (
        ("id", "integer", "r"), ("name", "string", ""), ("sort", "integer", ""), ("entityTypeId", "integer", "*r"),
        ("isDefault", "boolean", "r"), ("originId", "string", ""), ("originatorId", "string", ""),
    )  # fmt: skip
    named = tuple((name, type_, how, fields.snake(name)) for name, type_, how in told)
    shown = described(named, call).result
    return Answer(result={"fields": {name: one | {"upperName": one["title"]} for name, one in shown.items()}})


def add_category(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/universal/category/crm-category-add.html"""
    kind, given = _pipelined(call), call.map("fields")
    return Answer(result={"category": new_category(call, kind, given.get("name"), given.get("sort"))}, wrote=True)


def new_category(call: Call, kind: int, name: Any, sort: Any) -> Row:
    before, name = call.portal.categories[kind], forms.text(name).strip()
    if not name:
        raise Refusal(400, "BX_EMPTY_REQUIRED", "Не заполнено обязательное поле «Название»")
    number = 1 + max(one["id"] for every in call.portal.categories.values() for one in every)
    row: Row = {
        "id": number, "name": name, "sort": max(forms.number(sort, 500), 0), "entityTypeId": kind,
        "isDefault": "N", **({"originId": "", "originatorId": ""} if kind == DEAL else {}),
    }  # fmt: skip
    call.portal.categories[kind] = (*before, row)
    call.portal.pipelines_made[number] = moments.written(call.portal.clock.now())
    _first_stages(call, kind, number)
    return row


def _pipelined(call: Call) -> int:
    kind = kind_of(call)
    administered(call)
    if kind not in call.portal.categories:
        raise Refusal(400, "ENTITY_TYPE_NOT_SUPPORTED", f"Entity type {fields.NAMES[kind].upper()} is not supported")
    return kind


def _first_stages(call: Call, kind: int, category: int) -> None:
    """A new pipeline has the stages that the first one had in the beginning."""
    table, before = call.portal.tables["statuses"], _STAGES_OF[kind]
    model = before.rstrip("_") if kind == DEAL else f"{before}{call.portal.categories[kind][0]['id']}"
    for row in [table.row(one) for one in table.ids]:
        if row["ENTITY_ID"] == model:
            entity, code = f"{before}{category}", row["STATUS_ID"].rpartition(":")[2]
            table.put(row | {
                "ID": str(table.next_id()), "ENTITY_ID": entity, "STATUS_ID": _prefixed(entity, code),
                "CATEGORY_ID": str(category),
            })  # fmt: skip


def update_category(call: Call) -> Answer:
    kind = _pipelined(call)
    return Answer(result={"category": changed_category(call, category(call, kind), call.map("fields"))}, wrote=True)


def changed_category(call: Call, row: Row, given: Mapping[str, Any]) -> Row:
    changed = row | ({"name": forms.text(given["name"])} if forms.text(given.get("name")).strip() else {})
    changed |= {"sort": max(forms.number(given["sort"]), 0)} if "sort" in given else {}
    kind = row["entityTypeId"]
    call.portal.categories[kind] = tuple(changed if one is row else one for one in call.portal.categories[kind])
    return changed


def delete_category(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/universal/category/crm-category-delete.html: answers null."""
    remove_category(call, category(call, _pipelined(call)))
    return Answer(result=None, wrote=True)


def remove_category(call: Call, row: Row) -> None:
    kind = row["entityTypeId"]
    table = call.portal.tables[kind]
    if row["isDefault"] == "Y":
        raise Refusal(400, "CRM_CATEGORY_IS_DEFAULT", "Нельзя удалить направление по умолчанию")
    if any(table.value(one, "categoryId") == row["id"] for one in table.ids):
        raise Refusal(400, "CRM_CATEGORY_HAS_ITEMS", "Нельзя удалить направление, в котором есть элементы")
    call.portal.categories[kind] = tuple(one for one in call.portal.categories[kind] if one is not row)
    call.portal.pipelines_removed.append(row)
    statuses = call.portal.tables["statuses"]
    for one in [one for one in statuses.ids if statuses.row(one)["ENTITY_ID"] == f"{_STAGES_OF[kind]}{row['id']}"]:
        statuses.remove(one)


# --- crm.enum -------------------------------------------------------------------------------------------------------

_ENUMS: Mapping[str, Sequence[tuple[int, str]]] = {
    "activitytype": ((0, ""), (1, "Встреча"), (2, "Звонок"), (3, "Задача"), (4, "Письмо"), (5, "Действие"), (6, "Пользовательское действие")),
    "activitydirection": ((0, ""), (1, "Входящее"), (2, "Исходящее")),
    "addresstype": (
        (11, "Адрес доставки"), (1, "Фактический адрес"), (6, "Юридический адрес"), (4, "Адрес регистрации"),
        (8, "Адрес для корреспонденции"), (9, "Адрес бенефициара"),
    ),
    "contenttype": ((0, ""), (1, "Plain text"), (2, "bbCode"), (3, "HTML")),
}  # fmt: skip
_OWNERS = (
    (1, "Лид", "LEAD", "L"), (2, "Сделка", "DEAL", "D"), (3, "Контакт", "CONTACT", "C"), (4, "Компания", "COMPANY", "CO"),
    (5, "Счёт (старая версия)", "INVOICE", "I"), (31, "Счёт", "SMART_INVOICE", "SI"), (7, "Предложение", "QUOTE", "Q"),
    (8, "Реквизиты", "REQUISITE", "RQ"), (36, "Документ", "SMART_DOCUMENT", "DO"),
    (CONTRACT, "Договоры", f"DYNAMIC_{CONTRACT}", f"T{CONTRACT:x}"),
)  # fmt: skip


def enumerated(name: str, call: Call) -> Answer:
    call.need("crm")
    return Answer(result=[
        {"ID": number, "NAME": title, "SYMBOL_CODE": None, "SYMBOL_CODE_SHORT": None} for number, title in _ENUMS[name]
    ])  # fmt: skip


def owner_types(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/auxiliary/enum/crm-enum-owner-type.html"""
    call.need("crm")
    return Answer(result=[
        {"ID": number, "NAME": title, "SYMBOL_CODE": code, "SYMBOL_CODE_SHORT": short}
        for number, title, code, short in _OWNERS
    ])  # fmt: skip


METHODS: dict[str, Callable[[Call], Answer]] = {
    "crm.status.get": get_status, "crm.status.add": add_status, "crm.status.update": update_status,
    "crm.status.delete": delete_status, "crm.status.fields": partial(described, _STATUS_FIELDS),
    "crm.status.entity.types": status_types, "crm.status.entity.items": status_items,
    "crm.category.get": get_category, "crm.category.fields": category_fields, "crm.category.add": add_category, "crm.category.update": update_category,
    "crm.category.delete": delete_category, "crm.enum.ownertype": owner_types,
    **{f"crm.enum.{name}": partial(enumerated, name) for name in _ENUMS},
}  # fmt: skip
