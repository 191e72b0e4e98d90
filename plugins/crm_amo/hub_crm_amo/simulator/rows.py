"""Rows of a seeded account: how one of each kind is made from the world.

https://developers.kommo.com/reference: leads-list, contacts-list, companies-list, tasks-list, notes, events, list-elements
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from hub.simulators import names
from hub_crm_amo.simulator.directories import ACCOUNT, INVOICE_CATALOG, value
from hub_crm_amo.simulator.world import (
    COMPANIES,
    CONTACTS,
    CUSTOMERS,
    ENTITIES,
    EVENTS,
    INVOICES,
    LEADS,
    LOSS_REASONS,
    LOST,
    NOTES,
    PURCHASES,
    SALES,
    STAGES,
    TASKS,
    UNSORTED,
    WON,
    World,
)

Row = dict[str, Any]
_TASK_TEXTS = ("Перезвонить по договору", "Отправить счёт", "Уточнить сроки поставки", "Подготовить предложение")
_NOTE_TEXTS = ("Просят скидку 5 %", "Договорились о встрече в четверг", "Ждут образцы", "Решение примет директор")


def _dated(world: World, kind: str, number: int) -> Row:
    chance = world.chance(kind, number)
    return {
        "responsible_user_id": world.user(chance >> 30), "group_id": 0, "created_by": world.user(chance >> 36),
        "updated_by": world.user(chance >> 30), "created_at": world.created(kind, number),
        "updated_at": world.updated(kind, number), "account_id": ACCOUNT,
    }  # fmt: skip


def _card(world: World, kind: str, number: int, name: str) -> Row:
    return {
        "id": number, "name": name, **_dated(world, kind, number), "closest_task_at": None, "is_deleted": False,
        "custom_fields_values": None, "_tags": [],
    }  # fmt: skip


def _companies_of(world: World, contact: int) -> list[int]:
    company = world.company_of(contact)
    return [company] if company else []


def lead(world: World, number: int) -> Row:
    chance, status, contact = world.chance(LEADS, number), world.status(number), world.contact_of(number)
    closed = status in (WON, LOST)
    fields = [value(LEADS, 301, f"Д-{number}/26")] if chance % 3 else []
    fields += [value(LEADS, 302, 1 + chance % 3)] if chance % 2 else []
    fields += [value(LEADS, 304, True)] if chance % 7 == 0 else []
    reasons = list(LOSS_REASONS)
    return {
        **_card(world, LEADS, number, f"Поставка {names.GOODS[chance % len(names.GOODS)]} № {number}"),
        "price": (chance >> 11) % 5_000_000, "status_id": status, "pipeline_id": world.pipeline(number),
        "loss_reason_id": reasons[chance % 3] if status == LOST else None,
        "closed_at": world.updated(LEADS, number) if closed else None, "score": None, "labor_cost": None,
        "is_price_computed": False, "custom_fields_values": fields or None,
        "_tags": [{"id": 9001, "name": "VIP", "color": None}] if chance % 9 == 0 else [],
        "_companies": _companies_of(world, contact), "_contacts": [contact],
    }  # fmt: skip


def contact(world: World, number: int) -> Row:
    human = world.human(number)
    chance = world.chance(CONTACTS, number)
    fields = [value(CONTACTS, 201, names.POSTS[chance % len(names.POSTS)])] if chance % 3 else []
    fields += [value(CONTACTS, 202, human.phone), value(CONTACTS, 203, human.email)]
    return {
        **_card(world, CONTACTS, number, f"{human.name} {human.last_name}"),
        "first_name": human.name, "last_name": human.last_name, "is_unsorted": False, "custom_fields_values": fields,
        "_companies": _companies_of(world, number),
    }  # fmt: skip


def company(world: World, number: int) -> Row:
    society = world.society
    legal = {
        "name": society.title(number), "entity_type": 2 if society.is_sole(number) else 1, "vat_id": society.inn(number),
        "tax_registration_reason_code": society.kpp(number), "kpp": society.kpp(number), "address": None,
    }  # fmt: skip
    fields = [
        value(COMPANIES, 101, society.company_phone(number)),
        value(COMPANIES, 102, f"info@{society.domain(number)}"),
    ]
    fields.append(value(COMPANIES, 106, legal) if number % 2 else value(COMPANIES, 105, society.inn(number)))
    return {**_card(world, COMPANIES, number, society.title(number)), "custom_fields_values": fields}


def customer(world: World, number: int) -> Row:
    chance = world.chance(CUSTOMERS, number)
    return {
        **_card(world, CUSTOMERS, number, f"Обслуживание № {number}"), "next_price": chance % 90_000, "next_date": int(world.until) + chance % 9_000_000,
        "status_id": 4001, "periodicity": 0, "ltv": chance % 1_000_000, "purchases_count": chance % 9, "average_check": chance % 90_000,
        "_companies": [world.company_served(number)],
    }  # fmt: skip


def task(world: World, number: int) -> Row:
    chance = world.chance(TASKS, number)
    done = chance % 3 != 0
    return {
        "id": number, **_dated(world, TASKS, number), "entity_id": world.card_of(TASKS, number), "entity_type": "leads",
        "duration": 0, "is_completed": done, "task_type_id": 1 + chance % 3, "text": _TASK_TEXTS[chance % 4],
        "result": {"text": "Сделано"} if done and chance % 2 else [],
        "complete_till": world.created(TASKS, number) + 3 * 86_400,
    }  # fmt: skip


def _note(world: World, kind: str, number: int, entity: int, type_: str, params: Row) -> Row:
    return {
        "id": number,
        "entity_id": entity,
        **_dated(world, NOTES[kind], number),
        "note_type": type_,
        "params": params,
    }


def _call(world: World, chance: int, contact_id: int) -> tuple[str, Row]:
    answered = chance % 4
    params = {
        "uniq": f"{chance:016x}-call", "duration": chance % 600 if answered else 0, "source": "onlinePBX",
        "link": f"https://records.example/{chance % 100_000}.mp3" if answered else "", "phone": world.human(contact_id).phone,
        "call_result": "", "call_status": 4 if answered else 6,
    }  # fmt: skip
    return ("call_in" if chance % 2 else "call_out"), params


def lead_note(world: World, number: int) -> Row:
    chance = world.chance(NOTES[LEADS], number)
    entity = world.card_of(NOTES[LEADS], number)
    if chance % 3 == 0:
        return _note(world, LEADS, number, entity, *_call(world, chance >> 3, world.contact_of(entity)))
    if chance % 11 == 0:
        return _note(world, LEADS, number, entity, "service_message", {"service": "Робот", "text": "Счёт отправлен"})
    return _note(world, LEADS, number, entity, "common", {"text": _NOTE_TEXTS[chance % 4]})


def contact_note(world: World, number: int) -> Row:
    chance = world.chance(NOTES[CONTACTS], number)
    entity = world.card_of(NOTES[CONTACTS], number)
    human, user = world.human(entity), world.society.employee(world.user(chance >> 30))
    client, own = ({"email": one.email, "name": f"{one.name} {one.last_name}"} for one in (human, user))
    match chance % 4:
        case 0:
            return _note(world, CONTACTS, number, entity, *_call(world, chance >> 3, entity))
        case 1:
            sms = {"text": "Ваш заказ готов", "phone": human.phone}
            return _note(world, CONTACTS, number, entity, "sms_in" if chance & 64 else "sms_out", sms)
        case _:
            came = bool(chance & 32)
            mail = {
                "thread_id": chance % 100_000, "message_id": number, "private": False, "income": came,
                "from": client if came else own, "to": own if came else client, "version": 2, "subject": "Запрос цены",
                "access_granted": None, "content_summary": "Добрый день! Пришлите, пожалуйста, счёт", "attach_cnt": chance % 2,
                "delivery": {"status": "delivered", "time": world.created(NOTES[CONTACTS], number), "reason": None},
            }  # fmt: skip
            return _note(world, CONTACTS, number, entity, "amomail_message", mail)


def company_note(world: World, number: int) -> Row:
    chance = world.chance(NOTES[COMPANIES], number)
    text = {"text": _NOTE_TEXTS[chance % 4]}
    return _note(world, COMPANIES, number, world.card_of(NOTES[COMPANIES], number), "common", text)


def event(world: World, number: int) -> Row:
    chance = world.chance(EVENTS, number)
    entity = world.card_of(EVENTS, number)
    stages = STAGES[world.pipeline(entity)]
    before, after = stages[chance % 2], stages[2 + (chance >> 2) % (len(stages) - 2)]
    at = world.created(EVENTS, number)
    return {
        "id": number, "type": "lead_status_changed", "entity_id": entity, "entity_type": "lead",
        "created_by": world.user(chance >> 30), "created_at": at, "account_id": ACCOUNT,
        "value_after": [{"lead_status": {"id": after, "pipeline_id": world.pipeline(entity)}}],
        "value_before": [{"lead_status": {"id": before, "pipeline_id": world.pipeline(entity)}}],
    }  # fmt: skip


def invoice(world: World, number: int) -> Row:
    chance = world.chance(INVOICES, number)
    at = world.some(COMPANIES, chance >> 9)
    paid = chance % 2
    payer = {"name": world.society.title(at), "entity_id": at, "entity_type": "companies", "catalog_id": None}
    fields = [
        value(INVOICES, 401, 2 if paid else 1),
        value(INVOICES, 403, 1000 + (chance >> 11) % 900_000),
        value(INVOICES, 404, payer),
    ]
    fields += [value(INVOICES, 402, world.updated(INVOICES, number))] if paid else []
    kept = {
        key: one
        for key, one in _dated(world, INVOICES, number).items()
        if key not in ("responsible_user_id", "group_id")
    }
    return {
        "id": number, "name": f"Счёт № {number}", **kept, "is_deleted": False, "custom_fields_values": fields, "catalog_id": INVOICE_CATALOG,
        "invoice_link": f"https://bills.example/{number}", "currency_id": 1,
    }  # fmt: skip


def purchase(world: World, number: int) -> Row:
    """https://www.amocrm.ru/developers/content/crm_platform/customers-api#transactions-list"""
    chance = world.chance(PURCHASES, number)
    kept = {
        name: one
        for name, one in _dated(world, PURCHASES, number).items()
        if name not in ("responsible_user_id", "group_id")
    }
    return {
        "id": number, "comment": f"Отгрузка № {number}" if chance % 3 else None, "price": 1000 + (chance >> 11) % 90_000,
        "completed_at": world.created(PURCHASES, number), "customer_id": world.customer_of(number), **kept, "is_deleted": False,
    }  # fmt: skip


