"""Options that several commands take, and what a person means by them."""

from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from hub.cli import moments, terms
from hub.i18n import N_, _

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

Json: TypeAlias = Annotated[bool, typer.Option("--json", help=N_("Print JSON."))]
Keys: TypeAlias = Annotated[bool, typer.Option("--keys", help=N_("With the keys that other commands take."))]
Kind: TypeAlias = Annotated[
    str, typer.Option("--kind", metavar="KIND,…", show_default=False, help=N_("Only these kinds: mail, meeting, …"))
]
Since: TypeAlias = Annotated[
    str, typer.Option("--since", metavar="DATE", show_default=False, help=N_("From this day on."))
]
Until: TypeAlias = Annotated[
    str, typer.Option("--until", metavar="DATE", show_default=False, help=N_("Up to this day, itself included."))
]


def days(since: str, until: str, zone: "ZoneInfo") -> tuple[int | None, int | None]:
    """The first moment of the days that a person named, and the first behind them, in milliseconds since 1970; None
    where no day was named. Raises `typer.BadParameter` for what is no date.
    """
    return (
        moments.begins(moments.parsed_day(since, "--since"), zone) if since else None,
        moments.ends(moments.parsed_day(until, "--until"), zone) if until else None,
    )


def kinds(text: str) -> tuple[str, ...]:
    """The kinds that a person named. Raises `typer.BadParameter` for one there is not."""
    found = tuple(word.strip() for word in text.split(",") if word.strip())
    for word in found:
        if word not in terms.KINDS:
            told = _("there is no kind {kind}; known: {known}").format(kind=word, known=", ".join(terms.KINDS))
            raise typer.BadParameter(told, param_hint="--kind")
    return found
