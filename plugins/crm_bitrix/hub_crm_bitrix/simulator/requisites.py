"""Requisites of companies in a seeded portal, with their presets, accounts in banks and addresses.

https://apidocs.bitrix24.com/api-reference/crm/requisites/index.html. Of nine companies in ten; what belongs to a requisite has its number.
"""

from typing import Any

from hub.simulators import names
from hub_crm_bitrix.simulator import moments
from hub_crm_bitrix.simulator.fields import COMPANY
from hub_crm_bitrix.simulator.world import World

Row = dict[str, Any]
REQUISITE = 8
_ORGANIZATION, _SOLE = "1", "2"


def _preset(number: int, name: str, code: str) -> Row:
    return {
        "ID": str(number), "ENTITY_TYPE_ID": str(REQUISITE), "COUNTRY_ID": "1", "DATE_CREATE": "2025-01-15T12:00:00+03:00",
        "DATE_MODIFY": "", "CREATED_BY_ID": "1", "MODIFY_BY_ID": None, "NAME": name,
        "XML_ID": f"#CRM_REQUISITE_PRESET_DEF_RU_{code}#", "ACTIVE": "Y", "SORT": str(490 + 10 * number),
    }  # fmt: skip


PRESETS = (
    _preset(1, "Организация", "COMPANY"), _preset(2, "ИП", "INDIVIDUAL"), _preset(3, "Физ. лицо", "PERSON"),
)  # fmt: skip
"""The first of the sample of https://apidocs.bitrix24.com/api-reference/crm/requisites/presets/crm-requisite-preset-list.html."""


NO_REQUISITE = dict.fromkeys((
    "XML_ID", "ORIGINATOR_ID", "RQ_NAME", "RQ_LAST_NAME", "RQ_FIRST_NAME", "RQ_SECOND_NAME", "RQ_COMPANY_ID", "RQ_COMPANY_NAME",
    "RQ_COMPANY_FULL_NAME", "RQ_COMPANY_REG_DATE", "RQ_DIRECTOR", "RQ_ACCOUNTANT", "RQ_CEO_NAME", "RQ_CEO_WORK_POS",
    "RQ_CONTACT", "RQ_PHONE", "RQ_EMAIL", "RQ_FAX", "RQ_IDENT_TYPE", "RQ_IDENT_DOC", "RQ_IDENT_DOC_SER", "RQ_IDENT_DOC_NUM",
    "RQ_IDENT_DOC_PERS_NUM", "RQ_IDENT_DOC_DATE", "RQ_IDENT_DOC_ISSUED_BY", "RQ_IDENT_DOC_DEP_CODE", "RQ_INN", "RQ_KPP",
    "RQ_USRLE", "RQ_IFNS", "RQ_OGRN", "RQ_OGRNIP", "RQ_OKPO", "RQ_OKTMO", "RQ_OKVED", "RQ_ST_CERT_SER", "RQ_ST_CERT_NUM",
    "RQ_ST_CERT_DATE", "RQ_VAT_ID", "RQ_VAT_CERT_SER", "RQ_VAT_CERT_NUM", "RQ_VAT_CERT_DATE", "RQ_RESIDENCE_COUNTRY",
    "RQ_BASE_DOC",
)) | {"RQ_VAT_PAYER": "N"}  # fmt: skip


def requisites(world: World) -> list[int]:
    """Of nine companies in ten; every twentieth has two, of which the second is numbered after all first ones."""
    ids = [number for number in world.ids(COMPANY) if number % 10 != 3]
    return ids + [world.counts[COMPANY] + number for number in ids if number % 20 == 0]


def _company(world: World, number: int) -> int:
    return number - world.counts[COMPANY] if number > world.counts[COMPANY] else number


def requisite(world: World, number: int) -> Row:
    company = _company(world, number)
    second, sole = number != company, world.society.is_sole(company)
    region, title, created = (
        world.region(company),
        world.society.title(company),
        moments.written(world.created(COMPANY, company)),
    )
    legal = {"RQ_KPP": world.society.kpp(company, is_branch=second), "RQ_OGRN": names.ogrn(region, company)}
    return {
        **NO_REQUISITE, "ID": str(number), "ENTITY_TYPE_ID": str(COMPANY), "ENTITY_ID": str(company),
        "PRESET_ID": _SOLE if sole else _ORGANIZATION, "DATE_CREATE": created, "DATE_MODIFY": "", "CREATED_BY_ID": "1",
        "MODIFY_BY_ID": None, "NAME": "Филиал" if second else title, "CODE": None, "ACTIVE": "Y",
        "ADDRESS_ONLY": "N", "SORT": "500", "RQ_INN": world.society.inn(company),
        **({"RQ_OGRNIP": names.ogrnip(region, company), "RQ_NAME": title} if sole else legal | {"RQ_COMPANY_NAME": title}),
    }  # fmt: skip


