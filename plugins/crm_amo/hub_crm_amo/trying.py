"""Questions that only read, and show whether an account is as this connector takes it to be: True, False, or None where nothing
in the account shows it. Each is a few calls.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

import hub
from hub_crm_amo import answers
from hub_crm_amo.client import Account
from hub_crm_amo.kinds import COMPANIES, CONTACTS, CUSTOMERS, LEADS, NOTED, PLURAL
from hub_crm_amo.questions import EVENTS, PAGE, List
from hub_crm_amo.values import Row, embedded, fields, identity, row, said, text

Try = Callable[[Account], bool | None]
_USUAL: Final = 50
_FAR: Final = 100_000
_CODES: Final = frozenset({"BILL_STATUS", "BILL_PRICE", "PAYER"})


def _list(path: str, under: str = "", *, spare: bool = True) -> List:
    return List(path=path, under=under or path, spare=spare)


def _rows(account: Account, asked: List) -> Sequence[Row]:
    return account.page(asked)[0]


def _stamps(found: Sequence[Row], name: str = "updated_at") -> list[int]:
    return [identity(one.get(name)) for one in found]


# --- pages, order, filters -------------------------------------------------------------------------------------------


def inclusive(account: Account) -> bool | None:
    for one in _rows(account, _list(LEADS)):
        at = identity(one.get("updated_at"))
        found = _rows(account, _list(LEADS).within(at, at))
        return one.get("id") in [other.get("id") for other in found] and set(_stamps(found)) == {at}
    return None


def too_large(account: Account) -> bool | None:
    answer = account.get(LEADS, {"limit": str(PAGE + 1)})
    found = answers.listed(account.settings.host, answer, LEADS)
    return len(found) == _USUAL if answers.has_more(answer) or len(found) > _USUAL else None


def default_order(account: Account) -> bool | None:
    found = _stamps(_rows(account, _list(LEADS)), "id")
    return found == sorted(found) if len(found) > 1 else None


def descending(account: Account) -> bool | None:
    lists = [*map(_list, (LEADS, CONTACTS, COMPANIES)), *(_list(f"{kind}/notes", "notes") for kind in NOTED)]
    found = [_stamps(_rows(account, asked.ordered("updated_at", "desc"))) for asked in lists]
    if not any(len(set(stamps)) > 1 for stamps in found):
        return None
    return all(before >= after for stamps in found for before, after in pairwise(stamps))


def events_limit(account: Account) -> bool | None:
    answer = account.get("events", {"limit": str(PAGE)})
    found = answers.listed(account.settings.host, answer, "events")
    return len(found) <= EVENTS if answers.has_more(answer) or len(found) > EVENTS else None


def events_order(account: Account) -> bool | None:
    found = _stamps(_rows(account, _list("events")), "created_at")
    return found == sorted(found, reverse=True) if len(set(found)) > 1 else None


def tasks_by_change(account: Account) -> bool | None:
    for one in _rows(account, _list("tasks")):
        at = identity(one.get("updated_at"))
        return set(_stamps(_rows(account, _list("tasks").within(at, at)))) == {at}
    return None


def past_the_end(account: Account) -> bool | None:
    try:
        return not account.page(_list(LEADS, spare=False), _FAR)[0]
    except hub.Refused:
        return False


# --- rows ------------------------------------------------------------------------------------------------------------


def clock(account: Account) -> bool | None:
    """Nothing was changed later than the account says it is."""
    found = _stamps(_rows(account, _list(LEADS).ordered("updated_at", "desc")))
    return max(found) <= account.now.timestamp() + 1 if found else None


def legal_entity(account: Account) -> bool | None:
    values = [
        value
        for one in _rows(account, _list(COMPANIES))
        for field in fields(one)
        if field.get("field_type") == "legal_entity"
        for value in said(field)
    ]
    return all("vat_id" in row(value) for value in values) if values else None


def invoice_fields(account: Account) -> bool | None:
    for one in _rows(account, _list("catalogs")):
        if text(one.get("type")) == "invoices":
            path = f"catalogs/{identity(one.get('id'))}/custom_fields"
            found = _rows(account, _list(path, "custom_fields"))
            return {text(field.get("code")) for field in found} >= _CODES
    return None


def unsorted_clients(account: Account) -> bool | None:
    found = _rows(account, _list("leads/unsorted", "unsorted"))
    return any(embedded(one, kind) for one in found for kind in (CONTACTS, COMPANIES)) if found else None


# --- changes ---------------------------------------------------------------------------------------------------------


def only_deleted(account: Account) -> bool | None:
    found = _rows(account, List(path=LEADS, under=LEADS, more={"with": "only_deleted"}))
    return all(one.get("is_deleted") is True for one in found) if found else None


def merged(account: Account) -> bool | None:
    """The card that the event is of is there."""
    for one in _rows(account, List(path="events", under="events", filter={"type": ["entity_merged"]})):
        kind = PLURAL.get(text(one.get("entity_type")), "")
        return bool(kind) and account.get(f"{kind}/{identity(one.get('entity_id'))}") is not None
    return None


def purchases(account: Account) -> bool | None:
    for one in _rows(account, _list("customers/transactions", "transactions")):
        customer = account.get(f"{CUSTOMERS}/{identity(one.get('customer_id'))}")
        made = identity(one.get("created_at"))
        return identity(customer.get("updated_at")) >= made if customer else None
    return None


def no_purchases(account: Account) -> bool | None:
    try:
        found = _rows(account, _list("customers/transactions", "transactions", spare=False))
    except hub.Refused:
        return True
    return None if found else False