def unsorted(world: World, number: int) -> Row:
    """Whatever has come in and nobody has looked at: https://developers.kommo.com/reference/incoming-leads"""
    chance, at = world.chance(UNSORTED, number), world.created(UNSORTED, number)
    contact = world.some(CONTACTS, chance >> 9)
    category, source, told = _came_in(world, number, contact, at)
    return {
        "id": number, "uid": unsorted_uid(number), "source_uid": f"source-{category}", "source_name": source, "category": category,
        "pipeline_id": SALES, "created_at": at, "updated_at": at, "metadata": told, "account_id": ACCOUNT, "is_deleted": False,
        "_contacts": [contact], "_companies": [],
    }  # fmt: skip


def unsorted_uid(number: int) -> str:
    return f"{number:064x}"


def _came_in(world: World, number: int, contact: int, at: int) -> tuple[str, str, Row]:
    """Category, source, and what is told of it."""
    human = world.human(contact)
    name = f"{human.name} {human.last_name}"
    match number % 4:
        case 0:
            return "sip", "Телефония", {
                "from": human.phone, "phone": "+74951234567", "called_at": at, "duration": 0, "link": "", "service_code": "pbx",
                "uniq": f"{number:x}-unsorted", "is_call_event_needed": True,
            }  # fmt: skip
        case 1:
            return "mail", "sales@my.example", {
                "from": {"email": human.email, "name": name}, "received_at": at, "subject": "Запрос цены", "thread_id": number,
                "message_id": number, "content_summary": "Пришлите, пожалуйста, прайс-лист",
            }  # fmt: skip
        case 2:
            return "forms", "Сайт", {
                "form_id": 5, "form_name": "Обратный звонок", "form_page": "https://my.example/pumps", "form_type": 1,
                "form_sent_at": at, "ip": "192.0.2.7", "referer": "https://search.example/", "visitor_uid": None,
            }  # fmt: skip
        case _:
            return "chats", "Telegram", {
                "from": name, "to": "ООО «Мы»", "received_at": at, "service": "telegram", "client": {"name": name, "avatar": None},
                "origin": {"chat_id": f"chat-{number}", "ref": None, "visitor_uid": None},
                "last_message_text": "Есть ли насосы на складе?", "source_name": "Telegram",
            }  # fmt: skip


