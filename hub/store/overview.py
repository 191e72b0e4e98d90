"""What people look at: how often we are in touch with a client, where streams stand, what hangs on a line."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, case, func, select

from hub.core import ids, said
from hub.core.history import Lead
from hub.core.records import User
from hub.core.said import Said
from hub.store import encoding, parties, pulls
from hub.store.columns import NOTHING
from hub.store.database import Tx, among, table
from hub.store.derived_tables import Client, History, Interaction, Node, Origin, Person, Record, Review
from hub.store.tables import Item, Refetch, Run

_history, _interaction, _item, _origin = table(History), table(Interaction), table(Item), table(Origin)
_record, _node, _person = table(Record), table(Node), table(Person)
_client, _review, _refetch, _run = table(Client), table(Review), table(Refetch), table(Run)


def moment_of(interaction: int) -> int:
    """The moment of an interaction, milliseconds since 1970, read from its id."""
    return (interaction >> 19) - 2_208_988_800_000


# --- how often we are in touch ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Contacts:
    """How often we were in touch with a client until now, first and last when (milliseconds since 1970), and what is
    planned.
    """

    count: int = 0
    first: int | None = None
    last: int | None = None
    planned: int = 0


_DATED = 86_400_000
"""What bears no date stands at the beginning of 1970: it says nothing of when we were first in touch."""


def contacts(tx: Tx, clients: Iterable[int], now: int) -> dict[int, Contacts]:
    """Client -> how often we were in touch with it until `now` (milliseconds since 1970)."""
    line, bound = _history.c.interaction_id, ids.first_at(now + 1)
    past = case(((line < bound) & (line >= ids.first_at(_DATED)), line))
    query = (
        select(
            _history.c.client_id, func.count(case((line < bound, line))), func.min(past), func.max(past), func.count()
        )
        .where(among(_history.c.client_id, "ids"))
        .group_by(_history.c.client_id)
    )
    return {
        row[0]: Contacts(row[1], _when(row[2]), _when(row[3]), row[4] - row[1])
        for row in tx.rows(query, ids=list(clients))
    }


def _when(interaction: int | None) -> int | None:
    return None if interaction is None else moment_of(interaction)


def kinds(tx: Tx, client: int, now: int) -> dict[str, int]:
    """How many interactions of each kind a client's history has until `now`, the most frequent first."""
    query = (
        select(_interaction.c.kind, func.count())
        .join_from(_history, _interaction, _interaction.c.id == _history.c.interaction_id)
        .where(_history.c.client_id == client, _history.c.interaction_id < ids.first_at(now + 1))
        .group_by(_interaction.c.kind)
    )
    return {row[0]: row[1] for row in sorted(tx.rows(query), key=lambda row: (-row[1], row[0]))}


# --- what hangs on lines ---------------------------------------------------------------------------------------------


def statements(tx: Tx, records: Iterable[int]) -> dict[int, Any]:
    """Record id -> the record."""
    query = select(_record.c.id, _record.c.kind, _record.c.body).where(among(_record.c.id, "ids"))
    return {row[0]: encoding.load(row[1], encoding.unpack(row[2])) for row in tx.rows(query, ids=list(records))}


def records_of(tx: Tx, number: int) -> set[int]:
    """The records that tell of an interaction."""
    return {row[0] for row in tx.rows(select(_origin.c.record_id).where(_origin.c.interaction_id == number))}


@dataclass(frozen=True, slots=True)
class Sibling:
    """An interaction that another part of the same item tells of: a meeting, and the mail it was announced in."""

    id: int
    key: str
    kind: str
    marks: str
    people: str


_OF_ITEMS = (
    select(_record.c.item_id, _record.c.family).where(among(_record.c.id, "ids"), _record.c.id == _record.c.item_id),
    select(_record.c.item_id, _record.c.family).where(
        among(_record.c.item_id, "ids"), _record.c.id != _record.c.item_id
    ),
)
_OF_LINES = select(_origin.c.interaction_id, _origin.c.item_id).where(among(_origin.c.interaction_id, "ids"))
_OF_FAMILIES = select(
    _interaction.c.id, _interaction.c.key, _interaction.c.kind, _interaction.c.marks, _interaction.c.people
).where(among(_interaction.c.family, "families"))


