"""Every hook a plugin can have. A plugin implements those it needs, marked with `hub.hookimpl`.

Hooks register objects or give opinions; the work is in the objects. No hook may depend on the order of plugins: each
plugin is asked on its own, inside a guard, and one that raises is reported and left out.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    import typer

    from hub.connectors import Connector
    from hub.core.records import Identifier, Record, Statement

hookspec = pluggy.HookspecMarker("hub")
hookimpl = pluggy.HookimplMarker("hub")


@hookspec
def register_connectors() -> "Iterable[Connector]":
    """The connectors of this plugin; among them the one its entry point is named after."""
    raise NotImplementedError


@hookspec
def identifiers(record: "Record") -> "Iterable[Identifier]":
    """Further identifiers found in a record (an INN in a signature, say). Pure: it is asked again at a rebuild."""
    raise NotImplementedError


@hookspec
def label_interaction(statement: "Statement") -> Iterable[str]:
    """Labels for an interaction ("complaint", "contract"). Pure: it is asked again at a rebuild."""
    raise NotImplementedError


@hookspec
def register_commands(app: "typer.Typer") -> None:
    """Add commands under `hub x`."""
    raise NotImplementedError


@hookspec
def clients_changed(changes: Sequence[tuple[str, str]]) -> None:
    """After a commit: pairs of public client ids, (before, now); "" for one that appeared or went."""
    raise NotImplementedError


@hookspec
def run_finished(connection: str, stream: str, ok: bool) -> None:  # noqa: FBT001 - a hook's arguments go by name
    """After a run of a stream: it adds up (`ok`), or it does not."""
    raise NotImplementedError
