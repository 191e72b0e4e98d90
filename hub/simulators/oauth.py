"""A system that lets programs in by OAuth 2: an authorisation server and something behind it, on one port of loopback.

    python -m hub.simulators.oauth --port 8649

    GET  /authorize     RFC 6749, 4.1.1 and 4.1.2; RFC 7636, 4.3: the person behind the browser agrees at once, or denies
    POST /token         RFC 6749, 4.1.3, 5 and 6; RFC 7636, 4.5 and 4.6
    GET  /me            what a token is for: RFC 6750, 2.1 and 3

What differs between vendors can be set: whether a refresh token counts once (amoCRM, Bitrix24) or for good (Google), whether a
spent one that comes again ends all that came of the same sign-in (RFC 9700, 4.14.2), whether PKCE is demanded, how long
things live. `lose` answers to a refresh are worked out and never arrive, `drop` questions are never heard, `slow` is how many
seconds an answer takes. `log` is what was asked and what came of it, without any secret.
"""

import argparse
import base64
import hashlib
import json
import secrets
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, unquote_plus, urlencode, urlsplit, urlunsplit

from hub.simulators.serving import Asked, Reply, serving

_SECRET_BYTES = 24
_LOOPBACK = ("127.0.0.1", "::1")


@dataclass
class Code:
    """What a person has agreed to, until it is exchanged."""

    redirect: str
    challenge: str
    method: str
    until: float
    family: str = ""


@dataclass
class Token:
    """A token; `family` is the sign-in that it comes from."""

    family: str
    until: float
    spent: bool = False


