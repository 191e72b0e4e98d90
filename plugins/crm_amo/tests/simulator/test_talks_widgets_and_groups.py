"""Talks, widgets, groups of fields, and what a webhook may be asked for."""

from urllib.parse import parse_qsl

from hub_crm_amo.simulator.world import LEADS, UNSORTED, World


def mistakes(said):
    assert (said.status, said.type) == (400, "application/problem+json")
    return [(error["code"], error["path"]) for each in said.json["validation-errors"] for error in each["errors"]]


def test_a_chat_that_came_in_is_a_talk_and_then_about_the_lead_that_was_made_of_it(client):
    chat = next(one for one in client.all(UNSORTED) if one["category"] == "chats")
    contact = chat["_embedded"]["contacts"][0]["id"]
    (talk,) = client.rows("talks", **{"filter[contact_id]": contact})
    assert (talk["contact_id"], talk["chat_id"], talk["origin"], talk["entity_id"]) == (
        contact,
        chat["metadata"]["origin"]["chat_id"],
        "telegram",
        None,
    )
    lead = client.write("POST", f"{UNSORTED}/{chat['uid']}/accept", {}).json["_embedded"]["leads"][0]["id"]
    after = client.get(f"talks/{talk['talk_id']}").json
    assert (after["entity_type"], after["entity_id"], after["is_in_work"]) == ("lead", lead, True)
    assert after["_embedded"]["leads"][0]["_links"]["self"]["href"].endswith(f"/api/v4/{LEADS}/{lead}")
    assert after["_links"]["self"]["href"].endswith(f"/api/v4/talks/{talk['talk_id']}")


def test_a_talk_is_closed_without_a_word(client):
    number = client.rows("talks")[0]["talk_id"]
    client.account.clock.turn(60)
    said = client.write("POST", f"talks/{number}/close", {"force_close": True})
    assert (said.status, said.body) == (202, b"")
    closed = client.get(f"talks/{number}").json
    assert (closed["is_in_work"], closed["updated_at"]) == (False, int(client.account.clock.now()))
    assert client.get("talks/999999").status == client.write("POST", "talks/999999/close", {}).status == 404


def test_who_wants_to_know_is_told_when_a_talk_changes(client):
    client.account.subscribe("http://127.0.0.1:1/", ["update_talk"], 1)
    talk = client.rows("talks")[0]
    client.write("POST", f"talks/{talk['talk_id']}/close", {})
    (sent,) = [dict(parse_qsl(one.form)) for one in client.account.post.waiting]
    said = {
        name: sent[f"talk[update][0][{name}]"] for name in ("talk_id", "contact_id", "chat_id", "origin", "is_in_work")
    }
    assert said == {name: str(talk[name]) for name in said if name != "is_in_work"} | {"is_in_work": "0"}
    assert sent["account[subdomain]"] == client.account.subdomain


def test_talks_come_in_pages(serve):
    client = serve(world=World(size=2000))
    every = [one["talk_id"] for one in client.rows("talks")]
    first = client.get("talks", limit=1).json
    assert "page=2" in first["_links"]["next"]["href"]
    assert len(every) > 2
    assert [one["talk_id"] for one in client.all("talks", limit=1)] == every
    assert client.get("talks", page=99).status == 204


def test_widgets_are_listed_and_asked_for_by_their_code(client):
    listed = client.rows("widgets")
    for one in listed:
        assert client.get(f"widgets/{one['code']}").json == one
    source = next(one for one in listed if one["is_lead_source"])
    assert source["pipeline_id"] in {one["id"] for one in client.rows("leads/pipelines")}
    assert {"key", "name", "type", "is_required"} == set(source["settings_template"][0])
    assert client.get("widgets/nothing").status == 404


def test_fields_are_in_the_group_that_every_card_has_until_they_are_moved(client):
    (default,) = client.rows("leads/custom_fields/groups")
    ids = [one["id"] for one in client.rows("leads/custom_fields")]
    assert (default["id"], default["is_predefined"], default["fields"]) == ("default", True, ids)
    given = [{"name": "Договор", "sort": 3, "fields": ids[:2], "request_id": "q"}]
    made = client.write("POST", "leads/custom_fields/groups", given).json["_embedded"]["custom_field_groups"][0]
    assert (made["name"], made["fields"], made["type"], made["request_id"]) == (
        "Договор",
        ids[:2],
        "custom_field_group",
        "q",
    )
    path = f"leads/custom_fields/groups/{made['id']}"
    assert client.get(f"leads/custom_fields/{ids[0]}").json["group_id"] == made["id"]
    assert client.get("leads/custom_fields/groups/default").json["fields"] == ids[2:]
    changed = client.write("PATCH", path, {"name": "Договоры", "fields": [ids[2]]}).json
    assert (changed["name"], changed["fields"]) == ("Договоры", ids[:3])
    assert client.write("DELETE", path, None).status == 204
    assert client.get(path).status == 404
    assert client.get("leads/custom_fields/groups/default").json["fields"] == ids
    assert client.write("DELETE", "leads/custom_fields/groups/default", None).status == 400


def test_a_field_is_made_in_a_group_that_there_is(client):
    said = client.write("POST", "leads/custom_fields", [{"name": "Поле", "type": "text", "group_id": "leads_1"}])
    assert mistakes(said) == [("NotSupportedChoice", "group_id")]
    made = client.write("POST", "leads/custom_fields/groups", [{"name": "Своя"}]).json["_embedded"][
        "custom_field_groups"
    ][0]
    field = {"name": "Поле", "type": "text", "group_id": made["id"]}
    number = client.write("POST", "leads/custom_fields", [field]).json["_embedded"]["custom_fields"][0]["id"]
    assert client.get(f"leads/custom_fields/groups/{made['id']}").json["fields"] == [number]


def test_a_group_without_a_name_or_of_strange_fields_is_refused(client):
    said = client.write("POST", "contacts/custom_fields/groups", [{"fields": [1]}])
    assert mistakes(said) == [("FieldMissing", "name"), ("NotSupportedChoice", "fields.0")]
    assert len(client.rows("contacts/custom_fields/groups")) == 1


def test_a_webhook_asks_for_events_that_there_are(client):
    wrong = {"destination": "https://my.example/a", "settings": ["add_lead", "nonsense", "restore_task"]}
    assert mistakes(client.write("POST", "webhooks", wrong)) == [
        ("NotSupportedChoice", "settings.1"),
        ("NotSupportedChoice", "settings.2"),
    ]
    assert client.get("webhooks").status == 204
    right = {**wrong, "settings": ["add_lead", "note_contact", "update_task", "responsible_customer", "add_talk"]}
    assert client.write("POST", "webhooks", right).json["settings"] == right["settings"]
