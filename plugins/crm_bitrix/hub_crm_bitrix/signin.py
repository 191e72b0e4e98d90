"""Letting the hub in: the code of a webhook, or the tokens of an application (OAuth 2 as Bitrix24 has it).

    person -> PORTAL/oauth/authorize/?client_id&state -> back with a code, good for 30 s
    code   -> AUTHORITY/oauth/token/ (GET)            -> access token for an hour, refresh token for 180 days
    401 expired_token -> the same with the refresh token, which is replaced by another one

Source: https://apidocs.bitrix24.com/settings/oauth/. The vendor asks not to refresh by the clock, so that a token counts
until it is refused: the grants say no `expires`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

import orjson

import hub
from hub_crm_bitrix.settings import Settings
from hub_crm_bitrix.values import row, text

CODE_SECONDS: Final = 30
IDLE: Final = timedelta(days=180)
_STATUSES: Final = frozenset((200, 400, 401, 403))


@dataclass(slots=True)
class Webhook:
    """The code of an inbound webhook: it stands in the address, and nobody can renew it but a person."""

    settings: Settings
    _secrets: Sequence[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._secrets = (self.settings.path.get_secret_value().rstrip("/").rpartition("/")[2],)

    def sent(self) -> Mapping[str, str]:
        return {}

    def renew(self) -> None:
        said = hub.sentence("the webhook at {who} has expired")
        raise hub.AuthFailed(said.format(who=self.settings.host), fix=hub.sentence("make a new inbound webhook"))

    def secrets(self) -> Sequence[str]:
        return self._secrets

    def remedy(self) -> str:
        return hub.sentence("make a new inbound webhook as the employee «Хаб», and write it into the connection")


@dataclass(slots=True)
class Application:
    """The tokens of an application."""

    settings: Settings
    tools: hub.Tools
    _grant: hub.Grant | None = field(default=None, repr=False)

    def sent(self) -> Mapping[str, str]:
        self._grant = self.tools.tokens.current(self._refreshed)
        return {"auth": self._grant.access}

    def renew(self) -> None:
        if self._grant is not None:
            self._grant = self.tools.tokens.renewed(self._grant, self._refreshed)

    def secrets(self) -> Sequence[str]:
        return [self._grant.access] if self._grant else []

    def remedy(self) -> str:
        return hub.sentence("sign in again: `hub connect`")

    def _refreshed(self, grant: hub.Grant) -> hub.Grant:
        return granted(
            self.settings, self.tools.network, {"grant_type": "refresh_token", "refresh_token": grant.refresh}
        )


def sign_in(settings: Settings) -> hub.SignIn:
    """How a person lets the application in. The portal sends back to the address in the application's card."""

    def authorize(redirect: hub.Redirect) -> str:
        asked = urlencode({"client_id": settings.client_id, "state": redirect.state})
        return f"{settings.origin}/oauth/authorize/?{asked}"

    def exchange(code: str, _redirect: hub.Redirect, network: hub.Network) -> hub.Grant:
        return granted(settings, network, {"grant_type": "authorization_code", "code": code})

    return hub.SignIn(authorize=authorize, exchange=exchange, seconds=CODE_SECONDS, idle=IDLE)


def granted(settings: Settings, network: hub.Network, wanted: Mapping[str, str]) -> hub.Grant:
    """A grant for a code or a refresh token, asked for once: either counts but once."""
    secret = settings.client_secret.get_secret_value() if settings.client_secret else ""
    params = {"client_id": settings.client_id, "client_secret": secret, **wanted}
    with network.client(settings.authority, expect=_STATUSES) as client:
        response = client.get("/oauth/token/", params=params, extensions={"hub": {"read": False}})
    try:
        said = row(orjson.loads(response.content))
    except ValueError:
        said = {}
    if not text(said.get("access_token")):
        raise _refused(settings, text(said.get("error")), response.status_code)
    kept = {name: text(said.get(name)) for name in ("member_id", "domain", "client_endpoint") if text(said.get(name))}
    return hub.Grant(text(said.get("access_token")), text(said.get("refresh_token")), None, kept)


def _refused(settings: Settings, code: str, status: int) -> hub.HubError:
    words = code or f"status {status}"
    if code.lower() in ("invalid_grant", "expired_token"):
        said = hub.sentence("{who} no longer accepts the sign-in: {words}")
        return hub.AuthFailed(
            said.format(who=settings.host, words=words), fix=hub.sentence("sign in again: `hub connect`")
        )
    if code:
        said = hub.sentence("{who} does not know the application: {words}")
        fix = hub.sentence("copy `client_id` and `client_secret` from the page of the application once more")
        return hub.Misconfigured(said.format(who=settings.host, words=words), setting="client_id", fix=fix)
    said = hub.sentence("{who} gives no tokens: {words}")
    return hub.Unreachable(said.format(who=settings.authority, words=words), fix=hub.sentence("try again later"))
