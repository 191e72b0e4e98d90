"""What people and programs write into the timeline: comments, activities; and chats of open lines."""

from collections.abc import Callable
from functools import partial
from typing import Any

from hub.simulators import forms
from hub.simulators.tables import Row
from hub_crm_bitrix.simulator import files, happenings, moments
from hub_crm_bitrix.simulator.calls import Answer, Call
from hub_crm_bitrix.simulator.methods.lists import existing_activity
from hub_crm_bitrix.simulator.methods.words import described
from hub_crm_bitrix.simulator.refusals import Refusal, no_item, old

_COMMENTED = {"lead": 1, "deal": 2, "contact": 3, "company": 4, "quote": 7, "smart_invoice": 31, "dynamic_177": 177}
_MOMENTS = ("START_TIME", "END_TIME", "DEADLINE", "CREATED")
_WRITTEN = (
    "TYPE_ID", "SUBJECT", "DESCRIPTION", "DESCRIPTION_TYPE", "DIRECTION", "LOCATION", "PRIORITY", "RESPONSIBLE_ID",
    "PROVIDER_ID", "PROVIDER_TYPE_ID", "ORIGINATOR_ID", "ORIGIN_ID", "COMPLETED", "SETTINGS", "PROVIDER_PARAMS",
)  # fmt: skip
_PROVIDERS = {"1": "CRM_MEETING", "2": "VOXIMPLANT_CALL", "4": "CRM_EMAIL"}
_TO_BE_DONE = ("CRM_TODO", "CRM_TODO"[4:])


