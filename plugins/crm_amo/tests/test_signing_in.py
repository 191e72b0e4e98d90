"""An integration signs in, its tokens end, and one of many renews them: a refresh token of amoCRM counts once."""

import threading
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hub_crm_amo import plugin
from hub_crm_amo.plugin import open_account
from hub_crm_amo.settings import Settings, hosts
from hub_crm_amo.signin import granted, sign_in
from hub_crm_amo.simulator import Account, Clock, Fault, World

import hub
from hub.http.network import internet
from hub.testing import Drawer

NOW = 1_795_000_000.0
DAY = 86_400


@pytest.fixture
def account():
    return Account(world=World(size=60, until=NOW - 60), clock=Clock(NOW), limits=None)


@pytest.fixture
def redirect(account):
    return hub.Redirect(account.tokens.integration.redirect, "state-1", "verifier", "challenge")


@pytest.fixture
def settings(account, serve_account):
    own = account.tokens.integration
    return Settings.model_validate(
        {
            "account": serve_account(account).url,
            "client_id": own.id,
            "client_secret": own.secret,
            "calls_per_second": 1000,
        }
    )


@pytest.fixture
def network(settings, tools_for):
    return internet(hosts(settings), now=tools_for(settings).clock, stopping=lambda: False)


@pytest.fixture
def grant(account, settings, network, redirect):
    return sign_in(settings).exchange(account.tokens.code(NOW), redirect, network)


def old(grant):
    """A drawer in which this grant has lain for a day."""
    drawer = Drawer(grant)
    drawer.saved -= timedelta(days=1)
    return drawer


@contextmanager
def opened(settings, drawer, tools_for):
    with open_account(settings, tools_for(settings, tokens=drawer.tokens())) as source:
        yield source


def test_the_page_to_agree_on_is_the_vendors_or_the_address_that_a_person_wrote(settings, redirect):
    asked = urlsplit(sign_in(settings).authorize(redirect))
    assert f"{asked.scheme}://{asked.netloc}" == settings.account
    assert parse_qs(asked.query)["state"] == ["state-1"]
    for given, page in (
        ("my.amocrm.ru", "https://www.amocrm.ru/oauth?"),
        ("my.kommo.com", "https://www.kommo.com/oauth?"),
    ):
        known = Settings.model_validate({"account": given, "client_id": "1", "client_secret": "x"})
        assert sign_in(known).authorize(redirect).startswith(page)
        assert hosts(known) == {f"https://{given}"}, "no token is sent anywhere else"


def test_a_code_becomes_a_grant_that_counts_until_it_is_refused(grant, account, redirect):
    assert grant.access in account.tokens.access
    assert grant.refresh in account.tokens.live
    assert grant.expires is None
    assert grant.extra == {"redirect_uri": redirect.url}


def test_a_code_counts_once(account, settings, network, redirect):
    code = account.tokens.code(NOW)
    sign_in(settings).exchange(code, redirect, network)
    with pytest.raises(hub.AuthFailed, match="no longer accepts the sign-in"):
        sign_in(settings).exchange(code, redirect, network)


@pytest.mark.parametrize(
    ("wrong", "said"), [("client_id", "does not know the integration"), ("redirect", "another address")]
)
def test_a_wrong_integration_is_told(account, settings, network, redirect, wrong, said):
    if wrong == "client_id":
        settings = settings.model_copy(update={"client_id": "2"})
    asked = {"grant_type": "authorization_code", "code": account.tokens.code(NOW)}
    with pytest.raises(hub.Misconfigured, match=said) as raised:
        granted(settings, network, asked, "http://elsewhere.example/" if wrong == "redirect" else redirect.url)
    assert raised.value.setting == "client_id"
    assert "integration-secret" not in str(raised.value)


def test_an_integration_reads_what_a_long_lived_token_reads(grant, settings, tools_for):
    with opened(settings, Drawer(grant), tools_for) as source:
        source.check()
        raws = [raw for page in source.pull("companies", None) for raw in page.raws]
        assert raws
        assert all(grant.access.encode() not in raw.body for raw in raws)


def test_a_token_that_has_ended_is_renewed_once_and_the_question_asked_again(grant, account, settings, tools_for):
    drawer = old(grant)
    with opened(settings, drawer, tools_for) as source:
        source.check()
        account.clock.turn(DAY + 1)
        assert [page for page in source.pull("companies", None) if page.raws]
    assert drawer.version == 2
    assert grant.refresh not in account.tokens.live
    assert drawer.grant.refresh in account.tokens.live
    assert drawer.grant.extra == grant.extra, "the address has to be told the next time, too"


def test_many_who_find_the_token_ended_renew_it_once(grant, account, settings, tools_for):
    drawer, wrong = old(grant), []
    account.clock.turn(DAY + 1)

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
    assert account.tokens.answered["refresh_token"] == 1, "a spent refresh token would lock the customer out"


def test_a_renewal_whose_answer_is_lost_is_never_asked_for_again(grant, account, settings, tools_for):
    """The refresh token is spent, and nobody has the next one: only a person can help, and is told so."""
    account.clock.turn(DAY + 1)
    account.faults.append(Fault("lost", method="POST /oauth2/access_token"))
    drawer = old(grant)
    for _ in range(2):
        with opened(settings, drawer, tools_for) as source, pytest.raises(hub.HubError) as raised:
            source.check()
    assert "hub connect" in raised.value.fix
    assert account.tokens.answered["refresh_token"] == 1


def test_a_sign_in_that_counts_no_more_needs_a_person(grant, account, settings, tools_for):
    account.clock.turn(DAY + 1)
    account.tokens.live.clear()
    drawer = old(grant)
    with opened(settings, drawer, tools_for) as source, pytest.raises(hub.AuthFailed) as raised:
        source.check()
    assert "hub connect" in raised.value.fix
    assert drawer.refused


def test_a_long_lived_token_has_nothing_to_sign_in_to():
    assert plugin.sign_in(Settings.model_validate({"account": "my.amocrm.ru", "token": "x"})) is None


# --- settings --------------------------------------------------------------------------------------------------------

TOKEN = {"account": "my.amocrm.ru", "token": "long-lived-secret"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "account"),
        ({"account": "my.amocrm.ru"}, "name the way in"),
        ({"account": "my.amocrm.ru", "client_id": "1"}, "name the way in"),
        ({**TOKEN, "client_id": "1"}, "two ways in"),
        ({**TOKEN, "account": "my.amocrm.ru.evil.example"}, "no address of an account"),
        ({**TOKEN, "account": "https://user@my.amocrm.ru"}, "no address of an account"),
        ({**TOKEN, "account": "ftp://my.amocrm.ru"}, "no address of an account"),
        ({**TOKEN, "streams": []}, "at least 1"),
        ({**TOKEN, "reread_days": 0}, "greater than"),
    ],
)
def test_settings_that_cannot_work_are_refused(given, said):
    with pytest.raises(ValueError, match=said) as raised:
        Settings.model_validate(given)
    assert "long-lived-secret" not in str(raised.value.errors(include_input=False))


@pytest.mark.parametrize(
    "given", ["my.amocrm.ru", "my.kommo.com", "my.amocrm.com", "https://crm.proxy.example", "http://127.0.0.1:8044"]
)
def test_an_account_is_at_the_vendors_or_where_a_person_wrote_it_out(given):
    settings = Settings.model_validate({**TOKEN, "account": given})
    assert settings.account == (given if "://" in given else f"https://{given}")
    assert "long-lived-secret" not in f"{settings!r} {settings} {hosts(settings)} {settings.host}"
