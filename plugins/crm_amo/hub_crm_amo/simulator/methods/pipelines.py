"""Pipelines of leads and their stages: https://developers.kommo.com/reference/leads-pipelines-and-stages."""

from hub.simulators import forms
from hub.simulators.serving import Reply
from hub_crm_amo.simulator import drawing, refusals, writing
from hub_crm_amo.simulator.calls import Call, Methods
from hub_crm_amo.simulator.directories import ACCOUNT
from hub_crm_amo.simulator.methods.answers import hal, nothing
from hub_crm_amo.simulator.methods.written import Row, allowed, an_object, checked, of_id, whole
from hub_crm_amo.simulator.world import LEADS, LOST, WON

_MOST_PIPELINES, _MOST_STAGES = 50, 100


def add_pipelines(call: Call) -> Reply:
    """https://developers.kommo.com/reference/add-pipelines: with stages, and names for those that every pipeline has."""
    allowed(call)
    given, of = writing.batch(call), call.account
    checked(writing.lacking(given, "name"))
    if len(of.pipelines) + len(given) > _MOST_PIPELINES:
        raise refusals.Refusal(400, f"No more than {_MOST_PIPELINES} pipelines")
    made = []
    for one in given:
        made.append(_pipeline(call, one))
        of.pipelines.append(made[-1])
    return whole(call, "pipelines", [drawing.pipeline(one, call.base) for one in made], given)


def _pipeline(call: Call, given: Row) -> Row:
    number = 1 + max(one["id"] for one in call.account.pipelines)
    named = {one["id"]: one["name"] for one in _stages(given) if one.get("id") in (WON, LOST) and one.get("name")}
    closed = ((WON, "Успешно реализовано"), (LOST, "Закрыто и не реализовано"))
    row: Row = {
        "id": number, "name": str(given["name"]), "sort": forms.number(given.get("sort"), number),
        "is_main": bool(given.get("is_main")), "is_unsorted_on": bool(given.get("is_unsorted_on", True)), "is_archive": False,
        "account_id": ACCOUNT, "_embedded": {"statuses": []},
    }  # fmt: skip
    stages = row["_embedded"]["statuses"]
    first = _next_stage(call)
    stages.append(_stage(row, first, {"name": "Неразобранное", "sort": 10}, type_=1))
    for at, one in enumerate((one for one in _stages(given) if one.get("id") not in (WON, LOST)), 1):
        stages.append(_stage(row, first + at, {"sort": 10 + 10 * at, **one}))
    stages += [_stage(row, id_, {"name": named.get(id_, name), "sort": 10_000 + id_}) for id_, name in closed]
    return row


def _stages(given: Row) -> list[Row]:
    return [one for one in (given.get("_embedded") or {}).get("statuses") or () if isinstance(one, dict)]


def _next_stage(call: Call) -> int:
    return 1 + max(int(stage["id"]) for one in call.account.pipelines for stage in one["_embedded"]["statuses"])


def _stage(pipeline: Row, number: int, given: Row, type_: int = 0) -> Row:
    return {
        "id": number, "name": str(given.get("name", "")), "sort": forms.number(given.get("sort"), 20),
        "is_editable": number > LOST and not type_, "pipeline_id": pipeline["id"], "color": given.get("color") or "#99ccff",
        "type": type_, "account_id": ACCOUNT,
    }  # fmt: skip


def change_pipeline(call: Call) -> Reply:
    allowed(call)
    row, given = of_id(call.account.pipelines, forms.number(call.way[2])), an_object(call)
    row |= {name: given[name] for name in ("name", "sort", "is_main", "is_unsorted_on") if name in given}
    call.account.wrote += 1
    return hal(drawing.pipeline(row, call.base))


def delete_pipeline(call: Call) -> Reply:
    """https://developers.kommo.com/reference/delete-pipeline: not the last one; leads that are in it keep it."""
    allowed(call)
    row = of_id(call.account.pipelines, forms.number(call.way[2]))
    if len(call.account.pipelines) == 1:
        raise refusals.Refusal(400, "The last pipeline cannot be deleted")
    _empty(call, row["id"])
    call.account.pipelines.remove(row)
    call.account.wrote += 1
    return nothing()


def _empty(call: Call, pipeline: int, status: int | None = None) -> None:
    table = call.account.tables[LEADS]
    for number in table.ids:
        if table.value(number, "pipeline_id") == pipeline and status in (None, table.value(number, "status_id")):
            raise refusals.Refusal(400, "There are leads in it")


def get_stage(call: Call) -> Reply:
    pipeline = of_id(call.account.pipelines, forms.number(call.way[2]))
    return hal(drawing.stage(of_id(pipeline["_embedded"]["statuses"], forms.number(call.way[4])), call.base))


def add_stages(call: Call) -> Reply:
    """https://developers.kommo.com/reference/add-stages"""
    allowed(call)
    pipeline, given = of_id(call.account.pipelines, forms.number(call.way[2])), writing.batch(call)
    checked(writing.lacking(given, "name"))
    stages, first = pipeline["_embedded"]["statuses"], _next_stage(call)
    if len(stages) + len(given) > _MOST_STAGES:
        raise refusals.Refusal(400, f"No more than {_MOST_STAGES} stages")
    made = [_stage(pipeline, first + at, one) for at, one in enumerate(given)]
    pipeline["_embedded"]["statuses"] = sorted([*stages, *made], key=lambda one: int(one["sort"]))
    return whole(call, "statuses", [drawing.stage(one, call.base) for one in made], given)


def change_stage(call: Call) -> Reply:
    allowed(call)
    pipeline, given = of_id(call.account.pipelines, forms.number(call.way[2])), an_object(call)
    row = of_id(pipeline["_embedded"]["statuses"], forms.number(call.way[4]))
    row |= {name: given[name] for name in ("name", "sort", "color") if name in given}
    call.account.wrote += 1
    return hal(drawing.stage(row, call.base))


def delete_stage(call: Call) -> Reply:
    allowed(call)
    pipeline = of_id(call.account.pipelines, forms.number(call.way[2]))
    row = of_id(pipeline["_embedded"]["statuses"], forms.number(call.way[4]))
    if not row["is_editable"]:
        raise refusals.Refusal(400, "A stage of the system cannot be deleted")
    _empty(call, pipeline["id"], row["id"])
    pipeline["_embedded"]["statuses"].remove(row)
    call.account.wrote += 1
    return nothing()


_PIPELINE, _STAGE = "leads/pipelines/*", "leads/pipelines/*/statuses/*"
METHODS: Methods = {
    ("POST", "leads/pipelines"): add_pipelines, ("PATCH", _PIPELINE): change_pipeline, ("DELETE", _PIPELINE): delete_pipeline,
    ("GET", _STAGE): get_stage, ("POST", "leads/pipelines/*/statuses"): add_stages, ("PATCH", _STAGE): change_stage,
    ("DELETE", _STAGE): delete_stage,
}  # fmt: skip