def talks(world: World) -> list[int]:
    """The chats among what waits to be sorted, by whose number they go."""
    return [number for number in world.ids(UNSORTED) if unsorted(world, number)["category"] == "chats"]


def talk(world: World, number: int) -> Row:
    """https://www.amocrm.ru/developers/content/crm_platform/talks-api"""
    of = unsorted(world, number)
    return {
        "talk_id": number, "created_at": of["created_at"], "updated_at": of["updated_at"], "rate": 0, "contact_id": of["_contacts"][0],
        "chat_id": of["metadata"]["origin"]["chat_id"], "entity_id": None, "entity_type": None, "is_in_work": True,
        "is_read": False, "origin": of["metadata"]["service"], "missed_at": None, "account_id": ACCOUNT,
    }  # fmt: skip


MADE: Mapping[str, Callable[[World, int], Row]] = {
    LEADS: lead, CONTACTS: contact, COMPANIES: company, CUSTOMERS: customer, TASKS: task, NOTES[LEADS]: lead_note,
    NOTES[CONTACTS]: contact_note, NOTES[COMPANIES]: company_note, EVENTS: event, INVOICES: invoice,
    PURCHASES: purchase, UNSORTED: unsorted,
}  # fmt: skip


def phones(row: Row) -> list[str]:
    """What the telephones of a contact end with."""
    fields = [one for one in row["custom_fields_values"] or () if one["field_code"] == "PHONE"]
    return [last_digits(value["value"]) for one in fields for value in one["values"]]