@dataclass
class Provider:
    """The system. `lifetime`, `code_seconds` and `idle` are the seconds that an access token, a code and an unused refresh
    token live; `denies`: the person says no.
    """

    client_id: str = "hub"
    client_secret: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    redirects: list[str] = field(default_factory=lambda: ["http://127.0.0.1/"])
    single_use: bool = True
    revokes: bool = False
    needs_pkce: bool = True
    denies: bool = False
    lifetime: int = 86_400
    code_seconds: float = 600
    idle: float = 90 * 86_400
    lose: int = 0
    drop: int = 0
    slow: float = 0
    url: str = ""
    clock: Callable[[], float] = time.time
    log: list[str] = field(default_factory=list)
    _codes: dict[str, Code] = field(default_factory=dict, repr=False)
    _access: dict[str, Token] = field(default_factory=dict, repr=False)
    _refresh: dict[str, Token] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def withdraw(self) -> None:
        """The person takes everything back."""
        with self._lock:
            self._access.clear()
            self._refresh.clear()

    def expire(self) -> None:
        """The access tokens come to their end."""
        with self._lock:
            self._access.clear()

    def given(self) -> tuple[str, str]:
        """(access, refresh) of a sign-in of its own, as if somebody had just come through a browser."""
        with self._lock:
            answer = self._tokens(secrets.token_hex(8))
        return str(answer["access_token"]), str(answer["refresh_token"])

    # --- answers ---

    def answer(self, asked: Asked) -> Reply | None:
        authorization = asked.headers.get("authorization", "")
        match asked.method, asked.path:
            case "GET", "/authorize":
                return self._authorize(_fields(asked.query))
            case "POST", "/token":
                return self._token(_fields(asked.body.decode()), authorization)
            case "GET", "/me":
                return self._me(authorization)
            case _:
                return _said(404, {"error": "not_found"})

    def _authorize(self, asked: Mapping[str, str]) -> Reply:
        redirect = asked.get("redirect_uri") or (self.redirects[0] if len(self.redirects) == 1 else "")
        if asked.get("client_id") != self.client_id or not self._registered(redirect):
            self.log.append("authorize refused")
            return Reply(
                status=400, type="text/html", body=b"<p>unknown program or address</p>"
            )  # 4.1.2.1: no redirect
        with self._lock:
            said = self._agreed(asked)
        said |= {"state": asked["state"]} if "state" in asked else {}
        self.log.append(f"authorize {said.get('error', 'ok')}")
        parts = urlsplit(redirect)
        query = urlencode([*parse_qsl(parts.query), *said.items()])
        return Reply(status=302, type="text/html", headers={"Location": urlunsplit(parts._replace(query=query))})

    def _agreed(self, asked: Mapping[str, str]) -> dict[str, str]:
        if self.denies:
            return {"error": "access_denied", "error_description": "<b>Анна</b> не согласна"}
        if asked.get("response_type") != "code":
            return {"error": "unsupported_response_type"}
        challenge, method = asked.get("code_challenge", ""), asked.get("code_challenge_method", "plain")
        if self.needs_pkce and (not challenge or method != "S256"):
            return {"error": "invalid_request", "error_description": "code challenge required"}  # RFC 7636, 4.4.1
        code = secrets.token_urlsafe(_SECRET_BYTES)
        until = self.clock() + self.code_seconds
        self._codes[code] = Code(asked.get("redirect_uri", ""), challenge, method, until)
        return {"code": code}

    def _registered(self, redirect: str) -> bool:
        """As it was registered, but for the port of loopback (RFC 8252, 7.3)."""
        return any(_portless(redirect) == _portless(one) for one in self.redirects)

    def _token(self, asked: Mapping[str, str], authorization: str) -> Reply | None:
        kind = asked.get("grant_type", "")
        if self.drop and kind == "refresh_token":
            self.drop -= 1
            self.log.append(f"{kind} dropped")
            return None
        with self._lock:
            status, said = self._judged(kind, asked, authorization)
            self.log.append(f"{kind} {said.get('error', 'ok')}")
            lost = self.lose > 0 and kind == "refresh_token" and status == 200
            self.lose -= lost
        time.sleep(self.slow)
        if lost:
            return None
        more = {"WWW-Authenticate": 'Basic realm="token"'} if status == 401 else {}
        return _said(status, said, {"Cache-Control": "no-store", "Pragma": "no-cache", **more})

    def _judged(self, kind: str, asked: Mapping[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        if not self._is_client(asked, authorization):
            return 401, {"error": "invalid_client"}
        match kind:
            case "authorization_code":
                return self._exchanged(asked)
            case "refresh_token":
                return self._refreshed(asked)
            case "":
                return 400, {"error": "invalid_request"}
            case _:
                return 400, {"error": "unsupported_grant_type"}

    def _is_client(self, asked: Mapping[str, str], authorization: str) -> bool:
        given = (asked.get("client_id", ""), asked.get("client_secret", ""))
        if authorization.startswith("Basic "):
            name, _, secret = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
            given = (unquote_plus(name), unquote_plus(secret))
        return given == (self.client_id, self.client_secret)

    def _exchanged(self, asked: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        code = self._codes.get(asked.get("code", ""))
        if code is None or code.until < self.clock():
            return 400, {"error": "invalid_grant"}
        if code.family:  # 4.1.2: used before; whoever came by it may not keep what it gave
            self._end(code.family)
            return 400, {"error": "invalid_grant"}
        if asked.get("redirect_uri", "") != code.redirect or not _proved(code, asked.get("code_verifier", "")):
            return 400, {"error": "invalid_grant"}
        code.family = secrets.token_hex(8)
        return 200, self._tokens(code.family)

    def _refreshed(self, asked: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        given = asked.get("refresh_token", "")
        token = self._refresh.get(given)
        if token is None or token.until < self.clock():
            return 400, {"error": "invalid_grant"}
        if token.spent:
            if self.revokes:
                self._end(token.family)
            return 400, {"error": "invalid_grant", "error_description": "Token has been revoked"}
        if not self.single_use:
            token.until = self.clock() + self.idle
            return 200, self._tokens(token.family, refresh="")
        token.spent = True
        return 200, self._tokens(token.family)

    def _tokens(self, family: str, *, refresh: str | None = None) -> dict[str, Any]:
        access = secrets.token_urlsafe(_SECRET_BYTES)
        self._access[access] = Token(family, self.clock() + self.lifetime)
        said: dict[str, Any] = {"access_token": access, "token_type": "Bearer", "expires_in": self.lifetime}
        if refresh is None:
            said["refresh_token"] = secrets.token_urlsafe(_SECRET_BYTES)
            self._refresh[said["refresh_token"]] = Token(family, self.clock() + self.idle)
        return said

    def _end(self, family: str) -> None:
        for tokens in (self._access, self._refresh):
            for name in [name for name, token in tokens.items() if token.family == family]:
                del tokens[name]

    def _me(self, authorization: str) -> Reply:
        token = self._access.get(authorization.removeprefix("Bearer "))
        if token is None or token.until <= self.clock():
            self.log.append("me invalid_token")
            return _said(401, {"error": "invalid_token"}, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
        self.log.append("me ok")
        return _said(200, {"name": "Анна Смирнова"})


def _said(status: int, said: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Reply:
    kind = "application/json;charset=UTF-8"
    return Reply(status=status, body=json.dumps(said).encode(), type=kind, headers=headers or {})


def _fields(form: str) -> dict[str, str]:
    """What was asked for; a name that comes twice counts as not given (3.1, 3.2)."""
    return {name: values[0] for name, values in parse_qs(form).items() if len(values) == 1}


def _portless(url: str) -> str:
    parts = urlsplit(url)
    return (
        url
        if parts.hostname not in _LOOPBACK
        else f"{parts.scheme}://{quote(parts.hostname)}{parts.path}?{parts.query}"
    )


def _proved(code: Code, verifier: str) -> bool:
    """RFC 7636, 4.6."""
    if not code.challenge:
        return True
    if code.method == "plain":
        return verifier == code.challenge
    digest = hashlib.sha256(verifier.encode("ascii", "replace")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == code.challenge


@contextmanager
def running(provider: Provider, port: int = 0) -> Iterator[Provider]:
    """Serve it on loopback, on a free port where none is given."""
    with serving(provider.answer, port) as provider.url:
        yield provider


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m hub.simulators.oauth", description="OAuth 2 on loopback.")
    parser.add_argument("--port", type=int, default=8649)
    parser.add_argument("--lifetime", type=int, default=86_400, help="seconds that an access token is good for")
    parser.add_argument("--code-seconds", type=float, default=600, help="seconds that a code is good for")
    chosen = parser.parse_args(arguments)
    provider = Provider(lifetime=chosen.lifetime, code_seconds=chosen.code_seconds)
    with running(provider, chosen.port):
        sys.stdout.write(
            f"url = {provider.url}\nclient_id = {provider.client_id}\nclient_secret = {provider.client_secret}\n"
        )
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
