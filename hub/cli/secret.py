"""`hub secret`: passwords and tokens, encrypted. None of them ever stands in a command line or an output."""

import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli import options
from hub.cli.invocation import Invocation, invocation
from hub.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from hub.secrets import Vault
    from hub.settings import Checked

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help=N_("Keep passwords and tokens, encrypted, for the configuration")
)
Connection = Annotated[
    str,
    typer.Argument(metavar="CONNECTION", help=N_("As it is called in the configuration; - for what belongs to none.")),
]
Name = Annotated[str, typer.Argument(metavar="NAME", help=N_("As it stands in ${secret:NAME}."))]


@app.callback()
def secret() -> None:
    pass


@app.command("set", help=N_("Ask for a secret and keep it"))
def set_command(
    context: typer.Context,
    connection: Connection,
    name: Name,
    *,
    stdin: Annotated[
        bool, typer.Option("--stdin", help=N_("Read it from the standard input, without a newline at its end."))
    ] = False,
) -> None:
    called = invocation(context)
    _check_name(name)
    identity = _identity(called, connection)
    value = sys.stdin.read().removesuffix("\n").removesuffix("\r") if stdin else _asked(name)
    if not value:
        raise typer.BadParameter(_("a secret cannot be empty"))
    _vault(called).put(identity, name, value)
    called.output.note(
        _("Kept. Write {reference} where the configuration needs it.").format(reference=f'"${{secret:{name}}}"')
    )


@app.command("list", help=N_("Say which secrets there are, and by which key; never what they are"))
def list_command(context: typer.Context, *, json: options.Json = False) -> None:
    called = invocation(context)
    vault = _vault(called)
    found = vault.names()
    current = vault.keys().keys[0].name if found else ""
    names = _names(called)
    rows = [(names.get(one.connection, one.connection) or "-", one.name, one.key == current) for one in found]
    if json:
        called.output.json([{"connection": c, "name": n, "current_key": ok} for c, n, ok in rows])
        return
    if not rows:
        called.output.say(_("No secret yet."))
        return
    shown = [(c, n, _("current") if ok else _("older: hub secret rotate")) for c, n, ok in rows]
    called.output.table([_("Connection"), _("Name"), _("Key")], shown)


@app.command("remove", help=N_("Forget a secret"))
def remove_command(context: typer.Context, connection: Connection, name: Name) -> None:
    called = invocation(context)
    if not _vault(called).drop(_identity(called, connection), name):
        called.output.fail(
            _("there is no secret {name}").format(name=name), fix=_("hub secret list says which there are")
        )
        raise typer.Exit(1)
    called.output.note(_("Forgotten."))


@app.command("rotate", help=N_("Seal everything with a new key"))
def rotate_command(context: typer.Context) -> None:
    called = invocation(context)
    n = _rotated(called)
    if not n:
        called.output.note(_("No secret yet."))
        return
    text = ngettext("{n} secret is sealed with the new key.", "{n} secrets are sealed with the new key.", n)
    called.output.note(text.format(n=n))


def _rotated(called: Invocation) -> int:
    """Seal everything anew: the secrets, and the grants in the database where there is one."""
    from functools import partial

    from hub import plugins, settings
    from hub.engine.desk import seal_anew
    from hub.engine.hub import opened
    from hub.store.sqlite import is_there

    config = settings.load(called.config)
    if config.server is None and not is_there(config.store_path):
        return _vault(called).rotate()
    with opened(config, plugins.load(()), create=False) as hub:
        return _vault(called).rotate(partial(seal_anew, hub))


def _asked(name: str) -> str:
    if not sys.stdin.isatty():
        raise typer.BadParameter(_("there is nobody to ask: give it with --stdin"))
    return str(typer.prompt(_("Secret {name}").format(name=name), hide_input=True, confirmation_prompt=_("Once more")))


def _check_name(name: str) -> None:
    from hub.settings.models import is_name

    if not is_name(name):
        raise typer.BadParameter(_("{name} cannot be the name of a secret: letters, digits, - and _").format(name=name))


def _vault(called: Invocation) -> "Vault":
    from hub.secrets import Vault
    from hub.settings import home_of

    return Vault(home_of(called.config), os.environ)


def _tables(called: Invocation) -> dict[str, Any]:
    """The tables of the connections as they are written, right or wrong: a secret is often what is still missing."""
    from hub.settings import check

    checked: Checked = check(called.config)
    tables = checked.document.tree.get("connections")
    return tables if isinstance(tables, dict) else {}


def _names(called: Invocation) -> dict[str, str]:
    """Permanent id -> name."""
    from hub.settings.references import connection_id

    return {connection_id(name, table): name for name, table in _tables(called).items()}


def _identity(called: Invocation, connection: str) -> str:
    from hub.errors import Misconfigured
    from hub.settings.references import connection_id

    if connection == "-":
        return ""
    tables = _tables(called)
    if connection not in tables:
        text = _("there is no connection {name}").format(name=connection)
        raise Misconfigured(text, fix=_("known: {names}").format(names=", ".join(tables) or "-"))
    return connection_id(connection, tables[connection])
