"""What has come in and is to be sorted: https://developers.kommo.com/reference/incoming-leads and its twins.

A manager accepts it, which makes a lead of it, or declines it: either way it is no longer there.
"""

from functools import partial
from typing import Any

from hub.simulators import forms
from hub.simulators.serving import Reply
from hub_crm_amo.simulator import refusals, writing
from hub_crm_amo.simulator.calls import Call, Methods
from hub_crm_amo.simulator.directories import ACCOUNT
from hub_crm_amo.simulator.methods import reading
from hub_crm_amo.simulator.methods.answers import hal, nothing
from hub_crm_amo.simulator.rows import unsorted_uid
from hub_crm_amo.simulator.world import CONTACTS, LEADS, TALKS, UNSORTED

Row = dict[str, Any]
CATEGORIES = ("sip", "mail", "forms", "chats")


def _row(call: Call) -> Row | None:
    found = call.account.finder(UNSORTED).having("uid", call.way[2])
    return call.account.tables[UNSORTED].row(found[0]) if found else None


def one(call: Call) -> Reply:
    found = _row(call)
    return nothing() if found is None else reading.drawn(call, UNSORTED, found)


def summary(call: Call) -> Reply:
    """Of what is still to be sorted; what was sorted is not counted here."""
    table = call.account.tables[UNSORTED]
    found = [table.row(number)["category"] for number in table.ids]
    parts = {category: {"total": found.count(category)} for category in CATEGORIES}
    return hal({"total": len(found), "accepted": 0, "declined": 0, "average_sort_time": 0, "categories": parts})


def accept(call: Call) -> Reply:
    found, given = _row(call), call.body if isinstance(call.body, dict) else {}
    if found is None:
        raise refusals.not_there()
    account, now = call.account, int(call.account.clock.now())
    wanted = {"status_id": given["status_id"]} if "status_id" in given else {}
    fresh = writing.fresh(LEADS, account.next_id(LEADS), forms.number(given.get("user_id"), call.user), now)
    lead = account.put(LEADS, {**fresh, **wanted, "name": found["source_name"], "_contacts": found[f"_{CONTACTS}"]})
    account.delete(UNSORTED, found["id"])
    if talk := account.tables[TALKS].get(found["id"]):
        account.talked({**talk, "entity_id": lead["id"], "entity_type": "lead", "updated_at": now})
    return hal(_sorted(found, [{"id": lead["id"]}]))


def decline(call: Call) -> Reply:
    found = _row(call)
    if found is None:
        raise refusals.not_there()
    call.account.delete(UNSORTED, found["id"])
    return hal(_sorted(found, []))


def _sorted(row: Row, leads: list[Row]) -> Row:
    of = {"leads": leads, "contacts": [{"id": number} for number in row[f"_{CONTACTS}"]], "companies": []}
    return {"uid": row["uid"], "pipeline_id": row["pipeline_id"], "category": row["category"], "_embedded": of}


def add(call: Call, category: str) -> Reply:
    """From a form of a site or a telephone exchange."""
    made = [_added(call, category, one, place) for place, one in enumerate(writing.batch(call))]
    return hal({"_total_items": len(made), "_embedded": {"unsorted": made}}, 200)


def _added(call: Call, category: str, given: Row, place: int) -> Row:
    account, now = call.account, int(call.account.clock.now())
    number = account.next_id(UNSORTED)
    said = {name: given.get(name) for name in ("source_uid", "source_name", "pipeline_id", "metadata")}
    row = {
        "id": number, "uid": unsorted_uid(number), **said, "category": category, "account_id": ACCOUNT,
        "created_at": given.get("created_at", now), "updated_at": now, "is_deleted": False, "_contacts": [], "_companies": [],
    }  # fmt: skip
    account.put(UNSORTED, row)
    return {
        "uid": row["uid"], "account_id": ACCOUNT, "request_id": writing.request_id(given, place),
        "_embedded": {"contacts": [], "companies": [], "leads": []},
    }  # fmt: skip


METHODS: Methods = {
    ("GET", "leads/unsorted"): partial(reading.many, kind=UNSORTED),
    ("GET", "leads/unsorted/summary"): summary,
    ("GET", "leads/unsorted/*"): one,
    ("POST", "leads/unsorted/*/accept"): accept,
    ("DELETE", "leads/unsorted/*/decline"): decline,
    **{("POST", f"leads/unsorted/{category}"): partial(add, category=category) for category in ("forms", "sip")},
}
