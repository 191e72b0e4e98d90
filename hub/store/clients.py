"""Clients as people see them: found by name, id or identifier, with their parts and their history."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Select, bindparam, func, or_, select, tuple_

from hub.core import ids, names
from hub.core.records import Identifier as Value
from hub.core.unanswered import KINDS, LONG_AGO_MS, MOST, Word, unanswered
from hub.store.columns import NOTHING, Number
from hub.store.database import Tx, among, table
from hub.store.derived_tables import (
    Claim,
    Client,
    History,
    Identifier,
    Interaction,
    Node,
    Person,
    Record,
    Speaker,
)
from hub.store.parties import identifier_id, leads, speakers

_client, _node, _person, _speaker = table(Client), table(Node), table(Person), table(Speaker)
_claim, _identifier = table(Claim), table(Identifier)
_history, _interaction, _record = table(History), table(Interaction), table(Record)


@dataclass(frozen=True, slots=True)
class Found:
    """A client: `public_id` is what people type, `kind` is company, domain, address or person."""

    id: int
    key: str
    public_id: str
    kind: str
    name: str
    inn: str


_COLUMNS = (_client.c.id, _client.c.key, _client.c.public_id, _client.c.kind, _client.c.name, _client.c.inn)


def by_id(tx: Tx, numbers: Iterable[int]) -> list[Found]:
    rows = tx.rows(select(*_COLUMNS).where(among(_client.c.id, "ids")).order_by(_client.c.name), ids=list(numbers))
    return [Found(*row) for row in rows]


def find(tx: Tx, text: str, values: Sequence[Value]) -> list[Found]:
    """Clients that a person may mean: by public id (of any part, so old ids keep resolving), by an identifier, by the
    whole name, by the public id of a contact that speaks for them, by a part of the name, by what one of its parties is
    called; the first way that finds any counts.
    """
    wanted = text.strip()
    ways: list[set[int]] = [_by_public_id(tx, wanted.upper())]
    led_to = leads(tx, [identifier_id(value) for value in values]).values()
    ways.append({lead.client for found in led_to for lead in found})
    folded = names.fold_company(wanted)
    ways.append(_column(tx, select(_client.c.id).where(_client.c.folded == folded)))
    for numbers in ways:
        if numbers:
            return by_id(tx, numbers)
    if not folded:
        return []
    escaped = folded.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    part = select(_client.c.id).where(_client.c.folded.like(f"%{escaped}%", escape="\\"))
    found = _spoken_for_by(tx, wanted.upper()) or _column(tx, part.limit(100))
    return by_id(tx, found or _called_otherwise(tx, folded))


_OTHERWISE = (
    select(_node.c.client_id, _node.c.name)
    .join_from(_node, _client, _client.c.id == _node.c.client_id)
    .where(_node.c.name != _client.c.name)
)


def _called_otherwise(tx: Tx, folded: str) -> set[int]:
    """The clients one of whose parties bears that name, or a name with that in it, though they are called by another's."""
    named = [(client, names.fold_company(name)) for client, name in tx.rows(_OTHERWISE)]
    return {client for client, name in named if name == folded} or {client for client, name in named if folded in name}


_SPEAKING = select(_speaker.c.client_id, _person.c.name).join_from(
    _speaker, _person, _person.c.id == _speaker.c.person_id
)
_ALIKE: Final = 75
"""Of 100, how like a name has to be (rapidfuzz's WRatio) to be offered: a letter or two of a word, or one word of it."""


def resembling(tx: Tx, text: str, limit: int) -> list[tuple[Found, str]]:
    """Clients that somebody may have meant who mistyped a name, or knows only who speaks for them: with the name of that
    person, "" where it is the client's own; the likest first.
    """
    from rapidfuzz import fuzz, process  # noqa: PLC0415 - 70 ms that only a name that fits nobody is worth

    named = [(row[0], "", row[1]) for row in tx.rows(select(_client.c.id, _client.c.folded))]
    named += [(row[0], row[1], row[1].casefold().replace("ё", "е")) for row in tx.rows(_SPEAKING)]
    said, spelt = names.fold_company(text), [name for *_, name in named]
    near = process.extract(said, spelt, scorer=fuzz.WRatio, score_cutoff=_ALIKE, limit=4 * limit)
    best = {named[at][0]: named[at][1] for *_, at in reversed(near)}
    numbers = list(dict.fromkeys(named[at][0] for *_, at in near))[:limit]
    found = {one.id: one for one in by_id(tx, numbers)}
    return [(found[number], best[number]) for number in numbers]


def _by_public_id(tx: Tx, public_id: str) -> set[int]:
    return _column(tx, select(_node.c.client_id).where(_node.c.public_id == public_id, _node.c.client_id != NOTHING))


def _spoken_for_by(tx: Tx, public_id: str) -> set[int]:
    """The clients that a contact speaks for. Its id is in no index, as it is no client's: every contact is looked at."""
    if not ids.is_public(public_id):
        return set()
    speaking = select(_speaker.c.client_id).join_from(_node, _speaker, _speaker.c.person_id == _node.c.person_id)
    return _column(tx, speaking.where(_node.c.public_id == public_id))


