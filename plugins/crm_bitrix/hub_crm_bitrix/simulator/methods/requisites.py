"""Requisites: a company's numbers, after a preset, with addresses. https://apidocs.bitrix24.com/api-reference/crm/requisites/index.html"""

from collections.abc import Callable
from functools import partial
from typing import Any

from hub.simulators import forms
from hub.simulators.tables import Row
from hub_crm_bitrix.simulator import moments
from hub_crm_bitrix.simulator.calls import Answer, Call
from hub_crm_bitrix.simulator.methods.words import described
from hub_crm_bitrix.simulator.refusals import old
from hub_crm_bitrix.simulator.requisites import NO_REQUISITE, REQUISITE

_PLACE = ("TYPE_ID", "ENTITY_TYPE_ID", "ENTITY_ID")
READ_ONLY = {"ID", "DATE_CREATE", "DATE_MODIFY", "CREATED_BY_ID", "MODIFY_BY_ID"}


def get(call: Call) -> Answer:
    call.need("crm")
    return Answer(result=_existing(call))


def add(call: Call) -> Answer:
    call.need("crm")
    given, table = _given(call), call.portal.tables["requisites"]
    if not forms.number(given.get("ENTITY_ID")) or not forms.number(given.get("ENTITY_TYPE_ID")):
        raise old("ENTITY_TYPE_ID is not defined or invalid.")
    number, now = table.next_id(), moments.written(call.portal.clock.now())
    table.put(NO_REQUISITE | {
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
    """With its addresses and accounts: https://apidocs.bitrix24.com/api-reference/crm/requisites/universal/crm-requisite-delete.html."""
    call.need("crm")
    number = int(_existing(call)["ID"])
    for table in (call.portal.tables["addresses"], call.portal.tables["bankdetails"]):
        for one in [one for one in table.ids if table.value(one, "ENTITY_ID") == str(number)]:
            table.remove(one)
    call.portal.tables["requisites"].remove(number)
    call.portal.happened(call, "ONCRMREQUISITEDELETE", {"ID": number})
    return Answer(result=True, wrote=True)


def _existing(call: Call) -> Row:
    return found(call, "requisites", "Requisite")


def found(call: Call, table: str, name: str) -> Row:
    number = call.number("id")
    if number <= 0:
        raise old("ID is not defined or invalid.")
    row = call.portal.tables[table].get(number)
    if row is None:
        raise old(f"The {name} with ID '{number}' is not found")
    return row


def _given(call: Call) -> dict[str, Any]:
    given = {key.upper(): forms.text(value) for key, value in call.map("fields").items()}
    return {key: value for key, value in given.items() if key not in READ_ONLY}


_OWNED = (
    ("ID", "integer", "r", "ID"), ("ENTITY_TYPE_ID", "integer", "*i", "ID типа сущности"),
    ("ENTITY_ID", "integer", "*i", "ID сущности"), ("PRESET_ID", "integer", "*i", "ID пресета"),
    ("DATE_CREATE", "datetime", "r", "Дата создания"), ("DATE_MODIFY", "datetime", "r", "Дата изменения"),
    ("CREATED_BY_ID", "user", "r", "Создал"), ("MODIFY_BY_ID", "user", "r", "Изменил"), ("NAME", "string", "", "Название"),
    ("CODE", "string", "", "Код"), ("ACTIVE", "char", "", "Активен"), ("ADDRESS_ONLY", "char", "", "ADDRESS_ONLY"),
    ("SORT", "integer", "", "Сортировка"),
)  # fmt: skip
_TYPES = {"RQ_IDENT_TYPE": "crm_status", "RQ_VAT_PAYER": "char"}
_TITLES = {
    "XML_ID": "Внешний код", "RQ_NAME": "Ф.И.О.", "RQ_FIRST_NAME": "Имя", "RQ_LAST_NAME": "Фамилия", "RQ_SECOND_NAME": "Отчество",
    "RQ_COMPANY_NAME": "Сокращенное наименование организации", "RQ_COMPANY_FULL_NAME": "Полное наименование организации",
    "RQ_COMPANY_REG_DATE": "Дата государственной регистрации", "RQ_DIRECTOR": "Ген. директор", "RQ_ACCOUNTANT": "Гл. бухгалтер",
    "RQ_CONTACT": "Контактное лицо", "RQ_EMAIL": "E-Mail", "RQ_PHONE": "Телефон", "RQ_FAX": "Факс", "RQ_IDENT_DOC": "Вид документа",
    "RQ_IDENT_DOC_SER": "серия", "RQ_IDENT_DOC_NUM": "номер", "RQ_IDENT_DOC_DATE": "дата выдачи", "RQ_IDENT_DOC_ISSUED_BY": "кем выдан",
    "RQ_IDENT_DOC_DEP_CODE": "код подразделения", "RQ_INN": "ИНН", "RQ_KPP": "КПП", "RQ_IFNS": "ИФНС", "RQ_OGRN": "ОГРН",
    "RQ_OGRNIP": "ОГРНИП", "RQ_OKPO": "ОКПО", "RQ_OKTMO": "ОКТМО", "RQ_OKVED": "ОКВЭД",
    "RQ_ST_CERT_SER": "Серия св. о гос. регистрации", "RQ_ST_CERT_NUM": "Номер св. о гос. регистрации",
    "RQ_ST_CERT_DATE": "Дата св. о гос. регистрации",
}  # fmt: skip


def all_fields(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/requisites/universal/crm-requisite-fields.html: those that the rows here have."""
    rest = ((name, _TYPES.get(name, "string"), "", _TITLES.get(name, name)) for name in NO_REQUISITE)
    told = described((*_OWNED, *rest), call).result
    told["RQ_IDENT_TYPE"]["statusType"] = ["RQ_IDENT_TYPE_CO"]
    return Answer(result=told)


def get_preset(call: Call) -> Answer:
    call.need("crm")
    return Answer(result=found(call, "presets", "Preset"))


_ADDRESS = (
    *((name, "integer", "*i", name) for name in ("TYPE_ID", "ENTITY_TYPE_ID", "ENTITY_ID")),
    ("ADDRESS_1", "string", "", "Улица, дом, корпус, строение"), ("ADDRESS_2", "string", "", "Квартира / офис"),
    ("CITY", "string", "", "Город"), ("POSTAL_CODE", "string", "", "Почтовый индекс"), ("REGION", "string", "", "Район"),
    ("PROVINCE", "string", "", "Область"), ("COUNTRY", "string", "", "Страна"), ("COUNTRY_CODE", "string", "", "COUNTRY_CODE"),
    ("LOC_ADDR_ID", "integer", "", "Идентификатор адреса местоположения"),
    *((name, "integer", "r", name) for name in ("ANCHOR_TYPE_ID", "ANCHOR_ID")),
)  # fmt: skip
"""https://apidocs.bitrix24.com/api-reference/crm/requisites/addresses/crm-address-fields.html"""


_WRITTEN = tuple(name for name, _, how, _ in _ADDRESS if not how and name != "LOC_ADDR_ID")
_NO_ADDRESS = {**dict.fromkeys(_WRITTEN, ""), "COUNTRY_CODE": None}


def add_address(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/requisites/addresses/crm-address-add.html: of a kind, whatever it belongs to has one."""
    place, row = _address(call)
    if row is not None:
        raise old("The address exists already.")
    table, (_, kind, owner) = call.portal.tables["addresses"], place
    number = table.next_id()
    table.put(
        _NO_ADDRESS | dict(zip(_PLACE, map(str, place), strict=True)) | _anchor(call, kind, owner)
        | {"LOC_ADDR_ID": str(number)} | _lines(call)
    )  # fmt: skip
    return Answer(result=True, wrote=True)


def update_address(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/requisites/addresses/crm-address-update.html"""
    call.portal.tables["addresses"].put(_known_address(call) | _lines(call))
    return Answer(result=True, wrote=True)


def delete_address(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/requisites/addresses/crm-address-delete.html"""
    call.portal.tables["addresses"].remove(int(_known_address(call)["LOC_ADDR_ID"]))
    return Answer(result=True, wrote=True)


def _address(call: Call) -> tuple[tuple[int, int, int], Row | None]:
    """By its kind, and the kind and number of what it belongs to: these three are all that it is found by."""
    call.need("crm")
    given = call.map("fields")
    kind, of, owner = (forms.number(given.get(name)) for name in _PLACE)
    for name, value in zip(_PLACE, (kind, of, owner), strict=True):
        if value <= 0:
            raise old(f"{name} is not defined or invalid.")
    table = call.portal.tables["addresses"]
    rows = (table.row(number) for number in table.ids)
    wanted = (str(kind), str(of), str(owner))
    return (kind, of, owner), next((row for row in rows if tuple(row[name] for name in _PLACE) == wanted), None)


def _known_address(call: Call) -> Row:
    _, row = _address(call)
    if row is None:
        raise old("The address is not found.")
    return row


def _lines(call: Call) -> Row:
    given = call.map("fields")
    return {name: forms.text(given[name]) for name in _WRITTEN if name in given}


def _anchor(call: Call, kind: int, owner: int) -> Row:
    """Whose it is in the end: whom the requisite belongs to, or what it stands at without one."""
    row = call.portal.tables["requisites"].get(owner) if kind == REQUISITE else None
    if row is None and kind == REQUISITE:
        raise old("ENTITY_ID is not defined or invalid.")
    of, number = (row["ENTITY_TYPE_ID"], row["ENTITY_ID"]) if row else (str(kind), str(owner))
    return {"ANCHOR_TYPE_ID": of, "ANCHOR_ID": number}


METHODS: dict[str, Callable[[Call], Answer]] = {
    "crm.requisite.get": get, "crm.requisite.add": add, "crm.requisite.update": update, "crm.requisite.delete": delete,
    "crm.requisite.fields": all_fields, "crm.requisite.preset.get": get_preset,
    "crm.address.fields": partial(described, _ADDRESS), "crm.address.add": add_address,
    "crm.address.update": update_address, "crm.address.delete": delete_address,
}  # fmt: skip
