"""Bytes into a file that only its owner may read: whole or not at all, and over nothing that is there."""

import os
from pathlib import Path

import typer

from hub.cli.invocation import Invocation
from hub.i18n import _


def save(called: Invocation, path: Path, body: bytes, *, force: bool) -> None:
    """Write a file. Ends the command with code 2 where one is there already, with 1 where the disk does not take it."""
    new = path.with_name(f".{path.name[:100]}.{os.getpid()}.new") if force else path
    try:
        _write(new, body)
        if force:
            new.replace(path)
    except FileExistsError as error:
        text = _("{file} is there already.").format(file=path)
        called.output.fail(text, fix=_("--force replaces it, --out FILE names another"))
        raise typer.Exit(2) from error
    except OSError as error:
        text = _("{file} cannot be written: {problem}").format(file=path, problem=_(str(error.strerror)))
        called.output.fail(text, fix=_("free some space, or name another place with --out"))
        raise typer.Exit(1) from error


def _write(path: Path, body: bytes) -> None:
    """A new file; none is left behind where it cannot be written whole."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        with os.fdopen(file, "wb") as written:
            written.write(body)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
