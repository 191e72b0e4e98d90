"""What is written: objects in both dialects, comments, activities, requisites, merges."""

import pytest

DEAL, CONTACT, COMPANY = 2, 3, 4


def wrote(client):
    return [effect.method for effect in client.portal.log if effect.wrote]


def test_a_deal_that_was_added_is_read_in_both_dialects(client):
    given = {"title": "Насосы", "opportunity": 1500.5, "contactIds": [2, 3], "ufCrm_1700000001": "Д-1", "nonsense": 1}
    item = client.result("crm.item.add", entityTypeId=DEAL, fields=given)["item"]
    old = client.result("crm.deal.get", id=item["id"])
    assert (old["TITLE"], old["OPPORTUNITY"], old["UF_CRM_1700000001"]) == ("Насосы", "1500.50", "Д-1")
    assert (item["contactId"], item["stageId"], item["stageSemanticId"]) == (2, "NEW", "P")
    assert item["createdTime"] == client.result("server.time")
    assert wrote(client) == ["crm.item.add"]


def test_fields_that_are_unknown_or_only_read_are_passed_over_without_a_word(client):
    before = client.result("crm.item.get", entityTypeId=DEAL, id=1)["item"]
    fields = {"createdTime": "2020-01-01", "TITLE": "в чужом диалекте", "nonsense": 1}
    assert client.result("crm.item.update", entityTypeId=DEAL, id=1, fields=fields)["item"] == before
    assert client.result("crm.deal.update", id=1, fields={"DATE_CREATE": "2020-01-01", "title_": "x"}) is True
    assert wrote(client) == []


def test_a_stage_that_changes_closes_the_deal_and_leaves_history(client):
    number = client.result("crm.deal.add", fields={"TITLE": "Кабель"})
    client.portal.clock.turn(60)
    assert client.result("crm.deal.update", id=number, fields={"STAGE_ID": "WON"}) is True
    deal = client.result("crm.item.get", entityTypeId=DEAL, id=number)["item"]
    assert (deal["closed"], deal["stageSemanticId"], deal["previousStageId"]) == ("Y", "S", "NEW")
    assert deal["createdTime"] < deal["movedTime"] == deal["updatedTime"]
    moves = client.result("crm.stagehistory.list", entityTypeId=DEAL, filter={"OWNER_ID": number})["items"]
    assert [(one["TYPE_ID"], one["STAGE_ID"]) for one in moves] == [(1, "NEW"), (3, "WON")]


def test_a_stage_of_another_pipeline_is_refused(client):
    status, body = client.ask("crm.item.update", entityTypeId=DEAL, id=1, fields={"categoryId": 0, "stageId": "C1:WON"})
    assert (status, body["error"]) == (400, "CRM_FIELD_ERROR_VALUE_NOT_VALID")
    moved = client.result("crm.item.update", entityTypeId=DEAL, id=1, fields={"categoryId": 1})["item"]
    assert moved["stageId"].startswith("C1:")


def test_old_multifields_are_added_changed_and_deleted_by_their_ids(client):
    number = client.result(
        "crm.contact.add", fields={"NAME": "Анна", "PHONE": [{"VALUE": "+79000000001", "VALUE_TYPE": "MOBILE"}]}
    )

    def phones():
        rows = client.result("crm.contact.get", id=number).get("PHONE", [])
        return {row["VALUE"]: row["ID"] for row in rows}

    client.result("crm.contact.update", id=number, fields={"PHONE": [{"VALUE": "+79000000002"}]})
    assert list(phones()) == ["+79000000001", "+79000000002"], "without an ID another one is added"
    first = phones()["+79000000001"]
    client.result("crm.contact.update", id=number, fields={"PHONE": [{"ID": first, "VALUE": "+79000000003"}]})
    assert set(phones()) == {"+79000000003", "+79000000002"}
    client.result("crm.contact.update", id=number, fields={"PHONE": [{"ID": first, "DELETE": "Y"}]})
    assert list(phones()) == ["+79000000002"]


