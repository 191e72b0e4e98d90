"""Rows of a seeded portal: how an object of each kind is made from the world."""

from collections.abc import Callable, Mapping
from typing import Any

from hub.simulators import names
from hub.simulators.society import Human
from hub_crm_bitrix.simulator import fields, moments
from hub_crm_bitrix.simulator.fields import COMPANY, CONTACT, CONTRACT, DEAL, INVOICE, LEAD, QUOTE
from hub_crm_bitrix.simulator.world import World

Row = dict[str, Any]
_EMPTY = {kind: fields.empty(kind) for kind in fields.NAMES}
_LEAD_STAGES = ("NEW", "IN_PROCESS", "PROCESSED", "CONVERTED", "JUNK")
_SOURCES = ("CALL", "EMAIL", "WEB", "ADVERTISING", "RECOMMENDATION", "TRADE_SHOW")


def semantics(stage: str) -> str:
    """`P` in progress, `S` won, `F` lost."""
    match stage.rpartition(":")[2]:
        case "WON" | "CONVERTED" | "S" | "SUCCESS" | "P" | "APPROVED":
            return "S"
        case "LOSE" | "APOLOGY" | "JUNK" | "F" | "FAIL" | "D" | "DECLAINED":
            return "F"
        case _:
            return "P"


def company(world: World, number: int) -> Row:
    chance = world.chance(COMPANY, number)
    phone, email = world.society.company_phone(number), f"info@{world.society.domain(number)}"
    return {
        **_EMPTY[COMPANY], **_dated(world, COMPANY, number), **reached(COMPANY, number, phone, email),
        "title": world.society.title(number), "typeId": ("CUSTOMER", "SUPPLIER", "PARTNER")[chance % 3],
        "industry": ("IT", "MANUFACTURING", "TRADE")[(chance >> 5) % 3], "employees": "EMPLOYEES_1",
        "currencyId": "RUB", "revenue": (chance >> 9) % 900_000_000, "opened": "Y",
        "contactIds": [], "ufCrm_1700000011": f"К-{number:06}", "ufCrm_1700000012": f"{chance % 1000}000|RUB",
    }  # fmt: skip


def contact(world: World, number: int) -> Row:
    chance, human = world.chance(CONTACT, number), world.human(CONTACT, number)
    companies = world.companies_of(number)
    return {
        **_EMPTY[CONTACT], **_dated(world, CONTACT, number), **_named(human),
        **reached(CONTACT, number, human.phone, human.email),
        "companyId": companies[0] if companies else 0, "companyIds": companies,
        "post": names.POSTS[chance % len(names.POSTS)], "typeId": "CLIENT", "export": "Y", "opened": "Y",
        "sourceId": _SOURCES[(chance >> 7) % len(_SOURCES)],
    }  # fmt: skip


def lead(world: World, number: int) -> Row:
    chance, human = world.chance(LEAD, number), world.human(LEAD, number)
    stage = _LEAD_STAGES[chance % len(_LEAD_STAGES)]
    return {
        **_EMPTY[LEAD], **_dated(world, LEAD, number), **_named(human),
        **reached(LEAD, number, human.phone, human.email),
        **_staged(stage), "title": f"Заявка с сайта № {number}", "companyTitle": f"ООО «Заявитель {number}»",
        "opportunity": chance % 500_000, "currencyId": "RUB", "isManualOpportunity": "Y", "opened": "Y",
        "sourceId": _SOURCES[(chance >> 7) % len(_SOURCES)], "ufCrm_1700000021": "Поиск",
    }  # fmt: skip


def deal(world: World, number: int) -> Row:
    chance, stage = world.chance(DEAL, number), world.stage(number)
    client = world.contact_of(number)
    closed = semantics(stage) != "P"
    return {
        **_EMPTY[DEAL], **_dated(world, DEAL, number), **_owned(client, world.company_of(client)), **_staged(stage),
        **_period(world, DEAL, number), "title": f"Поставка {names.GOODS[chance % len(names.GOODS)]} № {number}",
        "typeId": ("SALE", "SERVICES")[chance & 1], "categoryId": world.category(number),
        "opportunity": fields.amount((chance >> 11) % 5_000_000 + 0.5 * (chance % 2)), "currencyId": "RUB",
        "isManualOpportunity": "Y", "probability": 100 if closed else 60, "opened": "Y",
        "closed": "Y" if closed else "N", "isNew": "Y" if stage.endswith("NEW") else "N",
        "sourceId": _SOURCES[(chance >> 7) % len(_SOURCES)], "comments": "",
        "ufCrm_1700000001": f"Д-{number}/26" if chance % 3 else None,
        "ufCrm_1700000002": fields.ENUMERATION[chance % 3][0],
        "ufCrm_1700000003": moments.midnight(world.created(DEAL, number)) if chance % 5 == 0 else None,
        "ufCrm_1700000004": "Y" if chance % 4 == 0 else "N",
        "ufCrm_1700000005": [f"Н-{number}-{one}" for one in range(chance % 3)],
    }  # fmt: skip


