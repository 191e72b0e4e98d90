"""PATCH: many entities by a list, one by its path; tasks and notes the same way."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from hub.simulators import forms
from hub.simulators.serving import Reply
from hub_crm_amo.simulator import drawing, refusals, writing
from hub_crm_amo.simulator.calls import Call, Methods
from hub_crm_amo.simulator.methods.answers import hal
from hub_crm_amo.simulator.world import ENTITIES, NOTES, TASKS

Row = dict[str, Any]
_WRITABLE = {
    TASKS: frozenset({"text", "complete_till", "is_completed", "result", "responsible_user_id", "task_type_id", "entity_id", "entity_type", "duration", "updated_at"}),
    **dict.fromkeys(NOTES.values(), frozenset({"params", "updated_at"})),
}  # fmt: skip


def many(call: Call, kind: str) -> Reply:
    given = writing.batch(call)
    rows = _rows(call, kind, given)
    _check(call, kind, given, rows)
    made = [_changed(call, kind, row, one) for one, row in zip(given, rows, strict=True)]
    thin = [
        _thin(call, kind, row) | {"request_id": writing.request_id(one, place)}
        for place, (one, row) in enumerate(zip(given, made, strict=True))
    ]
    return hal({"_links": drawing.link(f"{call.base}/api/v4/{kind}"), "_embedded": {kind.rpartition("/")[2]: thin}})


def _rows(call: Call, kind: str, given: Sequence[Row]) -> list[Row]:
    found = [call.account.tables[kind].get(forms.number(one.get("id"))) for one in given]
    missing = [
        (writing.request_id(one, place), "NotSupportedChoice", "id", "The value you selected is not a valid choice.")
        for place, (one, row) in enumerate(zip(given, found, strict=True))
        if row is None
    ]
    if missing:
        raise refusals.invalid(missing)
    return [row for row in found if row is not None]


def _check(call: Call, kind: str, given: Sequence[Row], rows: Sequence[Row]) -> None:
    if kind in ENTITIES:
        writing.check(call, kind, given, rows)


def _changed(call: Call, kind: str, row: Row, given: Row) -> Row:
    if kind in ENTITIES:
        return call.account.put(kind, writing.written(call, kind, row, given))
    now = int(call.account.clock.now())
    made = {**row, "updated_at": now, "updated_by": call.user}
    return call.account.put(kind, made | {name: given[name] for name in _WRITABLE[kind] if name in given})


def _thin(call: Call, kind: str, row: Row) -> Row:
    return {
        "id": row["id"],
        "updated_at": row["updated_at"],
        "_links": drawing.link(f"{call.base}/api/v4/{kind}/{row['id']}"),
    }


def one(call: Call, kind: str) -> Reply:
    if not isinstance(call.body, dict):
        raise refusals.not_the_shape("an object")
    row = call.account.tables[kind].get(forms.number(call.way[-1]))
    if row is None:
        raise refusals.not_there()
    _check(call, kind, [call.body], [row])
    return hal(_thin(call, kind, _changed(call, kind, row, call.body)))


METHODS: Methods = {
    **{("PATCH", kind): partial(many, kind=kind) for kind in (*ENTITIES, TASKS, *NOTES.values())},
    **{("PATCH", f"{kind}/*"): partial(one, kind=kind) for kind in (*ENTITIES, TASKS)},
    **{("PATCH", f"{kind}/*"): partial(one, kind=kind) for kind in NOTES.values()},
    **{("PATCH", f"{entity}/*/notes/*"): partial(one, kind=kind) for entity, kind in NOTES.items()},
}
