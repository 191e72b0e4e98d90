"""The account on loopback.

/api/v4/...                    the API, by `Authorization: Bearer ...`
POST /oauth2/access_token      a code or a refresh token for tokens
GET  /oauth?client_id&state    an administrator who agrees at once: back to the integration with a code
"""

import email.utils
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlencode

import orjson

from hub.simulators import forms
from hub.simulators.faults import Fault
from hub.simulators.serving import Asked, Reply, page, serving, weathered
from hub_crm_amo.simulator import methods, refusals
from hub_crm_amo.simulator.account import Account
from hub_crm_amo.simulator.calls import Call, Effect
from hub_crm_amo.simulator.refusals import Refusal

API = "/api/v4/"


def answered(account: Account, asked: Asked) -> Reply | None:
    name = f"{asked.method} {asked.path}"
    with account.lock:
        fault = next((one for one in account.faults if one.meets(name)), None)
    lost = fault.answer if fault else ""
    if fault and not fault.is_carried_out:
        account.log.append(_effect(account, asked, fault.status, lost=lost))
    reply = weathered(fault, asked.path, lambda: _logged(account, asked, lost), _refuse)
    date = email.utils.formatdate(account.clock.now(), usegmt=True)
    return reply and replace(reply, headers={"Date": date, **reply.headers})


def _logged(account: Account, asked: Asked, lost: str) -> Reply:
    with account.lock:
        before = account.wrote
        reply = _carried_out(account, asked)
        account.log.append(_effect(account, asked, reply.status, wrote=account.wrote - before, lost=lost))
        return reply


def _effect(account: Account, asked: Asked, status: int, *, wrote: int = 0, lost: str = "") -> Effect:
    return Effect(
        at=account.clock.now(), method=asked.method, path=asked.path, query=asked.query, status=status, wrote=wrote, lost=lost
    )  # fmt: skip


def _refuse(fault: Fault) -> Reply:
    return Refusal(fault.status, fault.description or fault.error).reply


def _carried_out(account: Account, asked: Asked) -> Reply:
    try:
        if asked.path == "/oauth2/access_token":
            return _granted(account, asked)
        if asked.path == "/oauth":
            return _agreed(account, asked)
        if account.limits is not None:
            match account.limits.knock(asked.address, account.clock.now()):
                case "banned":
                    return page(403)
                case "too many":
                    raise refusals.too_many()
        return _called(account, asked)
    except Refusal as refusal:
        return refusal.reply


def _granted(account: Account, asked: Asked) -> Reply:
    if asked.method != "POST":
        raise refusals.wrong_method()
    return Reply(status=200, body=orjson.dumps(account.tokens.granted(_json(asked.body), account.clock.now())))


def _agreed(account: Account, asked: Asked) -> Reply:
    """https://developers.kommo.com/docs/oauth-20: the browser comes back with the account's own host as `referer`."""
    query = {name: values[-1] for name, values in parse_qs(asked.query).items()}
    own = account.tokens.integration
    if query.get("client_id") != own.id:
        return page(400)
    host = asked.base.partition("://")[2]
    back = {
        "code": account.tokens.code(account.clock.now()),
        "referer": host,
        "state": query.get("state", ""),
        "client_id": own.id,
    }
    return Reply(status=302, headers={"Location": f"{own.redirect}?{urlencode(back)}"})


def _called(account: Account, asked: Asked) -> Reply:
    if not asked.path.startswith(API):
        return page(404)
    user = account.tokens.user(asked.headers.get("authorization", ""), account.clock.now())
    if user is None:
        raise refusals.unauthorized()
    if not account.is_paid:
        raise refusals.unpaid()
    way = tuple(asked.path.removeprefix(API).strip("/").split("/"))
    known = {**methods.METHODS, **account.methods}
    method = methods.found(known, asked.method, way)
    if method is None:
        raise refusals.wrong_method() if methods.is_known(known, way) else refusals.not_there()
    account.settle()
    call = Call(
        account=account, method=asked.method, way=way, query=forms.parsed(asked.query), body=_json(asked.body), user=user, base=asked.base,
        since=_since(asked.headers.get("if-modified-since", "")),
    )  # fmt: skip
    for hook in account.before:
        hook(call)
    reply = method(call)
    for hook in account.after:
        hook(call)
    return reply


def _json(body: bytes) -> Any:
    """What cannot be read is nothing; a method says what it wants."""
    try:
        return orjson.loads(body) if body else None
    except orjson.JSONDecodeError:
        return None


def _since(header: str) -> float | None:
    if not header:
        return None
    try:
        return email.utils.parsedate_to_datetime(header).timestamp()
    except ValueError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """An account that is being served, and a long-lived token of its administrator."""

    account: Account
    url: str
    token: str

    @property
    def host(self) -> str:
        return self.url.partition("://")[2]


@contextmanager
def running(account: Account, port: int = 0, tls: ssl.SSLContext | None = None) -> Iterator[Served]:
    """Serve it on loopback, on a free port where none is given."""
    with serving(lambda asked: answered(account, asked), port, tls) as url:
        yield Served(account=account, url=url, token=account.tokens.long_lived(account.clock.now()))