def quote(world: World, number: int) -> Row:
    return {
        **_EMPTY[QUOTE], **_of_deal(world, QUOTE, number), "title": f"Предложение № {number}",
        "quoteNumber": str(number), "stageId": ("DRAFT", "SENT", "APPROVED", "DECLAINED")[number % 4],
        "dealId": world.some(DEAL, world.chance(QUOTE, number) >> 8), "content": "Состав и сроки по запросу",
        "actualDate": moments.midnight(world.created(QUOTE, number) + 864_000),
    }  # fmt: skip


def invoice(world: World, number: int) -> Row:
    parent = world.some(DEAL, world.chance(INVOICE, number) >> 8)
    return {
        **_EMPTY[INVOICE], **_of_deal(world, INVOICE, number), "title": f"Счёт на оплату № {number}",
        "accountNumber": str(number), "categoryId": 2, "parentId2": parent,
        **_staged(f"DT31_2:{('N', 'S', 'P', 'D')[number % 4]}", semantic=False),
    }  # fmt: skip


def contract(world: World, number: int) -> Row:
    parent = world.some(DEAL, world.chance(CONTRACT, number) >> 8)
    return {
        **_EMPTY[CONTRACT], **_of_deal(world, CONTRACT, number), "title": f"Договор поставки № {number}",
        "categoryId": 5, "parentId2": parent, "ufCrm5_1700000041": f"ДП-{number}",
        **_staged(f"DT177_5:{('NEW', 'CLIENT', 'SUCCESS', 'FAIL')[number % 4]}", semantic=False),
    }  # fmt: skip


MADE: Mapping[int, Callable[[World, int], Row]] = {
    COMPANY: company, CONTACT: contact, LEAD: lead, DEAL: deal, QUOTE: quote, INVOICE: invoice, CONTRACT: contract,
}  # fmt: skip


def _dated(world: World, kind: int, number: int) -> Row:
    created, updated = world.times(kind, number)
    user = world.user(world.chance(kind, number) >> 40)
    dated = {"id": number, "createdTime": created, "updatedTime": updated, "lastActivityTime": updated,
             "createdBy": user, "updatedBy": user, "assignedById": user, "lastActivityBy": user}  # fmt: skip
    return dated | ({"movedTime": updated, "movedBy": user} if "movedTime" in _EMPTY[kind] else {})


def _named(human: Human) -> Row:
    return {"name": human.name, "secondName": human.second_name, "lastName": human.last_name}


def _staged(stage: str, *, semantic: bool = True) -> Row:
    return {"stageId": stage, "stageSemanticId": semantics(stage)} if semantic else {"stageId": stage}


def _owned(client: int, employer: int) -> Row:
    return {"contactId": client, "contactIds": [client], "companyId": employer}


def _period(world: World, kind: int, number: int) -> Row:
    created = world.created(kind, number)
    return {"begindate": moments.midnight(created), "closedate": moments.midnight(created + 7 * 86_400)}


def _of_deal(world: World, kind: int, number: int) -> Row:
    chance = world.chance(kind, number)
    client = world.contact_of(world.some(DEAL, chance >> 8))
    return {
        **_dated(world, kind, number), **_owned(client, world.company_of(client)), **_period(world, kind, number),
        "opportunity": 1000 + chance % 3_000_000, "currencyId": "RUB", "isManualOpportunity": "Y",
        "opened": "Y",
    }  # fmt: skip


_UNREACHED = fields.copied(())


def reached(kind: int, number: int, phone: str, email: str) -> Row:
    """Multifields, and what the portal copies out of them."""
    first = 10 * number + kind
    return {
        "fm": [
            {"id": 2 * first, "typeId": "PHONE", "valueType": "WORK", "value": phone},
            {"id": 2 * first + 1, "typeId": "EMAIL", "valueType": "WORK", "value": email},
        ],
        **_UNREACHED, "phone": phone, "phoneWork": phone, "email": email, "emailWork": email, "hasPhone": "Y", "hasEmail": "Y",
    }  # fmt: skip
