"""`hub db`: the database itself."""

from pathlib import Path
from typing import Annotated

import typer

from hub.cli.invocation import invocation
from hub.cli.opening import working
from hub.i18n import N_, _, ngettext

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help=N_("Move the history into another database"))


@app.callback()
def db() -> None:
    pass


@app.command("move", help=N_("Bring the history from a file into the database that the configuration names"))
def move_command(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=N_("The database file that the history is in."))],
) -> None:
    from hub.engine import moving

    called = invocation(context)
    with working(called, create=True) as hub:
        rows = moving.move(hub, file)
        text = ngettext("Moved {n} row to {place}.", "Moved {n} rows to {place}.", rows)
        called.output.say(text.format(n=rows, place=hub.config.database))
    called.output.note(_("{file} stays as it is; nobody reads it any more.").format(file=file))
