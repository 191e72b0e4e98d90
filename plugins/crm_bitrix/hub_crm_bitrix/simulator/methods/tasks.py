"""Tasks, as far as the CRM has to do with them: https://apidocs.bitrix24.com/api-reference/tasks/index.html

One that is bound to something of the CRM (`UF_CRM_TASK`) has an activity there, which follows it: its title, its deadline,
whose it is, what it hangs on, and whether it is done. `subStatus`, by which `STATUS` filters, tells of one that is open also
whether it is overdue (-1), was not looked at (-2) or is due within a day (-3): REAL_STATUS does not.
Events: https://dev.1c-bitrix.ru/rest_help/tasks/events_tasks/index.php
"""

from collections.abc import Callable, Mapping
from typing import Any

from hub.simulators import forms
from hub.simulators.tables import Row
from hub_crm_bitrix.simulator import fields, happenings, moments
from hub_crm_bitrix.simulator.calls import Answer, Call
from hub_crm_bitrix.simulator.filters import Kind, condition, split
from hub_crm_bitrix.simulator.lists import Wanted
from hub_crm_bitrix.simulator.methods.timeline import touched
from hub_crm_bitrix.simulator.refusals import Refusal

_NUMBERS = ("ID", "PARENT_ID", "GROUP_ID", "CREATED_BY", "RESPONSIBLE_ID", "PRIORITY", "STATUS", "CHANGED_BY", "CLOSED_BY", "STAGE_ID")  # fmt: skip
_PLANNED = ("DEADLINE", "START_DATE_PLAN", "END_DATE_PLAN")
_WRITTEN = ("TITLE", "DESCRIPTION", "PRIORITY", "STATUS")
_PEOPLE = ("CREATED_BY", "RESPONSIBLE_ID")
_KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(_NUMBERS, "number"), **dict.fromkeys(_PLANNED, "moment"),
    **dict.fromkeys(("CREATED_DATE", "CHANGED_DATE", "CLOSED_DATE", "DATE_START"), "moment"),
    **dict.fromkeys(("TITLE", "MARK", "UF_CRM_TASK", "XML_ID"), "text"),
}  # fmt: skip
_STATUSES = frozenset("234567")
_DONE = "5"
_CLOSED = frozenset("457")
_DAY = 86_400
_NOTHING = "undefined"


def _column(name: str) -> tuple[str, Kind] | None:
    name = name.upper().removeprefix("REAL_")
    return (fields.camel(name), _KINDS[name]) if name in _KINDS else None


def list_tasks(call: Call) -> Answer:
    """Newest first unless told, with what was selected, or all but what hangs on it in the CRM."""
    call.need("task")
    page = call.portal.find("tasks", Wanted(
        filter=_filter(call), order=call.map("order"), start=call.number("start"), columns=_column,
        by_default=(("id", True),),
    ))  # fmt: skip
    rows = [_shown(call, call.portal.tables["tasks"].row(number)) for number in page.ids]
    return Answer(result={"tasks": rows}, total=page.total, next=page.next, rows=len(rows))


def _filter(call: Call) -> dict[str, Any]:
    """With the ids in the place of what is asked of STATUS: what is overdue changes with the clock, and no row does."""
    given = call.map("filter")
    asked = {key: value for key, value in given.items() if split(key)[1].upper() == "STATUS"}
    if not asked:
        return given
    holds = [condition("STATUS", split(key)[0], value, "number").holds for key, value in asked.items()]
    table = call.portal.tables["tasks"]
    ids = [number for number in table.ids if all(one(_sub_status(call, table.row(number))) for one in holds)]
    return {key: value for key, value in given.items() if key not in asked} | {"@ID": ids}


def _sub_status(call: Call, row: Row) -> str:
    due, now = row["deadline"] or "", call.portal.clock.now()
    if due and row["status"] not in _CLOSED and due < moments.written(now + _DAY):
        return "-1" if due < moments.written(now) else "-3"
    return "-2" if row["status"] == "2" and row["notViewed"] == "Y" else str(row["status"])


