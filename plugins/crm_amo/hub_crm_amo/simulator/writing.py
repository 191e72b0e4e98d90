"""What a written entity does to a row: https://developers.kommo.com/reference/adding-leads, updating-leads and their twins.

Answers are thin: ids, `updated_at`, `request_id` (what was sent, else the place in the list). Nothing keeps a write from
being carried out twice.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from hub_crm_amo.simulator import directories, lists
from hub_crm_amo.simulator.calls import Call
from hub_crm_amo.simulator.refusals import Refusal, invalid, not_the_shape
from hub_crm_amo.simulator.world import COMPANIES, CONTACTS, CUSTOMERS, LEADS, LOST, SALES, WON

Row = dict[str, Any]
Mistake = tuple[str, str, str, str]
_CHOICE = "The value you selected is not a valid choice."
_EVERYWHERE = frozenset({"name", "responsible_user_id", "created_by", "updated_by", "created_at", "updated_at"})
_OWN: Mapping[str, frozenset[str]] = {
    LEADS: frozenset({"price", "status_id", "pipeline_id", "loss_reason_id", "closed_at"}),
    CONTACTS: frozenset({"first_name", "last_name"}),
    COMPANIES: frozenset(),
    CUSTOMERS: frozenset({"next_price", "next_date", "periodicity"}),
}


def batch(call: Call) -> Sequence[Row]:
    """The entities of a write: a list, of not too many. Raises Refusal."""
    if not isinstance(call.body, list) or not all(isinstance(one, dict) for one in call.body):
        raise not_the_shape("an array of objects")
    limits = call.account.limits
    if limits is not None:
        lists.refuse_past(limits.biggest_write, len(call.body))
        if len(call.body) >= limits.slow_from:
            raise Refusal(504, "Gateway Timeout")
    return call.body


def request_id(given: Row, place: int) -> str:
    return str(given.get("request_id", place))


def check(call: Call, kind: str, given: Sequence[Row], rows: Sequence[Row | None]) -> None:
    """Refuse the whole write where one entity is wrong."""
    mistakes = [
        mistake
        for place, (one, row) in enumerate(zip(given, rows, strict=True))
        for mistake in _mistakes(call, kind, one, row, request_id(one, place))
    ]
    if mistakes:
        raise invalid(mistakes)


def _mistakes(call: Call, kind: str, given: Row, row: Row | None, request: str) -> list[Mistake]:
    found: list[Mistake] = []
    if kind == LEADS and ("status_id" in given or "pipeline_id" in given):
        pipeline = given.get("pipeline_id", row["pipeline_id"] if row else SALES)
        stages = {
            status["id"]
            for one in call.account.pipelines
            if one["id"] == pipeline
            for status in one["_embedded"]["statuses"]
        }
        if not stages:
            found.append((request, "NotSupportedChoice", "pipeline_id", _CHOICE))
        elif given.get("status_id", WON) not in stages:
            found.append((request, "NotSupportedChoice", "status_id", _CHOICE))
    for place, one in enumerate(given.get("custom_fields_values") or ()):
        if _field(kind, one) is None:
            found.append((request, "NotSupportedChoice", f"custom_fields_values.{place}.field_id", _CHOICE))
    user = given.get("responsible_user_id")
    if user is not None and all(user != one["id"] for one in call.account.users):
        found.append((request, "NotSupportedChoice", "responsible_user_id", _CHOICE))
    return found


def _field(kind: str, given: Any) -> Row | None:
    if not isinstance(given, dict):
        return None
    if given.get("field_id") is not None:
        return directories.field(kind, given["field_id"])
    return directories.coded(kind, str(given.get("field_code")))


def fresh(kind: str, number: int, user: int, now: int) -> Row:
    """An entity before anything is said about it."""
    row: Row = {
        "id": number, "name": "", "responsible_user_id": user, "group_id": 0, "created_by": user, "updated_by": user, "created_at": now,
        "updated_at": now, "account_id": directories.ACCOUNT, "closest_task_at": None, "is_deleted": False, "custom_fields_values": None,
        "_tags": [],
    }  # fmt: skip
    match kind:
        case "leads":
            return row | {
                "price": 0, "status_id": 3102, "pipeline_id": SALES, "loss_reason_id": None, "closed_at": None, "score": None,
                "labor_cost": None, "is_price_computed": False, "_companies": [], "_contacts": [],
            }  # fmt: skip
        case "contacts":
            return row | {"first_name": "", "last_name": "", "is_unsorted": False, "_companies": []}
        case "customers":
            return row | {"next_price": 0, "next_date": now, "status_id": 4001, "periodicity": 0, "ltv": 0, "purchases_count": 0, "average_check": 0, "_companies": []}  # fmt: skip
        case _:
            return row


def written(kind: str, row: Row, given: Row, user: int, now: int) -> Row:
    """The row after a write. Fields that nobody may write are ignored."""
    made = {**row, "updated_at": now, "updated_by": user}
    made |= {name: given[name] for name in _EVERYWHERE | _OWN[kind] if name in given}
    if "pipeline_id" in given and "status_id" not in given and made["pipeline_id"] != row.get("pipeline_id"):
        made["status_id"] = next(iter(directories.pipelines()), row)["_embedded"]["statuses"][1]["id"]
    if kind == LEADS and "closed_at" not in given:
        made["closed_at"] = (row["closed_at"] or now) if made["status_id"] in (WON, LOST) else None
    if kind == CONTACTS and "name" not in given and ("first_name" in given or "last_name" in given):
        made["name"] = f"{made['first_name']} {made['last_name']}".strip()
    if given.get("custom_fields_values") is not None:
        made["custom_fields_values"] = (
            _fields(kind, row["custom_fields_values"] or [], given["custom_fields_values"]) or None
        )
    return _linked(made, given)


def _fields(kind: str, before: Sequence[Row], given: Sequence[Row]) -> list[Row]:
    """A written field replaces all its values; no values take it away."""
    kept = {one["field_id"]: one for one in before}
    for one in given:
        field = _field(kind, one)
        if field is None:
            continue
        kept.pop(field["id"], None)
        if one.get("values"):
            made = {
                "field_id": field["id"],
                "field_name": field["name"],
                "field_code": field["code"],
                "field_type": field["type"],
            }
            kept[field["id"]] = {**made, "values": [_value(field, value) for value in one["values"]]}
    return list(kept.values())


def _value(field: Row, given: Row) -> Row:
    enums = field["enums"] or []
    if not enums:
        return {"value": given.get("value")}
    chosen = next(
        (
            one
            for one in enums
            if one["id"] == given.get("enum_id") or one.get("code", "") == given.get("enum_code", "")
        ),
        None,
    )
    if field["type"] == "multitext":
        chosen = chosen or enums[0]
        return {"value": given.get("value"), "enum_id": chosen["id"], "enum_code": chosen["code"]}
    chosen = chosen or next((one for one in enums if one["value"] == given.get("value")), enums[0])
    return {"value": chosen["value"], "enum_id": chosen["id"], "enum_code": None}


def _linked(row: Row, given: Row) -> Row:
    embedded = given.get("_embedded") or {}
    for other in (COMPANIES, CONTACTS):
        if other in embedded and f"_{other}" in row:
            row[f"_{other}"] = [one["id"] for one in embedded[other] or ()]
    if "tags" in embedded:
        row["_tags"] = [_tag(one) for one in embedded["tags"] or ()]
    kept = [
        one
        for one in row["_tags"]
        if all(one["name"] != other.get("name") for other in given.get("tags_to_delete") or ())
    ]
    row["_tags"] = kept + [_tag(one) for one in given.get("tags_to_add") or ()]
    return row


def _tag(given: Row) -> Row:
    return {"id": given.get("id", 9001), "name": given.get("name", "VIP"), "color": None}
