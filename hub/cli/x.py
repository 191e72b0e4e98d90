"""`hub x`: the commands of plugins, which they add by the hook `register_commands`."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import typer
from typer.core import TyperGroup

from hub.cli.words import localised
from hub.i18n import N_
from hub.installed import installed
from hub.plugins import load, needed


class OfPlugins(TyperGroup):
    """A group that imports the plugins when one of their commands is called, or all of them are listed."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(_registered())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - click's signature
        return _registered().get(cmd_name)


app = typer.Typer(cls=OfPlugins, no_args_is_help=True, rich_markup_mode=None, help=N_("Call a command of a plugin"))


@app.callback()
def x() -> None:
    pass


@cache
def _registered() -> Mapping[str, Any]:
    found = typer.Typer(add_completion=False, rich_markup_mode=None)
    found.callback()(x)  # else a single command would be no group
    offers = installed()
    load(needed((), offers), found=offers).ask("register_commands", app=found)
    group = localised(typer.main.get_command(found))
    commands: Mapping[str, Any] = group.commands
    return commands
