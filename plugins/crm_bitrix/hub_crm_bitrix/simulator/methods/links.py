"""Who is linked with whom: contacts of deals, leads, quotes and companies, companies of contacts.

https://apidocs.bitrix24.com/api-reference/crm/deals/contacts/index.html and its sisters. The first of the links is the primary one.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from hub.simulators import forms
from hub.simulators.tables import Row
from hub_crm_bitrix.simulator import writing
from hub_crm_bitrix.simulator.calls import Answer, Call
from hub_crm_bitrix.simulator.fields import COMPANY, CONTACT, DEAL, LEAD, QUOTE
from hub_crm_bitrix.simulator.refusals import old

_LINKS = (
    ("deal", DEAL, "contact"), ("lead", LEAD, "contact"), ("quote", QUOTE, "contact"),
    ("company", COMPANY, "contact"), ("contact", CONTACT, "company"),
)  # fmt: skip
Links = dict[int, int]
"""The ids that something is linked with, the primary one first, each with its place in the order."""


def _owner(kind: int, call: Call) -> Row:
    call.need("crm")
    number = call.number("id")
    if number <= 0:
        raise old("The parameter 'ownerEntityID' is invalid or not defined.")
    row = call.portal.tables[kind].get(number)
    if row is None:
        raise old("Not found.")
    return row


def _linked(call: Call, kind: int, other: str, row: Row) -> Links:
    ids = call.portal.contacts_at(row["id"]) if kind == COMPANY else row[f"{other}Ids"]
    places = call.portal.places
    return {one: places.get((kind, row["id"], one), 10 * at) for at, one in enumerate(ids, 1)}


def _link(call: Call, kind: int, other: str, row: Row, links: Links) -> None:
    call.portal.places |= {(kind, row["id"], one): place for one, place in links.items()}
    if kind != COMPANY:
        writing.change(call, kind, row, {f"{other}Ids": list(links)})
        return
    contacts, before = call.portal.tables[CONTACT], set(call.portal.contacts_at(row["id"]))
    for one in before ^ links.keys():
        if contact := contacts.get(one):
            kept = [at for at in contact["companyIds"] if at != row["id"]]
            writing.change(call, CONTACT, contact, {"companyIds": kept if one in before else [*kept, row["id"]]})


def get_all(kind: int, other: str, call: Call) -> Answer:
    links = _linked(call, kind, other, _owner(kind, call))
    primary = next(iter(links), 0)
    result = [
        {f"{other.upper()}_ID": one, "SORT": place, "ROLE_ID": 0, "IS_PRIMARY": "Y" if one == primary else "N"}
        for one, place in links.items()
    ]
    return Answer(result=result, rows=len(result))


def set_all(kind: int, other: str, call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/deals/contacts/crm-deal-contact-items-set.html: who is not named is unlinked."""
    row, given = _owner(kind, call), call.get("items")
    if not isinstance(given, dict | list):
        raise old("The parameter 'items' must be array.")
    _link(call, kind, other, row, _ordered([forms.mapping(one) for one in forms.values(given)], f"{other.upper()}_ID"))
    return Answer(result=True, wrote=True)


def _ordered(given: Sequence[dict[str, Any]], name: str) -> Links:
    named = [(at, one) for at, one in enumerate(given, 1) if forms.number(one.get(name)) > 0]
    named.sort(key=lambda pair: forms.text(pair[1].get("IS_PRIMARY")).upper() != "Y")
    primary, rest = named[:1], sorted(named[1:], key=lambda pair: (_place(pair), pair[0]))
    return {forms.number(one[name]): _place((at, one)) for at, one in (*primary, *rest)}


def _place(numbered: tuple[int, dict[str, Any]]) -> int:
    at, one = numbered
    return forms.number(one.get("SORT"), 10 * at)


def delete_all(kind: int, other: str, call: Call) -> Answer:
    _link(call, kind, other, _owner(kind, call), {})
    return Answer(result=True, wrote=True)


def add(kind: int, other: str, call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/deals/contacts/crm-deal-contact-add.html: false for what is linked already."""
    row = _owner(kind, call)
    given, number = _named(call, other)
    links = _linked(call, kind, other, row)
    if number in links:
        return Answer(result=False)
    fresh = {number: forms.number(given.get("SORT"), 10 * (len(links) + 1))}
    is_primary = forms.text(given.get("IS_PRIMARY")).upper() == "Y"
    _link(call, kind, other, row, {**fresh, **links} if is_primary else {**links, **fresh})
    return Answer(result=True, wrote=True)


def delete(kind: int, other: str, call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/deals/contacts/crm-deal-contact-delete.html: false for what is not linked."""
    row = _owner(kind, call)
    _given, number = _named(call, other)
    links = _linked(call, kind, other, row)
    if number not in links:
        return Answer(result=False)
    _link(call, kind, other, row, {one: place for one, place in links.items() if one != number})
    return Answer(result=True, wrote=True)


def _named(call: Call, other: str) -> tuple[dict[str, Any], int]:
    fields = call.get("fields")
    if not isinstance(fields, dict | list):
        raise old("The parameter 'fields' must be array.")
    given = {name.upper(): value for name, value in forms.mapping(fields).items()}
    number = forms.number(given.get(f"{other.upper()}_ID"))
    if number <= 0:
        raise old("The parameter 'fields' is not valid.")
    return given, number


def fields_of(other: str, call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/deals/contacts/crm-deal-contact-fields.html"""
    call.need("crm")
    title = {"contact": "Контакт", "company": "Компания"}[other]
    told = (
        (f"{other.upper()}_ID", "integer", title), ("SORT", "integer", "Сортировка"), ("IS_PRIMARY", "char", "Первичный"),
    )  # fmt: skip
    return Answer(result={
        name: {
            "type": type_, "isRequired": name.endswith("_ID"), "isReadOnly": False, "isImmutable": False,
            "isMultiple": False, "isDynamic": False, "title": title,
        }
        for name, type_, title in told
    })  # fmt: skip


def _methods() -> dict[str, Callable[[Call], Answer]]:
    found: dict[str, Callable[[Call], Answer]] = {}
    for name, kind, other in _LINKS:
        ways = {
            "items.get": get_all, "items.set": set_all, "items.delete": delete_all, "add": add, "delete": delete,
        }  # fmt: skip
        found |= {f"crm.{name}.{other}.{way}": partial(method, kind, other) for way, method in ways.items()}
        found[f"crm.{name}.{other}.fields"] = partial(fields_of, other)
    return found


METHODS = _methods()
