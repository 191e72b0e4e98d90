"""The portal on loopback: a real HTTP server, with TLS where it is asked for.

/rest/{user}/{code}/{method}[.json]    by webhook       https://apidocs.bitrix24.com/local-integrations/local-webhooks.html
/rest/{method}[.json]                  by access token  https://apidocs.bitrix24.com/settings/how-to-call-rest-api/authorization.html
    /oauth/authorize/, /oauth/token/       see `oauth`
    /rest/download.json, /rest/{user}/{code}/download/, /bitrix/tools/crm_show_file.php    see `files`
"""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import orjson

from hub.simulators import forms
from hub.simulators.faults import Fault
from hub.simulators.serving import Asked, Reply, page, serving, weathered
from hub_crm_bitrix.simulator import files, performing, refusals
from hub_crm_bitrix.simulator.calls import Caller
from hub_crm_bitrix.simulator.effects import Effect
from hub_crm_bitrix.simulator.portal import Portal
from hub_crm_bitrix.simulator.refusals import Refusal

GRANTING = "oauth/token"
"""How the log and faults name a request for tokens."""
_JSON = "application/json; charset=utf-8"
_NO_APPLICATION = "<html><body>Приложение не установлено</body></html>".encode()


def answered(portal: Portal, asked: Asked) -> Reply | None:
    """None: the connection is closed without a word."""
    way, params = asked.path.strip("/").split("/"), {**forms.parsed(asked.query), **_body(asked)}
    if way == ["oauth", "authorize"]:
        return _authorized(portal, params)
    if way == ["oauth", "token"]:
        return weathered(_fault(portal, GRANTING), asked.path, partial(_token, portal, params), _refused)
    if (reply := files.downloaded(portal, way, params)) is not None:
        return reply
    if way[:1] != ["rest"] or len(way) not in (2, 4):
        return page(404)
    method = way[-1].lower().removesuffix(".json")
    fault = _fault(portal, method)
    target = f"{asked.path}?{asked.query}" if asked.query else asked.path
    return weathered(fault, target, partial(_called, portal, way, method, params, asked.address), _refused)


def _fault(portal: Portal, method: str) -> Fault | None:
    """What this call meets; one that is not carried out is logged here."""
    with portal.lock:
        fault = next((one for one in portal.faults if one.meets(method)), None)
    if fault and not fault.is_carried_out:
        _log(portal, method, fault)
    return fault


def _body(asked: Asked) -> Mapping[str, Any]:
    """A body as parameters: JSON where it says so, else a form. What cannot be read has none, as in PHP."""
    if "json" not in asked.headers.get("content-type", ""):
        return forms.parsed(asked.body.decode("utf-8", "replace"))
    try:
        return forms.mapping(orjson.loads(asked.body))
    except orjson.JSONDecodeError:
        return {}


def _called(portal: Portal, way: list[str], method: str, params: Mapping[str, Any], address: str) -> Reply:
    try:
        caller = replace(_admitted(portal, way, method, forms.text(params.get("auth"))), address=address)
        given = {key: value for key, value in params.items() if key != "auth"}
        return Reply(status=200, body=orjson.dumps(performing.answer(portal, method, given, caller)), type=_JSON)
    except Refusal as refusal:
        return Reply(status=refusal.status, body=orjson.dumps(refusal.body), type=_JSON)


def _admitted(portal: Portal, way: list[str], method: str, token: str) -> Caller:
    try:
        return _caller(portal, way, token)
    except Refusal as refusal:
        portal.turned_away(method, refusal)
        raise


def _caller(portal: Portal, way: list[str], token: str) -> Caller:
    if len(way) == 4:
        caller = portal.caller(way[1], way[2])
        if caller is None:
            raise refusals.no_credentials()
        return caller
    caller = portal.oauth.caller(token)
    if caller is None:
        raise refusals.no_authorization()
    if caller.expires <= portal.clock.now():
        raise refusals.expired()
    return caller


def _authorized(portal: Portal, params: Mapping[str, Any]) -> Reply:
    with portal.lock:
        location = portal.oauth.authorized(params, portal.url.partition("://")[2], portal.clock.now())
    if location is None:
        return Reply(status=404, body=_NO_APPLICATION, type="text/html; charset=utf-8")
    return Reply(status=302, type="text/html", headers={"Location": location})


def _token(portal: Portal, params: Mapping[str, Any]) -> Reply:
    try:
        with portal.lock:
            granted = portal.oauth.token(params, portal.url, portal.clock.now())
            portal.log.append(Effect(at=portal.clock.now(), method=GRANTING, params={}, wrote=True))
        return Reply(status=200, body=orjson.dumps(granted), type=_JSON)
    except Refusal as refusal:
        portal.turned_away(GRANTING, refusal)
        return Reply(status=refusal.status, body=orjson.dumps(refusal.body), type=_JSON)


def _log(portal: Portal, method: str, fault: Fault) -> None:
    portal.log.append(
        Effect(
            at=portal.clock.now(), method=method, params={}, status=fault.status, error=fault.error, lost=fault.answer
        )
    )


def _refused(fault: Fault) -> Reply:
    body = {"error": fault.error, "error_description": fault.description}
    return Reply(status=fault.status, body=orjson.dumps(body), type=_JSON)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A portal that is being served. `url` is `https://localhost:8443` or `http://127.0.0.1:8024`."""

    portal: Portal
    url: str

    @property
    def host(self) -> str:
        return self.url.partition("://")[2]

    @property
    def webhook(self) -> str:
        one = self.portal.webhooks[0]
        return f"{self.url}/rest/{one.user}/{one.code}/"


@contextmanager
def running(portal: Portal, port: int = 0, tls: ssl.SSLContext | None = None) -> Iterator[Served]:
    """Serve it on loopback, on a free port where none is given."""
    with serving(partial(answered, portal), port, tls) as url:
        portal.url = url
        yield Served(portal=portal, url=url)
