"""Tokens for single mailboxes and calendars, got for a service application by token exchange (RFC 8693).

    nothing ── exchange ──> token ── nine tenths of its life ──> exchange anew
                  ├── this employee is refused            AuthFailed
                  ├── the application itself is refused   Misconfigured
                  └── too many                            AskedToWait, and nobody asks before then

https://yandex.ru/support/yandex-360/business/admin/ru/security-service-applications says: POST to
`https://oauth.yandex.ru/token` with `grant_type`, `client_id`, `client_secret`, `subject_token` (address of the employee)
and `subject_token_type`; the answer has `access_token` and `expires_in`, an hour.

Assumptions: `scope` may be left out, and the token has all rights of the application (public programs do so; one of
those that were read sends it); errors are those of RFC 6749, 5.2; one application gets about 1,000 tokens an hour, and
429 beyond (public programs keep to that, no page says so).
"""

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

from pydantic import SecretStr

from hub.connectors import Tools
from hub.errors import AskedToWait, AuthFailed, HubError, Misconfigured
from hub.i18n import sentence
from hub.yandex360.answers import number, object_of, problem, text, undocumented
from hub.yandex360.settings import Yandex360

if TYPE_CHECKING:
    from hub.http.kinds import HttpClient, HttpResponse

AN_HOUR = 1000
"""Tokens that one application gets in an hour."""

_GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
_SUBJECT = "urn:yandex:params:oauth:token-type:email"
_MOST_BYTES = 100_000
_LONGEST = 24 * 3600
_PART_OF_LIFE = 0.9
_REFUSALS = (400, 401, 403)
_OF_THE_APPLICATION = frozenset({"invalid_client", "invalid_scope", "unsupported_grant_type"})


@dataclass(frozen=True, slots=True)
class Token:
    """A token, and the moment from which another one is asked for."""

    value: SecretStr
    until: datetime


@dataclass(slots=True)
class Tokens:
    """Tokens by address, each got once however many ask, one after another, and anew before it ends.

    `kept` is where they are kept: in memory, for as long as this lives; anything with the same methods may take its place.
    """

    settings: Yandex360
    tools: Tools
    kept: MutableMapping[str, Token] = field(default_factory=dict, repr=False)
    _asking: Lock = field(default_factory=Lock, init=False, repr=False)
    _client: "HttpClient | None" = field(default=None, init=False, repr=False)
    _pause: AskedToWait | None = field(default=None, init=False, repr=False)

    def of(self, address: str) -> SecretStr:
        """A token that is good now. Raises `AuthFailed`, `Misconfigured`, `Unreachable`, `AskedToWait`."""
        token = self._good(address)
        if token is None:
            with self._asking:
                token = self._good(address) or self._got(address)
                self.kept[address] = token
        return token.value

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _good(self, address: str) -> Token | None:
        token = self.kept.get(address)
        return token if token and self.tools.clock() < token.until else None

    def _got(self, address: str) -> Token:
        if self._pause and self.tools.clock() < self._pause.until:
            raise AskedToWait(str(self._pause), until=self._pause.until, fix=self._pause.fix)
        try:
            response = self._asked(address)
        except AskedToWait as pause:
            self._pause = pause
            raise
        if response.status_code in _REFUSALS:
            raise _refused(address, problem(response) or str(response.status_code))
        if response.status_code != 200:
            raise undocumented(response)
        answer = object_of(response)
        value, seconds = text(answer, "access_token"), number(answer, "expires_in", 0)
        if not value or not seconds:
            raise undocumented(response)
        life = timedelta(seconds=min(seconds, _LONGEST))
        return Token(SecretStr(value), self.tools.clock() + life * _PART_OF_LIFE)

    def _asked(self, address: str) -> "HttpResponse":
        if self._client is None:
            url = self.settings.token_url
            self._client = self.tools.network.client(url, most=_MOST_BYTES, deadline=60.0, expect=_REFUSALS)
        form = {
            "grant_type": _GRANT,
            "client_id": self.settings.client_id,
            "client_secret": self.settings.client_secret.get_secret_value(),
            "subject_token": address,
            "subject_token_type": _SUBJECT,
        }
        return self._client.post("/token", data=form)


def _refused(address: str, code: str) -> HubError:
    if code in _OF_THE_APPLICATION:
        said = sentence("Yandex does not accept the service application ({code})").format(code=code)
        fix = sentence(
            "compare `client_id` and `client_secret` with oauth.yandex.ru, and see which rights it has there"
        )
        return Misconfigured(said, setting="yandex360.client_secret", fix=fix)
    said = sentence("Yandex gives the service application no token for {address} ({code})")
    fix = sentence(
        "see that the application is in the organisation's list of service applications, and that the account is on the "
        "organisation's domain and not blocked; or name the address in `yandex360.leave_out`"
    )
    return AuthFailed(said.format(address=address, code=code), fix=fix)
