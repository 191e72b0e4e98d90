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
_MISSING = ("FieldMissing", "This field is missing.")
_BLANK = ("NotBlank", "This value should not be blank.")
_TYPES: Mapping[str, tuple[type, str]] = {
    **dict.fromkeys(("name", "first_name", "last_name"), (str, "string")),
    **dict.fromkeys(
        ("price", "status_id", "pipeline_id", "responsible_user_id", "created_by", "updated_by"), (int, "int")
    ),
    **dict.fromkeys(
        ("created_at", "updated_at", "closed_at", "loss_reason_id", "next_price", "next_date"), (int, "int")
    ),
    "custom_fields_values": (list, "array"),
}
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


def lacking(given: Sequence[Row], *names: str) -> list[Mistake]:
    """What has to be there, and is not or is empty."""
    return [
        (request_id(one, place), code, name, words)
        for place, one in enumerate(given)
        for name in names
        for code, words in (_MISSING if one.get(name) is None else _BLANK,)
        if one.get(name) in (None, "")
    ]


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
    found = [
        (request, "InvalidType", name, f"This value should be of type {word}.")
        for name, (type_, word) in _TYPES.items()
        if given.get(name) is not None and (not isinstance(given[name], type_) or isinstance(given[name], bool))
    ]
    if found:
        return found
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
        path, field = f"custom_fields_values.{place}", _field(call.account.fields[kind], one)
        wrong = [f"{path}.field_id"] if field is None else [f"{path}.values.{at}" for at in _strange(field, one)]
        found += [(request, "NotSupportedChoice", each, _CHOICE) for each in wrong]
    user = given.get("responsible_user_id")
    if user is not None and all(user != one["id"] for one in call.account.users):
        found.append((request, "NotSupportedChoice", "responsible_user_id", _CHOICE))
    return found


def _strange(field: Row, given: Row) -> list[str]:
    """Where values name an enum that the field does not have: their places, and by what they name it."""
    if not field["enums"]:
        return []
    named = [(at, one) for at, one in enumerate(given.get("values") or ()) if _chosen(field, one) is None]
    by = [next((name for name in ("enum_id", "enum_code") if one.get(name) is not None), "value") for _at, one in named]
    is_free = field["type"] == "multitext"
    return [f"{at}.{name}" for (at, _), name in zip(named, by, strict=True) if not (is_free and name == "value")]


def _field(fields: Sequence[Row], given: Any) -> Row | None:
    if not isinstance(given, dict):
        return None
    name = "id" if given.get("field_id") is not None else "code"
    wanted = given.get(f"field_{name}")
    return next((one for one in fields if wanted is not None and one[name] == wanted), None)


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


def written(call: Call, kind: str, row: Row, given: Row) -> Row:
    """The row after a write. Fields that nobody may write are ignored."""
    now = int(call.account.clock.now())
    made = {**row, "updated_at": now, "updated_by": call.user}
    made |= {name: given[name] for name in _EVERYWHERE | _OWN[kind] if name in given}
    if "pipeline_id" in given and "status_id" not in given and made["pipeline_id"] != row.get("pipeline_id"):
        made["status_id"] = next(iter(directories.pipelines()), row)["_embedded"]["statuses"][1]["id"]
    if kind == LEADS and "closed_at" not in given:
        made["closed_at"] = (row["closed_at"] or now) if made["status_id"] in (WON, LOST) else None
    if kind == CONTACTS and "name" not in given and ("first_name" in given or "last_name" in given):
        made["name"] = f"{made['first_name']} {made['last_name']}".strip()
    if given.get("custom_fields_values") is not None:
        made["custom_fields_values"] = (
            _fields(call.account.fields[kind], row["custom_fields_values"] or [], given["custom_fields_values"]) or None
        )
    return _linked(call, kind, made, given)


def _fields(fields: Sequence[Row], before: Sequence[Row], given: Sequence[Row]) -> list[Row]:
    """A written field replaces all its values; no values take it away."""
    kept = {one["field_id"]: one for one in before}
    for one in given:
        field = _field(fields, one)
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
    if not field["enums"]:
        return {"value": given.get("value")}
    chosen = _chosen(field, given) or field["enums"][0]
    if field["type"] == "multitext":
        return {"value": given.get("value"), "enum_id": chosen["id"], "enum_code": chosen["code"]}
    return {"value": chosen["value"], "enum_id": chosen["id"], "enum_code": None}


def _chosen(field: Row, given: Row) -> Row | None:
    """The enum that a value names, by id, code or, where it is the value itself, by that."""
    names = {"enum_id": "id", "enum_code": "code"} | ({} if field["type"] == "multitext" else {"value": "value"})
    for said, name in names.items():
        if given.get(said) is not None:
            return next((one for one in field["enums"] if one.get(name) == given[said]), None)
    return None


def _linked(call: Call, kind: str, row: Row, given: Row) -> Row:
    embedded = given.get("_embedded") or {}
    for other in (COMPANIES, CONTACTS):
        if other in embedded and f"_{other}" in row:
            row[f"_{other}"] = [one["id"] for one in embedded[other] or ()]
    if "tags" in embedded:
        row["_tags"] = _tagged(call, kind, embedded["tags"])
    away = given.get("tags_to_delete") or ()
    kept = [
        one
        for one in row["_tags"]
        if all(one["name"] != other.get("name") and one["id"] != other.get("id") for other in away)
    ]
    row["_tags"] = kept + [one for one in _tagged(call, kind, given.get("tags_to_add")) if one not in kept]
    return row


def _tagged(call: Call, kind: str, given: Sequence[Row] | None) -> list[Row]:
    """Tags by their ids or names; one that is new by its name comes to be."""
    known = {one["id"]: one for one in call.account.tags[kind].values()}
    found = [
        known[one["id"]] if one.get("id") in known else call.account.tag(kind, str(one["name"]))
        for one in given or ()
        if one.get("id") in known or one.get("name")
    ]
    return list({one["id"]: one for one in found}.values())
