"""What an administrator sets up: pipelines and stages, fields, tags, catalogs; and what a write may not hold."""

import pytest


def one(said, name, status=200):
    assert said.status == status, said
    return said.json["_embedded"][name][0]


def mistakes(said):
    assert (said.status, said.type) == (400, "application/problem+json")
    return [(error["code"], error["path"]) for each in said.json["validation-errors"] for error in each["errors"]]


def test_a_pipeline_is_made_with_its_stages_and_goes_when_it_is_empty(client):
    stages = [{"name": "Первый", "sort": 10, "color": "#fffeb2"}, {"id": 142, "name": "Победа"}]
    given = {"name": "Опт", "sort": 20, "request_id": "q", "_embedded": {"statuses": stages}}
    made = one(client.write("POST", "leads/pipelines", [given]), "pipelines")
    names = {stage["name"]: stage["id"] for stage in made["_embedded"]["statuses"]}
    assert (made["request_id"], made["is_archive"], names["Победа"]) == ("q", False, 142)
    assert {"Первый", "Закрыто и не реализовано", "Неразобранное"} < names.keys()
    href = made["_embedded"]["statuses"][0]["_links"]["self"]["href"]
    assert href.endswith(f"/leads/pipelines/{made['id']}/statuses/{made['_embedded']['statuses'][0]['id']}")
    path = f"leads/pipelines/{made['id']}"
    assert client.write("PATCH", path, {"name": "Опт и розница"}).json["name"] == "Опт и розница"
    lead = one(client.write("POST", "leads", [{"pipeline_id": made["id"], "status_id": names["Первый"]}]), "leads")
    assert client.write("DELETE", path, None).status == 400, "there is a lead in it"
    client.write("PATCH", f"leads/{lead['id']}", {"pipeline_id": 3100, "status_id": 142})
    assert client.write("DELETE", path, None).status == 204
    assert client.get(path).status == 204


def test_a_stage_is_added_changed_and_taken_away_but_not_one_of_the_system(client):
    stage = one(client.write("POST", "leads/pipelines/3100/statuses", [{"name": "Ещё", "sort": 45}]), "statuses")
    assert stage["pipeline_id"] == 3100
    path = f"leads/pipelines/3100/statuses/{stage['id']}"
    assert client.write("PATCH", path, {"name": "Ещё раз"}).json["name"] == client.get(path).json["name"] == "Ещё раз"
    assert client.write("DELETE", path, None).status == 204
    assert client.get(path).status == 404
    assert client.write("DELETE", "leads/pipelines/3100/statuses/142", None).status == 400


def test_a_field_that_is_made_can_be_written_and_goes(client):
    enums = [{"value": "а", "sort": 1}, {"value": "б", "sort": 2}]
    field = one(
        client.write("POST", "leads/custom_fields", [{"name": "Поле", "type": "select", "enums": enums}]),
        "custom_fields",
    )
    assert (field["entity_type"], [each["value"] for each in field["enums"]]) == ("leads", ["а", "б"])
    values = [{"field_id": field["id"], "values": [{"value": "б"}]}]
    assert client.write("PATCH", "leads/1", {"custom_fields_values": values}).status == 200
    written = next(
        each for each in client.get("leads/1").json["custom_fields_values"] if each["field_id"] == field["id"]
    )
    assert written["values"] == [{"value": "б", "enum_id": field["enums"][1]["id"], "enum_code": None}]
    strange = [{"field_id": field["id"], "values": [{"value": "в"}, {"enum_id": 1}]}]
    assert mistakes(client.write("PATCH", "leads/1", {"custom_fields_values": strange})) == [
        ("NotSupportedChoice", "custom_fields_values.0.values.0.value"),
        ("NotSupportedChoice", "custom_fields_values.0.values.1.enum_id"),
    ]
    path = f"leads/custom_fields/{field['id']}"
    assert client.write("PATCH", path, {"name": "Иначе"}).json["name"] == client.get(path).json["name"] == "Иначе"
    assert client.get(path).json["enums"] == field["enums"]
    assert client.write("DELETE", path, None).status == 204
    assert mistakes(client.write("PATCH", "leads/1", {"custom_fields_values": values})) == [
        ("NotSupportedChoice", "custom_fields_values.0.field_id")
    ]
    assert client.write("DELETE", "contacts/custom_fields/202", None).status == 400, "telephones stay"


