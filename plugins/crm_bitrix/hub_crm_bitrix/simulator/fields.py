"""The fields of CRM objects, in both dialects.

The universal methods: https://apidocs.bitrix24.com/api-reference/crm/universal/object-fields.html, every table of it. A
line below is a name, a type, and the access where it is not reading and writing: `r` read only, `i` set on creation
only, `a` in answers only (not told by `crm.item.fields`). The older methods name the same fields in capitals
(`crm.deal.fields` and its sisters); what is not merely capitals is in `_OLD`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LEAD, DEAL, CONTACT, COMPANY, QUOTE, INVOICE, CONTRACT = 1, 2, 3, 4, 7, 31, 177
NAMES = {
    LEAD: "lead", DEAL: "deal", CONTACT: "contact", COMPANY: "company", QUOTE: "quote",
    INVOICE: "smart_invoice", CONTRACT: "dynamic_177",
}  # fmt: skip

_COMMON = """
id integer r|assignedById user|createdBy user r|createdTime datetime r|updatedBy user r|updatedTime datetime r
lastActivityBy user|lastActivityTime datetime|lastCommunicationCallTime datetime r|lastCommunicationEmailTime datetime r
lastCommunicationImolTime datetime r|lastCommunicationTime string r|lastCommunicationWebformTime datetime r
opened boolean|utmCampaign string|utmContent string|utmMedium string|utmSource string|utmTerm string|webformId integer
"""
_PERSON = """
address text a|birthdate date|comments text|email string a|emailHome string a|emailMailing string a|emailWork string a
fm crm_multifield|hasEmail boolean r|hasImol boolean r|hasPhone boolean r|honorific crm_status|imol string a
lastName string|login string a|name string|observers user[]|originId string|originatorId string|phone string a
phoneMailing string a|phoneMobile string a|phoneWork string a|post string|searchContent text a|secondName string
shortName string a|sourceDescription text|sourceId crm_status
"""
_MONEY = """
companyId crm_company|contactId crm_contact|contactIds crm_contact[]|currencyId crm_currency
isManualOpportunity boolean|opportunity double|stageId crm_status
"""
_MOVED = "movedBy user r|movedTime datetime r"
_PERIOD = "begindate date|closedate date"
_SPECIFIC = {
    LEAD: f"""{_PERSON}|{_MONEY}|{_MOVED}|companyTitle string|dateClosed datetime r|dateCreateShort datetime a
dateModifyShort datetime a|isConvert boolean a|isReturnCustomer boolean r|stageSemanticId string r
statusDescription text|title string""",
    DEAL: f"""{_MONEY}|{_MOVED}|{_PERIOD}|additionalInfo string|begindateShort datetime a|categoryId crm_category
closed boolean r|closedateShort datetime a|comments text|dateCreateShort datetime a|dateModifyShort datetime a
eventDate datetime a|eventDescription text a|eventId crm_status a|hasProducts boolean a|isLose boolean a
isNew boolean r|isRecurring boolean|isRepeatedApproach boolean r|isReturnCustomer boolean r|isWon boolean a
isWork boolean a|leadId crm_lead|locationId location|lostAmount integer a|mycompanyId crm_company|observers user[]
orderStage string a|originId string|originatorId string|previousStageId crm_status r|probability integer
quoteId crm_quote|receivedAmount integer a|searchContent text a|sourceDescription text|sourceId crm_status
stageSemanticId string r|taxValue double|title string|typeId crm_status""",
    CONTACT: f"""{_PERSON}|categoryId crm_category|companyId crm_company|companyIds crm_company[]|export boolean
leadId crm_lead|originVersion string|photo file|typeId crm_status""",
    COMPANY: """address text a|addressLegal text a|bankingDetails text|categoryId crm_category|comments text
contactIds crm_contact[]|currencyId crm_currency|email string a|emailHome string a|emailMailing string a
emailWork string a|employees crm_status|fm crm_multifield|hasEmail boolean r|hasImol boolean r|hasPhone boolean r
imol string a|industry crm_status|isMyCompany boolean i|leadId crm_lead|logo file|observers user[]|originId string
originVersion string|originatorId string|phone string a|phoneMailing string a|phoneMobile string a
phoneWork string a|revenue double|searchContent text a|title string|typeId crm_status""",
    QUOTE: f"""{_MONEY}|{_PERIOD}|actualDate date|clientAddr string a|clientContact string a|clientEmail string a
