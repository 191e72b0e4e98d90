"""`hub forget CLIENT|ADDRESS`: remove somebody for good, so that no sync brings them back."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli import choosing, terms
from hub.cli.invocation import Invocation, invocation
from hub.cli.opening import author, working
from hub.i18n import N_, _

if TYPE_CHECKING:
    from hub.core.records import Identifier
    from hub.engine.forget import Forgetting
    from hub.engine.hub import Hub

_SHOWN = 30


def forget(
    context: typer.Context,
    who: Annotated[
        str,
        typer.Argument(
            metavar="CLIENT|ADDRESS", help=N_("A client by name, INN or id; or an address, domain or phone.")
        ),
    ],
    *,
    yes: Annotated[bool, typer.Option("--yes", help=N_("Do not ask."))] = False,
) -> None:
    from hub.engine import forget as forgetting

    called = invocation(context)
    with working(called) as hub:
        wanted, client = _selected(called, hub, who)
        planned = forgetting.plan(hub, wanted, client)
        _show(called, planned, whole=client is not None)
        if not yes:
            _ask(called)
        done = forgetting.forget(hub, wanted, client, author=author())
    text = (
        _("Forgotten: {interactions}, {items}. No sync brings them back.")
        if done.items
        else _("Nothing of it was stored, and no sync will bring any.")
    )
    called.output.say(text.format(interactions=terms.interactions(done.interactions), items=terms.items(done.items)))


def _selected(called: Invocation, hub: "Hub", who: str) -> "tuple[set[Identifier], int | None]":
    """What to forget: an address, domain or phone as it stands, else a whole client."""
    from hub.engine import forget as forgetting

    with hub.store.read() as tx:
        ours = hub.ours(tx)
    given = {one for one in choosing.values(who, ours.country) if one.kind in ("email", "domain", "phone")}
    if ours.owns_any(given):
        called.output.fail(
            _("{value} is ours: what it takes part in is everybody's history.").format(value=who),
            fix=_("name the client, or the address of the other side"),
        )
        raise typer.Exit(2)
    if given:
        return given, None
    with hub.store.read() as tx:
        client = choosing.client(called, hub, tx, who).id
    return forgetting.of_client(hub, client), client


def _show(called: Invocation, planned: "Forgetting", *, whole: bool) -> None:
    """Say what would go; `whole`: a whole client."""
    from hub.cli.card import written

    output = called.output
    output.say(_("This removes for good:"))
    for one in planned.identifiers[:_SHOWN]:
        output.say(f"  {terms.called(terms.IDENTIFIERS, one.kind)}: {written(one)}")
    if len(planned.identifiers) > _SHOWN:
        output.say(f"  … +{len(planned.identifiers) - _SHOWN}")
    output.say(f"  {terms.interactions(planned.interactions)}, {terms.items(planned.items)}")
    if planned.shared:
        text = (
            _("of these, in other clients' histories too: {interactions}")
            if whole
            else _("of these, in clients' histories: {interactions}")
        )
        output.say("  " + text.format(interactions=terms.interactions(planned.shared)))
    output.say(_("What the mailboxes and systems themselves hold stays there."))


def _ask(called: Invocation) -> None:
    if not sys.stdin.isatty():
        called.output.fail(_("Nothing was forgotten: nobody was there to confirm it."), fix=_("add --yes"))
        raise typer.Exit(2)
    if not typer.confirm(_("Forget it? There is no way back."), default=False):
        called.output.note(_("Nothing was forgotten."))
        raise typer.Exit(1)
