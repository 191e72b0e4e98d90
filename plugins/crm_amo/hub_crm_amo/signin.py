"""Letting the hub in: a long-lived token, or the tokens of an integration (OAuth 2 as amoCRM has it).

    person  -> www.amocrm.ru/oauth?client_id&state -> back with a code, good for 20 minutes
    code    -> ACCOUNT/oauth2/access_token (POST)   -> access token for a day, refresh token for three months
    refresh -> the same, with the refresh token, which is dead from then on

Source: https://developers.kommo.com/docs/oauth-20, https://www.amocrm.ru/developers/content/oauth/step-by-step. The address
of the redirect has to be told every time, so that it is kept with the grant. A token counts until it is refused: by whose
clock a day is over, only the account knows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode, urlsplit

import orjson

import hub
from hub_crm_amo.settings import Settings
from hub_crm_amo.values import row, text

CODE_SECONDS: Final = 20 * 60
IDLE: Final = timedelta(days=90)
_STATUSES: Final = frozenset((200, 400, 401, 403, 404, 422))


@dataclass(frozen=True, slots=True)
class LongLived:
    """A token that an administrator has made for a day to five years: nobody can renew it but a person."""

    settings: Settings

    def token(self) -> str:
        return self.settings.token.get_secret_value() if self.settings.token else ""

    def renew(self) -> None:
        said = hub.sentence("the token for {who} has expired or was withdrawn")
        fix = hub.sentence("make a new long-lived token in the integration, and store it in place of the old one")
        raise hub.AuthFailed(said.format(who=self.settings.host), fix=fix)


@dataclass(slots=True)
class Integration:
    """The tokens of an integration."""

    settings: Settings
    tools: hub.Tools
    _grant: hub.Grant | None = field(default=None, repr=False)

    def token(self) -> str:
        self._grant = self.tools.tokens.current(self._refreshed)
        return self._grant.access

    def renew(self) -> None:
        if self._grant is not None:
            self._grant = self.tools.tokens.renewed(self._grant, self._refreshed)

    def _refreshed(self, grant: hub.Grant) -> hub.Grant:
        asked = {"grant_type": "refresh_token", "refresh_token": grant.refresh}
        return granted(self.settings, self.tools.network, asked, grant.extra.get("redirect_uri", ""))


def sign_in(settings: Settings) -> hub.SignIn | None:
    """How a person lets the hub in; a long-lived token needs no browser."""
    if settings.token is not None:
        return None

    def authorize(redirect: hub.Redirect) -> str:
        asked = urlencode({"client_id": settings.client_id, "state": redirect.state, "mode": "popup"})
        return f"{_authority(settings)}/oauth?{asked}"

    def exchange(code: str, redirect: hub.Redirect, network: hub.Network) -> hub.Grant:
        return granted(settings, network, {"grant_type": "authorization_code", "code": code}, redirect.url)

    return hub.SignIn(authorize=authorize, exchange=exchange, seconds=CODE_SECONDS, idle=IDLE)


def _authority(settings: Settings) -> str:
    """Where people agree: the vendor's own page, for accounts that are at the vendor's."""
    host = urlsplit(settings.account).hostname or ""
    for domain in ("amocrm.ru", "kommo.com", "amocrm.com"):
        if host.endswith(f".{domain}"):
            return f"https://www.{domain}"
    return settings.account


def granted(settings: Settings, network: hub.Network, wanted: Mapping[str, str], redirect: str) -> hub.Grant:
    """A grant for a code or a refresh token, asked for once: either counts but once."""
    secret = settings.client_secret.get_secret_value() if settings.client_secret else ""
    said = {"client_id": settings.client_id, "client_secret": secret, **wanted, "redirect_uri": redirect}
    with network.client(settings.account, expect=_STATUSES) as client:
        response = client.post("/oauth2/access_token", json=said, extensions={"hub": {"read": False}})
    try:
        answer = row(orjson.loads(response.content))
    except ValueError:
        answer = {}
    if response.status_code != 200 or not text(answer.get("access_token")):
        raise _refused(settings, answer, response.status_code, wanted["grant_type"])
    kept = {"redirect_uri": redirect}
    return hub.Grant(text(answer.get("access_token")), text(answer.get("refresh_token")), None, kept)


def _refused(settings: Settings, answer: Mapping[str, object], status: int, asked: str) -> hub.HubError:
    words = text(answer.get("hint")) or text(answer.get("detail")) or f"status {status}"
    if not answer:
        said = hub.sentence("{who} gives no tokens: {words}")
        return hub.Unreachable(said.format(who=settings.host, words=words), fix=hub.sentence("try again later"))
    if status == 401 or "client" in words.lower():
        said = hub.sentence("{who} does not know the integration: {words}")
        fix = hub.sentence("copy `client_id` and `client_secret` from the integration once more")
        return hub.Misconfigured(said.format(who=settings.host, words=words), setting="client_id", fix=fix)
    if asked == "authorization_code" and "redirect" in words.lower():
        said = hub.sentence("{who} knows another address of the integration: {words}")
        fix = hub.sentence("write the address that `hub connect` shows into the integration")
        return hub.Misconfigured(said.format(who=settings.host, words=words), setting="client_id", fix=fix)
    said = hub.sentence("{who} no longer accepts the sign-in: {words}")
    return hub.AuthFailed(said.format(who=settings.host, words=words), fix=hub.sentence("sign in again: `hub connect`"))
