"""The portal's list of what was changed and deleted, as an application gets it."""

import json

import pytest
from hub_crm_bitrix.plugin import open_portal
from hub_crm_bitrix.settings import Settings
from hub_crm_bitrix.simulator import Clock, Fault, Portal, World
from hub_crm_bitrix.simulator.oauth import Application

import hub
from hub.testing import Drawer

NOW = 1_795_000_000.0


@pytest.fixture
def portal():
    made = Portal(world=World(size=60, until=NOW - 60), clock=Clock(NOW), limits=None)
    made.oauth.applications.append(Application(client_id="local.1", client_secret="app-secret"))
    return made


@pytest.fixture
def source(portal, serve, tools_for):
    url = serve(portal).url
    settings = Settings.model_validate(
        {"portal": url, "authority": url, "client_id": "local.1", "client_secret": "app-secret", "events": True,
         "calls_per_second": 1000, "calls_at_once": 9999}
    )  # fmt: skip
    given = portal.oauth.granted(portal.oauth.applications[0], 1, url, portal.clock.now())
    drawer = Drawer(hub.Grant(given["access_token"], given["refresh_token"]))
    with open_portal(settings, tools_for(settings, tokens=drawer.tokens())) as opened:
        opened.check()
        yield opened


@pytest.fixture
def person(portal, serve):
    """Somebody who works in the portal."""
    import urllib.request

    webhook = serve(portal).webhook

    def call(method, **params):
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(webhook + method, json.dumps(params).encode(), headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)["result"]

    return call


def whole(source, stream, cursor=None):
    pages = list(source.pull(stream, cursor))
    return pages, pages[-1].cursor


def test_events_are_asked_for_once(portal, source):
    list(source.streams())
    bound = len(portal.events.bound)
    assert bound == 21
    list(source.streams())
    assert len(portal.events.bound) == bound


def test_what_was_changed_is_told_at_once_and_cleared_when_its_page_is_stored(portal, source, person):
    list(source.streams())
    _, cursor = whole(source, "deals")
    portal.clock.turn(30)
    person("crm.item.update", entityTypeId=2, id=3, fields={"title": "Иначе"})
    pull = source.pull("deals", cursor)
    page = next(pull)
    assert [json.loads(raw.body)["item"]["title"] for raw in page.raws] == ["Иначе"]
    assert portal.events.queued, "it is cleared before the page is stored"
    list(pull)
    assert not [one for one in portal.events.queued if one.event == "ONCRMDEALUPDATE"]


def test_one_who_died_before_the_next_page_clears_what_he_has_stored(portal, source, person):
    list(source.streams())
    _, cursor = whole(source, "deals")
    person("crm.item.update", entityTypeId=2, id=3, fields={"title": "Иначе"})
    cursor = next(source.pull("deals", cursor)).cursor
    whole(source, "deals", cursor)
    assert not [one for one in portal.events.queued if one.event == "ONCRMDEALUPDATE"]


def test_a_deletion_that_was_told_is_made_sure_of_at_once(portal, source, person):
    list(source.streams())
    _, cursor = whole(source, "companies")
    assert not source.ids("companies").complete, "all were named just now"
    person("crm.item.delete", entityTypeId=4, id=2)
    _, cursor = whole(source, "companies", cursor)
    listing = source.ids("companies")
    assert listing.complete
    assert "2" not in listing.ids
    assert '"owed"' not in listing.cursor
    whole(source, "companies", listing.cursor)
    assert not source.ids("companies").complete, "once a day is enough"


def test_a_comment_is_told_by_itself(portal, source, person):
    list(source.streams())
    _, cursor = whole(source, "comments")
    fields = {"ENTITY_ID": 1, "ENTITY_TYPE": "deal", "COMMENT": "Только что"}
    number = person("crm.timeline.comment.add", fields=fields)
    pages, _ = whole(source, "comments", cursor)
    found = {raw.external_id: raw.body.decode() for page in pages for raw in page.raws}
    assert "Только что" in found[str(number)]


def test_a_portal_without_such_a_list_is_read_without(portal, source):
    portal.faults.append(Fault("error", status=403, error="ACCESS_DENIED", method="event.get"))
    assert list(source.streams())
    assert whole(source, "deals")[0]


def test_a_webhook_is_told_of_no_events():
    with pytest.raises(ValueError, match="application only"):
        Settings.model_validate({"webhook": "https://my.bitrix24.example/rest/1/secretcode/", "events": True})
