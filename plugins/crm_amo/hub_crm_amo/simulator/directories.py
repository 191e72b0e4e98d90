"""What an account has few of: users, pipelines, reasons, custom fields, catalogs, types of events.

https://developers.kommo.com/reference: users, pipelines-list, custom-fields-by-entity, lists, events-types
"""

from typing import Any

from hub_crm_amo.simulator.world import (
    COMPANIES,
    CONTACTS,
    ENTITIES,
    INVOICES,
    LEADS,
    LOSS_REASONS,
    LOST,
    SALES,
    SERVICE,
    USERS,
    WON,
    World,
)

Row = dict[str, Any]
ACCOUNT = 5_135_160
INVOICE_CATALOG, GOODS_CATALOG = 8001, 8002
TASK_TYPES = ((1, "Связаться"), (2, "Встреча"), (3, "Письмо"))
_PHONE_CODES, _EMAIL_CODES = ("WORK", "WORKDD", "MOB", "FAX", "HOME", "OTHER"), ("WORK", "PRIV", "OTHER")
_SOURCES = ("Сайт", "Звонок", "Выставка")
_BILLS = ("Создан", "Оплачен", "Отменён")


def users(world: World) -> list[Row]:
    return [_user(world, number) for number in world.ids(USERS)]


def _user(world: World, number: int) -> Row:
    human = world.society.employee(number)
    rights = {"view": "A", "edit": "A", "add": "A", "delete": "A", "export": "A"}
    return {
        "id": number, "name": f"{human.name} {human.last_name}", "email": human.email, "lang": "ru",
        "rights": {
            "leads": rights, "contacts": rights, "companies": rights, "tasks": {"edit": "A", "delete": "A"},
            "mail_access": False, "catalog_access": True, "files_access": True, "status_rights": None,
            "is_admin": number == 1, "is_free": False, "is_active": number % 50 != 49, "group_id": 0, "role_id": None,
        },
    }  # fmt: skip


def pipelines() -> list[Row]:
    sales = ((3101, "Неразобранное", 1), (3102, "Первичный контакт", 0), (3103, "Переговоры", 0), (3104, "Принимают решение", 0), (3105, "Согласование договора", 0))  # fmt: skip
    service = ((3201, "Неразобранное", 1), (3202, "Заявка принята", 0), (3203, "Выезд назначен", 0))
    return [_pipeline(SALES, "Продажи", sales, main=True), _pipeline(SERVICE, "Сервис", service, main=False)]


def _pipeline(number: int, name: str, stages: tuple[tuple[int, str, int], ...], *, main: bool) -> Row:
    closed = ((WON, "Успешно реализовано", 0), (LOST, "Закрыто и не реализовано", 0))
    statuses = [
        {
            "id": id_, "name": title, "sort": 10 * place if id_ > LOST else 10_000 + id_, "is_editable": id_ > LOST and not type_,
            "pipeline_id": number, "color": "#99ccff", "type": type_, "account_id": ACCOUNT,
        }
        for place, (id_, title, type_) in enumerate((*stages, *closed), 1)
    ]  # fmt: skip
    return {
        "id": number, "name": name, "sort": number, "is_main": main, "is_unsorted_on": True, "is_archive": False,
        "account_id": ACCOUNT, "_embedded": {"statuses": statuses},
    }  # fmt: skip


CUSTOMER_STATUSES: list[Row] = [
    {
        "id": number, "name": name, "sort": place * 10, "is_default": place == 1, "conditions": [], "color": "#99ccff", "type": 0,
        "account_id": ACCOUNT,
    }
    for place, (number, name) in enumerate(((4001, "Постоянный"), (4002, "Давно не покупал")), 1)
]  # fmt: skip


def loss_reasons(world: World) -> list[Row]:
    at = int(world.until) - 10_000_000
    return [
        {"id": number, "name": name, "sort": 10_000 * place, "created_at": at, "updated_at": at}
        for place, (number, name) in enumerate(LOSS_REASONS.items(), 1)
    ]


def catalogs(world: World) -> list[Row]:
    at = int(world.until) - 10_000_000
    return [
        {
            "id": number, "name": name, "created_by": 1, "updated_by": 1, "created_at": at, "updated_at": at, "sort": number,
            "type": type_, "can_add_elements": True, "can_show_in_cards": True, "can_link_multiple": True,
            "can_be_deleted": False, "sdk_widget_code": None, "account_id": ACCOUNT,
        }
        for number, name, type_ in ((INVOICE_CATALOG, "Счета/покупки", "invoices"), (GOODS_CATALOG, "Товары", "products"))
    ]  # fmt: skip


def _field(
    number: int, name: str, type_: str, code: str | None = None, enums: tuple[str, ...] = (), *, coded: bool = False
) -> Row:
    made = [
        {"id": number * 100 + place, "value": one, "sort": place, **({"code": one} if coded else {})}
        for place, one in enumerate(enums, 1)
    ]
    return {
        "id": number, "name": name, "type": type_, "account_id": ACCOUNT, "code": code, "sort": number, "is_api_only": False,
        "enums": made or None, "group_id": None, "required_statuses": [], "is_deletable": code is None, "is_predefined": code is not None,
        "remind": None,
    }  # fmt: skip