def test_universal_multifields_are_only_ever_added(client):
    before = client.result("crm.item.get", entityTypeId=CONTACT, id=1)["item"]["fm"]
    given = [{"id": before[0]["id"], "typeId": "EMAIL", "valueType": "WORK", "value": "new@mail.test"}, {"value": "x"}]
    after = client.result("crm.item.update", entityTypeId=CONTACT, id=1, fields={"fm": given})["item"]["fm"]
    assert after[:-1] == before
    assert after[-1]["value"] == "new@mail.test"


def test_what_is_deleted_is_in_no_list_and_its_id_is_not_given_again(client):
    last = client.result("crm.deal.add", fields={"TITLE": "раз"})
    assert client.result("crm.item.delete", entityTypeId=DEAL, id=last) == []
    assert client.ask("crm.deal.get", id=last) == (400, {"error": "", "error_description": "Not found"})
    assert client.ask("crm.item.get", entityTypeId=DEAL, id=last)[1]["error"] == "NOT_FOUND"
    assert client.result("crm.deal.list", filter={"ID": last}) == []
    assert client.result("crm.deal.add", fields={"TITLE": "два"}) == last + 1


def test_a_comment_is_written_twice_when_it_is_sent_twice(client):
    fields = {"ENTITY_ID": 3, "ENTITY_TYPE": "deal", "COMMENT": "Звонили из бухгалтерии"}
    ids = [client.result("crm.timeline.comment.add", fields=fields) for _ in range(2)]
    rows = client.result("crm.timeline.comment.list", filter={"ENTITY_ID": 3, "ENTITY_TYPE": "deal"})
    assert [int(row["ID"]) for row in rows] == ids
    assert client.ask("crm.timeline.comment.list", filter={"ENTITY_ID": 3})[0] == 400


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"COMMENT": "к чему?"}, "100"), ({"ENTITY_TYPE": "deal", "ENTITY_ID": 99999, "COMMENT": "x"}, "OWNER_NOT_FOUND"),
        ({"ENTITY_TYPE": "deal", "ENTITY_ID": 3, "COMMENT": ""}, "INVALID_ARG_VALUE"),
    ],
)  # fmt: skip
def test_a_comment_that_cannot_be_written_is_refused(client, fields, error):
    status, body = client.ask("crm.timeline.comment.add", fields=fields)
    assert (status, body["error"]) == (400, error)


def test_an_activity_touches_what_it_hangs_on_without_changing_it(client):
    before = client.result("crm.item.get", entityTypeId=DEAL, id=3)["item"]
    deadline = "2026-12-01T10:00:00+05:00"
    number = client.result("crm.activity.todo.add", ownerTypeId=DEAL, ownerId=3, deadline=deadline, title="Позвонить")
    after = client.result("crm.item.get", entityTypeId=DEAL, id=3)["item"]
    assert after["updatedTime"] == before["updatedTime"]
    assert after["lastActivityTime"] == client.result("server.time")
    (row,) = client.result("crm.activity.list", filter={"ID": number["id"]})
    assert (row["SUBJECT"], row["DEADLINE"], row["COMPLETED"]) == ("Позвонить", "2026-12-01T08:00:00+03:00", "N")
    assert client.result("crm.activity.binding.list", activityId=number["id"]) == [
        {"entityTypeId": DEAL, "entityId": 3}
    ]


def test_communications_come_when_they_are_named(client):
    plain, named = (
        client.result("crm.activity.list", filter={"TYPE_ID": 2}, select=select)[0]
        for select in (["*"], ["*", "COMMUNICATIONS"])
    )
    assert "COMMUNICATIONS" not in plain
    assert named["COMMUNICATIONS"][0]["TYPE"] == "PHONE"


