"""`hub dump --canonical`: everything that is known, as sorted lines of JSON, the same for the same history."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.invocation import invocation
from hub.cli.opening import looking
from hub.i18n import N_, _


def dump(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", readable=False, show_default=False, help=N_("Where to; otherwise to stdout.")),
    ] = None,
    *,
    canonical: Annotated[
        bool, typer.Option("--canonical", help=N_("The form in which equal histories are equal byte by byte."))
    ] = False,
) -> None:
    from hub.store import derived

    if not canonical:
        raise typer.BadParameter(_("name the form: there is only --canonical so far"), param_hint="--canonical")
    called = invocation(context)
    with looking(called) as hub, hub.store.read() as tx:
        lines = derived.dump(tx)
        if file is None:
            called.output.raw(line + b"\n" for line in lines)
        else:
            try:
                _write(file, lines)
            except OSError as error:
                text = _("{file} cannot be written: {problem}").format(file=file, problem=_(str(error.strerror)))
                called.output.fail(text, fix=_("free some space, or name another file"))
                raise typer.Exit(2) from error


def _write(file: Path, lines: Iterable[bytes]) -> None:
    """Whole or not at all, and for nobody else to read: it holds everything we know."""
    new = file.with_name(f"{file.name}.new")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as written:
            written.writelines(line + b"\n" for line in lines)
        new.replace(file)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
