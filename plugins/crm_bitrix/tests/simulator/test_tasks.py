"""Tasks, and the activities that they have in the CRM."""

from datetime import datetime
from urllib.parse import parse_qsl

import pytest
from hub_crm_bitrix.simulator.events import Outgoing

DEAL, CONTACT = 2, 3


def activities(client, task):
    found = client.result("crm.activity.list", filter={"PROVIDER_ID": "TASKS"}, order={"ID": "DESC"})
    return [one for one in found if one["ASSOCIATED_ENTITY_ID"] == str(task)]


@pytest.fixture
def task(client):
    given = {
        "TITLE": "Перезвонить",
        "RESPONSIBLE_ID": 2,
        "DEADLINE": "2026-12-01T10:00:00+03:00",
        "UF_CRM_TASK": ["D_1", "C_5"],
    }
    return client.result("tasks.task.add", fields=given)["task"]


def test_the_task_of_an_activity_is_there_and_says_the_same(client):
    of = client.result("crm.activity.list", filter={"PROVIDER_ID": "TASKS"}, order={"ID": "ASC"})[0]
    asked = {"taskId": of["ASSOCIATED_ENTITY_ID"], "select": ["TITLE", "RESPONSIBLE_ID", "STATUS", "UF_CRM_TASK"]}
    found = client.result("tasks.task.get", **asked)["task"]
    assert (found["title"], found["responsibleId"]) == (of["SUBJECT"], of["RESPONSIBLE_ID"])
    assert found["status"] == ("5" if of["COMPLETED"] == "Y" else "2")
    hangs_on = client.result("crm.activity.binding.list", activityId=of["ID"])
    assert len(found["ufCrmTask"]) == len(hangs_on)
    assert set(found) == {"id", "title", "responsibleId", "status", "ufCrmTask", "group", "responsible", "subStatus"}


def test_a_task_is_done_where_its_activity_is(client):
    listed = client.result("crm.activity.list", filter={"PROVIDER_ID": "TASKS", "COMPLETED": "Y"}, order={"ID": "ASC"})
    done = client.result("tasks.task.list", filter={"STATUS": 5}, select=["ID", "CLOSED_DATE"], order={"ID": "ASC"})[
        "tasks"
    ]
    assert [one["id"] for one in done] == [one["ASSOCIATED_ENTITY_ID"] for one in listed] != []
    assert all(one["closedDate"] for one in done)


def test_what_a_task_hangs_on_is_told_where_it_is_asked_for(client, task):
    assert "ufCrmTask" not in client.result("tasks.task.get", taskId=task["id"])["task"]
    every = client.result("tasks.task.get", taskId=task["id"], select=["*"])["task"]
    assert every["ufCrmTask"] == ["D_1", "C_5"]
    assert every["creator"]["name"] == "Анна Смирнова"


def test_tasks_are_listed_newest_first_and_filtered(client, task):
    status, body = client.ask("tasks.task.list", select=["ID"])
    ids = [int(one["id"]) for one in body["result"]["tasks"]]
    assert (status, body["total"], ids[0]) == (200, len(client.portal.tables["tasks"]), int(task["id"]))
    assert ids == sorted(ids, reverse=True)
    found = client.result("tasks.task.list", filter={"UF_CRM_TASK": "D_1", "RESPONSIBLE_ID": 2, "REAL_STATUS": 2})[
        "tasks"
    ]
    assert task["id"] in [one["id"] for one in found]
    late = client.result("tasks.task.list", filter={">=CHANGED_DATE": task["changedDate"]}, order={"ID": "asc"})[
        "tasks"
    ]
    assert [one["id"] for one in late] == [task["id"]]


def test_the_activity_of_a_task_follows_it(client, task):
    (made,) = activities(client, task["id"])
    assert (made["OWNER_TYPE_ID"], made["OWNER_ID"], made["SUBJECT"], made["COMPLETED"]) == (
        "2",
        "1",
        "Перезвонить",
        "N",
    )
    bound = client.result("crm.activity.binding.list", activityId=made["ID"])
    assert bound == [{"entityTypeId": DEAL, "entityId": 1}, {"entityTypeId": CONTACT, "entityId": 5}]
    client.result("tasks.task.update", taskId=task["id"], fields={"TITLE": "Написать", "UF_CRM_TASK": ["C_5"]})
    done = client.result("tasks.task.complete", taskId=task["id"])["task"]
    assert (done["status"], done["closedBy"], done["title"]) == ("5", "1", "Написать")
    (same,) = activities(client, task["id"])
    assert (same["ID"], same["OWNER_TYPE_ID"], same["SUBJECT"], same["COMPLETED"]) == (made["ID"], "3", "Написать", "Y")
    client.result("tasks.task.update", taskId=task["id"], fields={"UF_CRM_TASK": []})
    assert activities(client, task["id"]) == []