def test_an_activity_that_hangs_on_two_things_asked_for_comes_twice(client):
    asked = {"BINDINGS": [{"OWNER_TYPE_ID": DEAL}, {"OWNER_TYPE_ID": CONTACT}]}
    rows = [row["ID"] for row in client.result("crm.activity.list", filter=asked, order={"ID": "ASC"})]
    twice = {one for one in rows if rows.count(one) == 2}
    assert twice
    bound = client.result("crm.activity.binding.list", activityId=min(twice, key=int))
    assert {one["entityTypeId"] for one in bound} >= {DEAL, CONTACT}


def test_merged_contacts_vanish_and_what_they_had_goes_to_the_first(client):
    contacts = client.portal.tables[CONTACT]
    alike = {name: contacts.row(1)[name] for name in ("name", "secondName", "lastName")}
    contacts.put(contacts.row(1) | {"post": ""})
    contacts.put(contacts.row(2) | alike | {"post": "снабженец"})
    client.portal.tables[DEAL].put(client.portal.tables[DEAL].row(5) | {"contactId": 2, "contactIds": [2]})
    params = {"entityTypeId": CONTACT, "entityIds": [1, 2]}
    assert client.result("crm.entity.mergeBatch", params=params) == {"STATUS": "SUCCESS", "ENTITY_IDS": [2]}
    assert 2 not in contacts
    assert (len(contacts.row(1)["fm"]), contacts.row(1)["post"]) == (4, "снабженец")
    assert client.ask("crm.contact.get", id=2)[0] == 400
    assert client.result("crm.deal.list", filter={"CONTACT_ID": 2}) == []
    assert "5" in [row["ID"] for row in client.result("crm.deal.list", filter={"CONTACT_ID": 1})]


def test_what_a_person_has_to_decide_is_not_merged(client):
    params = {"entityTypeId": CONTACT, "entityIds": [1, 2]}
    assert client.result("crm.entity.mergeBatch", params=params) == {"STATUS": "CONFLICT", "ENTITY_IDS": []}
    assert 2 in client.portal.tables[CONTACT]
    status, body = client.ask("crm.entity.mergeBatch", params={"entityTypeId": CONTACT, "entityIds": [1]})
    assert (status, body["error"]) == (400, 0)


def test_who_has_a_telephone_is_found_however_it_is_written(client):
    phone = "".join(filter(str.isdecimal, client.portal.tables[COMPANY].row(1)["phone"]))[-10:]
    assert 1 in client.result("crm.duplicate.findbycomm", type="PHONE", values=[f"8{phone}"])["COMPANY"]
    assert client.result("crm.duplicate.findbycomm", type="EMAIL", values=["nobody@mail.test"]) == []
    status, body = client.get("crm.duplicate.findbycomm")
    assert (status, body["error_description"]) == (400, "Communication type is not defined.")


def test_requisites_are_added_and_found_by_inn(client):
    fields = {"ENTITY_TYPE_ID": 4, "ENTITY_ID": 1, "NAME": "Второй ИНН", "RQ_INN": "7700000016"}
    number = client.result("crm.requisite.add", fields=fields)
    (row,) = client.result("crm.requisite.list", filter={"RQ_INN": "7700000016"})
    assert (row["ID"], row["ENTITY_ID"]) == (str(number), "1")


def test_links_are_told_from_both_sides(client):
    contact = client.result("crm.contact.add", fields={"LAST_NAME": "Новая", "COMPANY_ID": 5})
    assert contact in client.result("crm.item.get", entityTypeId=COMPANY, id=5)["item"]["contactIds"]
    told = client.result("crm.company.contact.items.get", id=5)
    assert contact in [one["CONTACT_ID"] for one in told]
    assert client.result("crm.contact.company.items.get", id=contact) == [
        {"COMPANY_ID": 5, "SORT": 10, "ROLE_ID": 0, "IS_PRIMARY": "Y"}
    ]


