"""Lists in both dialects: pages, filters, order, fields."""

import pytest
from hub_crm_bitrix.simulator import World

COMPANY, DEAL = 4, 2


def ids(rows):
    return [int(row.get("id") or row["ID"]) for row in rows]


def walk(client, method, key, **params):
    """Every row by id, fifty at a time, uncounted."""
    found, last = [], 0
    while True:
        result = client.result(method, order={key: "ASC"}, filter={f">{key}": last}, start=-1, **params)
        rows = result if isinstance(result, list) else result["items"]
        found += rows
        if len(rows) < 50:
            return found
        last = int(rows[-1][key])


# --- pages ---------------------------------------------------------------------------------------------------------


def test_a_walk_by_id_brings_every_row_once_in_both_dialects(client):
    there = client.portal.tables[DEAL].ids
    assert len(there) > 70
    assert ids(walk(client, "crm.item.list", "id", entityTypeId=DEAL)) == there
    assert ids(walk(client, "crm.deal.list", "ID", select=["ID"])) == there


def test_a_page_has_fifty_rows_the_total_and_where_the_next_begins(client):
    _, body = client.ask("crm.deal.list", order={"ID": "ASC"})
    assert (len(body["result"]), body["next"], body["total"]) == (50, 50, len(client.portal.tables[DEAL]))
    _, last = client.ask("crm.deal.list", order={"ID": "ASC"}, start=50)
    assert "next" not in last
    assert ids(body["result"]) + ids(last["result"]) == client.portal.tables[DEAL].ids


def test_without_counting_there_is_no_next_and_the_total_is_zero(client):
    _, body = client.ask("crm.item.list", entityTypeId=DEAL, start=-1)
    assert (len(body["result"]["items"]), body["total"], "next" in body) == (50, 0, False)


def test_an_old_method_goes_by_page_and_a_universal_one_by_row(client):
    old = client.result("crm.deal.list", order={"ID": "ASC"}, start=70, select=["ID"])
    new = client.result("crm.item.list", entityTypeId=DEAL, order={"id": "ASC"}, start=70, select=["id"])["items"]
    there = client.portal.tables[DEAL].ids
    assert (ids(old), ids(new)) == (there[50:100], there[70:120])


def test_without_an_order_rows_come_in_none_and_differently_every_time(client):
    first, second = (ids(client.result("crm.deal.list", select=["ID"])) for _ in range(2))
    assert first != sorted(first)
    assert first != second


# --- dialects ------------------------------------------------------------------------------------------------------


def test_the_old_dialect_writes_texts_and_the_universal_one_values(client):
    (old,) = client.result("crm.deal.list", filter={"ID": 3})
    (new,) = client.result("crm.item.list", entityTypeId=DEAL, filter={"id": 3})["items"]
    assert (old["ID"], old["OPPORTUNITY"], old["DATE_CREATE"]) == ("3", f"{new['opportunity']:.2f}", new["createdTime"])
    amounts = [row["opportunity"] for row in walk(client, "crm.item.list", "id", entityTypeId=DEAL)]
    assert {type(one) for one in amounts} == {int, float}, "whole amounts have no fraction"
    assert old["UF_CRM_1700000001"] == new["ufCrm_1700000001"]


def test_a_new_object_has_zeros_and_nulls_where_the_vendors_sample_has_them(client):
    row = client.result("crm.item.add", entityTypeId=DEAL, fields={"opportunity": 10000.0})["item"]
    zeros = ("companyId", "contactId", "webformId", "taxValue")
    nulls = (
        "leadId",
        "quoteId",
        "locationId",
        "probability",
        "isWork",
        "isWon",
        "lostAmount",
        "hasProducts",
        "originId",
    )
    assert {name: row[name] for name in (*zeros, *nulls)} == dict.fromkeys(zeros, 0) | dict.fromkeys(nulls)
    assert repr(row["opportunity"]) == "10000"


def test_old_companies_show_telephones_only_to_who_names_them(client):
    (plain,) = client.result("crm.company.list", filter={"ID": 1}, select=["*", "UF_*"])
    (named,) = client.result("crm.company.list", filter={"ID": 1}, select=["TITLE", "PHONE"])
    assert "PHONE" not in plain
    assert named["PHONE"][0].keys() == {"ID", "VALUE_TYPE", "VALUE", "TYPE_ID"}
    assert "EMAIL" not in named