@pytest.mark.parametrize(("method", "params", "error", "said"), [
    ("tasks.task.get", {}, "100", "CTaskItem All parameters"),
    ("tasks.task.get", {"taskId": "x"}, "0", "wrong task id"),
    ("tasks.task.complete", {"taskId": 999999}, "0", "Действие над задачей не разрешено"),
    ("tasks.task.add", {}, "100", "Could not find value for parameter {fields}"),
    ("tasks.task.add", {"fields": {"RESPONSIBLE_ID": 1}}, "ERROR_CORE", "Не указано название задачи"),
    ("tasks.task.add", {"fields": {"TITLE": "x"}}, "ERROR_CORE", "Не указан исполнитель"),
    ("tasks.task.add", {"fields": {"TITLE": "x", "RESPONSIBLE_ID": 9999}}, "ERROR_CORE", "Пользователь указанный в поле"),
    ("tasks.task.update", {"taskId": 11, "fields": {"RESPONSIBLE_ID": 0}}, "ERROR_CORE", "Пользователь указанный в поле"),
    ("tasks.task.add", {"fields": {"TITLE": "x", "RESPONSIBLE_ID": 1, "STATUS": 9}}, "ERROR_CORE", "Некорректный статус"),
])  # fmt: skip
def test_a_task_that_cannot_be_is_refused_in_the_words_of_the_page(client, method, params, error, said):
    status, body = client.ask(method, **params)
    assert (status, body["error"]) == (400, error)
    assert body["error_description"].startswith(said)


def test_whose_a_task_is_is_a_number_whatever_was_written(client):
    given = {"TITLE": "Позвонить", "RESPONSIBLE_ID": "2 ", "CREATED_BY": "1e3"}
    made = client.result("tasks.task.add", fields=given)["task"]
    assert (made["responsibleId"], made["createdBy"], made["creator"]["name"]) == ("2", "1", "Анна Смирнова")


def test_a_task_that_is_not_there_is_an_empty_list(client):
    assert client.result("tasks.task.get", taskId=999999) == []


def test_what_is_overdue_or_due_within_a_day_is_found_by_the_status_that_nobody_set(client, task):
    def found(status):
        listed = client.result(
            "tasks.task.list", filter={"STATUS": status, ">ID": int(task["id"]) - 1}, select=["STATUS"]
        )
        return [(one["status"], one["subStatus"]) for one in listed["tasks"]]

    now = client.portal.clock.now()
    due = datetime.fromisoformat(task["deadline"]).timestamp()
    assert (found(2), found(-1), found(-3)) == ([("2", "2")], [], [])
    client.portal.clock.turn(due - 3600 - now)
    assert (found(2), found(-1), found([-1, -3])) == ([], [], [("2", "-3")])
    client.portal.clock.turn(7200)
    assert (found(-3), found(-1)) == ([], [("2", "-1")])
    assert client.result("tasks.task.list", filter={"REAL_STATUS": 2, "ID": task["id"]})["tasks"] != []
    client.result("tasks.task.complete", taskId=task["id"])
    assert (found(-1), found(5)) == ([], [("5", "5")])


def test_a_task_that_is_deleted_takes_its_activity_along(client, task):
    assert client.result("tasks.task.delete", taskId=task["id"]) == {"task": True}
    assert client.result("tasks.task.get", taskId=task["id"]) == []
    assert activities(client, task["id"]) == []
    status, body = client.ask("tasks.task.delete", taskId=task["id"])
    assert (status, body["error"]) == (400, "0")


def test_what_becomes_of_a_task_is_told_before_and_after(client):
    events = frozenset({"ONTASKADD", "ONTASKUPDATE", "ONTASKDELETE"})
    client.portal.events.outgoing.append(Outgoing(url="http://127.0.0.1:1/", events=events, token="t"))
    number = client.result("tasks.task.add", fields={"TITLE": "Позвонить", "RESPONSIBLE_ID": 2})["task"]["id"]
    client.result("tasks.task.complete", taskId=number)
    client.result("tasks.task.delete", taskId=number)
    client.portal.events.settle()
    told = [dict(parse_qsl(one.body)) for one in client.portal.events.told]
    assert [
        (
            one["event"],
            one.get("data[FIELDS_BEFORE][ID]"),
            one.get("data[FIELDS_AFTER][ID]"),
            one["data[IS_ACCESSIBLE_AFTER]"],
        )
        for one in told
    ] == [
        ("ONTASKADD", None, number, "undefined"),
        ("ONTASKUPDATE", number, number, "undefined"),
        ("ONTASKDELETE", number, None, "N"),
    ]
