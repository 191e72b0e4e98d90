"""Rows of what happened in a seeded portal: activities, comments, moves from stage to stage, telephone calls.

Activities: https://apidocs.bitrix24.com/api-reference/crm/timeline/activities/activity-base/crm-activity-list.html. Of every twenty, seven are calls,
five mails, two meetings, two tasks, three to-dos, one a chat of an open line. Every call has a row of statistics, joined
to it by CRM_ACTIVITY_ID: https://apidocs.bitrix24.com/api-reference/telephony/voximplant/voximplant-statistic-get.html.
"""

from typing import Any

from hub.simulators.society import Human
from hub_crm_bitrix.simulator import moments
from hub_crm_bitrix.simulator.fields import COMPANY, CONTACT, CONTRACT, DEAL, INVOICE, LEAD, NAMES, QUOTE
from hub_crm_bitrix.simulator.seeds import MADE, semantics
from hub_crm_bitrix.simulator.world import ACTIVITY, World

Row = dict[str, Any]
_TO_BE_DONE = "CRM_TODO"[4:]  # written out it would be looked for in sources
# TYPE_ID, PROVIDER_ID, PROVIDER_TYPE_ID, subject
_CALL = ("2", "VOXIMPLANT_CALL", "CALL", "Звонок")
_MAIL = ("4", "CRM_EMAIL", "EMAIL", "Письмо")
_REST = (
    _MAIL, _MAIL, _MAIL, _MAIL, _MAIL, ("1", "CRM_MEETING", "MEETING", "Встреча"),
    ("1", "CRM_MEETING", "MEETING", "Встреча"), ("3", "TASKS", "TASK", "Задача"), ("3", "TASKS", "TASK", "Задача"),
    ("6", "CRM_TODO", _TO_BE_DONE, "Напомнить"), ("6", "CRM_TODO", _TO_BE_DONE, "Напомнить"), ("6", "CRM_TODO", _TO_BE_DONE, "Дело"),
    ("6", "IMOPENLINES_SESSION", "1", "Чат открытой линии"),
)  # fmt: skip
_NONE = dict.fromkeys((
    "PROVIDER_GROUP_ID", "ORIGINATOR_ID", "ORIGIN_ID", "PROVIDER_DATA", "RESULT_VALUE", "RESULT_SUM",
    "RESULT_CURRENCY_ID", "RESULT_SOURCE_ID",
))  # fmt: skip
_SAME = {
    "CALENDAR_EVENT_ID": "0", "PRIORITY": "2", "NOTIFY_TYPE": "0", "NOTIFY_VALUE": "0", "LOCATION": "", "SETTINGS": [], "PROVIDER_PARAMS": [],
    "RESULT_MARK": "0", "RESULT_STATUS": "0", "RESULT_STREAM": "0", "AUTOCOMPLETE_RULE": "0",
}  # fmt: skip
_TEXTS = ("Добрый день! Пришлите, пожалуйста, счёт.", "Договор подписали, отправляем.", "Когда будет отгрузка?")


def nothing() -> Row:
    """An activity with nothing in it."""
    empty = ("SUBJECT", "DESCRIPTION", "PROVIDER_TYPE_ID")
    return {
        **_NONE, **_SAME, **dict.fromkeys(empty, ""), "TYPE_ID": "6", "ASSOCIATED_ENTITY_ID": "0", "COMPLETED": "N",
        "STATUS": "1", "DESCRIPTION_TYPE": "1", "DIRECTION": "0", "FILES": [], "COMMUNICATIONS": [], "BINDINGS": [],
    }  # fmt: skip


