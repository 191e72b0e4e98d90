"""Lists, as the vendor's pages have them."""

import pytest
from hub_crm_amo.simulator import World
from hub_crm_amo.simulator.world import ENTITIES, NOTES, PURCHASES, TASKS, UNSORTED


@pytest.mark.parametrize(
    "path", [*ENTITIES, TASKS, *NOTES.values(), "events", "catalogs/8001/elements", PURCHASES, UNSORTED]
)
def test_every_list_gives_each_row_once_over_its_pages(client, path):
    kind = "invoices" if path.startswith("catalogs") else path
    found = [row["uid" if path == UNSORTED else "id"] for row in client.all(path, limit=4)]
    assert len(found) == len(set(found)) == len(client.account.tables[kind])


def test_a_page_has_fifty_and_a_limit_that_is_too_large_falls_back_to_that(serve):
    client = serve(world=World(size=2000))
    assert [len(client.rows("leads", **asked)) for asked in ({}, {"limit": 250}, {"limit": 251})] == [50, 250, 50]


def test_a_page_past_the_end_and_an_id_that_is_not_there_are_204_without_a_body(client):
    for said in (client.get("leads", page=1000), client.get("leads/999999"), client.get("contacts/999999")):
        assert (said.status, said.body) == (204, b"")


def test_links_are_absolute_and_the_next_one_keeps_what_was_asked(client):
    said = client.get("leads", limit=10, **{"filter[id][0]": 1, "with": "contacts"}).json
    assert said["_page"] == 1
    assert "next" not in said["_links"]
    said = client.get("leads", limit=10, **{"order[updated_at]": "desc"}).json
    assert said["_links"]["next"]["href"].startswith(f"{client.served.url}/api/v4/leads?")
    assert "order%5Bupdated_at%5D=desc" in said["_links"]["next"]["href"]
    assert client.get("leads").type == "application/hal+json"


def test_a_range_has_both_ends_and_every_way_of_writing_a_filter_is_understood(client):
    rows = client.all("leads")
    moment = sorted(row["updated_at"] for row in rows)[20]
    expected = sorted(row["id"] for row in rows if row["updated_at"] <= moment)
    asked = {"filter[updated_at][to]": moment, "filter[updated_at][from]": 1}
    assert sorted(row["id"] for row in client.all("leads", **asked)) == expected
    assert sorted(row["id"] for row in client.all("leads", **{"filter[updated_at]": f"1,{moment}"})) == expected
    for asked in ({"filter[id][]": 5}, {"filter[id][0]": 5}, {"filter[id]": 5}):
        assert [row["id"] for row in client.rows("leads", **asked)] == [5]


def test_a_stage_is_a_pipeline_and_a_status(client):
    won = [row["id"] for row in client.all("leads") if (row["pipeline_id"], row["status_id"]) == (3200, 142)]
    asked = {"filter[statuses][0][pipeline_id]": 3200, "filter[statuses][0][status_id]": 142}
    assert [row["id"] for row in client.all("leads", **asked)] == won != []
    pipelines = client.rows("leads/pipelines")
    assert [{142, 143} <= {status["id"] for status in one["_embedded"]["statuses"]} for one in pipelines] == [
        True,
        True,
    ]


def test_an_order_that_a_list_does_not_have_is_refused(client):
    said = client.get("contacts", **{"order[created_at]": "asc"})
    assert (said.status, said.type) == (400, "application/problem+json")
    assert said.json["validation-errors"][0]["errors"][0]["path"] == "order.created_at"


def test_ties_come_in_no_order_that_can_be_relied_on(serve):
    found = [
        [
            row["id"]
            for row in serve(world=World(size=600, ties=50), salt=salt).all("leads", **{"order[updated_at]": "asc"})
        ]
        for salt in (1, 2)
    ]
    assert sorted(found[0]) == sorted(found[1])
    assert found[0] != found[1]


def test_contacts_of_a_lead_come_only_when_asked_for_and_companies_always(client):
    bare, full = client.get("leads/5").json, client.get("leads/5", **{"with": "contacts,loss_reason"}).json
    assert "contacts" not in bare["_embedded"]
    assert "companies" in bare["_embedded"]
    assert [one["is_main"] for one in full["_embedded"]["contacts"]] == [True]
    company = client.rows("companies", **{"with": "contacts", "filter[id]": full["_embedded"]["companies"][0]["id"]})[0]
    assert full["_embedded"]["contacts"][0]["id"] in [one["id"] for one in company["_embedded"]["contacts"]]


def test_a_question_finds_by_name_telephone_and_address(client):
    row = client.get("contacts/3").json
    phone, email = (
        one["values"][0]["value"] for one in row["custom_fields_values"] if one["field_code"] in ("PHONE", "EMAIL")
    )
    for text in (row["name"], phone, email):
        assert 3 in [one["id"] for one in client.all("contacts", query=text)]


def test_nothing_new_is_304_for_who_says_since_when(client):
    newest = max(row["updated_at"] for row in client.all("leads"))
    import email.utils

    since = {"If-Modified-Since": email.utils.formatdate(newest, usegmt=True)}
    assert client.send("GET", "/api/v4/leads", **since).status == 304
    earlier = {"If-Modified-Since": email.utils.formatdate(newest - 1, usegmt=True)}
    assert client.send("GET", "/api/v4/leads", **earlier).status == 200


def test_events_come_newest_first_with_ids_that_sort_by_time_and_a_page_has_at_most_a_hundred(serve):
    client = serve(world=World(size=2000))
    rows = client.rows("events", limit=100)
    assert [row["id"] for row in rows] == sorted((row["id"] for row in rows), reverse=True)
    assert len(client.rows("events", limit=250)) == 50
    assert client.get(f"events/{rows[0]['id']}").json == rows[0]
    assert rows[0]["entity_type"] == "lead"


@pytest.mark.parametrize(
    "path",
    [
        "users",
        "leads/pipelines",
        "leads/loss_reasons",
        "companies/custom_fields",
        "catalogs",
        "leads/tags",
        "events/types",
    ],
)
def test_directories_tell_how_many_there_are(client, path):
    said = client.get(path).json
    assert said["_total_items"] == len(next(iter(said["_embedded"].values()))) > 0


def test_the_account_says_its_zone_and_kinds_of_tasks_when_asked(client):
    said = client.get("account", **{"with": "task_types,datetime_settings"}).json
    assert said["currency"] == "RUB"
    assert said["_embedded"]["datetime_settings"]["timezone"] == "Europe/Moscow"
    assert [one["name"] for one in said["_embedded"]["task_types"]] == ["Связаться", "Встреча", "Письмо"]
