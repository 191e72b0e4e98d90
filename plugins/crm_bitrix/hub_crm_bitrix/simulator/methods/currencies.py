"""Currencies: https://apidocs.bitrix24.com/api-reference/crm/currency/index.html. Who may see the settings of the CRM is an administrator here."""

from collections.abc import Callable
from functools import partial

from hub.simulators import forms
from hub.simulators.tables import Row
from hub_crm_bitrix.simulator.calls import Answer, Call
from hub_crm_bitrix.simulator.directories import BASE, CURRENCIES
from hub_crm_bitrix.simulator.methods.words import administered, described
from hub_crm_bitrix.simulator.refusals import old

_NUMBERS = ("AMOUNT_CNT", "AMOUNT", "SORT", "DECIMALS")


def list_currencies(call: Call) -> Answer:
    """All of them at once, ordered by fields in either case; `total` is always 0, as the page says."""
    administered(call)
    rows = [{name: value for name, value in one.items() if name != "LANG"} for one in CURRENCIES]
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
    for one in CURRENCIES:
        if one["CURRENCY"] == call.text("id"):
            return Answer(result=one)
    raise old("Not found")


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
    "crm.currency.fields": fields,
}  # fmt: skip