def siblings(tx: Tx, numbers: Iterable[int]) -> dict[int, list[Sibling]]:
    """Interaction -> the others of the same items, oldest first."""
    asked = {(row[0], row[1]) for row in tx.rows(_OF_LINES, ids=list(numbers))}
    items = list({item for _line, item in asked})
    families = {row[1] for query in _OF_ITEMS for row in tx.rows(query, ids=items)} - {0}
    near = {row[0]: Sibling(*row) for row in tx.rows(_OF_FAMILIES, families=list(families))}
    at: dict[int, set[int]] = {}
    for row in tx.rows(_OF_LINES, ids=list(near)):
        at.setdefault(row[1], set()).add(row[0])
    found: dict[int, set[int]] = {}
    for line, item in asked:
        found.setdefault(line, set()).update(at.get(item, set()) - {line})
    return {line: [near[number] for number in sorted(others)] for line, others in found.items() if others}


def standing(tx: Tx, client: int, numbers: Iterable[int]) -> set[int]:
    """Those of these interactions that stand in the client's history."""
    query = select(_history.c.interaction_id).where(
        _history.c.client_id == client, among(_history.c.interaction_id, "ids")
    )
    return {row[0] for row in tx.rows(query, ids=list(numbers))}


def said_before(tx: Tx, numbers: Iterable[int]) -> dict[int, list[Said]]:
    """Interaction -> what its amended records said earlier, oldest first."""
    query = (
        select(_origin.c.interaction_id, _record.c.changes)
        .join_from(_origin, _record, _record.c.id == _origin.c.record_id)
        .where(among(_origin.c.interaction_id, "ids"), _record.c.changes != "")
        .order_by(_record.c.id)
    )
    found: dict[int, list[Said]] = {}
    for number, changes in tx.rows(query, ids=list(numbers)):
        found.setdefault(number, []).extend(said.loads(changes))
    return found


def names(tx: Tx, identifiers: Iterable[int]) -> dict[int, str]:
    """Identifier -> the name of the person it leads to, where it leads to one."""
    return _only_names(tx, identifiers, _person, lambda lead: lead.person)


def client_names(tx: Tx, identifiers: Iterable[int]) -> dict[int, str]:
    """Identifier -> the name of the client it leads to, where it leads to one."""
    return _only_names(tx, identifiers, _client, lambda lead: lead.client)


def _only_names(tx: Tx, identifiers: Iterable[int], named: Table, led_to: Callable[[Lead], int]) -> dict[int, str]:
    found = {number: {led_to(lead) for lead in leads} - {0} for number, leads in parties.leads(tx, identifiers).items()}
    only = {number: one for number, ones in found.items() if len(ones) == 1 for one in ones}
    query = select(named.c.id, named.c.name).where(among(named.c.id, "ids"))
    called = {row[0]: row[1] for row in tx.rows(query, ids=sorted(set(only.values())))}
    return {number: called[one] for number, one in only.items()}


def users(tx: Tx, refs: Iterable[str]) -> dict[str, User]:
    """Users by what the statements of their connections call them: "CONNECTION/STREAM/EXTERNAL_ID"."""
    named: dict[int, str] = {}
    epochs: dict[int, str] = {}
    for ref in refs:
        place, _, external_id = ref.rpartition("/")
        stream = pulls.stream_id(*place.split("/", 1))
        if stream not in epochs:
            row = pulls.stream(tx, stream)
            epochs[stream] = row.epoch if row else ""
        named[ids.item(stream, epochs[stream], external_id)] = ref
    found = statements(tx, named) if named else {}
    return {named[number]: user for number, user in found.items() if isinstance(user, User)}


