"""POST: entities, leads with all that belongs to them, tasks, notes, calls."""

from functools import partial
from typing import Any

from hub.simulators import forms
from hub.simulators.serving import Reply
from hub_crm_amo.simulator import drawing, refusals, writing
from hub_crm_amo.simulator.calls import Call, Methods
from hub_crm_amo.simulator.directories import ACCOUNT
from hub_crm_amo.simulator.methods.answers import hal
from hub_crm_amo.simulator.world import COMPANIES, CONTACTS, ENTITIES, LEADS, NOTES, TASKS

Row = dict[str, Any]
CREATABLE = frozenset(
    {
        "common",
        "call_in",
        "call_out",
        "service_message",
        "extended_service_message",
        "geolocation",
        "sms_in",
        "sms_out",
        "attachment",
    }
)
"""https://developers.kommo.com/reference/notes-types"""


def entities(call: Call, kind: str) -> Reply:
    given = writing.batch(call)
    writing.check(call, kind, given, [None] * len(given))
    made = [
        _thin(call, kind, _added(call, kind, one), writing.request_id(one, place)) for place, one in enumerate(given)
    ]
    return hal(_answer(call, kind, made))


def _added(call: Call, kind: str, given: Row) -> Row:
    account, now = call.account, int(call.account.clock.now())
    row = writing.fresh(kind, account.next_id(kind), call.user, now)
    return account.put(kind, writing.written(call, kind, row, given) | {"updated_at": given.get("updated_at", now)})


def _thin(call: Call, kind: str, row: Row, request: str) -> Row:
    return {"id": row["id"], "request_id": request, "_links": drawing.link(f"{call.base}/api/v4/{kind}/{row['id']}")}


def _answer(call: Call, kind: str, made: list[Row], name: str = "") -> Row:
    return {"_links": drawing.link(f"{call.base}/api/v4/{kind}"), "_embedded": {name or kind: made}}


def complex_leads(call: Call) -> Reply:
    """https://developers.kommo.com/reference/complex-leads: the lead, its contact and its company at once; a bare list."""
    given = writing.batch(call)
    if len(given) > 50:
        raise refusals.Refusal(400, "No more than 50 leads may be written at once")
    writing.check(call, LEADS, given, [None] * len(given))
    return hal([_complex(call, one, place) for place, one in enumerate(given)])


def _complex(call: Call, given: Row, place: int) -> Row:
    made: dict[str, list[int]] = {}
    for kind in (COMPANIES, CONTACTS):
        new = [one for one in (given.get("_embedded") or {}).get(kind) or () if "id" not in one]
        made[kind] = [_added(call, kind, one)["id"] for one in new]
        made[kind] += [one["id"] for one in (given.get("_embedded") or {}).get(kind) or () if "id" in one]
    lead = _added(
        call, LEADS, {**given, "_embedded": {kind: [{"id": id_} for id_ in ids] for kind, ids in made.items()}}
    )
    return {
        "id": lead["id"], "contact_id": next(iter(made[CONTACTS]), None), "company_id": next(iter(made[COMPANIES]), None),
        "request_id": [writing.request_id(given, place)], "merged": False,
    }  # fmt: skip


def tasks(call: Call) -> Reply:
    given = writing.batch(call)
    if mistakes := writing.lacking(given, "text", "complete_till"):
        raise refusals.invalid(mistakes)
    made = [_thin(call, TASKS, _task(call, one), writing.request_id(one, place)) for place, one in enumerate(given)]
    return hal(_answer(call, TASKS, made))


def _task(call: Call, given: Row) -> Row:
    now = int(call.account.clock.now())
    row = {
        "id": call.account.next_id(TASKS), "created_by": call.user, "updated_by": call.user, "created_at": now, "updated_at": now,
        "responsible_user_id": call.user, "group_id": 0, "entity_id": 0, "entity_type": "leads", "duration": 0, "is_completed": False,
        "task_type_id": 1, "text": "", "result": [], "complete_till": now, "account_id": ACCOUNT,
    }  # fmt: skip
    return call.account.put(TASKS, row | {name: given[name] for name in row if name in given and name != "id"})


def notes(call: Call, entity: str) -> Reply:
    """To cards of a kind, each named in its note, or to one that the path names."""
    given = writing.batch(call)
    fixed = forms.number(call.way[1]) if len(call.way) == 3 else None
    mistakes = writing.lacking(given, "note_type", *(() if fixed else ("entity_id",))) or [
        (writing.request_id(one, place), "NotSupportedChoice", path, "The value you selected is not a valid choice.")
        for place, one in enumerate(given)
        for path, is_right in (
            ("note_type", one.get("note_type") in CREATABLE),
            ("entity_id", forms.number(fixed or one.get("entity_id")) in call.account.tables[entity]),
        )
        if not is_right
    ]
    if mistakes:
        raise refusals.invalid(mistakes)
    made = []
    for place, one in enumerate(given):
        row = note(call, entity, fixed or one["entity_id"], one)
        href = f"{call.base}/api/v4/{entity}/{row['entity_id']}/notes/{row['id']}"
        made.append(
            {
                "id": row["id"],
                "entity_id": row["entity_id"],
                "request_id": writing.request_id(one, place),
                "_links": drawing.link(href),
            }
        )
    return hal(_answer(call, NOTES[entity], made, "notes"))


def note(call: Call, entity: str, number: int, given: Row) -> Row:
    account, now = call.account, int(call.account.clock.now())
    row = {
        "id": account.next_id(NOTES[entity]), "entity_id": number, "created_by": given.get("created_by", call.user), "updated_by": call.user,
        "created_at": given.get("created_at", now), "updated_at": now, "responsible_user_id": given.get("responsible_user_id", call.user),
        "group_id": 0, "account_id": ACCOUNT, "note_type": given["note_type"], "params": given.get("params") or {},
    }  # fmt: skip
    return account.put(NOTES[entity], row)


def calls(call: Call) -> Reply:
    """https://developers.kommo.com/reference/add-calls: bound by the last ten digits of the telephone."""
    made: list[Row] = []
    errors: list[Row] = []
    for place, one in enumerate(writing.batch(call)):
        number = call.account.by_phone(one.get("phone"))
        if not number:
            errors.append(
                {
                    "request_id": writing.request_id(one, place),
                    "title": "Entity not found",
                    "status": 263,
                    "detail": "Entity not found",
                }
            )
            continue
        names = ("uniq", "duration", "source", "link", "phone", "call_result", "call_status")
        type_ = "call_in" if one.get("direction") == "inbound" else "call_out"
        given = {**one, "note_type": type_, "params": {name: one.get(name) for name in names}}
        if "call_responsible" in one:
            given["responsible_user_id"] = one["call_responsible"]
        row = note(call, CONTACTS, number, given)
        made.append(
            {
                "id": row["id"],
                "entity_id": number,
                "entity_type": "contact",
                "account_id": ACCOUNT,
                "request_id": writing.request_id(one, place),
            }
        )
    status = 200 if made or not errors else 400
    return hal({"_total_items": len(made), "errors": errors, "_embedded": {"calls": made}}, status)


METHODS: Methods = {
    **{("POST", kind): partial(entities, kind=kind) for kind in ENTITIES},
    **{("POST", kind): partial(notes, entity=entity) for entity, kind in NOTES.items()},
    **{("POST", f"{entity}/*/notes"): partial(notes, entity=entity) for entity in NOTES},
    ("POST", "leads/complex"): complex_leads,
    ("POST", "tasks"): tasks,
    ("POST", "calls"): calls,
}