_WHOSE = select(_node.c.client_id, _node.c.person_id).where(among(_node.c.id, "ids"))


def of_nodes(tx: Tx, keys: Iterable[str]) -> list[Found]:
    """The clients that nodes of these keys belong to or, as contacts, speak for."""
    whose = tx.rows(_WHOSE, ids=[ids.number(key) for key in keys])
    spoken = speakers(tx, {person for client, person in whose if not client})
    return by_id(tx, {client for client, _ in whose if client}.union(*spoken.values()))


def _column(tx: Tx, query: Select[Any]) -> set[int]:
    return {row[0] for row in tx.rows(query)}


@dataclass(frozen=True, slots=True)
class Part:
    """One of the parties that a client is made of, or a contact that speaks for it."""

    key: str
    public_id: str
    kind: str
    name: str
    kpp: str
    person: int


_PARTS = select(_node.c.key, _node.c.public_id, _node.c.kind, _node.c.name, _node.c.kpp, _node.c.person_id).order_by(
    _node.c.key
)


def _of(client: int, speaking: Any = None) -> Any:
    """The nodes of a client, and of these persons: as an index has them that leaves out who belongs to nobody."""
    own = (_node.c.client_id == client) & (_node.c.client_id != NOTHING)
    return own if speaking is None else own | (_node.c.person_id.in_(speaking) & (_node.c.person_id != NOTHING))


def nodes(tx: Tx, client: int) -> list[Part]:
    """The nodes of a client, by key; of a private person, the contacts."""
    return [Part(*row) for row in tx.rows(_PARTS.where(_of(client)))]


def parts(tx: Tx, client: int) -> list[Part]:
    """The nodes of a client and the contacts that speak for it, by key."""
    speaking = select(_speaker.c.person_id).where(_speaker.c.client_id == client)
    query = _PARTS.where(_of(client, speaking))
    return [Part(*row) for row in tx.rows(query)]


def persons(tx: Tx, client: int) -> list[tuple[int, str, str]]:
    """(id, name, reason) of those who speak for a client."""
    query = (
        select(_person.c.id, _person.c.name, _speaker.c.reason)
        .join_from(_speaker, _person, _person.c.id == _speaker.c.person_id)
        .where(_speaker.c.client_id == client)
        .order_by(_person.c.name, _person.c.id)
    )
    return [tuple(row) for row in tx.rows(query)]


def identifiers(tx: Tx, client: int) -> set[Value]:
    """What a client and those who speak for nobody else are known by; corporate domains included, refs not."""
    shared = select(_speaker.c.person_id).group_by(_speaker.c.person_id).having(func.count() > 1)
    speaking = select(_speaker.c.person_id).where(_speaker.c.client_id == client, _speaker.c.person_id.not_in(shared))
    own = select(_node.c.id).where(_of(client, speaking))
    query = (
        select(_identifier.c.kind, _identifier.c.value)
        .join_from(_claim, _identifier, _identifier.c.id == _claim.c.identifier_id)
        .where(_claim.c.node_id.in_(own), _claim.c.role == "is", _identifier.c.kind != "ref")
        .distinct()
    )
    return {Value(row[0], row[1]) for row in tx.rows(query)}


def items(tx: Tx, client: int) -> set[int]:
    """The items that the parties of a client, and those who speak only for it, come from."""
    shared = select(_speaker.c.person_id).group_by(_speaker.c.person_id).having(func.count() > 1)
    speaking = select(_speaker.c.person_id).where(_speaker.c.client_id == client, _speaker.c.person_id.not_in(shared))
    query = (
        select(_record.c.item_id)
        .join_from(_node, _record, _record.c.id == _node.c.record_id)
        .where(_of(client, speaking))
    )
    return _column(tx, query)


# --- histories -------------------------------------------------------------------------------------------------------

_LATEST = (
    select(_history.c.client_id, func.count(), func.max(_history.c.interaction_id))
    .where(among(_history.c.client_id, "ids"))
    .group_by(_history.c.client_id)
)


def page(tx: Tx, limit: int, after: tuple[str, int] = ("", -1)) -> list[Found]:
    """Clients by name, then id, from behind (name, id) on."""
    behind = tuple_(_client.c.name, _client.c.id) > after
    query = select(*_COLUMNS).where(behind).order_by(_client.c.name, _client.c.id).limit(limit)
    return [Found(*row) for row in tx.rows(query)]


def overview(tx: Tx, limit: int, after: tuple[str, int] = ("", -1)) -> list[tuple[Found, int, int | None]]:
    """Clients by name, with how many interactions they have and when the latest was (milliseconds since 1970)."""
    found = page(tx, limit, after)
    counts = {row[0]: (row[1], row[2]) for row in tx.rows(_LATEST, ids=[one.id for one in found])}
    return [(one, counts.get(one.id, (0, 0))[0], _moment(counts.get(one.id, (0, 0))[1])) for one in found]


def _moment(timed: int) -> int | None:
    return (timed >> 19) - 2_208_988_800_000 if timed else None


