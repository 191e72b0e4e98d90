"""Signing in: a person lets the hub in with a browser, and what comes back becomes the grant of a connection.

begin        state and verifier are made (RFC 6749, 10.12; RFC 7636, 4.1), the person opens `SignIn.authorize`
code_of      what the browser brings back is of this sign-in, and holds a code
finish       the code becomes a grant, which is stored
check        the source opens with it
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from urllib.parse import parse_qs, urlsplit

from hub.engine import sync
from hub.engine.desk import Desk
from hub.engine.feed import Feed
from hub.engine.hub import Hub
from hub.engine.steps import Steps, at_once, finished
from hub.engine.sync import Wish
from hub.engine.tools import network_for, sign_in_of
from hub.errors import AuthFailed, Misconfigured
from hub.grants import Redirect, SignIn
from hub.i18n import sentence
from hub.settings import Connection

_VERIFIER_BYTES: Final = 64
"""86 characters; RFC 7636, 4.1 wants 43 to 128."""
_LONGEST: Final = 4000
_SHOWN: Final = 200


class Foreign(Exception):
    """What came is no answer to this sign-in."""


def begin(url: str) -> Redirect:
    """A sign-in that comes back to `url`."""
    verifier = secrets.token_urlsafe(_VERIFIER_BYTES)
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
    return Redirect(url, secrets.token_urlsafe(32), verifier, challenge)


def how(hub: Hub, connection: Connection) -> SignIn:
    """The dialect of the connection. Raises `Misconfigured` where there is nothing to sign in to."""
    found = sign_in_of(hub.connector(connection), connection)
    if found is None:
        text = sentence("{connection} needs no sign-in with a browser: what it needs stands in its settings")
        fix = sentence("`hub sync {connection}` reads it as it is")
        name = connection.name
        raise Misconfigured(text.format(connection=name), fix=fix.format(connection=name))
    return found


def code_of(came: str, redirect: Redirect) -> str:
    """The code in an address that came back, in its query, or alone. Raises `AuthFailed` where the person said no,
    `Foreign` where it belongs to no sign-in or to another one.
    """
    text = came.strip()[:_LONGEST]
    if not any(mark in text for mark in ("://", "?", "code=", "error=")):
        return _alone(text)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(text).query or text.lstrip("?")).items()}
    if not hmac.compare_digest(asked.get("state", "").encode(), redirect.state.encode()):
        raise Foreign
    if "error" in asked:
        raise _declined(asked)
    return _alone(asked.get("code", ""))


def _alone(code: str) -> str:
    if not code or not code.isprintable() or " " in code:
        raise Foreign
    return code


def _declined(asked: Mapping[str, str]) -> AuthFailed:
    problem = asked.get("error_description") or asked["error"]
    text = sentence("the system did not let us in: {problem}")
    return AuthFailed(text.format(problem=problem[:_SHOWN]), fix=sentence("sign in again, and agree"))


def finish(hub: Hub, connection: Connection, code: str, redirect: Redirect) -> None:
    """Make a grant of the code and keep it, in the place of any before. Raises what the connector raises."""
    network = network_for(hub.connector(connection), connection, hub.now, lambda: False)
    grant = how(hub, connection).exchange(code, redirect, network)
    Desk(hub, connection).begin(grant)


def check(hub: Hub, connection: Connection) -> None:
    """Open the source once, as a sync does."""
    finished(used(hub, connection))


def used(hub: Hub, connection: Connection) -> Steps[None]:
    """Open the source, in steps. Opening is using: the tokens see by themselves that they are due."""
    return sync.using(hub, connection, Wish(limits=hub.config.limits), _nothing)


@at_once
def _nothing(_feed: Feed) -> None:
    return


def dying(hub: Hub) -> list[Connection]:
    """The enabled connections whose refresh token would die of disuse."""
    return [one for one in hub.config.connections if one.enabled and _is_dying(hub, one)]


def _is_dying(hub: Hub, connection: Connection) -> bool:
    if connection.connector not in hub.plugins.connectors:
        return False
    sign_in, kept = sign_in_of(hub.connector(connection), connection), Desk(hub, connection).look()
    if sign_in is None or sign_in.idle is None or kept is None or kept.refused:
        return False
    return hub.now() >= kept.saved + sign_in.idle / 2 > kept.saved + timedelta()
