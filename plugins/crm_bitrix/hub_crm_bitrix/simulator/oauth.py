"""Applications and their tokens: portal and authorization server on one port.

    GET /oauth/authorize/   https://apidocs.bitrix24.com/settings/oauth/index.html
    GET /oauth/token/       the same, and https://apidocs.bitrix24.com/settings/oauth/auto-renewal.html

A code lives 30 seconds and is good once. An access token lives an hour, a refresh token 180 days; each refresh gives new
ones. The user is taken to have signed in and to agree. `redirect_uri` is that of the application's card, whatever the
request says.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from hub.simulators import forms
from hub_crm_bitrix.simulator.calls import Caller
from hub_crm_bitrix.simulator.refusals import Refusal

CODE, ACCESS, REFRESH = 30, 3600, 180 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """A local application that is installed. `token` is what its events are known by."""

    client_id: str = "local.573ad8a0346747.09223434"
    client_secret: str = field(default="app-secret", repr=False)
    redirect: str = "http://127.0.0.1/"
    scopes: frozenset[str] = frozenset({"crm", "user", "telephony", "imopenlines"})
    token: str = field(default="application-token", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A code, an access token or a refresh token."""

    application: str
    user: int
    until: float


@dataclass
class OAuth:
    """`signed_in` is who agrees in the browser. `shown` holds every token that was given, for tests that look for leaks."""

    applications: list[Application] = field(default_factory=list)
    member_id: str = "a223c6b3710f85df22e9377d6c4f7553"
    signed_in: int = 1
    unpaid: bool = False
    codes: dict[str, Given] = field(default_factory=dict, repr=False)
    access: dict[str, Given] = field(default_factory=dict, repr=False)
    refresh: dict[str, Given] = field(default_factory=dict, repr=False)

    @property
    def shown(self) -> set[str]:
        return {*self.codes, *self.access, *self.refresh}

    def application(self, client_id: str) -> Application | None:
        return next((one for one in self.applications if one.client_id == client_id), None)

    def caller(self, token: str) -> Caller | None:
        """Who the token is of, until when; None for a token that was never given."""
        given = self.access.get(token)
        app = self.application(given.application) if given else None
        if given is None or app is None:
            return None
        return Caller(user=given.user, scopes=app.scopes, application=app.client_id, token=token, expires=given.until)

    def authorized(self, asked: Mapping[str, Any], host: str, now: float) -> str | None:
        """Where the browser is sent; None where the portal shows a page of error."""
        app = self.application(forms.text(asked.get("client_id")))
        if app is None:
            return None
        code = self._give(self.codes, app.client_id, self.signed_in, now + CODE)
        query = {
            "code": code, "state": forms.text(asked.get("state")), "domain": host, "member_id": self.member_id,
            "scope": ",".join(sorted(app.scopes)), "server_domain": host,
        }  # fmt: skip
        return f"{app.redirect}{'&' if '?' in app.redirect else '?'}{urlencode(query)}"

    def token(self, asked: Mapping[str, Any], url: str, now: float) -> dict[str, Any]:
        """Raises Refusal."""
        app = self.application(forms.text(asked.get("client_id")))
        if app is None or forms.text(asked.get("client_secret")) != app.client_secret:
            raise Refusal(401, "invalid_client", "Client authentication failed")
        if self.unpaid:
            raise Refusal(403, "PAYMENT_REQUIRED", "Payment required")
        match forms.text(asked.get("grant_type")):
            case "authorization_code":
                given = self.codes.pop(forms.text(asked.get("code")), None)
            case "refresh_token":
                given = self.refresh.pop(forms.text(asked.get("refresh_token")), None)
            case _:
                raise Refusal(400, "invalid_request", "Invalid request")
        if given is None or given.until <= now or given.application != app.client_id:
            raise Refusal(400, "invalid_grant", "Invalid grant")
        return self.granted(app, given.user, url, now)

    def granted(self, app: Application, user: int, url: str, now: float) -> dict[str, Any]:
        """A new pair of tokens, as the authorization server answers them."""
        return {
            "access_token": self._give(self.access, app.client_id, user, now + ACCESS), "expires": int(now + ACCESS),
            "expires_in": ACCESS, "scope": ",".join(sorted(app.scopes)), "domain": url.partition("://")[2],
            "server_endpoint": f"{url}/rest/", "status": "L", "client_endpoint": f"{url}/rest/",
            "member_id": self.member_id, "user_id": user,
            "refresh_token": self._give(self.refresh, app.client_id, user, now + REFRESH),
        }  # fmt: skip

    def _give(self, where: dict[str, Given], client_id: str, user: int, until: float) -> str:
        name = secrets.token_hex(35)
        where[name] = Given(application=client_id, user=user, until=until)
        return name