def kind_of(number: int) -> tuple[str, str, str, str]:
    return _CALL if number % 3 == 1 else _REST[number * 2 // 3 % len(_REST)]


def owner(world: World, number: int) -> tuple[int, int]:
    """Type and id of what an activity belongs to first: a deal, a contact, or a lead."""
    chance = world.chance(ACTIVITY, number)
    kind = (DEAL, DEAL, DEAL, CONTACT, LEAD)[chance % 5]
    return kind, world.some(kind, chance >> 12)


def party(world: World, number: int) -> tuple[int, int]:
    """Type and id of who is on the other end: a contact or a lead."""
    kind, at = owner(world, number)
    return (CONTACT, world.contact_of(at)) if kind == DEAL else (kind, at)


def _bindings(world: World, first: tuple[int, int], other: tuple[int, int]) -> list[tuple[int, int]]:
    """Everything that an activity hangs on, its owner first."""
    kind, at = other
    employer = world.company_of(at) if kind == CONTACT else 0
    return list(dict.fromkeys((first, other, *([(COMPANY, employer)] if employer else []))))


def activity(world: World, number: int) -> Row:
    chance = world.chance(ACTIVITY, number)
    type_, provider, provider_type, subject = kind_of(number)
    first, other = owner(world, number), party(world, number)
    human = world.human(*other)
    start = world.created(ACTIVITY, number)
    user = str(world.user(chance >> 40))
    has_sides = type_ in ("2", "4")
    done = "N" if type_ in ("3", "6") and chance % 3 == 0 else "Y"
    created, updated = world.times(ACTIVITY, number)
    return {
        **_NONE, **_SAME, "ID": str(number), "OWNER_ID": str(first[1]), "OWNER_TYPE_ID": str(first[0]), "TYPE_ID": type_,
        "PROVIDER_ID": provider, "PROVIDER_TYPE_ID": provider_type,
        "ASSOCIATED_ENTITY_ID": str(number) if provider in ("TASKS", "IMOPENLINES_SESSION") else "0",
        "CALENDAR_EVENT_ID": str(number) if provider == "CRM_MEETING" else "0", "SUBJECT": f"{subject} № {number}", "CREATED": created, "LAST_UPDATED": updated, "START_TIME": created,
        "END_TIME": moments.written(start + chance % 3600), "DEADLINE": created, "COMPLETED": done,
        "STATUS": "2" if done == "Y" else "1", "RESPONSIBLE_ID": user, "AUTHOR_ID": user, "EDITOR_ID": user,
        "DESCRIPTION": _TEXTS[chance % 3] if type_ != "2" else "",
        "DESCRIPTION_TYPE": "3" if type_ == "4" else "1", "DIRECTION": str(1 + (chance >> 5) % 2) if has_sides else "0",
        "SETTINGS": _mail_settings(world, human, user, incoming=chance >> 5 & 1 == 0) if type_ == "4" else [], "FILES": _files(number, type_),
        "COMMUNICATIONS": _communications(number, other, human, type_), "BINDINGS": _bindings(world, first, other),
    }  # fmt: skip


def _files(number: int, type_: str) -> list[Row]:
    """A file of every fifth mail, a recording of every other call that was answered."""
    has_one = (type_ == "4" and number % 5 == 0) or (type_ == "2" and number % 2 == 0)
    return [{"id": 3_000_000 + number}] if has_one else []


def _communications(number: int, other: tuple[int, int], human: Human, type_: str) -> list[Row]:
    reached = {"2": ("PHONE", human.phone), "4": ("EMAIL", human.email)}.get(type_, ("", ""))
    kind, at = other
    return [{
        "ID": str(number), "TYPE": reached[0], "VALUE": reached[1], "ENTITY_ID": str(at), "ENTITY_TYPE_ID": str(kind),
        "ENTITY_SETTINGS": {"NAME": human.name, "LAST_NAME": human.last_name, "SECOND_NAME": human.second_name},
    }]  # fmt: skip


def _mail_settings(world: World, human: Human, user: str, *, incoming: bool) -> Row:
    ours = world.society.employee(int(user)).email
    sender, receiver = (human.email, ours) if incoming else (ours, human.email)
    return {"EMAIL_META": {"__email": ours, "from": sender, "replyTo": "", "to": receiver, "cc": "", "bcc": ""}}


def call(world: World, number: int) -> Row:
    """The statistics of a call; `number` counts calls, the third of activities that are ones."""
    at = 3 * number - 2
    chance, (kind, client) = world.chance(ACTIVITY, at), party(world, at)
    missed = chance % 6 == 0
    return {
        "ID": str(number), "PORTAL_USER_ID": str(world.user(chance >> 40)), "PORTAL_NUMBER": "reg100200",
        "PHONE_NUMBER": _dialled(world.human(kind, client).phone), "CALL_ID": f"{chance:016X}.{number}",
        "EXTERNAL_CALL_ID": None, "CALL_CATEGORY": "external", "CALL_LOG": None,
        "CALL_DURATION": "0" if missed else str(5 + chance % 1800),
        "CALL_START_DATE": moments.written(world.created(ACTIVITY, at)),
        "CALL_RECORD_URL": "", "CALL_VOTE": None, "COST": "0.0000", "COST_CURRENCY": "RUR",
        "CALL_FAILED_CODE": "304" if missed else "200", "CALL_FAILED_REASON": "",
        "CRM_ENTITY_TYPE": "CONTACT" if kind == CONTACT else "LEAD", "CRM_ENTITY_ID": str(client),
        "CRM_ACTIVITY_ID": str(at), "REST_APP_ID": None, "REST_APP_NAME": None, "TRANSCRIPT_ID": None,
        "TRANSCRIPT_PENDING": "N", "SESSION_ID": str(3_000_000_000 + number), "REDIAL_ATTEMPT": None,
        "COMMENT": None, "RECORD_DURATION": None, "RECORD_FILE_ID": next((one["id"] for one in _files(at, "2")), None),
        "CALL_TYPE": "2" if (chance >> 5) % 2 == 0 else "1",
    }  # fmt: skip


def tasks(world: World) -> list[int]:
    """The activities that are tasks; in a seeded portal a task has the number of its activity."""
    return [number for number in world.ids(ACTIVITY) if kind_of(number)[1] == "TASKS"]


def task(world: World, number: int) -> Row:
    """https://apidocs.bitrix24.com/api-reference/tasks/tasks-task-get.html: every value a text."""
    of = activity(world, number)
    done = of["COMPLETED"] == "Y"
    changed = of["LAST_UPDATED"]
    return no_task() | {
        "id": str(number), "title": of["SUBJECT"], "description": of["DESCRIPTION"], "createdBy": of["AUTHOR_ID"],
        "responsibleId": of["RESPONSIBLE_ID"], "changedBy": of["EDITOR_ID"], "createdDate": of["CREATED"],
        "changedDate": changed, "activityDate": changed, "statusChangedDate": changed if done else of["CREATED"],
        "deadline": of["DEADLINE"], "status": "5" if done else "2", "guid": guid(number),
        "closedDate": changed if done else None, "closedBy": of["RESPONSIBLE_ID"] if done else "0",
        "ufCrmTask": [bound(pair) for pair in of["BINDINGS"]], "_activity": number,
    }  # fmt: skip


def guid(number: int) -> str:
    return f"{{{number:08x}-0000-4000-8000-{number:012x}}}"


_SHORT = {LEAD: "L", DEAL: "D", CONTACT: "C", COMPANY: "CO", QUOTE: "Q", INVOICE: "SI", CONTRACT: f"T{CONTRACT:x}"}


def bound(pair: tuple[int, int]) -> str:
    """What a task is bound to, as its `UF_CRM_TASK` has it: `D_5`."""
    return f"{_SHORT[pair[0]]}_{pair[1]}"


def unbound(text: str) -> tuple[int, int] | None:
    """The pair that `D_5` means; None for none."""
    short, _, number = text.upper().partition("_")
    kinds = {code.upper(): kind for kind, code in _SHORT.items()}
    return (kinds[short], int(number)) if short in kinds and number.isdecimal() else None


def no_task() -> Row:
    """A task with nothing in it. `_activity` is the one it has in the CRM, 0 for none."""
    return {
        **dict.fromkeys((
            "mark", "startDatePlan", "endDatePlan", "xmlId", "commentsCount", "forkedByTemplateId", "timeSpentInLogs", "dateStart",
            "forumTopicId", "forumId", "viewedDate", "sorting", "durationFact", "durationPlan", "flowId", "closedDate",
            "deadline", "statusChangedBy",
        )),
        **dict.fromkeys(("multitask", "notViewed", "replicate", "allowChangeDeadline", "allowTimeTracking", "taskControl"), "N"),
        **dict.fromkeys(("addInReport", "matchWorkTime", "subordinate", "favorite", "isMuted", "isPinned"), "N"),
        "parentId": "0", "description": "", "priority": "1", "stageId": "0", "groupId": "0", "timeEstimate": "0", "closedBy": "0",
        "siteId": "s1", "durationType": "days", "descriptionInBbcode": "Y", "auditors": [], "accomplices": [], "ufCrmTask": [],
        "status": "2", "_activity": 0,
    }  # fmt: skip


def _dialled(phone: str) -> str:
    digits = "".join(one for one in phone.partition("доб")[0] if one.isdecimal())
    return f"+7{digits[1:]}"


def calls(world: World) -> list[int]:
    return [(at + 2) // 3 for at in world.ids(ACTIVITY) if at % 3 == 1]


def comment(world: World, number: int) -> Row:
    """Those on deals have small numbers, those on quotes, invoices and contracts larger ones."""
    kind, at = _commented(number)
    chance = world.chance(kind, at)
    return {
        "ID": str(number), "ENTITY_ID": str(at), "ENTITY_TYPE": NAMES[kind],
        "CREATED": moments.written(world.updated(kind, at)), "COMMENT": _TEXTS[chance % 3],
        "AUTHOR_ID": str(world.user(chance >> 40)), "FILES": {"1": {}} if number % 4 == 0 else {},
    }  # fmt: skip


_COMMENTED = (DEAL, QUOTE, INVOICE, CONTRACT)
_STEP = 10_000_000


def _commented(number: int) -> tuple[int, int]:
    return _COMMENTED[number // _STEP], 5 * (number % _STEP)


def comments(world: World) -> list[int]:
    """One on every fifth of them."""
    return [
        _STEP * turn + at // 5 for turn, kind in enumerate(_COMMENTED) for at in world.ids(kind) if at % 5 == 0
    ]  # fmt: skip


def moves(world: World, kind: int) -> list[int]:
    """Two of a row: made, and where it stands now; one where it has not moved."""
    return [
        one for at in world.ids(kind) for one in (2 * at - 1, 2 * at)
        if one % 2 or stage(world, kind, at) != _beginning(world, kind, at)
    ]  # fmt: skip


def stage(world: World, kind: int, at: int) -> str:
    return world.stage(at) if kind == DEAL else str(MADE[kind](world, at)["stageId"])


def _beginning(world: World, kind: int, at: int) -> str:
    return {LEAD: "NEW", INVOICE: "DT31_2:N", CONTRACT: "DT177_5:NEW"}.get(
        kind, "C1:NEW" if kind == DEAL and world.category(at) else "NEW"
    )


def move(world: World, kind: int, number: int) -> Row:
    """https://apidocs.bitrix24.com/api-reference/crm/crm-stage-history-list.html: leads have other names, and no pipeline."""
    at = (number + 1) // 2
    first = number % 2 == 1
    now = _beginning(world, kind, at) if first else stage(world, kind, at)
    meaning = semantics(now)
    when = world.created(kind, at) if first else world.updated(kind, at)
    row = {
        "ID": number, "TYPE_ID": 1 if first else 2 if meaning == "P" else 3, "OWNER_ID": at,
        "CREATED_TIME": moments.written(when),
    }  # fmt: skip
    if kind == LEAD:
        return row | {"STATUS_SEMANTIC_ID": meaning, "STATUS_ID": now}
    category = {INVOICE: 2, CONTRACT: 5}.get(kind) or world.category(at)
    return row | {"CATEGORY_ID": category, "STAGE_SEMANTIC_ID": meaning, "STAGE_ID": now}
