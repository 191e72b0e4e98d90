"""b24jssdk, the vendor's own client for JavaScript, reads and writes the portal over TLS."""

import pytest
from hub_crm_bitrix.simulator import Fault

from tests.servers.referees import node_with

LEAD, DEAL, CONTACT, COMPANY = 1, 2, 3, 4


@pytest.fixture(scope="module")
def portal(serve, certificate):
    tls, _ = certificate
    return serve(tls)


@pytest.fixture(scope="module")
def told(played, portal, serve, certificate):
    node = node_with("b24jssdk", "@bitrix24/b24jssdk@2.2.0")
    tls, trusted = certificate
    hurried = serve(tls)
    hurried.portal.faults.append(
        Fault("error", status=503, error="QUERY_LIMIT_EXCEEDED", description="Too many requests")
    )
    hook, busy = (f"{one.url}/rest/1/secret" for one in (portal, hurried))
    steps = {
        "items": [hook, "list", "crm.item.list", {"entityTypeId": CONTACT, "select": ["id", "name"]}, "id", "items"],
        "deals": [hook, "fetched", "crm.deal.list", {"select": ["ID", "UF_*"]}, "ID"],
        "paged": [hook, "paged", "crm.company.list", {"order": {"ID": "ASC"}, "select": ["ID", "PHONE"]}],
        "deal": [hook, "call", "crm.deal.add", {"fields": {"TITLE": "Из SDK", "UF_CRM_1700000001": "Д-7"}}],
        "batch": [hook, "batch", {
            "deal": {"method": "crm.deal.list", "params": {"filter": {"TITLE": "Из SDK"}}},
            "linked": {"method": "crm.deal.contact.items.set", "params": {
                "id": "$result[deal][0][ID]", "items": [{"CONTACT_ID": 2}, {"CONTACT_ID": 3, "IS_PRIMARY": "Y"}],
            }},
            "goods": {"method": "crm.item.productrow.set", "params": {
                "ownerType": "D", "ownerId": "$result[deal][0][ID]", "productRows": [{"productName": "Насос", "price": 70, "quantity": 2}],
            }},
            "links": {"method": "crm.deal.contact.items.get", "params": {"id": "$result[deal][0][ID]"}},
            "read": {"method": "crm.deal.get", "params": {"id": "$result[deal][0][ID]"}},
        }, True],
        "chunks": [hook, "chunks", [["crm.contact.get", {"id": number}] for number in range(1, 61)]],
        "stage": [hook, "call", "crm.status.add", {"fields": {"ENTITY_ID": "DEAL_STAGE", "STATUS_ID": "UC_7", "NAME": "Ждём"}}],
        "moved": [hook, "batch", {
            "a": {"method": "crm.deal.update", "params": {"id": 1, "fields": {"STAGE_ID": "UC_7"}}},
            "b": {"method": "crm.deal.get", "params": {"id": 1}},
        }, True],
        "no_method": [hook, "call", "crm.nothing", {}],
        "no_field": [hook, "call", "crm.item.list", {"entityTypeId": DEAL, "filter": {"nonsense": 1}}],
        "no_deal": [hook, "call", "crm.deal.get", {"id": 999999}],
        "patient": [busy, "call", "server.time", {}],
    }  # fmt: skip
    return played("node", "play_b24jssdk.cjs", steps, NODE_EXTRA_CA_CERTS=str(trusted), **node)


def test_it_reads_every_row_whichever_way_it_goes(told, portal):
    assert sorted(one["id"] for one in told["items"]["result"]) == portal.portal.tables[CONTACT].ids
    before = [number for number in portal.portal.tables[DEAL].ids if number != told["deal"]["result"]]
    assert sorted(int(one["ID"]) for one in told["deals"]["result"]) == before
    assert told["paged"]["result"]["total"] == len(portal.portal.tables[COMPANY].ids)
    assert [int(one["ID"]) for one in told["paged"]["result"]["found"]] == portal.portal.tables[COMPANY].ids


def test_what_it_writes_in_a_batch_it_reads_in_the_same_batch(told):
    found = told["batch"]["result"]
    assert found["errors"] == []
    assert [(one["CONTACT_ID"], one["IS_PRIMARY"]) for one in found["result"]["links"]] == [(3, "Y"), (2, "N")]
    read = found["result"]["read"]
    assert (read["ID"], read["CONTACT_ID"], read["OPPORTUNITY"]) == (str(told["deal"]["result"]), "3", "140.00")
    assert read["UF_CRM_1700000001"] == "Д-7"


def test_batches_longer_than_fifty_are_cut_by_it_and_answered(told):
    assert [int(one["ID"]) for one in told["chunks"]["result"]] == list(range(1, 61))


def test_a_deal_goes_into_a_stage_that_it_has_made(told):
    assert told["stage"]["result"] > 0
    assert told["moved"]["result"]["result"]["b"]["STAGE_ID"] == "UC_7"


def test_refusals_reach_it_by_their_codes(told):
    assert (told["no_method"]["raised"], told["no_method"]["status"]) == ("ERROR_METHOD_NOT_FOUND", 404)
    assert told["no_field"]["raised"] == "INVALID_ARG_VALUE"
    assert told["no_deal"]["status"] == 400


def test_it_asks_again_where_it_was_told_to_wait(told):
    assert "T" in told["patient"]["result"]
