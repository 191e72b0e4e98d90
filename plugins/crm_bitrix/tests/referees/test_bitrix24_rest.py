"""bitrix24-rest reads and writes the portal by GET alone: nested parameters in the query, pages side by side."""

import pytest
from hub_crm_bitrix.simulator import Fault, Limits

from tests.servers.referees import python_with

DEAL, CONTACT, COMPANY = 2, 3, 4


@pytest.fixture(scope="module")
def portal(serve):
    return serve().portal


@pytest.fixture(scope="module")
def told(played, serve, portal):
    python = python_with("bitrix24-rest", "bitrix24-rest==2.0.3")
    narrow, older = serve(limits=Limits(burst=0)).portal, serve().portal
    said = {"error": "QUERY_LIMIT_EXCEEDED", "description": "Too many requests"}
    older.faults.append(Fault("error", status=200, **said))
    hook, limited, patient, wrong = (
        f"{one.url}/rest/1/{code}"
        for one, code in ((portal, "secret"), (narrow, "secret"), (older, "secret"), (portal, "wrong"))
    )
    contact = {
        "fields": {"NAME": "Анна", "LAST_NAME": "Новая", "PHONE": [{"VALUE": "89001234567", "VALUE_TYPE": "WORK"}]}
    }
    steps = {
        "deals": [hook, "crm.deal.list", {"order": {"ID": "ASC"}, "select": ["*", "UF_*"]}],
        "items": [hook, "crm.item.list", {"entityTypeId": CONTACT, "order": {"id": "DESC"}, "select": ["id", "name"]}],
        "filtered": [hook, "crm.company.list", {"filter": {"@ID": [1, 2, 5], ">ID": 1}, "order": {"ID": "ASC"}}],
        "either": [hook, "crm.item.list", {
            "entityTypeId": COMPANY, "order": {"id": "ASC"},
            "filter": {"0": {"logic": "OR", "0": {"id": 1}, "1": {"%title": "АО «"}}},
        }],
        "written": [hook, "crm.contact.add", contact],
        "found": [hook, "crm.contact.list", {"filter": {"PHONE": "89001234567"}, "select": ["ID", "NAME", "PHONE"]}],
        "batch": [hook, "batch", {"halt": 0, "cmd": {"a": "server.time", "b": "crm.nothing"}}],
        "not_found": [hook, "crm.deal.get", {"id": 999999}],
        "limited": [limited, "server.time", {}],
        "patient": [patient, "server.time", {}],
        "stranger": [wrong, "profile", {}],
    }  # fmt: skip
    return played(python, "play_bitrix24_rest.py", steps)


def ids(rows):
    return [int(row.get("ID") or row["id"]) for row in rows]


def test_it_reads_every_row_in_both_dialects(told, portal):
    assert ids(told["deals"]["result"]) == portal.tables[DEAL].ids
    contacts = [one for one in portal.tables[CONTACT].ids if one <= 154]
    assert ids(told["items"]["result"]["items"]) == contacts[::-1]


def test_its_filters_bring_what_holds(told, portal):
    assert ids(told["filtered"]["result"]) == [2, 5]
    titles = {row["id"]: row["title"] for row in map(portal.tables[COMPANY].row, portal.tables[COMPANY].ids)}
    wanted = [number for number, title in titles.items() if number == 1 or title.startswith("АО «")]
    assert len(wanted) > 1
    assert ids(told["either"]["result"]["items"]) == wanted


def test_what_it_writes_is_found_by_its_telephone(told):
    (row,) = told["found"]["result"]
    assert (int(row["ID"]), row["NAME"]) == (told["written"]["result"], "Анна")
    assert row["PHONE"][0]["VALUE"] == "89001234567"


def test_its_batch_has_results_and_errors_apart(told):
    found = told["batch"]["result"]
    assert found["result"].keys() == {"a"}
    assert found["result_error"]["b"]["error"] == "ERROR_METHOD_NOT_FOUND"


def test_a_refusal_with_another_status_than_200_reaches_it_as_that_status(told):
    assert told["not_found"]["said"] == "HTTP error: 400"
    assert told["limited"]["said"] == "HTTP error: 503"
    assert told["stranger"]["said"] == "HTTP error: 401"


def test_it_waits_where_an_older_portal_refuses_with_status_200(told):
    assert "T" in told["patient"]["result"]