def test_multifields_of_an_item_come_with_all_fields_and_cannot_be_named(client):
    whole = client.result("crm.item.list", entityTypeId=COMPANY, filter={"id": 1}, select=["*"])["items"]
    named = client.result("crm.item.list", entityTypeId=COMPANY, filter={"id": 1}, select=["id", "fm"])["items"]
    assert {one["typeId"] for one in whole[0]["fm"]} == {"PHONE", "EMAIL"}
    assert named == [{"id": 1}]


def test_an_items_own_fields_keep_their_names_on_request(client):
    row = client.result("crm.item.get", entityTypeId=DEAL, id=3, useOriginalUfNames="Y")["item"]
    assert "UF_CRM_1700000001" in row
    assert "ufCrm_1700000001" not in row


# --- filters -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filter_", "holds"),
    [
        ({">=opportunity": 1_000_000, "<opportunity": 2_000_000}, lambda row: 1e6 <= row["opportunity"] < 2e6),
        ({"@stageId": ["NEW", "WON"]}, lambda row: row["stageId"] in ("NEW", "WON")),
        ({"stageId": ["NEW", "WON"]}, lambda row: row["stageId"] in ("NEW", "WON")),
        ({"!@stageId": ["NEW", "WON"]}, lambda row: row["stageId"] not in ("NEW", "WON")),
        ({"!stageId": "NEW"}, lambda row: row["stageId"] != "NEW"),
        ({"%title": "КАБЕЛЯ"}, lambda row: "кабеля" in row["title"]),
        ({"=%title": "%№ 1_"[:-1]}, lambda row: row["title"].endswith("№ 1")),
        ({"!%title": "кабеля"}, lambda row: "кабеля" not in row["title"]),
        ({"companyId": ""}, lambda row: not row["companyId"]),
        ({"!=ufCrm_1700000003": ""}, lambda row: row["ufCrm_1700000003"] is not None),
        ({"UF_CRM_1700000004": 1}, lambda row: row["ufCrm_1700000004"] == "Y"),
        ({"contactIds": [1, 2, 3]}, lambda row: {1, 2, 3} & set(row["contactIds"])),
        (
            {"0": {"logic": "OR", "0": {"stageId": "NEW"}, "1": {">opportunity": 4_000_000}}},
            lambda row: row["stageId"] == "NEW" or row["opportunity"] > 4e6,
        ),
    ],
    ids=lambda value: "holds" if callable(value) else str(value),
)
def test_a_filter_brings_the_rows_that_hold_and_no_others(client, filter_, holds):
    every = [client.portal.tables[DEAL].row(number) for number in client.portal.tables[DEAL].ids]
    _, body = client.ask("crm.item.list", entityTypeId=DEAL, filter=filter_, order={"id": "ASC"})
    expected = [row["id"] for row in every if holds(row)]
    assert expected
    assert len(expected) < len(every)
    assert (ids(body["result"]["items"]), body["total"]) == (expected[:50], len(expected))


def test_a_moment_is_the_same_in_every_zone(client):
    row = client.portal.tables[DEAL].row(7)
    assert row["updatedTime"].endswith("+03:00")
    hour, rest = int(row["updatedTime"][11:13]), row["updatedTime"][13:19]
    if hour < 22:
        elsewhere = f"{row['updatedTime'][:11]}{hour + 2:02}{rest}+05:00"
        assert 7 in ids(client.result("crm.item.list", entityTypeId=DEAL, filter={"updatedTime": elsewhere})["items"])
    naive = row["updatedTime"][:19]
    assert 7 in ids(client.result("crm.deal.list", filter={"DATE_MODIFY": naive}))


def test_a_plus_that_is_not_encoded_is_a_space_and_no_moment(client):
    filter_ = "filter[>updatedTime]=2026-01-01T00:00:00+03:00"
    status, body = client.form("crm.item.list", f"entityTypeId=2&{filter_}")
    assert (status, body["error_description"]) == (400, "Invalid filter: field 'updatedTime' has invalid value")
    status, _ = client.form("crm.item.list", f"entityTypeId=2&{filter_.replace('+', '%2B')}")
    assert status == 200


def test_what_may_not_be_filtered_or_ordered_by_is_refused_by_universal_methods_only(client):
    assert client.ask("crm.item.list", entityTypeId=DEAL, filter={"nonsense": 1})[1] == {
        "error": "INVALID_ARG_VALUE",
        "error_description": "Invalid filter: field 'nonsense' is not allowed in filter",
    }
    _, body = client.ask("crm.item.list", entityTypeId=DEAL, order={"id": "UP"})
    said = "Invalid order: allowed sort directions are `ASC, DESC`. But got 'UP' for field 'id'"
    assert body["error_description"] == said
    assert len(client.result("crm.deal.list", filter={"NONSENSE": 1})) == 50


