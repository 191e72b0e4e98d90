"""b24pysdk, the vendor's own client, reads and writes the portal over TLS."""

import urllib.parse

import pytest
from hub_crm_bitrix.simulator import Application, Fault, Limits, OAuth

from tests.servers.referees import python_with

DEAL, CONTACT = 2, 3


@pytest.fixture(scope="module")
def portals(serve, certificate):
    tls, _ = certificate
    card = Application(client_id="local.app", client_secret="s")
    found = {
        "open": serve(tls), "narrow": serve(tls, limits=Limits(leak=2, burst=1)),
        "slow": serve(tls, limits=Limits(burst=1000, cost=lambda method, rows: 490)), "moved": serve(tls),
        "app": serve(tls, oauth=OAuth(applications=[card])),
    }  # fmt: skip
    found["moved"].portal.faults.append(Fault("redirect", times=-1, location=found["open"].url))

    def age(call):
        if call.method == "profile":
            call.portal.clock.turn(3700)

    found["app"].portal.after.append(age)
    return found


@pytest.fixture(scope="module")
def told(played, portals, certificate):
    python = python_with("b24pysdk", "b24pysdk==1.3.2")
    at = {name: [one.host, "1/secret"] for name, one in portals.items()}
    oauth = portals["app"].portal.oauth
    back = oauth.authorized({"client_id": "local.app"}, "portal", portals["app"].portal.clock.now())
    code = urllib.parse.parse_qs(urllib.parse.urlsplit(back).query)["code"][0]
    fields = {"title": "Из SDK", "opportunity": 7, "contactIds": [1]}
    steps = {
        "list": [at["open"], "call_list", "crm.deal.list", {"order": {"ID": "ASC"}, "select": ["ID", "TITLE"]}],
        "fast": [at["open"], "call_list_fast", "crm.contact.list", {"select": ["ID", "PHONE"]}],
        "falling": [at["open"], "call_list_fast", "crm.deal.list", {"select": ["ID"]}, True],
        "items": [at["open"], "call_list_fast", "crm.item.list", {"entityTypeId": DEAL, "select": ["id", "title"]}],
        "users": [at["open"], "call_list_fast", "user.get", {}],
        "activities": [at["open"], "call_list_fast", "crm.activity.list", {"filter": {"TYPE_ID": 2}}],
        "typed": [at["open"], "typed", "crm.item.list", {
            "entity_type_id": DEAL, "filter": {"@stageId": ["WON"]}, "order": {"id": "ASC"}, "select": ["id", "stageId"],
        }, "as_list"],
        "added": [at["open"], "typed", "crm.item.add", {"entity_type_id": DEAL, "fields": fields}, ""],
        "batch": [at["open"], "call_batch", {
            "a": ["crm.item.list", {"entityTypeId": DEAL, "filter": {"title": "Из SDK"}}],
            "b": ["crm.timeline.comment.add", {"fields": {
                "ENTITY_TYPE": "deal", "ENTITY_ID": "$result[a][items][0][id]", "COMMENT": "Проверено",
            }}],
            "c": ["crm.nothing", {}],
        }],
        "no_method": [at["open"], "call_method", "crm.nothing"],
        "no_field": [at["open"], "call_method", "crm.item.list", {"entityTypeId": DEAL, "filter": {"nonsense": 1}}],
        "no_deal": [at["open"], "call_method", "crm.deal.get", {"id": 999999}],
        "stranger": [[portals["open"].host, "1/wrong"], "call_method", "profile"],
        "narrow": [at["narrow"], "call_list", "crm.contact.list", {"order": {"ID": "ASC"}, "select": ["ID"]}],
        "hurried": [at["narrow"], "call_list_fast", "crm.contact.list", {"select": ["ID"]}],
        "slow_once": [at["slow"], "call_method", "crm.deal.list"],
        "slow_twice": [at["slow"], "call_method", "crm.deal.list"],
        "moved": [at["moved"], "call_method", "crm.deal.list", {"filter": {"ID": 3}}],
        "oauth": [at["app"], "oauth", {"client_id": "local.app", "client_secret": "s"}, code],
    }  # fmt: skip
    return played(python, "play_b24pysdk.py", steps, REQUESTS_CA_BUNDLE=str(certificate[1]))


def ids(rows):
    return [int(row.get("ID") or row["id"]) for row in rows]


def test_it_reads_every_row_page_by_page_and_by_chained_ids(told, portals):
    tables = portals["open"].portal.tables
    deals = [one for one in tables[DEAL].ids if one <= 140]
    assert ids(told["list"]["result"]) == deals
    assert ids(told["fast"]["result"]) == tables[CONTACT].ids
    assert ids(told["falling"]["result"]) == deals[::-1]
    assert ids(told["items"]["result"]) == deals
    assert ids(told["users"]["result"]) == tables["users"].ids
    activities = tables["activities"]
    assert ids(told["activities"]["result"]) == [one for one in activities.ids if activities.row(one)["TYPE_ID"] == "2"]


def test_its_typed_methods_filter_and_write(told, portals):
    deals = portals["open"].portal.tables[DEAL]
    won = [number for number in deals.ids if deals.row(number)["stageId"] == "WON"]
    assert ids(told["typed"]["result"]) == won
    added = told["added"]["result"]["item"]
    assert (added["title"], added["opportunity"], added["contactIds"]) == ("Из SDK", 7.0, [1])


def test_its_batch_is_made_of_what_earlier_commands_found(told, portals):
    found = told["batch"]["result"]
    comment = portals["open"].portal.tables["comments"].row(found["result"]["b"])
    assert comment["ENTITY_ID"] == str(told["added"]["result"]["item"]["id"])
    assert found["result_error"]["c"]["error"] == "ERROR_METHOD_NOT_FOUND"


@pytest.mark.parametrize(
    ("step", "raised"),
    [
        ("no_method", "BitrixAPINotFound"), ("no_field", "BitrixAPIInvalidArgValue"),
        ("no_deal", "BitrixAPIBadRequest"), ("stranger", "BitrixAPIInvalidCredentials"),
        ("slow_twice", "BitrixAPIOperationTimeLimit"),
    ],
)  # fmt: skip
def test_it_knows_every_refusal_by_its_name(told, step, raised):
    assert told[step].get("raised") == raised, told[step]


def test_it_gets_everything_through_narrow_limits_and_was_refused_on_the_way(told, portals):
    portal = portals["narrow"].portal
    assert ids(told["narrow"]["result"]) == ids(told["hurried"]["result"]) == portal.tables[CONTACT].ids
    assert "QUERY_LIMIT_EXCEEDED" in {effect.error for effect in portal.log}


def test_it_turns_to_the_host_that_a_renamed_portal_points_to(told):
    assert "localhost" in told["moved"]["said"]
    assert "443" in told["moved"]["said"], "it leaves out the port, which no real portal has"


def test_it_signs_in_and_renews_a_token_that_has_died(told):
    assert told["oauth"] == {"result": told["oauth"].get("result")}, told["oauth"]
    assert told["oauth"]["result"]["profile"]["ID"] == "1"
    assert told["oauth"]["result"]["renewed"]
