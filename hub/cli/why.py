"""`hub why`: what a client is made of, why an interaction stands where it stands, why two clients are not one."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli import choosing, options
from hub.cli.invocation import Invocation, invocation
from hub.cli.opening import looking
from hub.i18n import N_, _

if TYPE_CHECKING:
    from hub.engine.hub import Hub
    from hub.store.database import Tx


def why(
    context: typer.Context,
    what: Annotated[
        str,
        typer.Argument(metavar="CLIENT|INTERACTION", help=N_("A client, or a key as `hub history --keys` shows it.")),
    ],
    other: Annotated[
        str, typer.Argument(metavar="[CLIENT2]", show_default=False, help=N_("Why this client is not the first one."))
    ] = "",
    *,
    json: options.Json = False,
) -> None:
    called = invocation(context)
    with looking(called) as hub, hub.store.read() as tx:
        shown, rows = _explained(called, hub, tx, what, other)
    if json:
        called.output.json(shown)
        return
    from hub.cli import drawing

    drawing.write(called.output, rows, wrap=True)


def _explained(
    called: Invocation, hub: "Hub", tx: "Tx", what: str, other: str
) -> tuple[dict[str, Any], Sequence[Sequence[tuple[str, str]]]]:
    """What is to say, for machines and for people."""
    from hub.cli.reasons import apart, cluster, interaction

    found = None if other else choosing.interaction(tx, what)
    if found is not None:
        line = interaction.explain(hub, tx, found)
        return interaction.plain(line), list(interaction.drawn(line))
    fits = choosing.clients_like(hub, tx, what)
    if not fits and not other:
        called.output.fail(
            choosing.with_nearest(
                _("There is neither a client nor an interaction “{text}”.").format(text=what), hub, tx, what
            ),
            fix=_("`hub clients` lists the clients, `hub history CLIENT --keys` the keys of interactions"),
        )
        raise typer.Exit(2)
    client = choosing.the_one(called, hub, tx, what, fits)
    if other:
        both = apart.explain(hub, tx, client, choosing.client(called, hub, tx, other))
        return apart.plain(both), list(apart.drawn(both))
    parts = cluster.explain(hub, tx, client)
    return cluster.plain(parts), list(cluster.drawn(parts))