clientPhone string a|clientTitle string a|closed boolean r|comments text|content text|dealId crm_deal
hasProducts boolean a|leadId crm_lead|locationId location|mycompanyId crm_company|personTypeId integer r
quoteNumber string|taxValue double|terms text|title string""",
    INVOICE: f"""{_MONEY}|{_MOVED}|{_PERIOD}|accountNumber string|categoryId crm_category|comments text
isRecurring boolean|locationId location|mycompanyId crm_company|observers user[]|parentId2 crm_entity
previousStageId crm_status r|sourceDescription text|sourceId crm_status|taxValue double|title string|xmlId string""",
    CONTRACT: f"""{_MONEY}|{_MOVED}|{_PERIOD}|categoryId crm_category|isRecurring boolean|mycompanyId crm_company
observers user[]|parentId2 crm_entity|previousStageId crm_status r|sourceDescription text|sourceId crm_status
taxValue double|title string|xmlId string""",
}
# What the company has added itself (crm.deal.userfield.list): name in capitals, type, whether it holds many, title.
CUSTOM: Mapping[int, tuple[tuple[str, str, bool, str], ...]] = {
    LEAD: (("UF_CRM_1700000021", "string", False, "Откуда узнали"),),
    DEAL: (
        ("UF_CRM_1700000001", "string", False, "Номер договора"),
        ("UF_CRM_1700000002", "enumeration", False, "Способ доставки"),
        ("UF_CRM_1700000003", "date", False, "Дата отгрузки"),
        ("UF_CRM_1700000004", "boolean", False, "Нужен монтаж"),
        ("UF_CRM_1700000005", "string", True, "Номера накладных"),
    ),
    CONTACT: (("UF_CRM_1700000031", "string", False, "Мессенджер"),),
    COMPANY: (("UF_CRM_1700000011", "string", False, "Код клиента"), ("UF_CRM_1700000012", "money", False, "Лимит")),
    CONTRACT: (("UF_CRM_5_1700000041", "string", False, "Номер договора"),),
}
ENUMERATION = (("41", "Самовывоз"), ("42", "Курьер"), ("43", "Транспортная компания"))

MULTIFIELDS = ("PHONE", "EMAIL", "WEB", "IM", "LINK")
_OLD = {
    "createdTime": "DATE_CREATE", "updatedTime": "DATE_MODIFY", "createdBy": "CREATED_BY_ID",
    "updatedBy": "MODIFY_BY_ID", "movedBy": "MOVED_BY_ID", "lastActivityBy": "LAST_ACTIVITY_BY",
}  # fmt: skip
_OLD_OF = {
    LEAD: {"stageId": "STATUS_ID", "stageSemanticId": "STATUS_SEMANTIC_ID"},
    COMPANY: {"typeId": "COMPANY_TYPE", "addressLegal": "ADDRESS_LEGAL"},
    QUOTE: {"stageId": "STATUS_ID"},
}
_ONLY_NEW = re.compile(
    r"contactIds|companyIds|observers|fm|isLose|isWon|isWork|.*Short|eventDe.*|orderStage|lost.*|received.*|has.*s"
    r"|email.*|phone.*|imol|searchContent|login|shortName|parentId\d+"
)
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """`old` is its name in capitals, "" where the older methods do not have it. `upper` is that of `crm.item.fields`."""

    name: str
    old: str
    upper: str
    type: str
    access: str = ""
    title: str = ""
    many: bool = False

    @property
    def is_link(self) -> bool:
        return self.type in ("user", "crm_company", "crm_contact", "crm_lead", "crm_deal", "crm_quote", "crm_entity")

    @property
    def is_number(self) -> bool:
        return self.is_link or self.type in ("integer", "double", "crm_category", "location", "file")

    @property
    def is_moment(self) -> bool:
        return self.type in ("datetime", "date") or self.name == "lastCommunicationTime"

    @property
    def is_custom(self) -> bool:
        return self.upper.startswith("UF_")


def snake(name: str) -> str:
    """`priceNetto` is `PRICE_NETTO`."""
    return _CAPITAL.sub("_", name).upper()


def camel(upper: str) -> str:
    """`UF_CRM_1747309879` is `ufCrm_1747309879`, `UF_CRM_3_1747309727` is `ufCrm3_1747309727`.

    https://apidocs.bitrix24.com/api-reference/crm/universal/index.html#field-naming-conventions
    """
    first, *rest = upper.lower().split("_")
    named = first
    for before, part in zip((first, *rest), rest, strict=False):
        is_number = part.isdecimal()
        kept = is_number and (before.isdecimal() or (before == "crm" and len(part) > 5))
        named += f"_{part}" if kept else part.capitalize()
    return named


def _field(kind: int, line: str) -> Field:
    name, type_, access = (*line.split(), "")[:3]
    upper = snake(name)
    old = "" if _ONLY_NEW.fullmatch(name) else _OLD_OF.get(kind, {}).get(name) or _OLD.get(name, upper)
    return Field(
        name=name, old=old, upper=upper, type=type_.removesuffix("[]"), access=access, title=upper,
        many=type_.endswith("[]") or type_ == "crm_multifield",
    )  # fmt: skip


def _fields(kind: int) -> tuple[Field, ...]:
    lines = re.split(r"[|\n]", f"{_COMMON}|{_SPECIFIC[kind]}")
    own = [_field(kind, line) for line in lines if line.strip()]
    added = [
        Field(name=camel(upper), old=upper, upper=upper, type=type_, title=title, many=many)
        for upper, type_, many, title in CUSTOM.get(kind, ())
    ]
    return (*own, *added)


FIELDS: Mapping[int, tuple[Field, ...]] = {kind: _fields(kind) for kind in NAMES}
BY_NAME: Mapping[int, Mapping[str, Field]] = {kind: {one.name: one for one in FIELDS[kind]} for kind in NAMES}
BY_UPPER: Mapping[int, Mapping[str, Field]] = {kind: {one.upper: one for one in FIELDS[kind]} for kind in NAMES}
BY_OLD: Mapping[int, Mapping[str, Field]] = {kind: {one.old: one for one in FIELDS[kind] if one.old} for kind in NAMES}


_ZERO = ("user", "crm_company", "crm_contact", "crm_category", "double")


def empty(kind: int) -> dict[str, Any]:
    """A row with nothing in it: 0 or null, as the sample of https://apidocs.bitrix24.com/api-reference/crm/universal/crm-item-update.html."""
    return {one.name: _nothing(one) for one in FIELDS[kind]} | {"entityTypeId": kind}


