"""An application signs in, its tokens end, and one of many renews them."""

import threading
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hub_crm_bitrix import plugin
from hub_crm_bitrix.plugin import open_portal
from hub_crm_bitrix.settings import Settings, hosts
from hub_crm_bitrix.signin import granted, sign_in
from hub_crm_bitrix.simulator import Clock, Portal, World
from hub_crm_bitrix.simulator.oauth import Application

import hub
from hub.http.network import internet
from hub.simulators.faults import Fault
from hub.testing import Drawer

NOW = 1_795_000_000.0
REDIRECT = hub.Redirect("http://127.0.0.1:8400/", "state-1", "verifier", "challenge")


@pytest.fixture
def portal():
    made = Portal(world=World(size=60, until=NOW - 60), clock=Clock(NOW), limits=None)
    made.oauth.applications.append(Application(client_id="local.1", client_secret="app-secret"))
    return made


@pytest.fixture
def settings(portal, serve):
    url = serve(portal).url
    return Settings.model_validate(
        {"portal": url, "authority": url, "client_id": "local.1", "client_secret": "app-secret",
         "calls_per_second": 1000, "calls_at_once": 9999}
    )  # fmt: skip


@pytest.fixture
def network(settings, local):
    return internet(hosts(settings), now=local, stopping=lambda: False)


def code_of(portal, settings):
    """What the browser comes back with once somebody has agreed."""
    asked = parse_qs(urlsplit(sign_in(settings).authorize(REDIRECT)).query)
    location = portal.oauth.authorized({name: value[0] for name, value in asked.items()}, "portal", portal.clock.now())
    back = parse_qs(urlsplit(location).query)
    assert back["state"] == ["state-1"]
    return back["code"][0]


@pytest.fixture
def grant(portal, settings, network):
    return sign_in(settings).exchange(code_of(portal, settings), REDIRECT, network)


def hour_old(grant):
    """A drawer in which this grant has lain for an hour."""
    drawer = Drawer(grant)
    drawer.saved -= timedelta(hours=1)
    return drawer


@contextmanager
def opened(settings, drawer, tools_for):
    with open_portal(settings, tools_for(settings, tokens=drawer.tokens())) as source:
        yield source


def test_a_code_becomes_a_grant_that_counts_until_it_is_refused(grant, portal):
    assert grant.access in portal.oauth.access
    assert grant.refresh in portal.oauth.refresh
    assert grant.expires is None, "the vendor asks not to renew by the clock"
    assert grant.extra["member_id"] == portal.oauth.member_id


def test_a_code_counts_once_and_for_half_a_minute(portal, settings, network):
    assert sign_in(settings).seconds == 30
    code = code_of(portal, settings)
    sign_in(settings).exchange(code, REDIRECT, network)
    with pytest.raises(hub.AuthFailed, match="no longer accepts the sign-in"):
        sign_in(settings).exchange(code, REDIRECT, network)


def test_a_wrong_key_of_the_application_is_told(settings, network):
    wrong = settings.model_copy(update={"client_id": "local.2"})
    with pytest.raises(hub.Misconfigured, match="does not know the application") as raised:
        granted(wrong, network, {"grant_type": "authorization_code", "code": "x"})
    assert raised.value.setting == "client_id"
    assert "app-secret" not in str(raised.value)


def test_an_application_reads_what_a_webhook_reads(grant, settings, tools_for):
    with opened(settings, Drawer(grant), tools_for) as source:
        source.check()
        assert [page for page in source.pull("companies", None) if page.raws]
        assert grant.access.encode() not in b"".join(
            raw.body for page in source.pull("deals", None) for raw in page.raws
        )


def test_a_token_that_has_ended_is_renewed_once_and_the_question_asked_again(grant, portal, settings, tools_for):
    drawer = hour_old(grant)
    with opened(settings, drawer, tools_for) as source:
        source.check()
        portal.clock.turn(3_700)
        assert [page for page in source.pull("companies", None) if page.raws]
        assert drawer.version == 2
        assert drawer.grant.refresh != grant.refresh, "a refresh token counts once"


def test_many_who_find_the_token_ended_renew_it_once(grant, portal, settings, tools_for):
    drawer, wrong = hour_old(grant), []
    portal.clock.turn(3_700)

    def read():
        try:
            with opened(settings, drawer, tools_for) as source:
                source.check()
        except hub.HubError as error:
            wrong.append(error)

    threads = [threading.Thread(target=read) for _ in range(12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert not wrong
    assert drawer.version == 2, "more than one has spent a refresh token"


def test_a_sign_in_that_counts_no_more_needs_a_person(grant, portal, settings, tools_for):
    portal.clock.turn(3_700)
    portal.oauth.refresh.clear()
    drawer = hour_old(grant)
    with opened(settings, drawer, tools_for) as source, pytest.raises(hub.AuthFailed) as raised:
        source.check()
    assert "hub connect" in raised.value.fix
    assert drawer.refused


def test_who_is_not_let_in_is_told_what_helps_with_what_he_shows(reading, grant, portal, settings, tools_for):
    by_webhook = reading()
    by_webhook.portal.webhooks.clear()
    with pytest.raises(hub.AuthFailed, match="does not let us in") as webhook:
        by_webhook.source.check()
    assert "inbound webhook" in webhook.value.fix
    assert "hub connect" not in webhook.value.fix
    portal.faults.append(Fault("error", status=401, error="NO_AUTH_FOUND"))
    with (
        opened(settings, Drawer(grant), tools_for) as source,
        pytest.raises(hub.AuthFailed, match="does not let us in") as application,
    ):
        source.check()
    assert application.value.fix == "sign in again: `hub connect`"


def test_a_webhook_has_nothing_to_sign_in_to():
    settings = Settings.model_validate({"webhook": "https://my.bitrix24.example/rest/1/secretcode/"})
    assert plugin.sign_in(settings) is None


# --- settings --------------------------------------------------------------------------------------------------------

WEBHOOK = "https://my.bitrix24.example/rest/12/abcdef0123456789/"
APPLICATION = {"portal": "my.bitrix24.example", "client_id": "local.1", "client_secret": "x"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "name the way in"),
        ({"portal": "my.bitrix24.example"}, "name the way in"),
        ({"webhook": WEBHOOK, **APPLICATION}, "two ways in"),
        ({"webhook": "https://my.bitrix24.example/"}, "no inbound webhook"),
        ({"webhook": "my.bitrix24.example/rest/1/code/"}, "no inbound webhook"),
        ({**APPLICATION, "portal": "ftp://my.example"}, "no address of a portal"),
        ({"webhook": WEBHOOK, "streams": []}, "at least 1"),
        ({"webhook": WEBHOOK, "processes": [{"id": 31}]}, "greater than"),
    ],
)
def test_settings_that_cannot_work_are_refused(given, said):
    with pytest.raises(ValueError, match=said) as raised:
        Settings.model_validate(given)
    assert "abcdef0123456789" not in str(raised.value.errors(include_input=False))


def test_the_code_of_a_webhook_is_shown_nowhere():
    settings = Settings.model_validate({"webhook": WEBHOOK})
    assert "abcdef" not in f"{settings!r} {settings} {hosts(settings)} {settings.path!r} {settings.host}"
    assert hosts(settings) == {"https://my.bitrix24.example"}


def test_the_server_of_tokens_is_talked_to_by_applications_only():
    settings = Settings.model_validate({**APPLICATION, "also_at": ["https://new.bitrix24.example"]})
    assert hosts(settings) == {
        "https://my.bitrix24.example", "https://new.bitrix24.example", "https://oauth.bitrix24.tech",
    }  # fmt: skip
