"""`hub search WORDS`: the newest lines of all histories that hold these words, in any of their forms.

It looks back in bounded steps. Where it gives up, it says how far back it has looked: down to there nothing is missing.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from hub.cli import choosing, moments, options
from hub.cli.invocation import Invocation, invocation
from hub.cli.opening import looking
from hub.i18n import N_, _

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

    from hub.cli.drawing import Span
    from hub.cli.view import Line
    from hub.core.tokens import Term
    from hub.engine.hub import Hub
    from hub.store.clients import Found
    from hub.store.finding import Found as Hits

_AROUND: Final = 70
_LONGEST: Final = 200_000
_CHUNK: Final = re.compile(r"\S+")
_HIT: Final = "bold yellow"


def search(
    context: typer.Context,
    words: Annotated[
        list[str], typer.Argument(metavar="WORDS…", help=N_("All of them; “догов*” finds what begins like that."))
    ],
    *,
    client: Annotated[
        str, typer.Option("--client", metavar="CLIENT", show_default=False, help=N_("Only in this client's history."))
    ] = "",
    kind: options.Kind = "",
    person: Annotated[
        str,
        typer.Option(
            "--person",
            metavar="ADDRESS",
            show_default=False,
            help=N_("Only where this e-mail address or phone takes part, or another of the same person."),
        ),
    ] = "",
    since: options.Since = None,
    until: options.Until = None,
    limit: Annotated[int, typer.Option("--limit", min=1, metavar="N", help=N_("How many lines."))] = 20,
    keys: options.Keys = False,
    json: options.Json = False,
) -> None:
    from hub.cli import view
    from hub.core import tokens
    from hub.store import clients, finding

    called = invocation(context)
    terms = tokens.query(" ".join(words))
    if not terms:
        text = _("There is nothing to look for in {words}.").format(words=" ".join(words))
        called.output.fail(text, fix=_("name words or numbers"))
        raise typer.Exit(2)
    with looking(called) as hub, hub.store.read() as tx:
        within = _within(since, until, hub)
        asked = finding.Asked(
            terms=terms,
            since=within[0],
            before=within[1],
            client=choosing.client(called, hub, tx, client).id if client else None,
            people=choosing.participant(called, hub, tx, person) if person else frozenset(),
            kinds=frozenset(options.kinds(kind)),
        )
        hits = finding.find(tx, asked, limit)
        lines = view.gathered(tx, clients.lines(tx, hits.ids), hub.ours(tx))
        whose = clients.clients_of(tx, hits.ids)
        if json:
            called.output.json(_as_json(hub, terms, lines, whose, hits))
        else:
            _draw(called, hub, terms, lines, whose, keys=keys)
            _tell_more(called, hub, hits, limit)


def _within(since: str | None, until: str | None, hub: "Hub") -> tuple[int, int]:
    """The ids between which a person's days lie."""
    from hub.core import ids
    from hub.store import finding

    first, behind = options.days(since, until, hub.config.company.zone, hub.now.milliseconds())
    return 0 if first is None else ids.first_at(first), finding.NEWEST if behind is None else ids.first_at(behind)


# --- shown -----------------------------------------------------------------------------------------------------------


def _draw(
    called: Invocation,
    hub: "Hub",
    terms: "Sequence[Term]",
    lines: "Sequence[Line]",
    whose: "dict[int, list[tuple[Found, str, str]]]",
    *,
    keys: bool,
) -> None:
    from hub.cli import drawing

    if not lines:
        called.output.note(_("Nothing found."))
        return
    matches = _matching(terms)
    extra: dict[int, list[list[Span]]] = {}
    for line in lines:
        names = ", ".join(f"{one.name} ({one.public_id})" for one, _role, _reason in whose.get(line.id, ()))
        extra[line.id] = [[(names or _("nobody's client"), "cyan")]]
        if said := list(snippet(getattr(line.statement, "text", ""), matches)):
            extra[line.id].append(said)
    look = drawing.Look(zone=hub.config.company.zone, keys=keys, extra=extra, hits=lambda text: marked(text, matches))
    drawing.draw(called.output, lines, look)


def _tell_more(called: Invocation, hub: "Hub", hits: "Hits", limit: int) -> None:
    """Say what may be missing: behind the lines that were asked for, or behind where the search gave up."""
    if hits.reached is None:
        return
    day = moments.day(_day_of(hits.reached, hub.config.company.zone))
    if len(hits.ids) < limit:
        text = _("Looked back to {day}. There may be more before: --until {day} goes on from there.")
    else:
        text = _("There are earlier lines: --limit shows more, --until {day} goes on from there.")
    called.output.note(text.format(day=day))


def _day_of(line: int, zone: "ZoneInfo") -> "date":
    from hub.store import overview

    return moments.day_of(overview.moment_of(line), zone)


def _matching(terms: "Sequence[Term]") -> Callable[[str], bool]:
    """Whether a word, as it is written, is one of those that were looked for."""
    from hub.core import tokens

    whole = {token for term in terms for token in ((*term.also,) if term.prefix else (term.token,))}
    beginnings = tuple(term.token for term in terms if term.prefix)

    def matches(word: str) -> bool:
        return any(token in whole or token.startswith(beginnings) for token in tokens.tokens(word))

    return matches


def marked(text: str, matches: Callable[[str], bool], style: str = "") -> "Iterator[Span]":
    """A text as spans, the words that were looked for set off."""
    at = 0
    for chunk in _CHUNK.finditer(text):
        if matches(chunk[0]):
            yield text[at : chunk.start()], style
            yield chunk[0], _HIT
            at = chunk.end()
    yield text[at:], style


def snippet(text: str, matches: Callable[[str], bool]) -> "Iterator[Span]":
    """What stands around the first word of a text that was looked for; nothing where there is none."""
    text = text[:_LONGEST]
    first = next((chunk for chunk in _CHUNK.finditer(text) if matches(chunk[0])), None)
    if first is None:
        return
    start, end = max(0, first.start() - _AROUND), min(len(text), first.end() + _AROUND)
    begin = text.rfind(" ", 0, start) + 1 if start else 0
    said = " ".join(text[begin:end].split())
    yield from marked(("…" if begin else "") + said + ("…" if end < len(text) else ""), matches, "dim")


def _as_json(
    hub: "Hub",
    terms: "Sequence[Term]",
    lines: "Sequence[Line]",
    whose: "dict[int, list[tuple[Found, str, str]]]",
    hits: "Hits",
) -> dict[str, Any]:
    from hub.cli import plain
    from hub.store import overview

    matches = _matching(terms)
    zone = hub.config.company.zone
    return {
        "complete_since": None if hits.reached is None else moments.iso(overview.moment_of(hits.reached), zone),
        "terms": [{"token": term.token, "prefix": term.prefix} for term in terms],
        "interactions": [
            {
                **plain.line(line, hub.config),
                "clients": [
                    {**plain.client(one), "role": role, "reason": reason}
                    for one, role, reason in whose.get(line.id, ())
                ],
                "snippet": "".join(text for text, _style in snippet(getattr(line.statement, "text", ""), matches)),
            }
            for line in lines
        ],
    }
