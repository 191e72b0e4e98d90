"""Companies, contacts and users as records: who they are and what points to them. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

import hub
from hub_crm_bitrix.kinds import multifields
from hub_crm_bitrix.values import Row, identities, identity, is_yes, person, plain, row, rows, stated, text

Names = Mapping[str, str]
"""Codes of custom fields -> what the records call them."""


def company(raw: Row, names: Names) -> list[hub.Mapped]:
    """A company with the numbers of its requisites; none of our own, which are no clients (`isMyCompany`)."""
    item = row(raw.get("item"))
    if is_yes(item.get("isMyCompany")):
        return []
    requisites = rows(raw.get("requisites"))
    record = hub.Company(
        name=_named(item, requisites),
        identifiers=(*multifields(item), *_numbers(requisites)),
        kpp=next((kpp for one in requisites if (kpp := text(one.get("RQ_KPP")))), ""),
        text=plain(item.get("comments")),
        extra=_extra(raw, names),
    )
    return [hub.Mapped(record)]


def contact(raw: Row, names: Names) -> list[hub.Mapped]:
    item = row(raw.get("item"))
    employers = dict.fromkeys((identity(item.get("companyId")), *identities(item.get("companyIds"))))
    record = hub.Contact(
        name=person(item.get("name"), item.get("secondName"), item.get("lastName")),
        identifiers=(*multifields(item), *_numbers(rows(raw.get("requisites")))),
        companies=tuple(f"companies/{one}" for one in employers if one),
        position=text(item.get("post")),
        text=plain(item.get("comments")),
        extra=_extra(raw, names),
    )
    return [hub.Mapped(record)]


def prospect(item: Row) -> Iterator[hub.Mapped]:
    """Who a lead is, as long as the CRM has made neither a company nor a contact of it."""
    name = person(item.get("name"), item.get("secondName"), item.get("lastName"))
    firm, reached = text(item.get("companyTitle")), tuple(multifields(item))
    if firm:
        yield hub.Mapped(hub.Company(name=firm), "company")
    at = (f"leads/{identity(item.get('id'))}#company",) if firm else ()
    post = text(item.get("post"))
    yield hub.Mapped(
        hub.Contact(name=name or firm or text(item.get("title")), identifiers=reached, companies=at, position=post)
    )


def user(raw: Row) -> list[hub.Mapped]:
    """One of ours (user.get); whoever is not let in any more stays known, for what he has done. Guests (`extranet`, `email`) have
    a name here and no address: who works for a client is not ours.
    """
    item = row(raw.get("item"))
    works_here = text(item.get("USER_TYPE")) in ("", "employee")
    phones = (item.get(name) for name in ("WORK_PHONE", "PERSONAL_MOBILE", "UF_PHONE_INNER"))
    known = [hub.Identifier("email", text(item.get("EMAIL")))] if text(item.get("EMAIL")) else []
    known += [hub.Identifier("phone", text(one)) for one in phones if text(one)]
    name = person(item.get("NAME"), "", item.get("LAST_NAME")) or text(item.get("EMAIL"))
    return [
        hub.Mapped(
            hub.User(name=name, identifiers=tuple(known) if works_here else (), active=is_yes(item.get("ACTIVE")))
        )
    ]


def _named(item: Row, requisites: tuple[Row, ...]) -> str:
    legal = (text(one.get("RQ_COMPANY_NAME")) for one in requisites)
    return text(item.get("title")) or next(filter(None, legal), "")


def _numbers(requisites: tuple[Row, ...]) -> Iterator[hub.Identifier]:
    """Tax numbers: a company may have several requisites, of several legal entities."""
    for one in requisites:
        if inn := text(one.get("RQ_INN")):
            yield hub.Identifier("inn", inn)
        for name in ("RQ_OGRN", "RQ_OGRNIP"):
            if ogrn := text(one.get(name)):
                yield hub.Identifier("ogrn", ogrn)


def _extra(raw: Row, names: Names) -> dict[str, Any]:
    return dict(stated(row(raw.get("item")), names, row(raw.get("labels"))))