def cards(tx: Tx, persons: Iterable[int]) -> dict[int, list[tuple[str, Any]]]:
    """Person -> (node key, record) of the contacts it is made of."""
    query = (
        select(_node.c.person_id, _node.c.key, _record.c.kind, _record.c.body)
        .join_from(_node, _record, _record.c.id == _node.c.record_id)
        .where(among(_node.c.person_id, "ids"), _node.c.person_id != NOTHING)
        .order_by(_node.c.key)
    )
    found: dict[int, list[tuple[str, Any]]] = {}
    for person, key, kind, body in tx.rows(query, ids=list(persons)):
        found.setdefault(person, []).append((key, encoding.load(kind, encoding.unpack(body))))
    return found


# --- where everything stands -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tally:
    """How many items of a stream are in a state, by the rule that excluded them; `removed`: gone at the source."""

    state: str
    rule: str
    removed: bool
    count: int


def tallies(tx: Tx) -> dict[int, list[Tally]]:
    """Stream -> what became of its items."""
    columns = (_item.c.stream_id, _item.c.state, _item.c.rule, _item.c.removed)
    found: dict[int, list[Tally]] = {}
    for row in tx.rows(select(*columns, func.count()).group_by(*columns).order_by(*columns)):
        found.setdefault(row[0], []).append(Tally(row[1], row[2], bool(row[3]), row[4]))
    return found


def failing_since(tx: Tx) -> dict[int, int]:
    """Stream -> when the first of the runs ended (milliseconds since 1970) that failed since one was well."""
    well = (
        select(_run.c.stream_id, func.max(_run.c.id).label("id"))
        .where(_run.c.state == "ok")
        .group_by(_run.c.stream_id)
        .subquery()
    )
    query = (
        select(_run.c.stream_id, func.min(_run.c.finished))
        .join_from(_run, well, well.c.stream_id == _run.c.stream_id, isouter=True)
        .where(_run.c.state == "failed", well.c.id.is_(None) | (_run.c.id > well.c.id))
        .group_by(_run.c.stream_id)
    )
    return {row[0]: row[1] for row in tx.rows(query) if row[1] is not None}


def pace(tx: Tx) -> tuple[int, float]:
    """How many items runs have stored, and in how many seconds; those that stored only a few say nothing of it."""
    long = _run.c.finished.is_not(None) & (_run.c.stored >= _A_LOT)
    row = tx.rows(select(func.sum(_run.c.stored), func.sum(_run.c.finished - _run.c.started)).where(long))[0]
    return int(row[0] or 0), float(row[1] or 0) / 1000


_A_LOT = 100


def waiting(tx: Tx) -> int:
    """How many excluded items the next sync asks for again, since a client has turned up in them."""
    return int(tx.scalar(select(func.count()).select_from(_refetch)))


def reviews(tx: Tx, limit: int) -> tuple[int, list[tuple[str, str, str]]]:
    """How many things a person should look at, and some of them: (kind, key of an interaction, its title)."""
    first = (
        select(_review.c.kind, func.min(_interaction.c.key), func.min(_interaction.c.title))
        .join_from(_review, _interaction, _interaction.c.family == _review.c.family)
        .group_by(_review.c.kind, _review.c.family)
        .order_by(func.min(_interaction.c.key))
        .limit(limit)
    )
    count = int(tx.scalar(select(func.count()).select_from(_review)))
    return count, [tuple(row) for row in tx.rows(first)]


def family(tx: Tx, number: int) -> Sequence[Any]:
    """The interactions of an interaction's family, itself included: id, family, key, title, at."""
    own = select(_interaction.c.family).where(_interaction.c.id == number).scalar_subquery()
    columns = (_interaction.c.id, _interaction.c.family, _interaction.c.key, _interaction.c.title, _interaction.c.at)
    return tx.rows(select(*columns).where(_interaction.c.family == own).order_by(_interaction.c.key))
