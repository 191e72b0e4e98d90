"""Currencies: https://apidocs.bitrix24.com/api-reference/crm/currency/index.html. Who may see the settings of the CRM is an administrator here."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from hub.simulators import forms
from hub.simulators.tables import Row
from hub_crm_bitrix.simulator import moments
from hub_crm_bitrix.simulator.calls import Answer, Call
from hub_crm_bitrix.simulator.directories import BASE
from hub_crm_bitrix.simulator.methods.words import administered, described
from hub_crm_bitrix.simulator.refusals import old

_CODE = re.compile(r"[A-Z]{3}")
_RATE = re.compile(r"(?=.*[1-9])\d{1,12}(\.\d+)?")
_AS_USUAL = {"FORMAT_STRING": "#", "DEC_POINT": ".", "THOUSANDS_SEP": "&nbsp;", "DECIMALS": "2"}
_NUMBERS = ("AMOUNT_CNT", "AMOUNT", "SORT", "DECIMALS")


def list_currencies(call: Call) -> Answer:
    """All of them at once, ordered by fields in either case; `total` is always 0, as the page says."""
    administered(call)
    rows = [{name: value for name, value in one.items() if name != "LANG"} for one in call.portal.currencies]
    for name, way in reversed(call.map("order").items()):
        if name.upper() in rows[0]:
            rows.sort(key=partial(_rank, name.upper()), reverse=forms.text(way).lower() == "desc")
    return Answer(result=rows, total=0, rows=len(rows))


def _rank(name: str, row: Row) -> tuple[float, str]:
    value = forms.text(row[name])
    return (float(value), "") if name in _NUMBERS else (0, value)


def get(call: Call) -> Answer:
    """With what it is called in every language."""
    administered(call)
    return Answer(result=_existing(call))


def _existing(call: Call) -> Row:
    for one in call.portal.currencies:
        if one["CURRENCY"] == call.text("id"):
            return one
    raise old("Not found")


def add(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/currency/crm-currency-add.html"""
    administered(call)
    given, known = call.map("fields"), [one["CURRENCY"] for one in call.portal.currencies]
    code = forms.text(given.get("CURRENCY")).upper()
    if not _CODE.fullmatch(code) or code in known:
        raise old("The currency code is wrong or known already")
    fresh = {"CURRENCY": code, "SORT": "100", "BASE": "N", "FULL_NAME": code, "LID": "ru", "LANG": {}, **_AS_USUAL}
    return _saved(call, fresh | _written(given), code)


def update(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/currency/crm-currency-update.html"""
    administered(call)
    row, given = _existing(call), call.map("fields")
    return _saved(call, row | _written({"AMOUNT_CNT": row["AMOUNT_CNT"], "AMOUNT": row["AMOUNT"], **given}), True)


def delete(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/currency/crm-currency-delete.html: never the base."""
    administered(call)
    row = _existing(call)
    if row["BASE"] == "Y":
        raise old("The base currency cannot be deleted")
    call.portal.currencies.remove(row)
    return Answer(result=True, wrote=True)


def _written(given: Mapping[str, Any]) -> Row:
    """Raises Refusal where one of the two that make the rate is none."""
    count, amount = forms.text(given.get("AMOUNT_CNT")), forms.text(given.get("AMOUNT"))
    if not count.isdecimal() or not int(count) or not _RATE.fullmatch(amount):
        raise old("AMOUNT_CNT and AMOUNT have to be numbers above 0")
    rest: Row = {"SORT": forms.text(given["SORT"])} if "SORT" in given else {}
    rest |= {"LANG": forms.mapping(given["LANG"])} if "LANG" in given else {}
    return {"AMOUNT_CNT": count, "AMOUNT": f"{float(amount):.4f}", **rest}


def _saved(call: Call, row: Row, result: Any) -> Answer:
    others = [one for one in call.portal.currencies if one["CURRENCY"] != row["CURRENCY"]]
    call.portal.currencies[:] = [*others, row | {"DATE_UPDATE": moments.written(call.portal.clock.now())}]
    return Answer(result=result, wrote=True)


def base(call: Call) -> Answer:
    call.need("crm")
    return Answer(result=BASE)


_TOLD = (
    ("CURRENCY", "string", "", "Валюта"), ("AMOUNT_CNT", "int", "", "Номинал"), ("AMOUNT", "double", "", "Курс обмена"),
    ("BASE", "char", "r", "Базовая валюта"), ("SORT", "int", "", "Сортировка"),
    ("DATE_UPDATE", "datetime", "r", "Дата изменения"), ("LID", "string", "r", "Сайт"),
    ("FORMAT_STRING", "string", "r", "Строка формата для вывода валюты"), ("FULL_NAME", "string", "r", "Название"),
    ("DEC_POINT", "string", "r", "Десятичная точка при выводе"),
    ("THOUSANDS_SEP", "string", "r", "Свой разделитель тысяч при выводе"),
    ("DECIMALS", "int", "r", "Количество десятичных знаков"), ("LANG", "currency_localization", "+", "Привязка к языку"),
)  # fmt: skip


def fields(call: Call) -> Answer:
    administered(call)
    return described(_TOLD, call)


METHODS: dict[str, Callable[[Call], Answer]] = {
    "crm.currency.list": list_currencies, "crm.currency.get": get, "crm.currency.base.get": base,
    "crm.currency.fields": fields, "crm.currency.add": add, "crm.currency.update": update, "crm.currency.delete": delete,
}  # fmt: skip
