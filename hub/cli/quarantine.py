"""`hub quarantine`: what could not be read, and reading it again after a fix."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli import moments, options, terms
from hub.cli.accept_empty import Connection, Stream, believe
from hub.cli.invocation import Invocation, invocation
from hub.cli.opening import connection_name, looking, working
from hub.core import ids
from hub.i18n import N_, _

if TYPE_CHECKING:
    from collections.abc import Sequence

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help=N_("See what could not be read, and read it again after a fix")
)
_LEAST = 4


@app.callback()
def quarantine() -> None:
    pass


@app.command("list", help=N_("List what could not be read, and why"))
def list_command(context: typer.Context, *, json: options.Json = False) -> None:
    from hub.store import items

    called = invocation(context)
    with looking(called) as hub, hub.store.read() as tx:
        rows = items.quarantined(tx)
    zone = hub.config.company.zone
    if json:
        called.output.json([
            {"id": short(row.item_id), "connection": connection_name(hub.config, row.connection), "stream": row.name,
             "external_id": row.external_id, "since": moments.iso(row.at, zone), "reason": row.reason,
             "detail": row.detail}
            for row in rows
        ])  # fmt: skip
    elif not rows:
        called.output.note(_("Nothing is in quarantine."))
    else:
        called.output.table(
            [_("Id"), _("Connection"), _("Stream"), _("Item"), _("Since"), _("Reason")],
            [[short(row.item_id), connection_name(hub.config, row.connection),
              terms.stream(row.name, row.title, row.custodian), row.external_id,
              moments.moment(row.at, zone), hub.config.told(row.reason, row.connection)] for row in rows],
        )  # fmt: skip
        if any(row.detail for row in rows):
            called.output.note(_("With --json there is also what helps the author of the plugin."))


@app.command("replay", help=N_("Read again what is in quarantine; the source is not asked"))
def replay_command(
    context: typer.Context,
    wanted: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID…]", show_default=False, help=N_("Only these, by the beginning of their ids.")),
    ] = None,
) -> None:
    from hub.engine import replay
    from hub.store import items

    called = invocation(context)
    with working(called) as hub:
        with hub.store.read() as tx:
            rows = items.quarantined(tx)
        counts = replay.quarantine(hub, _meant(called, rows, wanted) if wanted else None)
        hub.settle()
    text = _("Read again: {items}. Stored {stored}, excluded {excluded}, still unreadable {quarantined}.")
    called.output.say(
        text.format(
            items=terms.items(counts.listed),
            stored=counts.stored + counts.unchanged,
            excluded=counts.excluded,
            quarantined=counts.quarantined,
        )
    )


@app.command("accept", help=N_("Say that what could not be read of a stream is really unreadable"))
def accept_command(context: typer.Context, connection: Connection, stream: Stream) -> None:
    text = _("The next sync puts aside what it cannot read of {connection}/{stream}, however much that is.")
    believe(invocation(context), connection, stream, text)


def short(item: int) -> str:
    """The id that people type. What a source numbers lies side by side, so that the beginning of its own tells no two apart."""
    return f"{ids.scattered(str(item)):016x}"[:8]


def _meant(called: Invocation, rows: "Sequence[Any]", wanted: list[str]) -> list[int]:
    found: list[int] = []
    for given in wanted:
        fitting = [row.item_id for row in rows if len(given) >= _LEAST and short(row.item_id).startswith(given.lower())]
        if len(fitting) != 1:
            text = _("{id} is not the beginning of one id in quarantine.").format(id=given)
            called.output.fail(text, fix=_("hub quarantine list shows the ids"))
            raise typer.Exit(2)
        found += fitting
    return found
