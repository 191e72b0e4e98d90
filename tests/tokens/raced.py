"""The systems that processes race for a token of: any that speaks OAuth 2; amoCRM and Bitrix24, asked by their connectors.

A system is two sides: `serve` is the process that grants tokens and answers the race's own questions; `grant` and `user`
are what the hub has of it. `user(site)` gives `use(tokens, stale)`: a token to work with now, where `stale` was refused.
"""

import logging
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta

from hub_crm_amo.plugin import CRM_AMOCRM
from hub_crm_amo.simulator import Account, Clock, Fault, World
from hub_crm_amo.simulator import running as amo_running
from hub_crm_amo.simulator.tokens import Integration
from hub_crm_bitrix.plugin import CRM_BITRIX24
from hub_crm_bitrix.simulator import Application, Portal
from hub_crm_bitrix.simulator import Clock as PortalClock
from hub_crm_bitrix.simulator import Fault as PortalFault
from hub_crm_bitrix.simulator import World as PortalWorld
from hub_crm_bitrix.simulator import running as portal_running
from hub_crm_bitrix.simulator.server import GRANTING

import hub
from hub.http.network import internet
from hub.simulators.oauth import Provider
from hub.simulators.oauth import running as oauth_running
from hub.testing import Budgets

ACCESS = "POST /oauth2/access_token"


def never():
    return False


# --- OAuth 2 ---------------------------------------------------------------------------------------------------------


class OAuth:
    """RFC 6749, with refresh tokens that count once."""

    def serve(self, pipe):
        with oauth_running(Provider()) as provider:
            pipe.send((provider.url, provider.client_secret))
            for question, *said in asked(pipe):
                match question:
                    case "given":
                        pipe.send(provider.given())
                    case "weather":
                        provider.lose, provider.drop, _now = said
                        pipe.send(None)
                    case "log":
                        log, provider.log = provider.log, []
                        pipe.send(log)
                    case "accepts":
                        pipe.send(said[0] in provider._access)

    def grant(self, site, access, refresh):
        return hub.Grant(access, refresh, site.now() + timedelta(days=1))

    @contextmanager
    def user(self, site):
        network = internet([site.url], now=site.now, stopping=never, environ={})
        with network.client(site.url, expect=(400,)) as client:

            def refreshed(old):
                form = {
                    "grant_type": "refresh_token",
                    "refresh_token": old.refresh,
                    "client_id": "hub",
                    "client_secret": site.secret,
                }
                answer = client.post("/token", data=form)
                if answer.status_code == 400:
                    raise hub.AuthFailed(answer.json()["error"])
                said = answer.json()
                expires = site.now() + timedelta(seconds=said["expires_in"])
                return hub.Grant(said["access_token"], said["refresh_token"], expires)

            def use(tokens, stale):
                return (tokens.renewed(stale, refreshed) if stale else tokens.current(refreshed)).access

            yield use


# --- amoCRM ----------------------------------------------------------------------------------------------------------


class AmoCRM:
    """The connector finds out by itself that a token is over: the account no longer knows it."""

    def serve(self, pipe):
        account = Account(world=World(size=10), clock=Clock(0), limits=None)
        own = account.tokens.integration
        with amo_running(account) as served:
            pipe.send((served.url, own.secret))
            for question, *said in asked(pipe):
                now = account.clock.now()
                match question:
                    case "given":
                        body = {
                            "client_id": own.id, "client_secret": own.secret, "redirect_uri": own.redirect,
                            "grant_type": "authorization_code", "code": account.tokens.code(now),
                        }  # fmt: skip
                        given = account.tokens.granted(body, now)
                        pipe.send((given["access_token"], given["refresh_token"]))
                    case "weather":
                        lost, unheard, seconds = said
                        account.clock.turn(seconds - now)
                        account.tokens.access.clear()
                        account.faults = [Fault("lost", ACCESS, times=lost), Fault("html", ACCESS, times=unheard)]
                        pipe.send(None)
                    case "log":
                        pipe.send([_told(one) for one in account.log if one.path == "/oauth2/access_token"])
                        account.log.clear()
                    case "accepts":
                        pipe.send(account.tokens.user(f"Bearer {said[0]}", now) is not None)

    def grant(self, site, access, refresh):
        return hub.Grant(access, refresh, None, {"redirect_uri": Integration().redirect})

    def user(self, site):
        settings = CRM_AMOCRM.settings(
            account=site.url, client_id=Integration().id, client_secret=site.secret, calls_per_second=1000
        )
        return connected(CRM_AMOCRM, settings, site, lambda source: source.account.credentials.token())


# --- Bitrix24 --------------------------------------------------------------------------------------------------------


class Bitrix24:
    """A token is over when the portal says so, in the midst of the work, and the question is asked again with the next one."""

    def serve(self, pipe):
        own = Application()
        portal = Portal(world=PortalWorld(size=10), clock=PortalClock(0), limits=None)
        portal.oauth.applications.append(own)
        with portal_running(portal) as served:
            pipe.send((served.url, own.client_secret))
            for question, *said in asked(pipe):
                now, oauth = portal.clock.now(), portal.oauth
                match question:
                    case "given":
                        given = oauth.granted(own, 1, served.url, now)
                        pipe.send((given["access_token"], given["refresh_token"]))
                    case "weather":
                        lost, unheard, seconds = said
                        portal.clock.turn(seconds - now)
                        oauth.access = {name: replace(one, until=0) for name, one in oauth.access.items()}
                        portal.faults = [
                            PortalFault("lost", GRANTING, times=lost),
                            PortalFault("html", GRANTING, times=unheard),
                        ]
                        pipe.send(None)
                    case "log":
                        pipe.send([_told(one) for one in portal.log if one.method == GRANTING])
                        portal.log.clear()
                    case "accepts":
                        caller = oauth.caller(said[0])
                        pipe.send(caller is not None and caller.expires > now)

    def grant(self, _site, access, refresh):
        return hub.Grant(access, refresh, None)

    def user(self, site):
        settings = CRM_BITRIX24.settings(
            portal=site.url, authority=site.url, client_id=Application().client_id, client_secret=site.secret,
            calls_per_second=1000, calls_at_once=10_000,
        )  # fmt: skip
        return connected(CRM_BITRIX24, settings, site, lambda source: source.portal.credentials.sent()["auth"])


@contextmanager
def connected(connector, settings, site, token):
    """A user whose connector works, and finds out by itself what of its tokens is over; `token(source)` is the one it has then."""
    network = internet(connector.hosts(settings), now=site.now, stopping=never, environ={})
    log, limit = logging.LoggerAdapter(logging.getLogger(f"hub.plugin.{connector.name}"), {}), Budgets().limit

    def use(tokens, _stale):
        tools = hub.Tools(clock=site.now, log=log, stopping=never, network=network, limit=limit, tokens=tokens)
        with connector.open(settings, tools) as source:
            source.check()
            return token(source)

    yield use


def _told(effect):
    came = {200: "ok", 400: "invalid_grant"}.get(effect.status, "dropped")
    return f"refresh_token {came}"


def asked(pipe):
    """The questions that come, until nobody asks any more."""
    with suppress(EOFError):
        while True:
            yield pipe.recv()


SYSTEMS = {"oauth": OAuth(), "crm.amocrm": AmoCRM(), "crm.bitrix24": Bitrix24()}