def test_a_telephone_finds_its_company_when_it_is_written_the_same(client):
    phone = client.portal.tables[COMPANY].row(1)["phone"]
    assert ids(client.result("crm.company.list", filter={"PHONE": phone})) == [1]
    assert client.result("crm.company.list", filter={"PHONE": phone[:-2]}) == []


def test_rows_are_ordered_by_any_field(client):
    rows = client.result("crm.item.list", entityTypeId=DEAL, order={"stageId": "ASC", "opportunity": "DESC"})["items"]
    wanted = sorted(rows, key=lambda row: (row["stageId"].lower(), -row["opportunity"]))
    assert ids(rows) == ids(wanted)


# --- ways to ask ---------------------------------------------------------------------------------------------------


def test_query_form_and_json_say_the_same(client):
    by_json = client.result("crm.deal.list", order={"ID": "DESC"}, filter={">ID": 5}, select=["ID", "TITLE"])
    query = "order[ID]=DESC&filter[%3EID]=5&select[]=ID&select[]=TITLE"
    assert client.form("crm.deal.list", query)[1]["result"] == by_json
    assert client.send(f"{client.served.webhook}crm.deal.list.json?{query}")[1]["result"] == by_json


def test_methods_and_the_names_of_parameters_are_taken_in_either_case(client):
    rows = client.result("CRM.Deal.List", ORDER={"ID": "ASC"}, SELECT=["ID"])
    assert ids(rows) == client.portal.tables[DEAL].ids[:50]


def test_what_is_no_method_and_who_is_no_caller_are_told(client):
    no_method = {"error": "ERROR_METHOD_NOT_FOUND", "error_description": "Method not found!"}
    assert client.ask("crm.nothing.list") == (404, no_method)
    status, body = client.send(f"{client.served.url}/rest/1/wrong/profile")
    assert (status, body["error"]) == (401, "INVALID_CREDENTIALS")
    status, body = client.send(f"{client.served.url}/rest/profile")
    assert (status, body["error"]) == (401, "NO_AUTH_FOUND")


# --- what activities point to ----------------------------------------------------------------------------------------


def test_the_messages_of_an_open_line_are_read_by_the_session_of_its_activity(client):
    (activity, *_) = client.result("crm.activity.list", filter={"PROVIDER_ID": "IMOPENLINES_SESSION"})
    session = int(activity["ASSOCIATED_ENTITY_ID"])
    told = client.result("imopenlines.session.history.get", SESSION_ID=session)
    senders = [one["senderid"] for one in told["message"].values()]
    assert senders == ["0", str(1_000_000 + session), activity["RESPONSIBLE_ID"], str(1_000_000 + session), "0"]
    assert list(told["users"]) == [str(1_000_000 + session)]
    status, body = client.ask("imopenlines.session.history.get", CHAT_ID=session)
    assert (status, body["error"]) == (400, "ACCESS_DENIED")


def test_a_meeting_leads_to_its_event_in_the_calendar(client):
    (activity, *_) = client.result("crm.activity.list", filter={"TYPE_ID": 1})
    event = client.result("calendar.event.getbyid", id=activity["CALENDAR_EVENT_ID"])
    assert event["NAME"] == activity["SUBJECT"]
    assert event["DAV_XML_ID"].partition("@")[2] == "portal.example"
    assert event["DATE_FROM"][:10] == "{2}.{1}.{0}".format(*activity["START_TIME"][:10].split("-"))


# --- employees -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("active", "left"), [(True, False), ("Y", False), (False, True), ("N", True), (0, True)])
def test_employees_are_found_by_whether_they_have_left(serve, active, left):
    client = serve(world=World(size=40_000))
    rows = client.result("user.get", FILTER={"ACTIVE": active})
    assert rows
    assert {row["ACTIVE"] for row in rows} == {not left}


def test_employees_are_paged_and_found_by_fields_beside_the_filter(client):
    everybody = client.result("user.get", SORT="ID", ORDER="DESC")
    assert ids(everybody) == client.portal.tables["users"].ids[::-1]
    (anna,) = client.result("user.get", EMAIL="anna@my.example")
    assert (anna["NAME"], anna["TIMESTAMP_X"]) == ("Анна", {})