def last_digits(phone: Any) -> str:
    """The last ten, by which a call finds its contact."""
    return re.sub(r"\D", "", str(phone or ""))[-10:]


def _at_a_card(entity_type: str) -> Mapping[str, Callable[[World, str, int], Any]]:
    return {"entity_id": World.card_of, "entity_type": lambda *_: entity_type}


_UNTIED: Mapping[str, Callable[[World, str, int], Any]] = {f"_{kind}": lambda *_: [] for kind in ENTITIES}
QUICK: Mapping[str, Mapping[str, Callable[[World, str, int], Any]]] = {
    LEADS: {
        **_UNTIED,
        "_contacts": lambda world, _, number: [world.contact_of(number)],
        "_companies": lambda world, _, number: _companies_of(world, world.contact_of(number)),
        "pipeline_id": lambda world, _, number: world.pipeline(number),
        "status_id": lambda world, _, number: world.status(number),
    },
    CONTACTS: {
        **_UNTIED,
        "_companies": lambda world, _, number: _companies_of(world, number),
        "_phones": lambda world, _, number: [last_digits(world.human(number).phone)],
    },
    COMPANIES: _UNTIED,
    CUSTOMERS: {**_UNTIED, "_companies": lambda world, _, number: [world.company_served(number)]},
    TASKS: _at_a_card("leads"), EVENTS: {**_at_a_card("lead"), "type": lambda *_: "lead_status_changed"},
    **{notes: {"entity_id": World.card_of} for notes in NOTES.values()},
    PURCHASES: {"customer_id": lambda world, _, number: world.customer_of(number)},
}  # fmt: skip
"""What an index asks of every row, told without making the row."""