def _nothing(field: Field) -> Any:
    if field.many:
        return []
    if field.access == "a":
        return None
    if field.type == "boolean":
        return "N"
    return 0 if field.type in _ZERO or field.name in ("id", "webformId") else None


_COPIES = {
    "phone": ("PHONE", ""), "phoneMobile": ("PHONE", "MOBILE"), "phoneWork": ("PHONE", "WORK"), "phoneMailing": ("PHONE", "MAILING"),
    "email": ("EMAIL", ""), "emailHome": ("EMAIL", "HOME"), "emailWork": ("EMAIL", "WORK"), "emailMailing": ("EMAIL", "MAILING"),
    "imol": ("IM", ""),
}  # fmt: skip


def copied(multifields: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What a row has of its multifields beside them, by the sample of
    https://apidocs.bitrix24.com/api-reference/crm/universal/crm-item-get.html: the first of each type and purpose, "" where there is none.
    """
    found = {
        name: next((one["value"] for one in multifields if one["typeId"] == type_ and of in ("", one["valueType"])), "")
        for name, (type_, of) in _COPIES.items()
    }
    return found | {f"has{name.capitalize()}": "Y" if found[name] else "N" for name in ("phone", "email", "imol")}


def amount(value: float) -> float:
    """Whole amounts are written without a fraction, as PHP's JSON does."""
    return int(value) if value == value // 1 else value


def old_value(field: Field, value: Any) -> Any:
    """A value as the older methods write it: text, or null."""
    if value is None or (field.is_link and not value):
        return None
    if field.is_custom and field.type == "boolean":
        return "1" if value == "Y" else "0"
    if field.type == "double":
        return f"{value:.2f}"
    if isinstance(value, list):
        return [str(one) for one in value]
    return str(value)
