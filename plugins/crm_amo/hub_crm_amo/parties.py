"""Companies, contacts and users as records: who they are and what points to them. Pure."""

from collections.abc import Iterator, Mapping

import hub
from hub_crm_amo.kinds import COMPANIES
from hub_crm_amo.values import Row, coded, embedded, fields, identity, is_named, row, said, stated, text

Names = Mapping[str, str]
"""Numbers or codes of custom fields -> what the records call them."""

_LEGAL: tuple[str, ...] = ("tax_registration_reason_code", "kpp", "ogrn")


def company(raw: Row, names: Names, inn: object) -> list[hub.Mapped]:
    """A company; `inn` names the field that an administrator has chosen for it."""
    item = row(raw.get("item"))
    record = hub.Company(
        name=text(item.get("name")),
        identifiers=(*_reached(item), *_numbers(item, inn)),
        kpp=next((code for one in _legal(item) for code in _codes(one, 9)), ""),
        extra=dict(stated(item, names)),
    )
    return [hub.Mapped(record)]


def contact(raw: Row, names: Names, inn: object) -> list[hub.Mapped]:
    item = row(raw.get("item"))
    full = " ".join(filter(None, (text(item.get("first_name")), text(item.get("last_name")))))
    employers = dict.fromkeys(identity(one.get("id")) for one in embedded(item, COMPANIES))
    record = hub.Contact(
        name=text(item.get("name")) or full,
        identifiers=(*_reached(item), *_numbers(item, inn)),
        companies=tuple(f"{COMPANIES}/{one}" for one in employers if one),
        position=next((text(one) for one in coded(item, "POSITION") if text(one)), ""),
        extra=dict(stated(item, names)),
    )
    return [hub.Mapped(record)]


def user(raw: Row) -> list[hub.Mapped]:
    """One of ours; whoever is not let in any more stays known, for what he has done."""
    item = row(raw.get("item"))
    address = text(item.get("email"))
    known = (hub.Identifier("email", address),) if address else ()
    active = row(item.get("rights")).get("is_active") is not False
    return [hub.Mapped(hub.User(name=text(item.get("name")) or address, identifiers=known, active=active))]


def _reached(item: Row) -> Iterator[hub.Identifier]:
    for value in coded(item, "PHONE"):
        if text(value):
            yield hub.Identifier("phone", text(value))
    for value in coded(item, "EMAIL"):
        if text(value):
            yield hub.Identifier("email", text(value))


def _numbers(item: Row, inn: object) -> Iterator[hub.Identifier]:
    """Tax numbers: of the field that was chosen for them, and of fields for legal entities."""
    for field in fields(item):
        if is_named(field, inn):
            yield from (hub.Identifier("inn", text(value)) for value in said(field) if text(value))
    for legal in _legal(item):
        if vat := text(legal.get("vat_id")):
            yield hub.Identifier("inn", vat)
        for length in (13, 15):
            yield from (hub.Identifier("ogrn", code) for code in _codes(legal, length))


def _legal(item: Row) -> Iterator[Row]:
    """The values of fields of type `legal_entity` (https://developers.kommo.com/reference/custom-fields-types)."""
    for field in fields(item):
        if field.get("field_type") == "legal_entity":
            yield from (value for value in said(field) if isinstance(value, Mapping))


def _codes(legal: Row, length: int) -> Iterator[str]:
    """Its codes of so many digits: 9 are a KPP, 13 and 15 an OGRN. Pages of the vendor differ in which stands where."""
    for name in _LEGAL:
        code = text(legal.get(name))
        if code.isdigit() and len(code) == length:
            yield code
