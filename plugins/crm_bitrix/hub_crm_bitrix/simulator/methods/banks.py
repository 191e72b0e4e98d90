"""A requisite's accounts in banks: https://apidocs.bitrix24.com/api-reference/crm/requisites/bank-detail/index.html"""

from collections.abc import Callable
from functools import partial
from typing import Any

from hub.simulators import forms
from hub.simulators.tables import Row
from hub_crm_bitrix.simulator import moments, requisites
from hub_crm_bitrix.simulator.calls import Answer, Call
from hub_crm_bitrix.simulator.methods.requisites import READ_ONLY, found
from hub_crm_bitrix.simulator.methods.words import described
from hub_crm_bitrix.simulator.refusals import old


def get(call: Call) -> Answer:
    call.need("crm")
    return Answer(result=_existing(call))


def add(call: Call) -> Answer:
    """Answers the id."""
    call.need("crm")
    given, table = _given(call), call.portal.tables["bankdetails"]
    if forms.number(given.get("ENTITY_ID")) not in call.portal.tables["requisites"]:
        raise old("ENTITY_ID is not defined or invalid.")
    number = table.next_id()
    table.put(requisites.NO_BANK | {
        "ID": str(number), "COUNTRY_ID": "1", "DATE_CREATE": moments.written(call.portal.clock.now()), "DATE_MODIFY": "",
        "CREATED_BY_ID": str(call.caller.user), "MODIFY_BY_ID": None, "NAME": "", "ACTIVE": "Y", "SORT": "500", **given,
    })  # fmt: skip
    call.portal.happened(call, "ONCRMBANKDETAILADD", {"ID": number})
    return Answer(result=number, wrote=True)


def update(call: Call) -> Answer:
    """Whose it is stays."""
    call.need("crm")
    row, given = _existing(call), _given(call)
    changed = {
        "ENTITY_ID": row["ENTITY_ID"], "DATE_MODIFY": moments.written(call.portal.clock.now()),
        "MODIFY_BY_ID": str(call.caller.user),
    }  # fmt: skip
    call.portal.tables["bankdetails"].put(row | given | changed)
    call.portal.happened(call, "ONCRMBANKDETAILUPDATE", {"ID": int(row["ID"])})
    return Answer(result=True, wrote=True)


def delete(call: Call) -> Answer:
    call.need("crm")
    number = int(_existing(call)["ID"])
    call.portal.tables["bankdetails"].remove(number)
    call.portal.happened(call, "ONCRMBANKDETAILDELETE", {"ID": number})
    return Answer(result=True, wrote=True)


def _existing(call: Call) -> Row:
    return found(call, "bankdetails", "RequisiteBankDetail")


def _given(call: Call) -> dict[str, Any]:
    given = {name.upper(): forms.text(value) for name, value in call.map("fields").items()}
    return {name: value for name, value in given.items() if name in _NAMES - READ_ONLY}


_TITLES = {
    "CODE": "Код", "XML_ID": "Внешний код", "ORIGINATOR_ID": "Внешний источник", "RQ_BANK_NAME": "Наименование банка",
    "RQ_BANK_ADDR": "Адрес банка", "RQ_BIK": "БИК", "RQ_ACC_NUM": "Расчетный счёт", "RQ_ACC_CURRENCY": "Валюта счёта",
    "RQ_COR_ACC_NUM": "Кор. счёт", "RQ_SWIFT": "SWIFT", "COMMENTS": "Комментарий",
}  # fmt: skip
_TOLD = (
    ("ID", "integer", "r", "ID"), ("ENTITY_ID", "integer", "*i", "ID объекта"), ("COUNTRY_ID", "integer", "", "ID страны"),
    ("DATE_CREATE", "datetime", "r", "Дата создания"), ("DATE_MODIFY", "datetime", "r", "Дата изменения"),
    ("CREATED_BY_ID", "user", "r", "Создал"), ("MODIFY_BY_ID", "user", "r", "Изменил"), ("NAME", "string", "", "Название"),
    ("ACTIVE", "char", "", "Активен"), ("SORT", "integer", "", "Сортировка"),
    *((name, "string", "", _TITLES.get(name, name)) for name in requisites.NO_BANK),
)  # fmt: skip
_NAMES = {name for name, *_ in _TOLD}


METHODS: dict[str, Callable[[Call], Answer]] = {
    "crm.requisite.bankdetail.get": get, "crm.requisite.bankdetail.add": add, "crm.requisite.bankdetail.update": update,
    "crm.requisite.bankdetail.delete": delete, "crm.requisite.bankdetail.fields": partial(described, _TOLD),
}  # fmt: skip