def add_comment(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/timeline/comments/crm-timeline-comment-add.html: answers the id."""
    call.need("crm")
    given = {key.upper(): forms.text(value) for key, value in call.map("fields").items() if key.upper() != "FILES"}
    type_, table = given.get("ENTITY_TYPE", "").lower(), call.portal.tables["comments"]
    if not forms.number(given.get("ENTITY_ID")) or type_ not in _COMMENTED:
        raise Refusal(400, "100", "Could not find value for parameter {fields}")
    if forms.number(given["ENTITY_ID"]) not in call.portal.tables[_COMMENTED[type_]]:
        raise Refusal(400, "OWNER_NOT_FOUND", "Owner was not found")
    if not given.get("COMMENT"):
        raise Refusal(400, "INVALID_ARG_VALUE", "Empty comment")
    number = table.next_id()
    table.put({
        "ID": str(number), "ENTITY_ID": given["ENTITY_ID"], "ENTITY_TYPE": type_,
        "CREATED": moments.written(call.portal.clock.now()), "COMMENT": given["COMMENT"],
        "AUTHOR_ID": given.get("AUTHOR_ID") or str(call.caller.user), "FILES": {},
    })  # fmt: skip
    call.portal.happened(call, "ONCRMTIMELINECOMMENTADD", {"ID": number})
    return Answer(result=number, wrote=True)


def get_comment(call: Call) -> Answer:
    call.need("crm")
    row = _comment(call)
    return Answer(result=row | {"FILES": files.of_comment(call.portal, int(row["ID"])) if row["FILES"] else {}})


def update_comment(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/timeline/comments/crm-timeline-comment-update.html: answers the id."""
    call.need("crm")
    row, given = _comment(call), call.map("fields")
    number, text = int(row["ID"]), forms.text(given.get("COMMENT", row["COMMENT"]))
    call.portal.tables["comments"].put(row | {"COMMENT": text})
    call.portal.happened(call, "ONCRMTIMELINECOMMENTUPDATE", {"ID": number})
    return Answer(result=number, wrote=True)


def delete_comment(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/timeline/comments/crm-timeline-comment-delete.html: always answers null."""
    call.need("crm")
    number = int(_comment(call)["ID"])
    call.portal.tables["comments"].remove(number)
    call.portal.happened(call, "ONCRMTIMELINECOMMENTDELETE", {"ID": number})
    return Answer(result=None, wrote=True)


def _comment(call: Call) -> Row:
    row = call.portal.tables["comments"].get(call.number("id"))
    if row is None:
        raise Refusal(400, "NOT_FOUND", "Not found.")
    return row


def add_activity(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/timeline/activities/activity-base/crm-activity-add.html"""
    call.need("crm")
    given = {key.upper(): value for key, value in call.map("fields").items()}
    if not forms.number(given.get("OWNER_ID")) or not forms.number(given.get("OWNER_TYPE_ID")):
        raise old("The field OWNER_ID is required.")
    return Answer(result=_added(call, given), wrote=True)


def add_reminder(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/timeline/activities/todo/crm-activity-todo-add.html"""
    call.need("crm")
    owner, at = call.number("ownertypeid"), call.number("ownerid")
    if owner not in call.portal.tables or at not in call.portal.tables[owner]:
        raise Refusal(400, "OWNER_NOT_FOUND", "Owner was not found")
    deadline = moments.read(call.text("deadline"))
    if deadline is None:
        raise Refusal(400, "WRONG_DATETIME_FORMAT", "Wrong datetime format")
    provider, type_ = _TO_BE_DONE
    number = _added(call, {
        "OWNER_TYPE_ID": owner, "OWNER_ID": at, "TYPE_ID": "6", "PROVIDER_ID": provider, "PROVIDER_TYPE_ID": type_,
        "SUBJECT": call.text("title"), "DESCRIPTION": call.text("description"), "DEADLINE": deadline,
        "RESPONSIBLE_ID": call.text("responsibleid") or str(call.caller.user), "COMPLETED": "N",
    })  # fmt: skip
    return Answer(result={"id": number}, wrote=True)


def _added(call: Call, given: dict[str, Any]) -> int:
    table, now = call.portal.tables["activities"], moments.written(call.portal.clock.now())
    number, user = table.next_id(), str(call.caller.user)
    owner, at = forms.number(given["OWNER_TYPE_ID"]), forms.number(given["OWNER_ID"])
    row = happenings.nothing() | {
        "ID": str(number), "OWNER_ID": str(at), "OWNER_TYPE_ID": str(owner), "CREATED": now, "LAST_UPDATED": now,
        "START_TIME": now, "END_TIME": now, "DEADLINE": now, "AUTHOR_ID": user, "EDITOR_ID": user,
        "RESPONSIBLE_ID": user, "BINDINGS": [(owner, at)], "COMMUNICATIONS": _communications(number, given),
        "PROVIDER_ID": _PROVIDERS.get(forms.text(given.get("TYPE_ID")), "REST_APP"),
    }  # fmt: skip
    table.put(row | _values(given))
    touched(call, owner, at, now)
    call.portal.happened(call, "ONCRMACTIVITYADD", {"ID": number})
    return number


def _communications(number: int, given: dict[str, Any]) -> list[Row]:
    found = [forms.mapping(one) for one in forms.values(given.get("COMMUNICATIONS"))]
    return [
        {
            "ID": str(number), "TYPE": forms.text(one.get("TYPE")), "VALUE": forms.text(one.get("VALUE")),
            "ENTITY_ID": forms.text(one.get("ENTITY_ID")), "ENTITY_TYPE_ID": forms.text(one.get("ENTITY_TYPE_ID")),
            "ENTITY_SETTINGS": [],
        }
        for one in found
    ]  # fmt: skip


def _values(given: dict[str, Any]) -> Row:
    values: Row = {name: given[name] for name in _WRITTEN if name in given}
    values = {name: forms.text(one) if not isinstance(one, dict | list) else one for name, one in values.items()}
    times = {name: moments.read(forms.text(given[name])) for name in _MOMENTS if given.get(name)}
    done = {"STATUS": "2" if values["COMPLETED"] == "Y" else "1"} if "COMPLETED" in values else {}
    return values | {name: one for name, one in times.items() if one} | done


def touched(call: Call, kind: int, at: int, now: str) -> None:
    """An activity is the last activity of what it hangs on; nothing else of that changes."""
    table = call.portal.tables.get(kind)
    if table and (row := table.get(at)):
        table.put(row | {"lastActivityTime": now, "lastActivityBy": call.caller.user})


def update_activity(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/timeline/activities/activity-base/crm-activity-update.html"""
    call.need("crm")
    row = existing_activity(call, "id")
    given = {key.upper(): value for key, value in call.map("fields").items()}
    now = moments.written(call.portal.clock.now())
    call.portal.tables["activities"].put(
        row | _values(given) | {"LAST_UPDATED": now, "EDITOR_ID": str(call.caller.user)}
    )
    call.portal.happened(call, "ONCRMACTIVITYUPDATE", {"ID": int(row["ID"])})
    return Answer(result=True, wrote=True)


def delete_activity(call: Call) -> Answer:
    call.need("crm")
    number = int(existing_activity(call, "id")["ID"])
    call.portal.tables["activities"].remove(number)
    call.portal.happened(call, "ONCRMACTIVITYDELETE", {"ID": number})
    return Answer(result=True, wrote=True)


# --- what an activity is bound to -----------------------------------------------------------------------------------

Pair = tuple[int, int]
_WORDS = {
    "OWNER_NOT_FOUND": "Владелец элемента не найден", "ACTIVITY_IS_ALREADY_BOUND": "Дело уже привязано к этому элементу",
    "BINDING_NOT_FOUND": "Дело не привязано к этому элементу",
    "LAST_BINDING_CANNOT_BE_DELETED": "Нельзя удалять единственную привязку дела к сущности",
}  # fmt: skip
"""https://apidocs.bitrix24.com/api-reference/crm/timeline/activities/binding/crm-activity-binding-delete.html and its sisters."""


def _no(code: str) -> Refusal:
    return Refusal(400, code, _WORDS[code])


def _bound(call: Call) -> Row:
    call.need("crm")
    row = call.portal.tables["activities"].get(call.number("activityid"))
    if row is None:
        raise no_item()
    return row


def _owner(call: Call, before: str = "") -> Pair:
    """What the call names. Raises Refusal where it is not there."""
    kind, number = call.number(f"{before}entitytypeid"), call.number(f"{before}entityid")
    if not kind or not number:
        raise Refusal(400, "100", f"Could not find value for parameter {{{before}entityTypeId}}")
    if kind not in call.portal.tables or number not in call.portal.tables[kind]:
        raise _no("OWNER_NOT_FOUND")
    return kind, number


def _bind(call: Call, row: Row, bindings: list[Pair]) -> Answer:
    call.portal.tables["activities"].put(row | {"BINDINGS": bindings})
    return Answer(result=True, wrote=True)


def add_binding(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/timeline/activities/binding/crm-activity-binding-add.html"""
    row, pair = _bound(call), _owner(call)
    if pair in row["BINDINGS"]:
        raise _no("ACTIVITY_IS_ALREADY_BOUND")
    return _bind(call, row, [*row["BINDINGS"], pair])


def delete_binding(call: Call) -> Answer:
    row, pair = _bound(call), _owner(call)
    if pair not in row["BINDINGS"]:
        raise _no("BINDING_NOT_FOUND")
    if len(row["BINDINGS"]) == 1:
        raise _no("LAST_BINDING_CANNOT_BE_DELETED")
    return _bind(call, row, [one for one in row["BINDINGS"] if one != pair])


def move_binding(call: Call) -> Answer:
    """https://apidocs.bitrix24.com/api-reference/crm/timeline/activities/binding/crm-activity-binding-move.html"""
    row, source, target = _bound(call), _owner(call, "source"), _owner(call, "target")
    if source not in row["BINDINGS"]:
        raise _no("BINDING_NOT_FOUND")
    if target in row["BINDINGS"]:
        raise _no("ACTIVITY_IS_ALREADY_BOUND")
    return _bind(call, row, [target if one == source else one for one in row["BINDINGS"]])


_TOLD = (
    ("ID", "integer", "r", "ID"), ("OWNER_ID", "integer", "i", "ID владельца"),
    ("OWNER_TYPE_ID", "crm_enum_ownertype", "i", "Тип владельца"), ("TYPE_ID", "crm_enum_activitytype", "*i", "Тип"),
    ("PROVIDER_ID", "string", "", "ID провайдера"), ("PROVIDER_TYPE_ID", "string", "", "Тип провайдера"),
    ("PROVIDER_GROUP_ID", "string", "", "Тип коннектора"),
    ("ASSOCIATED_ENTITY_ID", "integer", "r", "ID связанной с делом сущности"), ("SUBJECT", "string", "*", "Тема"),
    ("START_TIME", "datetime", "", "Начало"), ("END_TIME", "datetime", "", "Срок"), ("DEADLINE", "datetime", "", "Срок исполнения"),
    ("COMPLETED", "char", "", "Выполнено"), ("STATUS", "crm_enum_activitystatus", "", "Статус"),
    ("RESPONSIBLE_ID", "user", "*", "Ответственный"), ("PRIORITY", "crm_enum_activitypriority", "", "Важность"),
    ("NOTIFY_TYPE", "crm_enum_activitynotifytype", "", "Тип уведомлений"), ("NOTIFY_VALUE", "integer", "", "Параметр уведомления"),
    ("DESCRIPTION", "string", "", "Описание"), ("DESCRIPTION_TYPE", "crm_enum_contenttype", "", "Тип описания"),
    ("DIRECTION", "crm_enum_activitydirection", "", "Направление"), ("LOCATION", "string", "", "Место"),
    ("CREATED", "datetime", "r", "Дата создания"), ("AUTHOR_ID", "user", "r", "Создал"),
    ("LAST_UPDATED", "datetime", "r", "Дата изменения"), ("EDITOR_ID", "user", "r", "Изменил"),
    ("SETTINGS", "object", "", "Настройки"), ("ORIGIN_ID", "string", "", "Внешний код"),
    ("ORIGINATOR_ID", "string", "", "Внешний источник"), ("PROVIDER_PARAMS", "object", "", "Параметры провайдера"),
    ("PROVIDER_DATA", "string", "", "Данные провайдера"), ("BINDINGS", "crm_activity_binding", "r+", "Привязки"),
    ("COMMUNICATIONS", "crm_activity_communication", "*+", "Канал коммуникации"), ("FILES", "diskfile", "+", "Файлы"),
    ("IS_INCOMING_CHANNEL", "char", "r", "IS_INCOMING_CHANNEL"),
)  # fmt: skip
"""https://apidocs.bitrix24.com/api-reference/crm/timeline/activities/activity-base/crm-activity-fields.html"""


_COMMENT = (
    ("ID", "integer", "r", "ID"), ("CREATED", "datetime", "r", "Дата добавления"),
    ("ENTITY_ID", "integer", "*i", "ID элемента, к которому привязан комментарий"),
    ("ENTITY_TYPE", "string", "*i", "Тип элемента, к которому привязан комментарий"), ("AUTHOR_ID", "integer", "i", "Автор"),
    ("COMMENT", "string", "", "Текст комментария"), ("FILES", "attached_diskfile", "+", "Список файлов"),
)  # fmt: skip
"""https://apidocs.bitrix24.com/api-reference/crm/timeline/comments/crm-timeline-comment-fields.html"""


METHODS: dict[str, Callable[[Call], Answer]] = {
    "crm.timeline.comment.add": add_comment, "crm.timeline.comment.get": get_comment,
    "crm.timeline.comment.update": update_comment, "crm.timeline.comment.delete": delete_comment,
    "crm.activity.add": add_activity, "crm.activity.update": update_activity, "crm.activity.delete": delete_activity,
    "crm.activity.todo.add": add_reminder, "crm.activity.binding.add": add_binding,
    "crm.activity.binding.delete": delete_binding, "crm.activity.binding.move": move_binding,
    "crm.activity.fields": partial(described, _TOLD), "crm.timeline.comment.fields": partial(described, _COMMENT),
}  # fmt: skip
