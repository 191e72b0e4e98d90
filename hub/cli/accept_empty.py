"""`hub accept-empty CONNECTION STREAM`: a person says that what vanished is really gone."""

from typing import Annotated

import typer

from hub.cli import choosing
from hub.cli.invocation import invocation
from hub.cli.opening import working
from hub.i18n import N_, _


def accept_empty(
    context: typer.Context,
    connection: Annotated[str, typer.Argument(metavar="CONNECTION", help=N_("As it is called in the configuration."))],
    stream: Annotated[str, typer.Argument(metavar="STREAM", help=N_("As hub status shows it."))],
) -> None:
    from hub.engine import decide

    called = invocation(context)
    with working(called) as hub:
        with hub.store.read() as tx:
            name = choosing.stream(tx, hub.connection(connection).id, stream)
        decide.accept_empty(hub, connection, name)
    text = _("The next sync believes what {connection}/{stream} lists. What is gone is only marked: the history stays.")
    called.output.say(text.format(connection=connection, stream=stream))
