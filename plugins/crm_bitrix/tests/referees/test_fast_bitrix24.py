"""fast-bitrix24 reads and writes the portal: pages by batch, commands in forms of its own, retries of its own."""

from collections import Counter

import pytest
from hub_crm_bitrix.simulator import Limits

from tests.servers.referees import python_with

DEAL, CONTACT = 2, 3


@pytest.fixture(scope="module")
def portal(serve):
    return serve().portal


@pytest.fixture(scope="module")
def narrow(serve):
    return serve(limits=Limits(leak=20, burst=2)).portal


@pytest.fixture(scope="module")
def told(played, portal, narrow):
    python = python_with("fast-bitrix24", "fast-bitrix24==1.8.14")
    open_, limited = (f"{one.url}/rest/1/secret/" for one in (portal, narrow))
    recent = {">=DATE_MODIFY": "2026-06-01T00:00:00+03:00", "!STAGE_ID": "WON"}
    titles = [{"fields": {"TITLE": f"Пачка {at}", "ORIGIN_ID": str(at)}} for at in range(60)]
    steps = {
        "contacts": [open_, "get_all", "crm.contact.list", {"select": ["*", "UF_*", "PHONE", "EMAIL"]}],
        "items": [open_, "get_all", "crm.item.list", {"entityTypeId": DEAL}],
        "filtered": [open_, "get_all", "crm.deal.list", {"filter": recent}],
        "by_id": [open_, "get_by_ID", "crm.deal.get", [1, 2, 3]],
        "list_and_get": [open_, "list_and_get", "crm.company"],
        "moves": [open_, "get_all", "crm.stagehistory.list", {"entityTypeId": DEAL}],
        "users": [open_, "get_all", "user.get"],
        "calls": [open_, "get_all", "voximplant.statistic.get"],
        "written": [open_, "call", "crm.deal.add", titles],
        "read_back": [open_, "get_all", "crm.deal.list", {"filter": {"%TITLE": "Пачка"}, "select": ["ID", "TITLE"]}],
        "batch": [open_, "call_batch", {"halt": 0, "cmd": {
            "deal": "crm.deal.get?id=1", "contact": "crm.contact.get?id=$result[deal][CONTACT_ID]",
        }}],
        "failed": [open_, "call_batch", {"halt": 0, "cmd": {"a": "crm.nothing.get"}}],
        "no_field": [open_, "get_all", "crm.item.list", {"entityTypeId": DEAL, "filter": {"nonsense": 1}}],
        "limited": [limited, "get_all", "crm.contact.list", {"select": ["ID"]}],
    }  # fmt: skip
    return played(python, "play_fast_bitrix24.py", steps)


def ids(rows):
    return sorted(int(row.get("ID") or row["id"]) for row in rows)


def test_it_reads_every_row_in_both_dialects(told, portal):
    assert ids(told["contacts"]["result"]) == portal.tables[CONTACT].ids
    assert all(row["PHONE"] and row["EMAIL"] for row in told["contacts"]["result"])
    assert Counter(ids(told["items"]["result"])) == Counter([one for one in portal.tables[DEAL].ids if one <= 140])


def test_it_reads_what_is_no_object_as_well(told, portal):
    assert ids(told["moves"]["result"]) == [one for one in portal.tables["moves:2"].ids if one <= 280]
    assert ids(told["users"]["result"]) == portal.tables["users"].ids
    assert ids(told["calls"]["result"]) == portal.tables["statistics"].ids


def test_its_filter_brings_what_holds(told, portal):
    deals = portal.tables[DEAL]
    rows = [deals.row(number) for number in deals.ids if number <= 140]
    wanted = [row["id"] for row in rows if row["updatedTime"] >= "2026-06-01" and row["stageId"] != "WON"]
    assert wanted
    assert ids(told["filtered"]["result"]) == wanted


def test_it_gets_by_id_through_a_batch(told):
    assert {key: row["ID"] for key, row in told["by_id"]["result"].items()} == {"1": "1", "2": "2", "3": "3"}


def test_it_lists_and_gets(told, portal):
    found = told["list_and_get"]["result"]
    assert sorted(map(int, found)) == portal.tables[4].ids


def test_what_it_writes_in_batches_is_there_once(told, portal):
    assert len(told["written"]["result"]) == 60
    assert sorted(row["TITLE"] for row in told["read_back"]["result"]) == sorted(f"Пачка {at}" for at in range(60))
    assert sum(effect.method == "crm.deal.add" for effect in portal.log) == 60


def test_its_batch_refers_to_earlier_results(told):
    found = told["batch"]["result"]
    assert found["contact"]["ID"] == found["deal"]["CONTACT_ID"]


def test_errors_reach_it(told):
    assert told["failed"]["raised"] == "ErrorInServerResponseException"
    assert "ERROR_METHOD_NOT_FOUND" in told["failed"]["said"]
    assert told["no_field"]["raised"] == "ClientResponseError"
    assert "400" in told["no_field"]["said"]


def test_it_gets_everything_through_narrow_limits_and_was_refused_on_the_way(told, narrow):
    assert ids(told["limited"]["result"]) == narrow.tables[CONTACT].ids