NO_BANK = dict.fromkeys((
    "CODE", "XML_ID", "ORIGINATOR_ID", "RQ_BANK_NAME", "RQ_BANK_CODE", "RQ_BANK_ADDR", "RQ_BANK_ROUTE_NUM", "RQ_BIK", "RQ_MFO",
    "RQ_ACC_NAME", "RQ_ACC_NUM", "RQ_ACC_TYPE", "RQ_IIK", "RQ_ACC_CURRENCY", "RQ_COR_ACC_NUM", "RQ_IBAN", "RQ_SWIFT",
    "RQ_BIC", "RQ_CODEB", "RQ_CODEG", "RQ_RIB", "RQ_AGENCY_NAME", "COMMENTS",
))  # fmt: skip
_BANKS = (
    ("ПАО «Меридиан-Банк»", "044525901"),
    ("АО «Северный берег»", "044030902"),
    ("АО «Уральский расчётный»", "046577903"),
)
_STREETS = ("Ленина", "Мира", "Заводская", "Садовая", "Гагарина")
_POSTAL = {"77": 115, "78": 191, "54": 630, "66": 620, "16": 420}
_CITIES = dict(names.CITIES)


def banks(world: World) -> list[int]:
    """Every seventh requisite has no account."""
    return [number for number in requisites(world) if number % 7 != 2]


def bank(world: World, number: int) -> Row:
    chance = world.chance(COMPANY, number) >> 13
    name, bik = _BANKS[chance % len(_BANKS)]
    own = "40802" if world.society.is_sole(_company(world, number)) else "40702"
    return {
        **NO_BANK, "ID": str(number), "ENTITY_ID": str(number), "COUNTRY_ID": "1",
        "DATE_CREATE": requisite(world, number)["DATE_CREATE"], "DATE_MODIFY": "", "CREATED_BY_ID": "1", "MODIFY_BY_ID": None,
        "NAME": name, "ACTIVE": "Y", "SORT": "500", "RQ_BANK_NAME": name, "RQ_BIK": bik, "RQ_ACC_CURRENCY": "RUB",
        "RQ_ACC_NUM": _keyed(bik[-3:], f"{own}810", f"{number:011}"),
        "RQ_COR_ACC_NUM": _keyed(f"0{bik[4:6]}", "30101810", f"00000000{bik[-3:]}"),
    }  # fmt: skip


def _keyed(before: str, head: str, tail: str) -> str:
    """An account with its key, the ninth digit (the Bank of Russia's order of 08.09.1997, 515): weights 7, 1, 3 make it end in 0."""
    digits = f"{before}{head}0{tail}"
    rest = sum(int(digit) * (7, 1, 3)[place % 3] for place, digit in enumerate(digits))
    return f"{head}{rest * 3 % 10}{tail}"


def address(world: World, number: int) -> Row:
    """That of a company is its legal one, that of an entrepreneur where he is registered."""
    company = _company(world, number)
    chance, region = world.chance(COMPANY, number) >> 21, world.region(company)
    return {
        "TYPE_ID": "4" if world.society.is_sole(company) else "6", "ENTITY_TYPE_ID": str(REQUISITE), "ENTITY_ID": str(number),
        "ADDRESS_1": f"ул. {_STREETS[chance % len(_STREETS)]}, д. {1 + chance % 90}", "ADDRESS_2": f"офис {1 + chance % 300}",
        "CITY": _CITIES[region], "POSTAL_CODE": f"{_POSTAL[region]}{chance % 1000:03}", "REGION": "", "PROVINCE": "",
        "COUNTRY": "Россия", "COUNTRY_CODE": None, "LOC_ADDR_ID": str(number), "ANCHOR_TYPE_ID": str(COMPANY),
        "ANCHOR_ID": str(company),
    }  # fmt: skip
