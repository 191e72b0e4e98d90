"""Who may call: https://developers.kommo.com/docs/oauth-20 (step by step) and /docs/long-lived-token.

Access tokens are JWTs signed by RS256, for a day; a refresh token lives three months and dies with its first use. A code
lives twenty minutes, once. A long-lived token has no refresh token.
"""

import base64
import secrets
from dataclasses import dataclass, field
from typing import Any

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from hub_crm_amo.simulator.refusals import Refusal

DAY, CODE_S, MONTHS_S = 86_400, 20 * 60, 90 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """An application that an administrator has registered."""

    id: str = "11111111-2222-3333-4444-555555555555"
    secret: str = field(default="integration-secret", repr=False)
    redirect: str = "http://127.0.0.1:8033/connect/callback"


def _part(value: Any) -> str:
    body = value if isinstance(value, bytes) else orjson.dumps(value)
    return base64.urlsafe_b64encode(body).rstrip(b"=").decode()


@dataclass
class Tokens:
    """`answered` counts grants of each kind; `live` are the refresh tokens that still work."""

    integration: Integration = field(default_factory=Integration)
    account_id: int = 5_135_160
    answered: dict[str, int] = field(default_factory=dict)
    codes: dict[str, tuple[float, int]] = field(default_factory=dict, repr=False)
    live: dict[str, tuple[float, int]] = field(default_factory=dict, repr=False)
    access: dict[str, tuple[float, int]] = field(default_factory=dict, repr=False)
    _key: rsa.RSAPrivateKey | None = field(default=None, repr=False)

    def user(self, authorization: str, now: float) -> int | None:
        """Whose call it is, by the header; None for nobody's."""
        scheme, _, token = authorization.partition(" ")
        until, user = self.access.get(token, (0.0, 0))
        return user if scheme.lower() == "bearer" and now < until else None

    def long_lived(self, now: float, user: int = 1, days: int = 365) -> str:
        return self._access(now, now + days * DAY, user)

    def code(self, now: float, user: int = 1) -> str:
        """What the browser brings back when an administrator has agreed."""
        made = "def502" + secrets.token_hex(60)
        self.codes[made] = (now + CODE_S, user)
        return made

    def granted(self, body: Any, now: float) -> dict[str, Any]:
        """POST /oauth2/access_token. Raises Refusal."""
        if not isinstance(body, dict):
            raise _refused("The request is missing a required parameter")
        own = self.integration
        if (body.get("client_id"), body.get("client_secret")) != (own.id, own.secret):
            raise Refusal(401, "Client authentication failed", hint="Client authentication failed")
        if body.get("redirect_uri") != own.redirect:
            raise _refused("Invalid redirect uri")
        kind = body.get("grant_type")
        stock = {"authorization_code": (self.codes, "code"), "refresh_token": (self.live, "refresh_token")}.get(
            str(kind)
        )
        if stock is None:
            raise _refused("The grant type is not supported")
        until, user = stock[0].pop(str(body.get(stock[1])), (0.0, 0))
        if now >= until:
            raise _refused("Token has been revoked" if kind == "refresh_token" else "Authorization code has expired")
        self.answered[str(kind)] = self.answered.get(str(kind), 0) + 1
        refresh = "def502" + secrets.token_hex(60)
        self.live[refresh] = (now + MONTHS_S, user)
        return {
            "token_type": "Bearer", "expires_in": DAY, "server_time": int(now),
            "access_token": self._access(now, now + DAY, user), "refresh_token": refresh,
        }  # fmt: skip

    def _access(self, now: float, until: float, user: int) -> str:
        self._key = self._key or rsa.generate_private_key(public_exponent=65537, key_size=2048)
        claims = {
            "aud": self.integration.id, "jti": secrets.token_hex(20), "iat": int(now), "nbf": int(now), "exp": int(until),
            "sub": str(user), "grant_type": "", "account_id": self.account_id, "base_domain": "amocrm.ru", "version": 2,
            "scopes": ["crm", "notifications"],
        }  # fmt: skip
        text = f"{_part({'typ': 'JWT', 'alg': 'RS256'})}.{_part(claims)}"
        token = f"{text}.{_part(self._key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"
        self.access[token] = (until, user)
        return token


def _refused(hint: str) -> Refusal:
    return Refusal(400, "Cannot decrypt the refresh token" if "Token" in hint else hint, hint=hint)