_LINE = (
    _interaction.c.id, _interaction.c.key, _interaction.c.kind, _interaction.c.at, _interaction.c.ends,
    _interaction.c.zone, _interaction.c.all_day, _interaction.c.direction, _interaction.c.title, _interaction.c.status,
    _interaction.c.thread, _interaction.c.people, _interaction.c.marks, _interaction.c.record_id,
)  # fmt: skip
_LAST = (
    select(*_LINE, _history.c.role, _history.c.reason)
    .join_from(_history, _interaction, _interaction.c.id == _history.c.interaction_id)
)  # fmt: skip


def history(
    tx: Tx,
    client: int,
    *,
    limit: int,
    before: int | None = None,
    since: int | None = None,
    kinds: Sequence[str] = (),
    below: int | None = None,
) -> Sequence[Any]:
    """A client's interactions, newest first. `before` and `since` are milliseconds since 1970, `below` the id of the
    interaction to go on from.
    """
    query = _LAST.where(_history.c.client_id == client)
    if below is not None:
        query = query.where(_history.c.interaction_id < below)
    if before is not None:
        query = query.where(_history.c.interaction_id < ids.first_at(before))
    if since is not None:
        query = query.where(_history.c.interaction_id >= ids.first_at(since))
    if kinds:
        query = query.where(_interaction.c.kind.in_(tuple(kinds)))
    return tx.rows(query.order_by(_history.c.interaction_id.desc()).limit(limit))


_WORDS = (
    select(
        _history.c.client_id, _interaction.c.id, _interaction.c.kind, _interaction.c.direction, _interaction.c.thread,
        _interaction.c.status, _interaction.c.marks,
    )
    .join_from(_history, _interaction, _interaction.c.id == _history.c.interaction_id)
    .where(
        among(_history.c.client_id, "ids"),
        _history.c.interaction_id >= bindparam("since", 0, Number),
        _history.c.interaction_id < bindparam("before", 0, Number),
        or_(*(_interaction.c.kind == kind for kind in KINDS)),
    )
    .order_by(_history.c.client_id, _history.c.interaction_id.desc())
)  # fmt: skip


def waiting(tx: Tx, numbers: Iterable[int], now: int) -> dict[int, list[int]]:
    """Client -> the interactions that nobody of ours has answered as of `now` (milliseconds since 1970), the latest first."""
    bounds = {"since": ids.first_at(now - LONG_AGO_MS), "before": ids.first_at(now + 1)}
    rows = tx.stream(_WORDS, 2000, ids=list(numbers), **bounds)
    latest = ((client, list(islice(words, MOST))) for client, words in groupby(rows, key=itemgetter(0)))
    found = {client: unanswered(map(_word, reversed(words))) for client, words in latest}
    return {client: lines for client, lines in found.items() if lines}


def _word(row: Any) -> Word:
    return Word(
        id=row.id, kind=row.kind, direction=row.direction, thread=row.thread, status=row.status,
        marks=frozenset(row.marks.split()),
    )  # fmt: skip


def ahead(tx: Tx, client: int, *, now: int, limit: int, kinds: Sequence[str] = ()) -> Sequence[Any]:
    """What is planned with a client after `now` (milliseconds since 1970), the nearest first."""
    query = _LAST.where(_history.c.client_id == client, _history.c.interaction_id >= ids.first_at(now + 1))
    if kinds:
        query = query.where(_interaction.c.kind.in_(tuple(kinds)))
    return tx.rows(query.order_by(_history.c.interaction_id).limit(limit))


def under_way(tx: Tx, client: int, *, since: int, limit: int) -> Sequence[Any]:
    """What is not done yet: open tasks, deals and requests, and documents that are or were due after `since`
    (milliseconds since 1970). What is due first comes first, what has no day last.
    """
    undone = _interaction.c.kind.in_(("task", "deal", "ticket")) & (_interaction.c.status == "open")
    due = (_interaction.c.kind == "document") & (_interaction.c.ends >= since)
    query = _LAST.where(_history.c.client_id == client, undone | due)
    return tx.rows(query.order_by(_interaction.c.ends.is_(None), _interaction.c.ends, _interaction.c.id).limit(limit))


_THESE = select(*_LINE).where(among(_interaction.c.id, "ids")).order_by(_interaction.c.id.desc())


def lines(tx: Tx, numbers: Sequence[int]) -> Sequence[Any]:
    """Interactions by id, newest first."""
    return tx.rows(_THESE, ids=list(numbers))


def clients_of(tx: Tx, numbers: Sequence[int]) -> dict[int, list[tuple[Found, str, str]]]:
    """Interaction -> the clients in whose histories it stands, with role and reason."""
    query = (
        select(_history.c.interaction_id, *_COLUMNS, _history.c.role, _history.c.reason)
        .join_from(_history, _client, _client.c.id == _history.c.client_id)
        .where(among(_history.c.interaction_id, "ids"))
        .order_by(_client.c.name)
    )
    found: dict[int, list[tuple[Found, str, str]]] = {}
    for row in tx.rows(query, ids=list(numbers)):
        found.setdefault(row[0], []).append((Found(*row[1:7]), row[7], row[8]))
    return found
