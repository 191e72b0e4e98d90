"""What people decide: written to the journal, and carried through at once."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from hub.core import decisions as deciding
from hub.core import ids, normalize
from hub.core.decisions import Decision
from hub.core.records import Identifier
from hub.engine.hub import Hub
from hub.errors import Misconfigured
from hub.i18n import _
from hub.projection import changes, interactions
from hub.projection.changes import Change
from hub.store import clients, lines, parties, pulls
from hub.store.database import Tx

Changed: TypeAlias = Sequence[tuple[str, str]]


def merge(hub: Hub, a: int, b: int, *, author: str, note: str = "") -> None:
    """Two clients are one. What is decided is undone by `split`."""
    with hub.store.write() as tx:
        made = deciding.to_merge(_bearers(tx, a), _bearers(tx, b), hub.context(tx).decisions)
        changed = _carry(hub, tx, made, author=author, note=note)
    hub.settle()
    hub.tell(changed)


def _bearers(tx: Tx, client: int) -> list[str]:
    """The nodes of a client, those with an INN first: what joins them must not part them from the others. Cards come
    before domains, which may lose them one day.
    """
    known = parties.nodes(tx, map(ids.number, _anchors(tx, client))).values()
    found = sorted((one.party for one in known), key=lambda node: (not node.inn, node.kind != "company", node.key))
    return [node.key for node in found]


def split(hub: Hub, client: int, out: Sequence[str], *, author: str, note: str = "") -> None:
    """These nodes (their keys or public ids) are another client than the rest of this one. Where it is a merge that joined
    them, that is taken back, and domains and addresses go along with whom they belonged to; otherwise they stay.
    """
    with hub.store.write() as tx:
        parts = clients.parts(tx, client)
        chosen = [part for part in parts if part.key in out or part.public_id in out]
        rest = [part for part in parts if part not in chosen]
        if not chosen or not rest:
            raise Misconfigured(_("a split needs some of the client's parts, and not all of them"),
                                fix=_("`hub why CLIENT` shows the parts"))  # fmt: skip
        leaving, staying = list(map(_part, chosen)), list(map(_part, rest))
        undone = deciding.to_undo(leaving, staying, hub.context(tx).decisions)
        changed = list(_carry(hub, tx, undone, author=author, note=note)) if undone else []
        if not undone or _are_one(tx, leaving, [*(one.object for one in undone), *_companies(rest)]):
            made = deciding.to_split(leaving, staying, hub.context(tx).decisions)
            changed += _carry(hub, tx, made, author=author, note=note)
    hub.settle()
    hub.tell(changed)


def _companies(parts: Iterable[clients.Part]) -> Iterator[str]:
    return (part.key for part in parts if part.kind == "company")


def _are_one(tx: Tx, leaving: Sequence[deciding.Part], staying: Sequence[str]) -> bool:
    """Whether a client of one of the parts is that of one of these nodes, too."""
    found = parties.clients_of(tx, [*(part.key for part in leaving), *staying])
    left = {found.get(part.key) for part in leaving}
    return any(found[key] in left for key in staying if key in found)


def _part(node: clients.Part) -> deciding.Part:
    return deciding.Part(node.key, str(node.person) if node.kind == "contact" else "")


def promote(hub: Hub, value: str, *, author: str, note: str = "") -> str:
    """An address or a domain is a client, whatever the rules say. Returns the key of that party."""
    address, domain = normalize.email(value), normalize.domain(value)
    if "*" in value or (address is None and domain is None):  # a star is a letter as any other, and never meant as one
        text = _("“{value}” is neither an e-mail address nor a domain")
        raise Misconfigured(text.format(value=value), fix=_("for instance: romashka.example"))
    _may_be_client(hub, Identifier("email", address) if address else Identifier("domain", domain or ""))
    key = f"address:{address}" if address else f"domain:{domain}"
    with hub.store.write() as tx:
        changed = _carry(hub, tx, [Decision("client", key)], author=author, note=note)
    hub.settle()
    hub.tell(changed)
    return key


def _may_be_client(hub: Hub, identifier: Identifier) -> None:
    with hub.store.read() as tx:
        ours = hub.ours(tx)
    if ours.owns(identifier):
        text = _("{value} is ours and never a client")
        raise Misconfigured(text.format(value=identifier.value), fix=_("see `domains` and `employees`"))
    if identifier.kind == "domain" and normalize.is_free_mail(identifier.value, ours.free_mail):
        text = _("{value} is free mail: everybody may have an address there")
        raise Misconfigured(text.format(value=identifier.value), fix=_("add a whole address instead"))


def attach(hub: Hub, interaction: str, client: int, *, author: str, note: str = "") -> None:
    """An interaction (its key) belongs to a client's history."""
    _placed(hub, interaction, client, "attach", author=author, note=note)


def exclude(hub: Hub, interaction: str, client: int | None, *, author: str, note: str = "") -> None:
    """An interaction does not belong to a client's history, or (None) to anybody's."""
    _placed(hub, interaction, client, "exclude", author=author, note=note)


def _placed(hub: Hub, key: str, client: int | None, action: deciding.Action, *, author: str, note: str) -> None:
    with hub.store.write() as tx:
        node = min(_anchors(tx, client)) if client is not None else "*"
        number = lines.by_key(tx, key)
        if number is None:
            text = _("there is no interaction {key}")
            raise Misconfigured(text.format(key=key), fix=_("`hub history CLIENT --keys` shows the keys"))
        hub.decide(tx, [Decision(action, key, node)], author=author, note=note)
        interactions.replace(tx, [number], hub.context(tx))


def _anchors(tx: Tx, client: int) -> list[str]:
    return [node.key for node in clients.nodes(tx, client)]


def _carry(hub: Hub, tx: Tx, made: Sequence[Decision], *, author: str, note: str) -> Changed:
    hub.decide(tx, made, author=author, note=note)
    context, change = hub.context(tx), Change()
    touched = {key for decision in made for key in (decision.subject, decision.object) if key}
    outcome = changes.let_parties_follow(tx, change, context, also=touched)
    hub.hashes(tx).wake(tx, outcome.redirected)
    changes.let_statements_follow(tx, change, context)
    return change.outcome.clients


def accept_empty(hub: Hub, connection: str, stream: str) -> None:
    """The next listing of a stream is believed, however little it names."""
    with hub.store.write() as tx:
        pulls.set_stream(tx, _known_stream(hub, tx, connection, stream), accepted=True)


def reset(hub: Hub, connection: str, streams: Iterable[str]) -> list[str]:
    """The next pull of these streams (none: all of the connection) begins at the start. Returns their names."""
    with hub.store.write() as tx:
        names = list(streams) or [row.name for row in pulls.streams(tx, hub.connection(connection).id)]
        for name in names:
            pulls.reset(tx, _known_stream(hub, tx, connection, name))
    return names


def _known_stream(hub: Hub, tx: Tx, connection: str, stream: str) -> int:
    found = hub.connection(connection)
    number = pulls.stream_id(found.id, stream)
    if pulls.stream(tx, number) is None:
        known = ", ".join(row.name for row in pulls.streams(tx, found.id))
        text = _("{connection} has no stream {stream}").format(connection=connection, stream=stream)
        raise Misconfigured(text, fix=_("known: {names}").format(names=known))
    return number
