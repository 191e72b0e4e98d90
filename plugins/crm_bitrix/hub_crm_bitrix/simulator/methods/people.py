"""Employees found by what they are called, and the departments they work in.

https://apidocs.bitrix24.com/api-reference/user/user-search.html, https://apidocs.bitrix24.com/api-reference/departments/department-get.html
"""

from collections.abc import Mapping
from typing import Any

from hub.simulators import forms
from hub.simulators.tables import Row
from hub_crm_bitrix.simulator import lists
from hub_crm_bitrix.simulator.calls import Answer, Call
from hub_crm_bitrix.simulator.filters import Kind
from hub_crm_bitrix.simulator.lists import Wanted

_SEARCHED = ("NAME", "LAST_NAME", "WORK_POSITION", "UF_DEPARTMENT_NAME")
_DEPARTMENT: Mapping[str, Kind] = {
    **dict.fromkeys(("ID", "SORT", "PARENT", "UF_HEAD"), "number"), "NAME": "text",
}  # fmt: skip


def search(call: Call) -> Answer:
    """What is asked for may stand anywhere in a field; `FIND` in any of them."""
    call.need("user")
    asked = {name.upper(): forms.text(value).lower() for name, value in {**call.params, **call.map("filter")}.items()}
    table = call.portal.tables["users"]
    found = [one for one in table.ids if _fits(_said(call, table.row(one)), asked)]
    page = lists.cut(found, call.number("start"), exact=False)
    rows = [table.row(one) for one in page.ids]
    return Answer(result=rows, total=page.total, next=page.next, rows=len(rows))


def _said(call: Call, row: Row) -> dict[str, str]:
    departments = call.portal.tables["departments"]
    names = (departments.row(one)["NAME"] for one in row["UF_DEPARTMENT"] if one in departments)
    return {name: forms.text(row.get(name)).lower() for name in _SEARCHED} | {
        "UF_DEPARTMENT_NAME": " ".join(names).lower(), "USER_TYPE": row["USER_TYPE"],
    }  # fmt: skip


def _fits(said: Mapping[str, str], asked: Mapping[str, str]) -> bool:
    named = all(asked[name] in value for name, value in said.items() if name in asked)
    return named and any(asked.get("FIND", "") in said[name] for name in _SEARCHED)


def departments(call: Call) -> Answer:
    call.need("department")
    wanted: dict[str, Any] = {name.upper(): value for name, value in call.params.items() if name.upper() in _DEPARTMENT}
    order = {call.text("sort").upper(): call.text("order") or "ASC"} if call.text("sort").upper() in _DEPARTMENT else {}
    if not forms.text(wanted.get("SORT")).isdecimal():  # `sort` names the order, SORT is filtered by
        wanted.pop("SORT", None)
    page = call.portal.find("departments", Wanted(
        filter=wanted, order=order or {"ID": "ASC"}, start=call.number("start"), columns=lists.of(_DEPARTMENT)
    ))  # fmt: skip
    rows = [call.portal.tables["departments"].row(one) for one in page.ids]
    return Answer(result=rows, total=page.total, next=page.next, rows=len(rows))


_TITLES: Mapping[str, Mapping[str, str]] = {
    "user_brief": {
        "ID": "ID", "XML_ID": "Внешний код", "ACTIVE": "Активность", "NAME": "Имя", "LAST_NAME": "Фамилия", "SECOND_NAME": "Отчество",
        "TITLE": "Список пользователей", "DATE_REGISTER": "Дата регистрации", "TIME_ZONE": "", "IS_ONLINE": "", "TIMESTAMP_X": "",
        "LAST_ACTIVITY_DATE": "", "PERSONAL_GENDER": "Пол", "PERSONAL_PROFESSION": "Профессия", "PERSONAL_BIRTHDAY": "Дата рождения",
        "PERSONAL_PHOTO": "Фотография", "PERSONAL_CITY": "Город проживания", "PERSONAL_STATE": "Область / край",
        "PERSONAL_COUNTRY": "Страна", "WORK_POSITION": "Должность", "WORK_CITY": "Город работы", "WORK_STATE": "", "WORK_COUNTRY": "",
        "UF_EMPLOYMENT_DATE": "Дата принятия на работу", "UF_TIMEMAN": "Учет рабочего времени", "UF_DEPARTMENT": "Подразделения",
        "UF_INTERESTS": "Интересы", "UF_SKILLS": "Навыки", "UF_PHONE_INNER": "Внутренний телефон", "USER_TYPE": "",
    },
    "user_basic": {
        "EMAIL": "E-Mail", "PERSONAL_PHONE": "Личный телефон", "PERSONAL_FAX": "Факс", "PERSONAL_MOBILE": "Личный мобильный",
        "PERSONAL_PAGER": "Пейджер", "PERSONAL_STREET": "Улица проживания", "PERSONAL_ZIP": "Почтовый индекс",
        "PERSONAL_MAILBOX": "Почтовый ящик", "PERSONAL_NOTES": "Дополнительные заметки", "WORK_PHONE": "Телефон компании",
        "WORK_COMPANY": "Компания", "WORK_DEPARTMENT": "Отдел", "WORK_WWW": "Сайт компании", "WORK_FAX": "", "WORK_PAGER": "",
        "WORK_STREET": "", "WORK_MAILBOX": "", "WORK_ZIP": "", "WORK_PROFILE": "", "WORK_LOGO": "", "WORK_NOTES": "",
        "UF_SKYPE_LINK": "Ссылка на чат в Skype", "UF_ZOOM": "Zoom", "UF_WEB_SITES": "Другие сайты", "UF_XING": "Xing",
        "UF_LINKEDIN": "LinkedIn", "UF_TWITTER": "Twitter", "UF_SKYPE": "Skype", "UF_DISTRICT": "Район",
    },
    "user": {"LAST_LOGIN": "Последняя авторизация", "PERSONAL_WWW": "Домашняя страничка", "PERSONAL_ICQ": "ICQ"},
}  # fmt: skip


def fields(call: Call) -> Answer:
    """What the widest of its scopes may see: https://apidocs.bitrix24.com/api-reference/user/user-scope.html."""
    scopes = list(_TITLES)
    widest = max((at for at, scope in enumerate(scopes) if scope in call.caller.scopes), default=-1)
    if widest < 0:
        call.need("user")
    seen = [told for scope in scopes[: widest + 1] for told in _TITLES[scope].items()]
    return Answer(result={name: title or name for name, title in seen})


METHODS = {"user.fields": fields, "user.search": search, "department.get": departments}
