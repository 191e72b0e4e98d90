"""`hub search WORDS`: the newest lines of all histories that hold these words, in any of their forms."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from hub.cli import choosing
from hub.cli.history import kinds_of
from hub.cli.invocation import Invocation, invocation
from hub.cli.opening import looking
from hub.i18n import N_, _

if TYPE_CHECKING:
    from hub.cli.drawing import Span
    from hub.cli.view import Line
    from hub.core.tokens import Term
    from hub.engine.hub import Hub
    from hub.store.clients import Found
    from hub.store.database import Tx

_STEP = 500
_NEWEST: Final = 1 << 63
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
    kind: Annotated[
        str, typer.Option("--kind", metavar="KIND,…", show_default=False, help=N_("Only these kinds: mail, meeting, …"))
    ] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, metavar="N", help=N_("How many lines."))] = 20,
    keys: Annotated[bool, typer.Option("--keys", help=N_("With the keys that other commands take."))] = False,
    json: Annotated[bool, typer.Option("--json", help=N_("Print JSON."))] = False,
) -> None:
    from hub.cli import view
    from hub.core import tokens
    from hub.store import clients

    called = invocation(context)
    terms = tokens.query(" ".join(words))
    if not terms:
        called.output.fail(_("There is nothing to look for in {words}.").format(words=" ".join(words)))
        raise typer.Exit(2)
    with looking(called) as hub, hub.store.read() as tx:
        only = choosing.client(called, hub, tx, client).id if client else None
        rows = _found(tx, terms, limit, only, kinds_of(kind))
        lines = view.gathered(tx, rows, hub.config.company.ours)
        whose = clients.clients_of(tx, [line.id for line in lines])
        if json:
            called.output.json(_as_json(hub, terms, lines, whose))
        else:
            _draw(called, hub, terms, lines, whose, keys=keys)


def _found(tx: "Tx", terms: "Sequence[Term]", limit: int, client: int | None, kinds: Sequence[str]) -> list[Any]:
    """The newest interactions that hold all terms, newest first, as rows."""
    from hub.store import clients, overview
    from hub.store import search as index

    asked = [(term.token, term.prefix) for term in terms]
    rows: list[Any] = []
    before = _NEWEST - 1
    while len(rows) < limit:
        numbers = index.find(tx, asked, _STEP, before)
        if not numbers:
            break
        before = numbers[-1]
        wanted = numbers if client is None else sorted(overview.standing(tx, client, numbers), reverse=True)
        rows += [row for row in clients.lines(tx, wanted) if not kinds or row.kind in kinds]
    return rows[:limit]


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


def _matching(terms: "Sequence[Term]") -> Callable[[str], bool]:
    """Whether a word, as it is written, is one of those that were looked for."""
    from hub.core import tokens

    whole = {term.token for term in terms if not term.prefix}
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
) -> dict[str, Any]:
    from hub.cli import plain

    matches = _matching(terms)
    return {
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