def _shown(call: Call, row: Row) -> Row:
    select = call.names("select")
    if "*" in select:
        chosen = {name: value for name, value in row.items() if name != "_activity"}
    elif select:
        names = {"id", *(fields.camel(name.upper()) for name in select)}
        chosen = {name: value for name, value in row.items() if name in names}
    else:
        chosen = {name: value for name, value in row.items() if name not in ("ufCrmTask", "_activity")}
    people = {"createdBy": "creator", "responsibleId": "responsible"}
    shown = {role: _person(call, chosen[name]) for name, role in people.items() if name in chosen}
    return chosen | {"group": []} | shown | ({"subStatus": _sub_status(call, row)} if "status" in chosen else {})


def _person(call: Call, user: str) -> Row:
    row = call.portal.tables["users"].get(int(user)) or {}
    return {
        "id": user, "name": f"{row.get('NAME', '')} {row.get('LAST_NAME', '')}".strip(),
        "link": f"/company/personal/user/{user}/", "icon": "/bitrix/images/tasks/default_avatar.png",
        "workPosition": row.get("WORK_POSITION", ""),
    }  # fmt: skip


def _existing(call: Call) -> Row | None:
    """None where there is no such task. Raises Refusal for what is no id at all."""
    call.need("task")
    if call.get("taskid") is None:
        said = "CTaskItem All parameters in the constructor must have real class type (internal error)"
        raise Refusal(400, "100", said)
    if not call.text("taskid").isdecimal():
        raise Refusal(400, "0", "wrong task id")
    return call.portal.tables["tasks"].get(call.number("taskid"))


def get(call: Call) -> Answer:
    """An empty list where there is no such task."""
    row = _existing(call)
    return Answer(result=[] if row is None else {"task": _shown(call, row)})


def _to_change(call: Call) -> Row:
    row = _existing(call)
    if row is None:
        raise Refusal(400, "0", "Действие над задачей не разрешено (internal error)")
    return row


def _given(call: Call) -> dict[str, Any]:
    """What may be written, as a row has it. Raises Refusal."""
    given = {name.upper(): value for name, value in call.map("fields").items()}
    if not given:
        raise Refusal(400, "100", "Could not find value for parameter {fields} (internal error)")
    found: dict[str, Any] = {fields.camel(name): forms.text(given[name]) for name in _WRITTEN if name in given}
    found |= {fields.camel(name): moments.read(forms.text(given[name])) for name in _PLANNED if name in given}
    found |= {fields.camel(name): str(forms.number(given[name])) for name in _PEOPLE if name in given}
    if "UF_CRM_TASK" in given:
        found["ufCrmTask"] = [forms.text(one) for one in forms.values(given["UF_CRM_TASK"]) if forms.text(one)]
    return found


def _checked(call: Call, given: Row) -> Row:
    if "title" in given and not given["title"].strip():
        raise _wrong("Не указано название задачи")
    if "responsibleId" in given and int(given["responsibleId"]) not in call.portal.tables["users"]:
        raise _wrong('Пользователь указанный в поле "Исполнитель" не найден')
    if given.get("status", _DONE) not in _STATUSES:
        raise _wrong("Некорректный статус")
    return given


def _wrong(said: str) -> Refusal:
    return Refusal(400, "ERROR_CORE", f"{said}<br>")


