"""Purchases of customers: https://www.amocrm.ru/developers/content/crm_platform/customers-api#transactions-list and its twins."""

from functools import partial
from typing import Any

from hub.simulators import forms
from hub.simulators.serving import Reply
from hub_crm_amo.simulator import drawing, refusals, writing
from hub_crm_amo.simulator.calls import Call, Methods
from hub_crm_amo.simulator.directories import ACCOUNT
from hub_crm_amo.simulator.methods import reading
from hub_crm_amo.simulator.methods.answers import hal, nothing
from hub_crm_amo.simulator.world import CUSTOMERS, PURCHASES

Row = dict[str, Any]


def many(call: Call) -> Reply:
    """All of them, or those of one customer. None at all is a 404 in words of its own, unlike every other list."""
    asked = call
    if len(call.way) == 3:
        asked = reading.asking(call, {**call.query, "filter": {"customer_id": call.way[1]}})
    said = reading.many(asked, PURCHASES, "transactions")
    if said.status == 204:
        raise refusals.Refusal(404, "Transactions not found")
    return said


def add(call: Call) -> Reply:
    """The customer has bought: his counters go on, and he may be expected again."""
    account, number = call.account, forms.number(call.way[1])
    customer = account.tables[CUSTOMERS].get(number)
    if customer is None:
        raise refusals.not_there()
    given = writing.batch(call)
    mistakes = [
        (writing.request_id(one, place), "NotBlank", "price", "This value should not be blank.")
        for place, one in enumerate(given)
        if not one.get("price")
    ]
    if mistakes:
        raise refusals.invalid(mistakes)
    made = [
        {"id": _added(call, number, one), "customer_id": number, "request_id": writing.request_id(one, place)}
        for place, one in enumerate(given)
    ]
    expected: Row = {name: one[name] for one in given for name in ("next_price", "next_date") if name in one}
    counted = {
        "purchases_count": customer["purchases_count"] + len(given),
        "ltv": customer["ltv"] + sum(one["price"] for one in given),
    }
    account.put(CUSTOMERS, {**customer, **expected, **counted, "updated_at": int(account.clock.now())})
    links = drawing.link(f"{call.base}/api/v4/customers/{number}/transactions")
    return hal({"_links": links, "_embedded": {"transactions": made}})


def _added(call: Call, customer: int, given: Row) -> int:
    now, number = int(call.account.clock.now()), call.account.next_id(PURCHASES)
    row = {
        "id": number, "comment": given.get("comment"), "price": given["price"],
        "completed_at": given.get("completed_at", now), "customer_id": customer, "created_by": given.get("created_by", call.user),
        "updated_by": call.user, "created_at": now, "updated_at": now, "account_id": ACCOUNT, "is_deleted": False,
    }  # fmt: skip
    call.account.put(PURCHASES, row)
    return number


def remove(call: Call) -> Reply:
    number = forms.number(call.way[-1])
    if number not in call.account.tables[PURCHASES]:
        raise refusals.not_there()
    call.account.delete(PURCHASES, number)
    return nothing()


METHODS: Methods = {
    ("GET", "customers/transactions"): many,
    ("GET", "customers/transactions/*"): partial(reading.one, kind=PURCHASES),
    ("GET", "customers/*/transactions"): many,
    ("POST", "customers/*/transactions"): add,
    ("DELETE", "customers/transactions/*"): remove,
}
