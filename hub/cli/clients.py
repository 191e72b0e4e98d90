"""`hub clients`: who they are, and what people decide about who is who."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from typer.core import TyperGroup

from hub.cli import choosing, moments, options, terms
from hub.cli.invocation import Invocation, invocation
from hub.cli.opening import author, looking, working
from hub.i18n import N_, _

if TYPE_CHECKING:
    from hub.engine.hub import Hub
    from hub.store.clients import Found
    from hub.store.database import Tx
    from hub.store.overview import Contacts

_HELP = ("-h", "--help")
_PAGE = 500


class _Listing(TyperGroup):
    """`hub clients` and `hub clients ромашка` mean `hub clients list …`."""

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        if not args or args[0] not in (*self.commands, *_HELP):
            args = ["list", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_Listing, rich_markup_mode=None, help=N_("List the clients; say which are one, and what belongs to whom")
)
Client = Annotated[str, typer.Argument(metavar="CLIENT", help=N_("A name, an id, an INN, an address or a domain."))]
Interaction = Annotated[str, typer.Argument(metavar="INTERACTION", help=N_("A key, as `hub history --keys` shows it."))]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", show_default=False, help=N_("Why, for the journal."))]


@app.callback()
def clients() -> None:
    pass


@app.command("list", help=N_("List the clients (this is what `hub clients` does)"))
def list_command(
    context: typer.Context,
    text: Annotated[
        str, typer.Argument(metavar="TEXT", show_default=False, help=N_("Only those that this may mean."))
    ] = "",
    *,
    waiting: Annotated[
        bool, typer.Option("--waiting", help=N_("Only those who wait for an answer, who waits longest first."))
    ] = False,
    person: Annotated[
        str,
        typer.Option("--person", metavar="ADDRESS", show_default=False,
                     help=N_("Only those who wait for an answer from this one of ours.")),
    ] = "",
    limit: Annotated[int, typer.Option("--limit", min=0, metavar="N", help=N_("How many at most; 0 for all."))] = 200,
    json: options.Json = False,
) -> None:  # fmt: skip
    called, waiting = invocation(context), waiting or bool(person)
    with looking(called) as hub, hub.store.read() as tx:
        whom = choosing.participant(called, hub, tx, person) if person else None
        found = choosing.clients_like(hub, tx, text) if text else _all(tx, limit + 1 if limit and not waiting else 0)
        rows = _rows(tx, found if waiting or not limit else found[:limit], hub.now.milliseconds(), whom)
        if waiting:
            rows, found = _longest_first(rows, limit)
        nobody = _nobody(hub, tx, text, waiting=waiting) if not rows else ""
    zone = hub.config.company.zone
    if json:
        called.output.json([_as_json(row, zone) for row in rows])
    elif rows:
        called.output.table(*_table(rows, zone))
    else:
        called.output.note(nobody)
    if len(found) > len(rows):
        called.output.note(_("There are more: name a part of the name, or use --limit 0."))


def _nobody(hub: "Hub", tx: "Tx", text: str, *, waiting: bool) -> str:
    if waiting:
        return _("Nobody waits for an answer.")
    if not text:
        return _("No client yet.")
    return choosing.with_nearest(_("There is no client “{text}”.").format(text=text), hub, tx, text)


@dataclass(frozen=True, slots=True)
class _Row:
    """A client of the list; it waits for an answer since a moment (milliseconds since 1970), None where it does not."""

    client: "Found"
    touch: "Contacts"
    waits_since: int | None


def _rows(tx: "Tx", shown: "Sequence[Found]", now: int, whom: "frozenset[int] | None") -> list[_Row]:
    """The clients with what they wait for; with `whom` only for an answer to what one of these identifiers took part in."""
    from hub.store import clients, lines, overview
    from hub.store.overview import Contacts

    numbers = [one.id for one in shown]
    touch, waiting = overview.contacts(tx, numbers, now), clients.waiting(tx, numbers, now)
    if whom is not None:
        asked = {line for unanswered in waiting.values() for line in unanswered}
        theirs = {line for line, who, *_ in lines.mentions(tx, asked) if who in whom}
        waiting = {client: kept for client, all_ in waiting.items() if (kept := [one for one in all_ if one in theirs])}
    since = {client: overview.moment_of(unanswered[-1]) for client, unanswered in waiting.items()}
    return [_Row(one, touch.get(one.id, Contacts()), since.get(one.id)) for one in shown]


def _longest_first(rows: Sequence[_Row], limit: int) -> "tuple[list[_Row], list[Found]]":
    """Those who wait, as many as are shown, and all of them."""
    found = sorted((row for row in rows if row.waits_since is not None), key=lambda row: row.waits_since or 0)
    return found[:limit] if limit else found, [row.client for row in found]


def _table(rows: Sequence[_Row], zone: ZoneInfo) -> tuple[list[str], list[list[object]]]:
    """Headings and cells; since when somebody waits only where anybody does."""
    columns = [_("Client"), _("Id"), _("Kind"), _("INN"), _("Interactions"), _("Last contact")]
    cells = [_cells(row, zone) for row in rows]
    if any(row.waits_since is not None for row in rows):
        columns.append(_("Unanswered since"))
        cells = [[*line, _day(row.waits_since, zone)] for line, row in zip(cells, rows, strict=True)]
    return columns, cells


def _cells(row: _Row, zone: ZoneInfo) -> list[object]:
    one, much = row.client, row.touch
    return [one.name, one.public_id, terms.called(terms.CLIENTS, one.kind), one.inn, much.count, _day(much.last, zone)]


def _day(at: int | None, zone: ZoneInfo) -> str:
    return moments.day(moments.day_of(at, zone)) if at is not None else ""


def _as_json(row: _Row, zone: ZoneInfo) -> dict[str, Any]:
    from hub.cli import plain

    return {
        **plain.client(row.client),
        "interactions": row.touch.count,
        "planned": row.touch.planned,
        "first": moments.iso(row.touch.first, zone),
        "last": moments.iso(row.touch.last, zone),
        "unanswered_since": moments.iso(row.waits_since, zone),
    }


def _all(tx: "Tx", limit: int) -> "list[Found]":
    from hub.store import clients

    found: list[Found] = []
    while not limit or len(found) < limit:
        last = (found[-1].name, found[-1].id) if found else ("", -1)
        page = clients.page(tx, min(_PAGE, limit - len(found)) if limit else _PAGE, last)
        found += page
        if not page:
            break
    return found


# --- who is who ------------------------------------------------------------------------------------------------------


@app.command("merge", help=N_("Say that two clients are one; `split` takes it back"))
def merge_command(context: typer.Context, a: Client, b: Client, *, note: Note = "") -> None:
    from hub.engine import decide

    called = invocation(context)
    with working(called) as hub:
        with hub.store.read() as tx:
            left, right = choosing.client(called, hub, tx, a), choosing.client(called, hub, tx, b)
        if left.id == right.id:
            _refuse(called, _("{a} and {b} are one client already.").format(a=a, b=b), fix="")
        decide.merge(hub, left.id, right.id, author=author(), note=note)
        together = _again(hub, left.public_id)
    text = _("{a} and {b} are one client now: {name} ({id}).")
    called.output.say(text.format(a=left.name, b=right.name, name=together.name, id=together.public_id))
    called.output.note(
        _("To take it back: hub clients split {id} {part}").format(id=together.public_id, part=right.public_id)
    )


@app.command("split", help=N_("Say that parts of a client are another client; `hub why CLIENT` shows the parts"))
def split_command(
    context: typer.Context,
    client: Client,
    parts: Annotated[list[str], typer.Argument(metavar="PART…", help=N_("Ids or keys of parts."))],
    *,
    note: Note = "",
) -> None:
    from hub.engine import decide
    from hub.store import clients as stored

    called = invocation(context)
    with working(called) as hub:
        with hub.store.read() as tx:
            found = choosing.client(called, hub, tx, client)
            known = stored.parts(tx, found.id)
        chosen = [one for one in known if {one.key, one.public_id} & {*parts, *(part.upper() for part in parts)}]
        missing = [part for part in parts if not any(part in (n.key, n.public_id) or part.upper() == n.public_id for n in known)]  # fmt: skip
        if missing:
            fix = _("its parts: {parts}").format(parts=", ".join(f"{n.public_id} ({n.name or n.key})" for n in known))
            _refuse(called, _("{client} has no part {part}.").format(client=found.name, part=missing[0]), fix)
        decide.split(hub, found.id, [one.key for one in chosen], author=author(), note=note)
        with hub.store.read() as tx:
            now = sorted(stored.of_nodes(tx, (part.key for part in known)), key=lambda one: one.key)
    names = ", ".join(map(choosing.candidate, now))
    called.output.say(_("Now there are {clients}: {names}").format(clients=terms.clients(len(now)), names=names))


@app.command("add", help=N_("Say that an address or a domain is a client"))
def add_command(
    context: typer.Context,
    value: Annotated[str, typer.Argument(metavar="ADDRESS|DOMAIN", help=N_("For instance romashka.example."))],
    *,
    note: Note = "",
) -> None:
    from hub.engine import decide
    from hub.store import clients as stored
    from hub.store import overview

    called = invocation(context)
    with working(called) as hub:
        key = decide.promote(hub, value, author=author(), note=note)
        with hub.store.read() as tx:
            [found] = stored.of_nodes(tx, [key])  # the address may lead to others, too: to whom its person speaks for
            waiting = overview.waiting(tx)
    text = _("{value} is a client: {name} ({id}).")
    called.output.say(text.format(value=value, name=found.name, id=found.public_id))
    if waiting:
        text = _("The next hub sync fetches what was left out so far: {items}.")
        called.output.note(text.format(items=terms.items(waiting)))


# --- what belongs to whom --------------------------------------------------------------------------------------------


@app.command("attach", help=N_("Say that an interaction belongs to a client's history"))
def attach_command(context: typer.Context, interaction: Interaction, client: Client, *, note: Note = "") -> None:
    from hub.engine import decide

    called = invocation(context)
    with working(called) as hub:
        with hub.store.read() as tx:
            _number, key = choosing.known_interaction(called, tx, interaction)
            found = choosing.client(called, hub, tx, client)
        decide.attach(hub, key, found.id, author=author(), note=note)
    called.output.say(_("{key} belongs to {client}.").format(key=key, client=found.name))


@app.command("exclude", help=N_("Say that an interaction does not belong to a client's history, or to anybody's"))
def exclude_command(
    context: typer.Context,
    interaction: Interaction,
    client: Annotated[
        str, typer.Argument(metavar="[CLIENT]", show_default=False, help=N_("Of everybody's history without one."))
    ] = "",
    *,
    note: Note = "",
) -> None:
    from hub.engine import decide

    called = invocation(context)
    with working(called) as hub:
        with hub.store.read() as tx:
            _number, key = choosing.known_interaction(called, tx, interaction)
            found = choosing.client(called, hub, tx, client) if client else None
        decide.exclude(hub, key, found.id if found else None, author=author(), note=note)
    if found is None:
        called.output.say(_("{key} belongs to nobody's history.").format(key=key))
    else:
        called.output.say(_("{key} does not belong to {client}.").format(key=key, client=found.name))


def _again(hub: "Hub", public_id: str) -> "Found":
    """The client that an id leads to now: an id of any part keeps resolving."""
    from hub.store import clients

    with hub.store.read() as tx:
        return clients.find(tx, public_id, ())[0]


def _refuse(called: Invocation, text: str, fix: str) -> None:
    called.output.fail(text, fix)
    raise typer.Exit(2)
