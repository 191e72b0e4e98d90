"""What the person asked of every command at once: the options that stand before its name."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import typer

from hub.cli.output import Output

DEFAULT_CONFIG: Final = Path("config/hub.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """`config` is the configuration file to use, whether or not it exists."""

    config: Path = DEFAULT_CONFIG
    output: Output = field(default_factory=Output)
    debug: bool = False


def invocation(context: typer.Context) -> Invocation:
    """The options of this call of `hub`; the defaults where a command is run on its own."""
    found = context.find_object(Invocation)
    return found if isinstance(found, Invocation) else Invocation()
