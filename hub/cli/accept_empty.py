"""`hub accept-empty CONNECTION STREAM`: a person says that what vanished is really gone."""

from typing import Annotated, TypeAlias

import typer

from hub.cli import choosing
from hub.cli.invocation import Invocation, invocation
from hub.cli.opening import working
from hub.i18n import N_, _

Connection: TypeAlias = Annotated[
    str, typer.Argument(metavar="CONNECTION", help=N_("As it is called in the configuration."))
]
Stream: TypeAlias = Annotated[str, typer.Argument(metavar="STREAM", help=N_("As hub status shows it."))]


def accept_empty(context: typer.Context, connection: Connection, stream: Stream) -> None:
    text = _("The next sync believes what {connection}/{stream} lists. What is gone is only marked: the history stays.")
    believe(invocation(context), connection, stream, text)


def believe(called: Invocation, connection: str, stream: str, text: str) -> None:
    """Let the next sync of a stream believe what it meets, and say so in a text about `{connection}/{stream}`."""
    from hub.engine import decide

    with working(called) as hub:
        with hub.store.read() as tx:
            name = choosing.stream(tx, hub.connection(connection).id, stream)
        decide.accept_empty(hub, connection, name)
    called.output.say(text.format(connection=connection, stream=stream))
