"""`hub attachment`: the files that came with an interaction, and one of them on this disk."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli import choosing, options
from hub.cli.invocation import Invocation, invocation
from hub.cli.opening import looking, working
from hub.i18n import N_, _

if TYPE_CHECKING:
    from hub.store.attachments import File
    from hub.store.database import Tx

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help=N_("List the files that came with an interaction, and get one")
)


@app.callback()
def attachment() -> None:
    pass


@app.command("list", help=N_("List the files that came with an interaction"))
def list_command(
    context: typer.Context,
    interaction: Annotated[
        str, typer.Argument(metavar="INTERACTION", help=N_("Its key, as hub history --keys shows it."))
    ],
    *,
    json: options.Json = False,
) -> None:
    called = invocation(context)
    with looking(called) as hub, hub.store.read() as tx:
        number, key = choosing.known_interaction(called, tx, interaction)
        copies = _by_name(_files(tx, number))
    if json:
        called.output.json([_plain(f"{key}#{name}", files) for name, files in copies.items()])
    elif not copies:
        called.output.note(_("Nothing is attached to it."))
    else:
        called.output.table(
            [_("Id"), _("Name"), _("Kind"), _("Size"), _("Where")],
            [[f"{key}#{name}", files[0].stated.name, files[0].stated.content_type, _size(files[0].stated.size),
              _("here") if _is_here(files) else _("at the source")] for name, files in copies.items()],
        )  # fmt: skip


@app.command("get", help=N_("Save one of them, from the source if it is not here"))
def get_command(
    context: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID", help=N_("As hub attachment list shows it."))],
    *,
    out: Annotated[
        str,
        typer.Option("--out", metavar="FILE|-", show_default=False,
                     help=N_("Where to: a file, a folder, or - for stdout; otherwise under its own name, here.")),
    ] = "",
    force: Annotated[bool, typer.Option("--force", help=N_("Replace a file that is there."))] = False,
) -> None:  # fmt: skip
    from hub.engine import on_demand

    called = invocation(context)
    with looking(called) as hub, hub.store.read() as tx:
        files = _meant(called, tx, id)
        body = on_demand.here(tx, files)
    if body is None:
        with working(called) as hub:
            body = on_demand.fetched(hub, files)
    _hand_over(called, files[0], body, out, force=force)


def _hand_over(called: Invocation, file: "File", body: bytes, out: str, *, force: bool) -> None:
    from hub.cli import saving
    from hub.core import filenames

    if out == "-":
        called.output.raw([body])
        return
    path = Path(out or ".")
    if path.is_dir() or out.endswith("/"):
        path /= filenames.safe(file.stated.name, f"part-{file.stated.part}")
    saving.save(called, path, body, force=force)
    called.output.say(str(path))


# --- which -----------------------------------------------------------------------------------------------------------


def _files(tx: "Tx", number: int) -> "list[File]":
    """The files of an interaction in all its copies, those of the copy that is shown first."""
    from hub.store import attachments, clients

    [line] = clients.lines(tx, [number])
    found = attachments.of_interaction(tx, number)
    return [*found.pop(line.record_id, ()), *(file for files in found.values() for file in files)]


def _by_name(files: "Sequence[File]") -> "Mapping[str, Sequence[File]]":
    """What stands behind # in an id -> the copies of one file. What other copies of a mail hold under another part is
    the same file if it has the same name and size; what they hold under the same part and is another file gets ~2.
    """
    names: dict[tuple[str, int], str] = {}
    found: dict[str, list[File]] = {}
    for file in files:
        same = (file.stated.name, file.stated.size)
        if same not in names:
            others = sum(name.partition("~")[0] == file.stated.part for name in names.values())
            names[same] = f"{file.stated.part}~{others + 1}" if others else file.stated.part
        found.setdefault(names[same], []).append(file)
    return found


def _meant(called: Invocation, tx: "Tx", text: str) -> "Sequence[File]":
    """The copies of the file that a person names as INTERACTION#PART."""
    for at in (place for place, sign in reversed(list(enumerate(text))) if sign == "#"):
        number = choosing.interaction(tx, text[:at])
        if number is not None and (files := _by_name(_files(tx, number)).get(text[at + 1 :])):
            return files
    called.output.fail(
        _("There is no attachment {id}.").format(id=text), fix=_("`hub attachment list INTERACTION` shows the ids")
    )
    raise typer.Exit(2)


def _is_here(files: "Sequence[File]") -> bool:
    return any(file.stored for file in files)


# --- shown -----------------------------------------------------------------------------------------------------------


def _plain(identity: str, files: "Sequence[File]") -> dict[str, Any]:
    stated = files[0].stated
    return {
        "id": identity,
        "name": stated.name,
        "content_type": stated.content_type,
        "size": stated.size,
        "inline": stated.inline,
        "stored": _is_here(files),
    }


def _size(size: int) -> str:
    if size < 1024:
        return _("{n} B").format(n=size)
    if size < 1024 * 1024:
        return _("{n} KB").format(n=round(size / 1024))
    return _("{n} MB").format(n=round(size / (1024 * 1024), 1))