def add(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/tasks/tasks-task-add.html"""
    call.need("task")
    given = _given(call)
    for name, said in (("title", "Не указано название задачи"), ("responsibleId", "Не указан исполнитель")):
        if given.get(name) in (None, "", "0"):
            raise _wrong(said)
    table, now = call.portal.tables["tasks"], moments.written(call.portal.clock.now())
    number, user = table.next_id(), str(call.caller.user)
    row = happenings.no_task() | {
        "id": str(number), "createdBy": user, "changedBy": user, "createdDate": now, "statusChangedDate": now,
        "guid": happenings.guid(number), **_checked(call, given),
    }  # fmt: skip
    return _saved(call, row, now)


def update(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/tasks/tasks-task-update.html"""
    row = _to_change(call)
    return _changed(call, row, _checked(call, _given(call)))


def complete(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/tasks/tasks-task-complete.html"""
    return _changed(call, _to_change(call), {"status": _DONE})


def delete(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/tasks/tasks-task-delete.html"""
    row = _to_change(call)
    number = int(row["id"])
    _followed(call, row | {"ufCrmTask": []}, "")
    call.portal.tables["tasks"].remove(number)
    _tell(call, "DELETE", number, FIELDS_BEFORE={"ID": number}, FIELDS_AFTER=_NOTHING,
          IS_ACCESSIBLE_BEFORE=_NOTHING, IS_ACCESSIBLE_AFTER="N")  # fmt: skip
    return Answer(result={"task": True}, wrote=True)


def _tell(call: Call, what: str, number: int, **data: Any) -> None:
    call.portal.happened(call, f"ONTASK{what}", {"ID": number}, data)


def _changed(call: Call, row: Row, given: Row) -> Answer:
    now, user = moments.written(call.portal.clock.now()), str(call.caller.user)
    changed = row | given | {"changedBy": user}
    if changed["status"] != row["status"]:
        done = changed["status"] == _DONE
        closed = {"closedDate": now if done else None, "closedBy": user if done else "0"}
        changed |= {"statusChangedBy": user, "statusChangedDate": now, **closed}
    return _saved(call, changed, now)


def _saved(call: Call, row: Row, now: str) -> Answer:
    saved = row | {"changedDate": now, "activityDate": now}
    saved |= {"_activity": _followed(call, saved, now)}
    number, table = int(row["id"]), call.portal.tables["tasks"]
    is_new = number not in table
    table.put(saved)
    before, after = (_NOTHING, "N") if is_new else ({"ID": number}, _NOTHING)
    _tell(call, "ADD" if is_new else "UPDATE", number, FIELDS_BEFORE=before, FIELDS_AFTER={"ID": number},
          IS_ACCESSIBLE_BEFORE=after, IS_ACCESSIBLE_AFTER=_NOTHING)  # fmt: skip
    return Answer(result={"task": _shown(call, saved)}, wrote=True)


# --- the activity of a task -----------------------------------------------------------------------------------------


def _followed(call: Call, task: Row, now: str) -> int:
    """The activity that says what the task says; 0 where it is bound to nothing."""
    table, number = call.portal.tables["activities"], task["_activity"]
    bindings = [pair for pair in map(happenings.unbound, task["ufCrmTask"]) if pair and _is_there(call, pair)]
    before = table.get(number)
    if not bindings:
        if before:
            table.remove(number)
            call.portal.happened(call, "ONCRMACTIVITYDELETE", {"ID": number})
        return 0
    number = number if before else table.next_id()
    table.put((before or _fresh(number, task, now)) | _said(task, bindings, now))
    if not before:
        touched(call, *bindings[0], now)
    call.portal.happened(call, "ONCRMACTIVITYUPDATE" if before else "ONCRMACTIVITYADD", {"ID": number})
    return int(number)


def _is_there(call: Call, pair: tuple[int, int]) -> bool:
    return pair[1] in call.portal.tables[pair[0]]


def _said(task: Row, bindings: list[tuple[int, int]], now: str) -> Row:
    (kind, at), done = bindings[0], task["status"] == _DONE
    return {
        "OWNER_TYPE_ID": str(kind), "OWNER_ID": str(at), "BINDINGS": bindings, "SUBJECT": task["title"],
        "DESCRIPTION": task["description"], "RESPONSIBLE_ID": task["responsibleId"], "DEADLINE": task["deadline"] or "",
        "COMPLETED": "Y" if done else "N", "STATUS": "2" if done else "1", "LAST_UPDATED": now,
        "EDITOR_ID": task["changedBy"],
    }  # fmt: skip


def _fresh(number: int, task: Row, now: str) -> Row:
    return happenings.nothing() | {
        "ID": str(number), "TYPE_ID": "3", "PROVIDER_ID": "TASKS", "PROVIDER_TYPE_ID": "TASK", "CREATED": now, "START_TIME": now,
        "END_TIME": now, "ASSOCIATED_ENTITY_ID": task["id"], "AUTHOR_ID": task["createdBy"],
    }  # fmt: skip


METHODS: dict[str, Callable[[Call], Answer]] = {
    "tasks.task.list": list_tasks, "tasks.task.get": get, "tasks.task.add": add, "tasks.task.update": update,
    "tasks.task.complete": complete, "tasks.task.delete": delete,
}  # fmt: skip
