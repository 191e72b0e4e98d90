"""The small tables of a seeded portal: employees, stages and other directories, pipelines, currencies.

Directories: https://apidocs.bitrix24.com/api-reference/crm/status/crm-status-list.html. Employees:
https://apidocs.bitrix24.com/api-reference/user/user-get.html. Currencies: https://apidocs.bitrix24.com/api-reference/crm/currency/index.html.
"""

from typing import Any

from hub_crm_bitrix.simulator import moments
from hub_crm_bitrix.simulator.fields import CONTRACT, DEAL, INVOICE
from hub_crm_bitrix.simulator.world import USER, World

Row = dict[str, Any]
_WON, _LOST, _LESS = ("S", "success"), ("F", "failure"), ("F", "apology")
_STAGES: dict[str, tuple[tuple[str, str, tuple[str, str] | None], ...]] = {
    "STATUS": (
        ("NEW", "Не обработан", None), ("IN_PROCESS", "В работе", None), ("PROCESSED", "Обработан", None),
        ("CONVERTED", "Качественный лид", _WON), ("JUNK", "Некачественный лид", _LOST),
    ),
    "DEAL_STAGE": (
        ("NEW", "Новая", None), ("PREPARATION", "Подготовка документов", None),
        ("PREPAYMENT_INVOICE", "Счёт на предоплату", None), ("EXECUTING", "В работе", None),
        ("FINAL_INVOICE", "Финальный счёт", None), ("WON", "Сделка успешна", _WON),
        ("LOSE", "Сделка провалена", _LOST), ("APOLOGY", "Анализ причины провала", _LESS),
    ),
    "DEAL_STAGE_1": (
        ("C1:NEW", "Заявка подана", None), ("C1:PREPARATION", "Торги", None),
        ("C1:WON", "Тендер выигран", _WON), ("C1:LOSE", "Тендер проигран", _LOST),
    ),
    "QUOTE_STATUS": (
        ("DRAFT", "Новое", None), ("SENT", "Отправлено клиенту", None),
        ("APPROVED", "Принято", _WON), ("DECLAINED", "Отклонено", _LOST),
    ),
    "SMART_INVOICE_STAGE_2": (
        ("DT31_2:N", "Новый", None), ("DT31_2:S", "Отправлен клиенту", None),
        ("DT31_2:P", "Оплачен", _WON), ("DT31_2:D", "Не оплачен", _LOST),
    ),
    "DYNAMIC_177_STAGE_5": (
        ("DT177_5:NEW", "Проект", None), ("DT177_5:CLIENT", "На подписи", None),
        ("DT177_5:SUCCESS", "Подписан", _WON), ("DT177_5:FAIL", "Расторгнут", _LOST),
    ),
}  # fmt: skip
_WORDS: dict[str, tuple[tuple[str, str], ...]] = {
    "SOURCE": (
        ("CALL", "Звонок"), ("EMAIL", "Электронная почта"), ("WEB", "Веб-сайт"), ("ADVERTISING", "Реклама"),
        ("RECOMMENDATION", "По рекомендации"), ("TRADE_SHOW", "Выставка"),
    ),
    "DEAL_TYPE": (("SALE", "Продажа"), ("SERVICES", "Услуги")),
    "CONTACT_TYPE": (("CLIENT", "Клиенты"), ("SUPPLIER", "Поставщики")),
    "COMPANY_TYPE": (("CUSTOMER", "Клиент"), ("SUPPLIER", "Поставщик"), ("PARTNER", "Партнёр")),
    "INDUSTRY": (("IT", "Информационные технологии"), ("MANUFACTURING", "Производство"), ("TRADE", "Торговля")),
}  # fmt: skip
CATEGORIES: dict[int, tuple[Row, ...]] = {
    DEAL: (
        {"id": 1, "name": "Тендеры", "sort": 200, "entityTypeId": DEAL, "isDefault": "N", "originId": "", "originatorId": ""},
        {"id": 0, "name": "Общая", "sort": 300, "entityTypeId": DEAL, "isDefault": "Y"},
    ),
    INVOICE: ({"id": 2, "name": "Общая", "sort": 500, "entityTypeId": INVOICE, "isDefault": "Y"},),
    CONTRACT: ({"id": 5, "name": "Общая", "sort": 500, "entityTypeId": CONTRACT, "isDefault": "Y"},),
}  # fmt: skip
TYPES: tuple[Row, ...] = (
    {
        "id": 5, "title": "Договоры", "code": "", "createdBy": 1, "entityTypeId": CONTRACT, "customSectionId": None,
        "isCategoriesEnabled": "Y", "isStagesEnabled": "Y", "isBeginCloseDatesEnabled": "Y", "isClientEnabled": "Y",
        "isUseInUserfieldEnabled": "Y", "isLinkWithProductsEnabled": "Y", "isMycompanyEnabled": "Y",
        "isDocumentsEnabled": "Y", "isSourceEnabled": "Y", "isObserversEnabled": "Y", "isRecyclebinEnabled": "Y",
        "isAutomationEnabled": "Y", "isBizProcEnabled": "N", "isSetOpenPermissions": "N", "isPaymentsEnabled": "N",
        "isCountersEnabled": "N", "createdTime": "2025-01-15T12:00:00+03:00", "updatedTime": "2025-01-15T12:00:00+03:00",
        "updatedBy": 1,
    },
)  # fmt: skip


