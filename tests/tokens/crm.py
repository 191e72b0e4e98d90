"""A connector that signs in with a browser, as a third party would write one; tests install it as `crm.sample`."""

from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import urlencode

from pydantic import SecretStr

import hub


class Settings(hub.Settings):
    url: str
    client_secret: SecretStr = SecretStr("")
    webhook: str = ""


class Crm:
    def __init__(self, settings, tools, client):
        self.settings, self.tools, self.client = settings, tools, client

    def check(self):
        grant = self.tools.tokens.current(self.refresh)
        if self._me(grant) == 401:
            grant = self.tools.tokens.renewed(grant, self.refresh)
            if self._me(grant) == 401:
                self.tools.tokens.renewed(grant, self.refresh)

    def _me(self, grant):
        return self.client.get("/me", headers={"Authorization": f"Bearer {grant.access}"}).status_code

    def streams(self):
        return [hub.Stream("deals")]

    def pull(self, stream, cursor, /):
        yield hub.Page(listed=0, raws=[], cursor="done")

    def refresh(self, old):
        form = {"grant_type": "refresh_token", "refresh_token": old.refresh}
        return asked(self.settings, self.client, form, self.tools.clock())


def asked(settings, client, form, now=None):
    form |= {"client_id": "hub", "client_secret": settings.client_secret.get_secret_value()}
    answer = client.post("/token", data=form)
    if answer.status_code != 200:
        raise hub.AuthFailed(f"the system says {answer.json()['error']}")
    said = answer.json()
    expires = now and now + timedelta(seconds=said["expires_in"])
    return hub.Grant(said["access_token"], said.get("refresh_token", ""), expires)


def client(settings, network, tools=None):
    limit = tools.limit(f"crm {settings.url}", hub.Rate(100, burst=100)) if tools else None
    return network.client(settings.url, expect=(400, 401), limit=limit)


@contextmanager
def open_crm(settings, tools):
    with client(settings, tools.network, tools) as line:
        yield Crm(settings, tools, line)


def sign_in(settings):
    if settings.webhook:
        return None

    def authorize(redirect):
        asked = {"response_type": "code", "client_id": "hub", "redirect_uri": redirect.url, "state": redirect.state,
                 "code_challenge": redirect.challenge, "code_challenge_method": "S256"}  # fmt: skip
        return f"{settings.url}/authorize?{urlencode(asked)}"

    def exchange(code, redirect, network):
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect.url,
                "code_verifier": redirect.verifier}  # fmt: skip
        with client(settings, network) as line:
            return asked(settings, line, form)

    return hub.SignIn(authorize=authorize, exchange=exchange, seconds=30, idle=timedelta(days=90))


CONNECTOR = hub.Connector(
    name="crm.sample",
    title="Sample CRM",
    settings=Settings,
    open=open_crm,
    map=lambda body, settings, window: [],
    hosts=lambda settings: frozenset({settings.url}),
    sign_in=sign_in,
)


@hub.hookimpl
def register_connectors():
    return [CONNECTOR]
