"""`hub reset CONNECTION [STREAM…]`: the next sync reads from the start."""

from typing import Annotated

import typer

from hub.cli import choosing, terms
from hub.cli.invocation import invocation
from hub.cli.opening import working
from hub.i18n import N_, _


def reset(
    context: typer.Context,
    connection: Annotated[str, typer.Argument(metavar="CONNECTION", help=N_("As it is called in the configuration."))],
    streams: Annotated[
        list[str] | None,
        typer.Argument(metavar="[STREAM…]", show_default=False, help=N_("Only these; otherwise all of them.")),
    ] = None,
) -> None:
    from hub.engine import decide
    from hub.store import pulls

    called = invocation(context)
    with working(called) as hub:
        identity = hub.connection(connection).id
        with hub.store.read() as tx:
            names = [choosing.stream(tx, identity, one) for one in streams or ()]
        done = decide.reset(hub, connection, names)
        with hub.store.read() as tx:
            titles = {row.name: terms.stream(row.name, row.title, row.custodian) for row in pulls.streams(tx, identity)}
    if not done:
        called.output.note(_("{connection} has not been pulled yet.").format(connection=connection))
        return
    text = _("The next sync reads from the start: {streams}. Nothing is lost or doubled.")
    called.output.say(text.format(streams=", ".join(f"{connection}/{titles[name]}" for name in done)))