def test_what_is_copied_out_of_multifields_follows_them(client):
    """By the sample of https://apidocs.bitrix24.com/api-reference/crm/universal/crm-item-get.html."""
    names = ("phone", "phoneWork", "phoneMobile", "email", "emailWork", "imol", "hasPhone", "hasEmail", "hasImol")

    def copied(number):
        item = client.result("crm.item.get", entityTypeId=CONTACT, id=number)["item"]
        return tuple(item[name] for name in names)

    (old,) = client.result("crm.contact.get", id=1)["PHONE"]
    assert copied(1)[:3] == (old["VALUE"], old["VALUE"], "")
    phones = [{"ID": old["ID"], "VALUE": ""}, {"VALUE": "89001112233", "VALUE_TYPE": "MOBILE"}]
    assert client.result("crm.contact.update", id=1, fields={"PHONE": phones}) is True
    assert copied(1)[:3] == ("89001112233", "", "89001112233")
    bare = client.result("crm.contact.add", fields={"NAME": "Анна"})
    assert copied(bare) == ("", "", "", "", "", "", "N", "N", "N")


def test_a_comment_is_changed_by_its_id_and_gone_without_a_word(client):
    given = {"ENTITY_ID": 1, "ENTITY_TYPE": "deal", "COMMENT": "Текст"}
    number = client.result("crm.timeline.comment.add", fields=given)
    assert client.result("crm.timeline.comment.update", id=number, fields={"COMMENT": "Иначе"}) == number
    assert client.result("crm.timeline.comment.get", id=number)["COMMENT"] == "Иначе"
    assert client.result("crm.timeline.comment.delete", id=number) is None
    assert client.ask("crm.timeline.comment.get", id=number)[0] == 400


def test_an_activity_is_bound_moved_and_freed_but_for_the_last_of_its_owners(client):
    call = {"OWNER_ID": 1, "OWNER_TYPE_ID": DEAL, "TYPE_ID": 2, "SUBJECT": "Звонок"}
    activity = client.result("crm.activity.add", fields=call)

    def asked(way, **params):
        status, body = client.ask(f"crm.activity.binding.{way}", activityId=activity, **params)
        return body["result"] if status == 200 else body["error"]

    contact, deal = {"entityTypeId": CONTACT, "entityId": 5}, {"entityTypeId": DEAL, "entityId": 1}
    assert [asked("add", **contact), asked("add", **contact)] == [True, "ACTIVITY_IS_ALREADY_BOUND"]
    assert asked("add", entityTypeId=CONTACT, entityId=999999) == "OWNER_NOT_FOUND"
    assert [asked("delete", **deal), asked("delete", **deal)] == [True, "BINDING_NOT_FOUND"]
    assert asked("delete", **contact) == "LAST_BINDING_CANNOT_BE_DELETED"
    moved = {"sourceEntityTypeId": CONTACT, "sourceEntityId": 5, "targetEntityTypeId": CONTACT, "targetEntityId": 6}
    assert [asked("move", **moved), asked("move", **moved)] == [True, "BINDING_NOT_FOUND"]
    assert asked("list") == [{"entityTypeId": CONTACT, "entityId": 6}]
    activity = 999999
    assert asked("add", **contact) == "NOT_FOUND"


def test_fields_are_described_with_what_may_be_done_to_them(client):
    told = client.result("crm.activity.fields")
    assert (told["TYPE_ID"]["isRequired"], told["TYPE_ID"]["isImmutable"], told["ID"]["isReadOnly"]) == (
        True,
        True,
        True,
    )
    assert (told["COMMUNICATIONS"]["isMultiple"], told["SUBJECT"]["isMultiple"]) == (True, False)
    kind = client.result("crm.category.fields", entityTypeId=DEAL)["fields"]["entityTypeId"]
    assert (kind["isRequired"], kind["upperName"]) == (True, "ENTITY_TYPE_ID")
