"""What a portal's calls tell: which streams have news, and nothing that anybody must believe."""

import pytest
from hub_crm_bitrix.plugin import CRM_BITRIX24
from hub_crm_bitrix.settings import Settings
from hub_crm_bitrix.simulator import Clock, Portal, World
from hub_crm_bitrix.simulator.calls import Caller
from hub_crm_bitrix.simulator.events import Outgoing
from hub_crm_bitrix.simulator.performing import perform

import hub

WAY = {"webhook": "https://my.bitrix24.example/rest/12/secretcode/", "processes": [{"id": 177}]}
SETTINGS = Settings.model_validate({**WAY, "streams": ["deals", "companies", "activities", "invoices"]})
TOLD = b"event=%s&data%%5BFIELDS%%5D%%5BID%%5D=662&ts=1766047124&auth%%5Bapplication_token%%5D=token-1"


def rung(body, settings=SETTINGS):
    return CRM_BITRIX24.doorbell(settings, hub.Ring(headers={}, query=(), body=body))


@pytest.mark.parametrize(
    ("event", "streams"),
    [
        (b"ONCRMDEALUPDATE", {"deals"}),
        (b"OnCrmDealMoveToCategory", {"deals"}),
        (b"ONCRMCOMPANYDELETE", {"companies"}),
        (b"ONCRMREQUISITEADD", {"companies"}),
        (b"ONVOXIMPLANTCALLEND", {"activities"}),
        (b"ONCRMLEADADD", set()),
        (b"ONTASKADD", {"activities"}),
        (b"ONIMBOTMESSAGEADD", set()),
        (b"", set()),
    ],
)
def test_a_call_says_which_streams_that_we_read_have_news(event, streams):
    assert set(rung(TOLD % event)) == streams


@pytest.mark.parametrize(("kind", "streams"), [(b"31", ("invoices",)), (b"177", ("process-177",)), (b"999", ())])
def test_an_element_of_a_smart_process_is_news_of_its_stream(kind, streams):
    assert rung(b"event=ONCRMDYNAMICITEMUPDATE&data[FIELDS][ID]=1&data[FIELDS][ENTITY_TYPE_ID]=" + kind) == streams


@pytest.mark.parametrize("body", [b"", b"\xff\x00&&&=", b"a=1&" * 2_000, b'{"event": "ONCRMDEALUPDATE"}'])
def test_rubbish_is_news_of_something(body):
    assert rung(body) == ()


def test_who_does_not_bear_the_token_is_nobody():
    locked = Settings.model_validate({**WAY, "application_token": "token-1"})
    assert rung(TOLD % b"ONCRMDEALUPDATE", locked) == ("deals",)
    assert rung((TOLD % b"ONCRMDEALUPDATE").replace(b"token-1", b"token-2"), locked) is None
    assert rung(b"", locked) is None


def test_what_a_simulated_portal_sends_is_understood():
    portal = Portal(world=World(size=60), clock=Clock(1_795_000_000.0), limits=None)
    nobody = "http://127.0.0.1:1/"
    portal.events.outgoing.append(Outgoing(url=nobody, events=frozenset({"ONCRMDEALUPDATE"}), token="token-1"))
    changed = {"entityTypeId": 2, "id": 1, "fields": {"title": "Иначе"}}
    perform(portal, "crm.item.update", changed, Caller(user=1, scopes=frozenset({"crm"})))
    portal.events.settle()
    [told] = portal.events.told
    locked = Settings.model_validate({**WAY, "application_token": "token-1"})
    assert rung(told.body.encode(), locked) == ("deals",)