TAG: Row = {"id": 9001, "name": "VIP", "color": None}
FIELDS: dict[str, list[Row]] = {
    LEADS: [
        _field(301, "Номер договора", "text"),
        _field(302, "Источник", "select", enums=_SOURCES),
        _field(303, "Дата отгрузки", "date"),
        _field(304, "Срочно", "checkbox"),
        _field(305, "Направления", "multiselect", enums=("Насосы", "Монтаж", "Сервис")),
    ],
    CONTACTS: [
        _field(201, "Должность", "text", "POSITION"),
        _field(202, "Телефон", "multitext", "PHONE", _PHONE_CODES, coded=True),
        _field(203, "Email", "multitext", "EMAIL", _EMAIL_CODES, coded=True),
    ],
    COMPANIES: [
        _field(101, "Телефон", "multitext", "PHONE", _PHONE_CODES, coded=True),
        _field(102, "Email", "multitext", "EMAIL", _EMAIL_CODES, coded=True),
        _field(103, "Web", "url", "WEB"),
        _field(104, "Адрес", "textarea", "ADDRESS"),
        _field(105, "ИНН", "text"),
        _field(106, "Реквизиты", "legal_entity"),
    ],
    INVOICES: [
        _field(401, "Статус", "select", "BILL_STATUS", _BILLS),
        _field(402, "Дата оплаты", "date_time", "BILL_PAYMENT_DATE"),
        _field(403, "Итоговая сумма к оплате", "price", "BILL_PRICE"),
        _field(404, "Плательщик", "linked_entity", "PAYER"),
        _field(405, "Комментарий", "textarea", "BILL_COMMENT"),
    ],
}  # fmt: skip
_KNOWN = {(kind, row["id"]): row for kind, rows in FIELDS.items() for row in rows}


def fields() -> dict[str, list[Row]]:
    """The fields of an account in the beginning; they may be changed."""
    return {kind: [dict(row) for row in FIELDS.get(kind, ())] for kind in (*ENTITIES, INVOICES)}


DEFAULT_GROUP = "default"


def groups() -> dict[str, list[Row]]:
    """The groups of fields in the beginning: one that cannot be deleted."""
    return {kind: [{"id": DEFAULT_GROUP, "name": "Основное", "sort": 0, "is_predefined": True}] for kind in ENTITIES}


def _widget(number: int, code: str, settings: tuple[tuple[str, str, str], ...], *, pipeline: int | None = None) -> Row:
    template = [{"key": key, "name": name, "type": type_, "is_required": True} for key, name, type_ in settings]
    return {
        "id": number, "code": code, "version": "1.0.0", "rating": "4.5", "settings_template": template,
        "is_lead_source": pipeline is not None, "is_work_with_dp": pipeline is None, "is_crm_template": False,
        "client_uuid": None, "is_active_in_account": True, "pipeline_id": pipeline,
    }  # fmt: skip


WIDGETS = [
    _widget(6001, "onlinepbx", (("domain", "Домен АТС", "text"), ("key", "Ключ API", "pass"))),
    _widget(6002, "telegram", (("token", "Токен бота", "pass"),), pipeline=SALES),
]
"""The telephone exchange that calls are noted by, and the messenger that chats come in by."""


def value(kind: str, number: int, *given: Any) -> Row:
    """A field with values, as an entity bears it; an enum is given by its place, from 1."""
    row = _KNOWN[kind, number]
    enums = row["enums"] or []
    values = []
    for one in given:
        if not enums:
            values.append({"value": one})
        elif row["type"] == "multitext":
            values.append({"value": one, "enum_id": enums[0]["id"], "enum_code": enums[0]["code"]})
        else:
            enum = enums[one - 1]
            values.append({"value": enum["value"], "enum_id": enum["id"], "enum_code": None})
    return {
        "field_id": number,
        "field_name": row["name"],
        "field_code": row["code"],
        "field_type": row["type"],
        "values": values,
    }


EVENT_TYPES = (
    "lead_added", "lead_deleted", "lead_restored", "lead_status_changed", "lead_linked", "lead_unlinked", "contact_added",
    "contact_deleted", "contact_restored", "company_added", "company_deleted", "company_restored", "customer_added",
    "task_added", "task_deleted", "task_completed", "task_result_added", "incoming_call", "outgoing_call",
    "incoming_chat_message", "outgoing_chat_message", "incoming_sms", "outgoing_sms", "entity_tag_added", "entity_linked",
    "entity_responsible_changed", "custom_field_value_changed", "sale_field_changed", "name_field_changed", "entity_merged",
    "common_note_added", "common_note_deleted", "invoice_paid",
)  # fmt: skip
