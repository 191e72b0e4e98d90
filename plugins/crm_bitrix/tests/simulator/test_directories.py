"""Stages, sources, pipelines and people: what an administrator changes, and what anybody may look up."""

import pytest

DEAL, CONTRACT = 2, 177


def test_a_word_that_is_added_is_listed_changed_and_deleted(client):
    number = client.result(
        "crm.status.add", fields={"ENTITY_ID": "SOURCE", "STATUS_ID": "FAIR", "NAME": "Ярмарка", "SORT": 70}
    )
    assert client.result("crm.status.update", id=number, fields={"NAME": "Ярмарки", "STATUS_ID": "OTHER"}) is True
    row = client.result("crm.status.get", id=number)
    assert (row["ID"], row["STATUS_ID"], row["NAME"], row["SORT"], row["SYSTEM"]) == (
        str(number),
        "FAIR",
        "Ярмарки",
        "70",
        "N",
    )
    assert {"NAME": "Ярмарки", "SORT": 70, "STATUS_ID": "FAIR"} in client.result(
        "crm.status.entity.items", entityId="SOURCE"
    )
    assert "SOURCE" in [one["ID"] for one in client.result("crm.status.entity.types")]
    assert client.result("crm.status.delete", id=number) is True
    assert client.ask("crm.status.get", id=number) == (400, {"error": "", "error_description": "Status is not found."})


def test_a_stage_that_is_added_can_be_moved_to_and_is_kept_as_long_as_something_is_in_it(client):
    fields = {"ENTITY_ID": "DEAL_STAGE_1", "STATUS_ID": "UC_1", "NAME": "Отказ", "SEMANTICS": "F"}
    number = client.result("crm.status.add", fields=fields)
    assert client.result("crm.status.get", id=number)["STATUS_ID"] == "C1:UC_1"
    deal = client.result("crm.item.add", entityTypeId=DEAL, fields={"categoryId": 1, "stageId": "C1:UC_1"})["item"]
    assert (deal["stageSemanticId"], deal["closed"]) == ("F", "Y")
    assert (
        client.ask("crm.status.delete", id=number)[1]["error_description"] == "There are active items in this status."
    )
    client.result("crm.item.delete", entityTypeId=DEAL, id=deal["id"])
    assert client.result("crm.status.delete", id=number) is True


@pytest.mark.parametrize(("fields", "said"), [
    ({}, "The field ENTITY_ID is required."),
    ({"ENTITY_ID": "SOURCE", "NAME": "x"}, "The field STATUS_ID is required."),
    ({"ENTITY_ID": "SOURCE", "STATUS_ID": "CALL", "NAME": "x"}, "CRM Status with the same STATUS_ID already exists."),
])  # fmt: skip
def test_a_word_that_cannot_be_is_refused(client, fields, said):
    assert client.ask("crm.status.add", fields=fields) == (400, {"error": "", "error_description": said})


def test_a_word_of_the_system_goes_only_by_force(client):
    number = client.result("crm.status.list", filter={"ENTITY_ID": "DEAL_STAGE_1", "STATUS_ID": "C1:NEW"})[0]["ID"]
    status, body = client.ask("crm.status.delete", id=number)
    assert (status, "FORCED" in body["error_description"]) == (400, True)


def test_only_an_administrator_changes_words(client):
    client.portal.admins.clear()
    assert client.ask("crm.status.update", id=101, fields={"NAME": "x"})[1]["error_description"] == "Access denied."


def test_a_pipeline_comes_with_stages_of_its_own_and_goes_when_it_is_empty(client):
    added = client.result("crm.category.add", entityTypeId=DEAL, fields={"name": "Опт", "sort": 50})["category"]
    assert (added["name"], added["sort"], added["isDefault"]) == ("Опт", 50, "N")
    stages = client.result("crm.status.list", filter={"ENTITY_ID": f"DEAL_STAGE_{added['id']}"})
    assert f"C{added['id']}:WON" in {one["STATUS_ID"] for one in stages}
    changed = client.result("crm.category.update", entityTypeId=DEAL, id=added["id"], fields={"name": "Опт и розница"})
    assert changed["category"] == client.result("crm.category.get", entityTypeId=DEAL, id=added["id"])["category"]
    deal = client.result("crm.item.add", entityTypeId=DEAL, fields={"categoryId": added["id"]})["item"]
    assert deal["stageId"] == f"C{added['id']}:NEW"
    assert client.ask("crm.category.delete", entityTypeId=DEAL, id=added["id"])[0] == 400
    client.result("crm.item.delete", entityTypeId=DEAL, id=deal["id"])
    assert client.result("crm.category.delete", entityTypeId=DEAL, id=added["id"]) is None
    assert client.ask("crm.category.get", entityTypeId=DEAL, id=added["id"])[1]["error"] == "NOT_FOUND"
    assert client.result("crm.status.list", filter={"ENTITY_ID": f"DEAL_STAGE_{added['id']}"}) == []


def test_kinds_are_told_with_their_short_codes(client):
    codes = {one["ID"]: one["SYMBOL_CODE_SHORT"] for one in client.result("crm.enum.ownertype")}
    assert (codes[DEAL], codes[31], codes[CONTRACT]) == ("D", "SI", "Tb1")
    assert {"ID": 4, "NAME": "Письмо", "SYMBOL_CODE": None, "SYMBOL_CODE_SHORT": None} in client.result(
        "crm.enum.activitytype"
    )


def test_somebody_is_found_by_a_part_of_the_name(client):
    found = client.result("user.search", FILTER={"FIND": "смирн"})
    assert "anna@my.example" in [one["EMAIL"] for one in found]
    assert client.result("user.search", FILTER={"NAME": "нет такого"}) == []


def test_departments_are_filtered_and_ordered(client):
    names = [one["NAME"] for one in client.result("department.get", sort="NAME", order="DESC", PARENT=1)]
    assert names == ["Сервис", "Отдел продаж"]
    assert [one["ID"] for one in client.result("department.get", ID=1)] == ["1"]


def test_the_portal_tells_which_methods_it_has(client):
    assert "crm.deal.list" in client.result("methods")
    assert client.result("method.get", name="CRM.Deal.List") == {"isExisting": True, "isAvailable": True}
    assert client.result("method.get", name="crm.nothing") == {"isExisting": False, "isAvailable": False}


def test_comments_come_with_their_files_unless_something_is_selected(client):
    asked = {"filter": {"ENTITY_ID": 1, "ENTITY_TYPE": "deal"}}
    client.result("crm.timeline.comment.add", fields={"ENTITY_ID": 1, "ENTITY_TYPE": "deal", "COMMENT": "Текст"})
    assert all("FILES" in one for one in client.result("crm.timeline.comment.list", **asked))
    assert all("FILES" not in one for one in client.result("crm.timeline.comment.list", select=["ID"], **asked))
