"""`hub db`: the database itself."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli import moments, options, terms
from hub.cli.invocation import Invocation, invocation
from hub.cli.opening import loaded, looking, telling, working
from hub.cli.output import aside
from hub.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from hub.engine.restoring import Restored
    from hub.settings import Config

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help=N_("Back up the history, restore it, move it elsewhere")
)
_PATTERN = "hub-*T*.zip"


@app.callback()
def db() -> None:
    pass


# --- backup ----------------------------------------------------------------------------------------------------------


@app.command("backup", help=N_("Write everything that is stored into one file, while others go on working"))
def backup_command(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", readable=False, help=N_("Where to; in a folder the file is named by the moment.")
        ),
    ],
    *,
    keep: Annotated[
        int, typer.Option("--keep", metavar="N", min=0, help=N_("In a folder: leave only so many, the newest ones."))
    ] = 0,
    force: Annotated[bool, typer.Option("--force", help=N_("Replace a file that is there."))] = False,
    json: options.Json = False,
) -> None:
    from hub.store import backups

    called = invocation(context)
    folder = file if file.is_dir() else None
    if keep and folder is None:
        raise typer.BadParameter(_("--keep needs a folder"), param_hint="--keep")
    with looking(called) as hub:
        target = folder / f"hub-{hub.now():%Y-%m-%dT%H%M%SZ}.zip" if folder else file
        _refuse_taken(target, force=force)
        manifest = backups.make(hub.store, target, hub.now.milliseconds())
        zone = hub.config.company.zone
    gone = backups.prune(folder, _PATTERN, keep) if folder and keep else []
    size = target.stat().st_size
    if json:
        called.output.json({
            "file": target, "made": moments.iso(manifest.made, zone), "schema": manifest.schema, "bytes": size,
            "sha256": manifest.sha256, "removed": gone,
        })  # fmt: skip
        return
    called.output.say(_("Everything is in {file}: {size}.").format(file=target, size=terms.size(size)))
    if gone:
        text = ngettext("{n} older backup was removed.", "{n} older backups were removed.", len(gone))
        called.output.note(text.format(n=len(gone)))
    called.output.note(_("Keys and secrets are not in it: keep a copy of secrets.key and secrets.json elsewhere."))


def _refuse_taken(file: Path, *, force: bool) -> None:
    if file.exists() and not force:
        raise typer.BadParameter(_("{file} is there already; --force replaces it").format(file=file))


# --- restore ---------------------------------------------------------------------------------------------------------


@app.command("restore", help=N_("Go back to a backup"))
def restore_command(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", readable=False, help=N_("What hub db backup has written."))],
    *,
    force: Annotated[bool, typer.Option("--force", help=N_("Replace the history that is there."))] = False,
    json: options.Json = False,
) -> None:
    from hub import settings
    from hub.engine.clock import Clock
    from hub.engine.restoring import restore

    called = invocation(context)
    config = settings.load(called.config)
    with aside(), telling(config):
        done = restore(config, loaded(config), file, Clock(), over=force)
    if json:
        called.output.json(_as_json(done, config))
    else:
        _tell(called, done, config)


def _tell(called: Invocation, done: "Restored", config: "Config") -> None:
    text = ngettext(
        "{place} is as it was on {moment}: {n} row.", "{place} is as it was on {moment}: {n} rows.", done.rows
    )
    moment = moments.moment(done.backup.made, config.company.zone)
    called.output.say(text.format(place=config.database, moment=moment, n=done.rows))
    if done.aside:
        called.output.note(_("What was there before is {file} now.").format(file=done.aside))
    if done.forgotten:
        text = ngettext(
            "{n} address of somebody who was forgotten since then was forgotten again.",
            "{n} addresses of people who were forgotten since then were forgotten again.",
            done.forgotten,
        )
        called.output.note(text.format(n=done.forgotten))
    called.output.note(_("The next hub sync brings what has come since."))


def _as_json(done: "Restored", config: "Config") -> dict[str, Any]:
    return {
        "made": moments.iso(done.backup.made, config.company.zone),
        "schema": done.backup.schema,
        "rows": done.rows,
        "forgotten": done.forgotten,
        "aside": done.aside,
    }


# --- move ------------------------------------------------------------------------------------------------------------


@app.command("move", help=N_("Bring the history from a file into the database that the configuration names"))
def move_command(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", readable=False, help=N_("The database file that the history is in."))
    ],
) -> None:
    from hub.engine import moving

    called = invocation(context)
    _refuse_missing(file)
    with working(called, create=True) as hub:
        rows = moving.move(hub, file)
        text = ngettext("Moved {n} row to {place}.", "Moved {n} rows to {place}.", rows)
        called.output.say(text.format(n=rows, place=hub.config.database))
    called.output.note(_("{file} stays as it is; nobody reads it any more.").format(file=file))


def _refuse_missing(file: Path) -> None:
    """Before the database it would go to is made."""
    if not file.is_file() or not file.stat().st_size:
        raise typer.BadParameter(_("there is no database at {path}").format(path=file), param_hint="FILE")
