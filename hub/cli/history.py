"""`hub history CLIENT`: everything that went between us and a client, oldest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli import choosing, options
from hub.cli.invocation import Invocation, invocation
from hub.cli.opening import looking
from hub.i18n import N_, _

if TYPE_CHECKING:
    from hub.cli.card import Card
    from hub.cli.view import Line
    from hub.engine.hub import Hub
    from hub.store.clients import Found
    from hub.store.database import Tx

_AHEAD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What of a history a person wants to see. `since` and `before` are milliseconds since 1970; `limit` 0 is all."""

    limit: int
    since: int | None
    before: int | None
    kinds: tuple[str, ...]
    everything: bool

    @property
    def a_part(self) -> bool:
        return bool(self.kinds) or self.since is not None or self.before is not None


def history(
    context: typer.Context,
    client: Annotated[str, typer.Argument(metavar="CLIENT", help=N_("A name, an id, an INN, an address or a domain."))],
    *,
    limit: Annotated[int, typer.Option("--limit", min=0, metavar="N", help=N_("How many lines; 0 for all."))] = 50,
    since: options.Since = None,
    until: options.Until = None,
    kind: options.Kind = "",
    everything: Annotated[
        bool, typer.Option("--all", help=N_("Also mails that only carry an invitation or an answer."))
    ] = False,
    text: Annotated[
        bool, typer.Option("--text", help=N_("With the beginning of what was said, and what was wrong with it."))
    ] = False,
    origins: Annotated[
        bool, typer.Option("--origins", help=N_("With the mailboxes and calendars it was seen in."))
    ] = False,
    keys: options.Keys = False,
    json: options.Json = False,
) -> None:
    called = invocation(context)
    with looking(called) as hub, hub.store.read() as tx:
        first, behind = options.days(since, until, hub.config.company.zone, hub.now.milliseconds())
        asked = Asked(limit=limit, since=first, before=behind, kinds=options.kinds(kind), everything=everything)
        story = _told(hub, tx, choosing.client(called, hub, tx, client), asked)
        if json:
            called.output.json(_as_json(story, hub, preview=text))
        else:
            _draw(called, story, hub, keys=keys, origins=origins, preview=text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What is shown of a history: the client, the past lines (oldest first) and whether there are earlier ones, and the
    nearest of what is planned with how many that is in all; `a_part`, whether no more than a part was asked for.
    """

    card: "Card"
    past: "Sequence[Line]"
    more: bool
    ahead: "Sequence[Line]"
    planned: int
    a_part: bool


def _told(hub: "Hub", tx: "Tx", client: "Found", asked: Asked) -> Story:
    from hub.cli import card

    now = hub.now.milliseconds()
    about = card.of(hub, tx, client, now)
    past, more = _past(hub, tx, client, asked, now)
    ahead = _ahead(hub, tx, client, asked, now)
    planned = len(ahead) if asked.kinds else about.contacts.planned
    return Story(card=about, past=past, more=more, ahead=ahead, planned=planned, a_part=asked.a_part)


def _past(hub: "Hub", tx: "Tx", client: "Found", asked: Asked, now: int) -> tuple[list["Line"], bool]:
    """The newest lines that are asked for, oldest first; whether there are earlier ones. What is planned does not
    count unless a day behind today is asked for.
    """
    from hub.cli import view
    from hub.store import clients

    before = now + 1 if asked.before is None else asked.before
    step = (asked.limit or 1000) + 1
    rows: list[Any] = []
    below = None
    while True:
        batch = clients.history(
            tx, client.id, limit=step, before=before, since=asked.since, kinds=asked.kinds, below=below
        )
        hidden = set() if asked.everything or asked.kinds else view.mere_carriers(
            tx, batch, client.id, since=asked.since, before=asked.before
        )  # fmt: skip
        rows += [row for row in batch if row.id not in hidden]
        if len(batch) < step or (asked.limit and len(rows) > asked.limit):
            break
        below = batch[-1].id
    more = bool(asked.limit) and len(rows) > asked.limit
    newest = rows[: asked.limit] if asked.limit else rows
    return view.gathered(tx, newest[::-1], hub.ours(tx)), more


def _ahead(hub: "Hub", tx: "Tx", client: "Found", asked: Asked, now: int) -> list["Line"]:
    """The nearest of what is planned, where no other days are asked for."""
    from hub.cli import view
    from hub.store import clients

    if asked.before is not None:
        return []
    rows = clients.ahead(tx, client.id, now=now, limit=_AHEAD, kinds=asked.kinds)
    return view.gathered(tx, rows, hub.ours(tx))


# --- shown -----------------------------------------------------------------------------------------------------------


def _as_json(story: Story, hub: "Hub", *, preview: bool) -> dict[str, Any]:
    from hub.cli import plain

    return {
        "client": plain.card(story.card, hub.config.company.zone),
        "interactions": [plain.line(one, hub.config, preview=preview) for one in story.past],
        "ahead": [plain.line(one, hub.config, preview=preview) for one in story.ahead],
        "more": story.more,
    }


def _draw(called: Invocation, story: Story, hub: "Hub", *, keys: bool, origins: bool, preview: bool) -> None:
    from hub.cli import card, drawing, view

    output, zone = called.output, hub.config.company.zone
    lines = [*story.past, *story.ahead] if preview else []
    look = drawing.Look(
        zone=zone, connections={one.id: one.name for one in hub.config.connections},
        threads=view.threads([*story.past, *story.ahead]), keys=keys, origins=origins, preview=preview,
        extra={one.id: [[(said, "yellow")] for said in view.told(one, one.defects, hub.config)] for one in lines},
    )  # fmt: skip
    drawing.write(output, card.drawn(story.card, zone), wrap=True)
    output.say()
    if story.past:
        drawing.draw(output, story.past, look)
    else:
        output.say(_("Nothing found.") if story.a_part else _("Nothing yet."))
    if story.ahead:
        of_all = story.planned > len(story.ahead)
        output.say()
        output.say(_("Ahead, the nearest of {n}:").format(n=story.planned) if of_all else _("Ahead:"))
        drawing.draw(output, story.ahead, look)
    if story.more:
        output.note(_("There are earlier lines: --limit 0 shows all, --since and --until a part."))
