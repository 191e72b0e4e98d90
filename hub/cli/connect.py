"""`hub connect`: a person signs in with a browser, and the connection has what it needs from then on.

The browser comes back to an address of this machine where we listen for so long, or to one of the person's own, which is
then pasted. Nothing secret is printed: not the code, not the token.
"""

import sys
from typing import TYPE_CHECKING, Annotated, Final

import typer

from hub.cli.invocation import Invocation, invocation
from hub.cli.opening import working
from hub.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from hub.engine.hub import Hub
    from hub.grants import Redirect, SignIn

LISTEN: Final = "127.0.0.1:8400"
_SHORT_S: Final = 120


def connect(
    context: typer.Context,
    connection: Annotated[
        str, typer.Argument(metavar="CONNECTION", help=N_("As it is called in the configuration."))
    ],
    *,
    listen: Annotated[
        str,
        typer.Option("--listen", metavar="HOST:PORT", help=N_("Where to wait for the browser; port 0 is a free one.")),
    ] = LISTEN,
    redirect: Annotated[
        str,
        typer.Option("--redirect", metavar="URL", show_default=False,
                     help=N_("Where the browser comes back to, as the other system knows it, if that is not --listen.")),
    ] = "",
    paste: Annotated[bool, typer.Option("--paste", help=N_("Do not listen: ask for the address or the code."))] = False,
) -> None:  # fmt: skip
    from hub.engine import connect as signing

    called = invocation(context)
    with working(called, create=True) as hub:
        found = hub.connection(connection)
        sign_in = signing.how(hub, found)
        code, begun = _code(called, hub, sign_in, _Way(listen, redirect, paste))
        signing.finish(hub, found, code, begun)
        called.output.note(_("Signed in; looking whether it opens…"))
        signing.check(hub, found)
    called.output.say(_("{connection} is connected. hub sync {connection} reads it.").format(connection=connection))


class _Way:
    """How the answer comes back, as the options say it."""

    def __init__(self, listen: str, redirect: str, paste: bool) -> None:
        host, colon, port = listen.rpartition(":")
        if not colon or not port.isdecimal() or int(port) > 65_535:
            raise typer.BadParameter(_("write HOST:PORT"), param_hint="--listen")
        self.host, self.port = host.strip("[]") or "127.0.0.1", int(port)
        self.redirect, self.listens = redirect, not paste

    def url(self, port: int) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.redirect or f"http://{host}:{port}/"


def _code(called: Invocation, hub: "Hub", sign_in: "SignIn", way: _Way) -> "tuple[str, Redirect]":
    """The code that the person's browser brings, and the sign-in that it answers."""
    from hub.cli.waiting import Callback, waited
    from hub.engine import arrivals
    from hub.engine import connect as signing

    if way.listens and way.redirect and way.redirect == arrivals.address(hub.config):
        begun = signing.begin(way.redirect)
        with arrivals.expected(hub, begun) as came:
            _show(called, sign_in, begun, listens=True)
            return waited(None, sys.stdin, begun, came), begun
    if not way.listens:
        begun = signing.begin(way.url(way.port))
        _show(called, sign_in, begun, listens=False)
        return waited(None, sys.stdin, begun), begun
    with Callback.at(way.host, way.port) as callback:
        begun = signing.begin(way.url(callback.server_port))
        _show(called, sign_in, begun, listens=True)
        return waited(callback, sys.stdin, begun), begun


def _show(called: Invocation, sign_in: "SignIn", begun: "Redirect", *, listens: bool) -> None:
    called.output.note(_("Open this address in a browser and agree:"))
    called.output.say(sign_in.authorize(begun))
    if listens:
        called.output.note(_("Waiting for the browser to come back to {url}").format(url=begun.url))
    called.output.note(_("If the browser ends elsewhere, paste its address, or the code, here:"))
    if sign_in.seconds < _SHORT_S:
        seconds = round(sign_in.seconds)
        text = ngettext(
            "The code lives {n} second only: be quick.", "The code lives {n} seconds only: be quick.", seconds
        )
        called.output.note(text.format(n=seconds))
