"""Options that several commands take, and what a person means by them."""

from functools import cache
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from hub import i18n
from hub.cli import moments, terms
from hub.i18n import N_, _

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

Json: TypeAlias = Annotated[bool, typer.Option("--json", help=N_("Print JSON."))]
Keys: TypeAlias = Annotated[bool, typer.Option("--keys", help=N_("With the keys that other commands take."))]
Kind: TypeAlias = Annotated[
    str, typer.Option("--kind", metavar="KIND,…", show_default=False, help=N_("Only these kinds: mail, meeting, …"))
]
Since: TypeAlias = Annotated[
    str | None, typer.Option("--since", metavar="DATE", show_default=False, help=N_("From this day on."))
]
Until: TypeAlias = Annotated[
    str | None, typer.Option("--until", metavar="DATE", show_default=False, help=N_("Up to this day, itself included."))
]


def days(since: str | None, until: str | None, zone: "ZoneInfo", now: int) -> tuple[int | None, int | None]:
    """The first moment of the days that a person named, and the first behind them, in milliseconds since 1970, as `now`
    is; None where no day was named. Raises `typer.BadParameter` for what is no date, and for days that end before they begin.
    """
    today = moments.day_of(now, zone)
    first = None if since is None else moments.named_days(since, "--since", today)[0]
    last = None if until is None else moments.named_days(until, "--until", today)[1]
    if first and last and last < first:
        text = _("it lies before --since {day}").format(day=moments.day(first))
        raise typer.BadParameter(text, param_hint=f"--until {moments.day(last)}")
    return (
        moments.begins(first, zone) if first else None,
        moments.ends(last, zone) if last else None,
    )


def kinds(text: str) -> tuple[str, ...]:
    """The kinds that a person named, in any of our languages. Raises `typer.BadParameter` for one there is not."""
    words = [word for part in text.split(",") if (word := part.strip())]
    for word in words:
        if word.casefold() not in _kinds():
            known = ", ".join(terms.called(terms.KINDS, kind) for kind in terms.KINDS)
            told = _("there is no kind {kind}; known: {known}").format(kind=word, known=known)
            raise typer.BadParameter(told, param_hint="--kind")
    return tuple(dict.fromkeys(_kinds()[word.casefold()] for word in words))


@cache
def _kinds() -> "Mapping[str, str]":
    """What a kind is called in any of our languages -> the kind."""
    found = {kind: kind for kind in terms.KINDS}
    for language in i18n.LANGUAGES:
        with i18n.using(language):
            found |= {terms.called(terms.KINDS, kind).casefold(): kind for kind in terms.KINDS}
    return found