DEPARTMENTS: tuple[Row, ...] = (
    {"ID": "1", "NAME": "ООО «Мы»", "SORT": 500, "UF_HEAD": "1"},
    {"ID": "2", "NAME": "Отдел продаж", "SORT": 500, "PARENT": "1"},
    {"ID": "3", "NAME": "Сервис", "SORT": 500, "PARENT": "1"},
)


def statuses() -> list[Row]:
    rows: list[Row] = []
    for entity, stages in _STAGES.items():
        for at, (status, name, meaning) in enumerate(stages, 1):
            rows.append(_status(len(rows), entity, status, name, 10 * at, meaning))
    for entity, words in _WORDS.items():
        for at, (status, name) in enumerate(words, 1):
            row = _status(len(rows), entity, status, name, 10 * at, None)
            rows.append({key: value for key, value in row.items() if key not in ("EXTRA", "COLOR")})
    return rows


def _status(before: int, entity: str, status: str, name: str, sort: int, meaning: tuple[str, str] | None) -> Row:
    category = entity.rpartition("_")[2]
    is_system = status.endswith(("NEW", "WON", "LOSE"))
    return {
        "ID": str(101 + 2 * before), "ENTITY_ID": entity, "STATUS_ID": status, "NAME": name,
        "NAME_INIT": name if is_system else "", "SORT": str(sort), "SYSTEM": "Y" if is_system else "N",
        "CATEGORY_ID": category if category.isdecimal() else None, "COLOR": "#39A8EF",
        "SEMANTICS": meaning[0] if meaning else None,
        "EXTRA": {"SEMANTICS": meaning[1] if meaning else "process", "COLOR": "#39A8EF"},
    }  # fmt: skip


def user(world: World, number: int) -> Row:
    """Every ninth has left. The moments of change come as empty objects, as the vendor's page has them."""
    human = world.society.employee(number)
    registered = moments.midnight(world.until - 4 * 365 * 86_400 + number * 86_400)
    return {
        "ID": str(number), "XML_ID": "", "ACTIVE": number % 9 != 8, "NAME": human.name, "LAST_NAME": human.last_name,
        "SECOND_NAME": human.second_name, "EMAIL": human.email, "LAST_LOGIN": moments.written(world.until),
        "DATE_REGISTER": registered, "TIME_ZONE": "", "IS_ONLINE": "N", "TIMESTAMP_X": {}, "LAST_ACTIVITY_DATE": {},
        "PERSONAL_GENDER": "", "PERSONAL_WWW": "", "PERSONAL_BIRTHDAY": "", "PERSONAL_MOBILE": human.phone,
        "PERSONAL_CITY": "", "WORK_PHONE": "", "WORK_POSITION": "Руководитель" if number == 1 else "Менеджер",
        "UF_EMPLOYMENT_DATE": "", "UF_DEPARTMENT": [1], "UF_PHONE_INNER": str(100 + number), "USER_TYPE": "employee",
    }  # fmt: skip


def users(world: World) -> list[Row]:
    return [user(world, number) for number in world.ids(USER)]


def _currency(code: str, rate: str, sort: int, titles: tuple[str, str], forms: tuple[str, str]) -> Row:
    """`titles` and `forms` in Russian, then in English."""
    (title, english), (form, western) = titles, forms
    ways = {"DEC_POINT": ".", "DECIMALS": "2"}
    return {
        "CURRENCY": code, "AMOUNT_CNT": "1", "AMOUNT": rate, "SORT": str(sort), "BASE": "Y" if code == BASE else "N",
        "FULL_NAME": title, "LID": "ru", "FORMAT_STRING": form, "THOUSANDS_SEP": "&nbsp;", **ways,
        "DATE_UPDATE": "2025-01-15T12:00:00+03:00",
        "LANG": {
            "en": {"FORMAT_STRING": western, "FULL_NAME": english, "THOUSANDS_SEP": None, "THOUSANDS_VARIANT": "C", "HIDE_ZERO": "Y", **ways},
            "ru": {"FORMAT_STRING": form, "FULL_NAME": title, "THOUSANDS_SEP": "&nbsp;", "THOUSANDS_VARIANT": "B", "HIDE_ZERO": "Y", **ways},
        },
    }  # fmt: skip


BASE = "RUB"
CURRENCIES = (
    _currency(BASE, "1.0000", 100, ("Российский рубль", "Russian Ruble"), ("# &#8381;", "&#8381;#")),
    _currency("USD", "81.3000", 200, ("Доллар США", "US Dollar"), ("$#", "$#")),
    _currency("EUR", "94.1000", 300, ("Евро", "Euro"), ("# &euro;", "&euro;#")),
)
