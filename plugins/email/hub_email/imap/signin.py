"""Signing in: from nothing to a session of one mailbox.

TCP ── TLS ──────────── greeting ── password or token ── session
   └── greeting ── STARTTLS ── TLS ──┘
"""

from contextlib import suppress
from dataclasses import dataclass

import hub
from hub_email.imap.wire import LIMITS, Limits, Refusal, Wire

PATIENCE = 30.0
_NOT_NOW = frozenset({"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "THROTTLED", "OVERQUOTA"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where the mail is. `security`: tls, starttls or none; `sign_in`: password or xoauth2."""

    host: str
    port: int
    security: str
    sign_in: str
    limits: Limits = LIMITS


def signed_in(server: Server, mailbox: hub.Account, tools: hub.Tools) -> Wire:
    """A connection signed in to a mailbox. Raises `hub.Unreachable`, `hub.AuthFailed`."""
    wire = _connected(server, tools)
    try:
        if "PREAUTH" not in wire.untagged_responses:
            _sign_in(wire, server, mailbox)
        wire.signed_in()
        _introduce(wire)
    except BaseException:
        wire.shutdown()
        raise
    return wire


def _connected(server: Server, tools: hub.Tools) -> Wire:
    tls = server.security == "tls"
    sock = tools.network.connect(server.host, server.port, tls=tls, timeout=PATIENCE)
    try:
        wire = Wire(sock, server.host, server.limits)
    except BaseException:
        sock.close()
        raise
    if server.security == "starttls":
        _start_tls(wire, server, tools)
    return wire


def _start_tls(wire: Wire, server: Server, tools: hub.Tools) -> None:
    """TLS or nothing: a server that does not offer it may be somebody else (RFC 8314)."""
    agreed = False
    if "STARTTLS" in wire.features and wire.state == "NONAUTH":
        with suppress(Refusal):
            wire.talk("STARTTLS")
            agreed = True
    if not agreed:
        wire.shutdown()
        text = hub.sentence("{host} offers no TLS on port {port}, and nothing is said without it")
        fix = hub.sentence('take security = "tls" and port 993, or ask whoever runs the server')
        raise hub.Unreachable(text.format(host=server.host, port=server.port), fix=fix)
    if wire.heard() is not None:
        text = hub.sentence("{host} spoke out of turn before TLS began: somebody may be meddling with the connection")
        fix = hub.sentence('take security = "tls" and port 993')
        wire.shutdown()
        raise hub.Unreachable(text.format(host=server.host), fix=fix)
    wire.begin_tls(tools.network.start_tls(wire.sock, server.host))


# --- credentials -----------------------------------------------------------------------------------------------------


def _sign_in(wire: Wire, server: Server, mailbox: hub.Account) -> None:
    try:
        _say(wire, server.sign_in, mailbox.user, mailbox.credential().get_secret_value())
    except Refusal as refusal:
        raise _refused(
            wire.name, mailbox.address, server.sign_in, refusal
        ) from None  # what was sent stands in the chain


def _say(wire: Wire, way: str, user: str, secret: str) -> None:
    if way == "xoauth2":
        wire.prove("XOAUTH2", f"user={user}\x01auth=Bearer {secret}\x01\x01".encode())
    elif "AUTH=PLAIN" in wire.features:
        wire.prove("PLAIN", f"\0{user}\0{secret}".encode())
    else:
        wire.talk(f"LOGIN {_quoted(user)} {_quoted(secret)}")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _refused(host: str, address: str, way: str, refusal: Refusal) -> hub.HubError:
    if refusal.code in _NOT_NOW:
        text = hub.sentence("{host} does not let {address} in now: {why}")
        fix = hub.sentence("nothing, if it passes; else ask whoever runs the server")
        return hub.Unreachable(text.format(host=host, address=address, why=refusal.text), fix=fix)
    if way == "xoauth2":
        text = hub.sentence("{host} does not accept the token of {address}: {why}")
        fix = hub.sentence(
            "see that the token has the right to read mail by IMAP, and that the account has a mailbox where IMAP is "
            "switched on"
        )
        return hub.AuthFailed(text.format(host=host, address=address, why=refusal.text), fix=fix)
    text = hub.sentence("{host} does not accept the credentials of {address}: {why}")
    fix = hub.sentence(
        "write the password that the provider made for mail programs, and see that IMAP is switched on for the mailbox"
    )
    return hub.AuthFailed(text.format(host=host, address=address, why=refusal.text), fix=fix)


def _introduce(wire: Wire) -> None:
    """Some servers give folders only to those who say who they are (RFC 2971)."""
    if "ID" in wire.features:
        with suppress(Refusal):
            wire.talk('ID ("name" "interaction-hub")')