def test_a_tag_has_one_id_wherever_it_comes_from(client):
    made = one(client.write("POST", "leads/tags", [{"name": "Срочно"}]), "tags")
    client.write("PATCH", "leads/1", {"tags_to_add": [{"name": "Срочно"}, {"name": "Новое"}]})
    tags = {each["name"]: each["id"] for each in client.get("leads/1").json["_embedded"]["tags"]}
    assert tags["Срочно"] == made["id"] != tags["Новое"]
    assert {"Срочно", "Новое", "VIP"} == {each["name"] for each in client.rows("leads/tags")}
    client.write("PATCH", "leads/1", {"tags_to_delete": [{"id": made["id"]}]})
    assert "Срочно" not in {each["name"] for each in client.get("leads/1").json["_embedded"]["tags"]}


def test_a_catalog_is_made_and_filled(client):
    catalog = one(client.write("POST", "catalogs", [{"name": "Склады", "can_add_elements": True}]), "catalogs")
    assert (catalog["type"], catalog["can_be_deleted"]) == ("regular", True)
    path = f"catalogs/{catalog['id']}"
    assert client.write("PATCH", path, {"name": "Площадки"}).json["name"] == client.get(path).json["name"] == "Площадки"
    assert client.get(f"{path}/elements").status == 204
    element = one(client.write("POST", f"{path}/elements", [{"name": "Тверь"}, {"name": "Казань"}]), "elements")
    assert [each["name"] for each in client.rows(f"{path}/elements")] == ["Тверь", "Казань"]
    assert [each["name"] for each in client.rows(f"{path}/elements", query="каз")] == ["Казань"]
    assert client.get(f"{path}/elements/{element['id']}").json["name"] == "Тверь"


def test_events_are_found_by_their_ids(client):
    ids = [each["id"] for each in client.rows("events", limit=5)]
    found = client.rows("events", **{"filter[id][0]": ids[3], "filter[id][1]": ids[1]})
    assert [each["id"] for each in found] == [ids[1], ids[3]]


@pytest.mark.parametrize(("path", "body", "expected"), [
    ("leads", {"name": 5}, [("InvalidType", "name")]),
    ("leads", {"price": "много"}, [("InvalidType", "price")]),
    ("contacts", {"custom_fields_values": {"field_id": 1}}, [("InvalidType", "custom_fields_values")]),
    ("tasks", {"text": ""}, [("NotBlank", "text"), ("FieldMissing", "complete_till")]),
    ("leads/notes", {"params": {}}, [("FieldMissing", "note_type"), ("FieldMissing", "entity_id")]),
    ("leads/pipelines", {}, [("FieldMissing", "name")]),
    ("leads/custom_fields", {"name": "x", "type": "nope"}, [("NotSupportedChoice", "type")]),
])  # fmt: skip
def test_what_a_write_lacks_or_has_wrong_is_told_by_code_and_path(client, path, body, expected):
    assert mistakes(client.write("POST", path, [body])) == expected
    assert client.account.wrote == 0


def test_fields_are_listed_by_type_and_in_the_order_asked_for(client):
    assert [each["id"] for each in client.rows("leads/custom_fields", **{"filter[type][0]": "select"})] == [302]
    ids = [each["id"] for each in client.rows("leads/custom_fields", **{"order[id]": "desc"})]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == 5


def test_a_webhook_is_found_by_its_address(client):
    for name in ("a", "b"):
        client.write("POST", "webhooks", {"destination": f"https://my.example/{name}", "settings": ["add_lead"]})
    found = client.rows("webhooks", **{"filter[destination]": "https://my.example/b"})
    assert [each["destination"] for each in found] == ["https://my.example/b"]
    assert client.get("webhooks", **{"filter[destination]": "https://other.example/"}).status == 204
