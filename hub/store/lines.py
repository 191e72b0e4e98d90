"""Interactions and what hangs on them: origins, mentions, threads, places in histories."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select, update

from hub.core import ids, said, signs
from hub.core.duplicates import Member
from hub.core.ids import Name
from hub.store import encoding, search
from hub.store.columns import NOTHING
from hub.store.database import Tx, among, table
from hub.store.derived_tables import History, Identifier, Interaction, Mention, Origin, Record, Thread
from hub.store.tables import Item, Stale, Stream

_record, _item, _stream = table(Record), table(Item), table(Stream)
_interaction, _origin, _mention = table(Interaction), table(Origin), table(Mention)
_history, _thread, _identifier = table(History), table(Thread), table(Identifier)
_stale = table(Stale)


_MEMBERS = (
    select(
        _record.c.id, _record.c.item_id, _record.c.family, _record.c.kind, _record.c.part, _record.c.body,
        _record.c.changes, _item.c.epoch, _item.c.external_id, _stream.c.connection, _stream.c.name,
    )
    .join_from(_record, _item, _item.c.id == _record.c.item_id)
    .join(_stream, _stream.c.id == _item.c.stream_id)
)  # fmt: skip
_OF_FAMILIES = _MEMBERS.where(among(_record.c.family, "families"))
_OF_RECORDS = _MEMBERS.where(among(_record.c.id, "ids"))


class Kept(NamedTuple):
    """A statement in the database, as a member of its family, whose `name` it knows where that was made out; `words` as in
    `hub.core.history`, where they are known.
    """

    family: int
    record_id: int
    item_id: int
    member: Member
    words: str | None = None
    name: str = ""


def members(tx: Tx, families: Iterable[int]) -> list[Kept]:
    """All statements of these families."""
    return [_kept(row) for row in tx.ask(_OF_FAMILIES, families=list(families))]


def of_records(tx: Tx, records: Iterable[int]) -> list[Kept]:
    """These statements."""
    wanted = list(records)
    return [_kept(row) for row in tx.ask(_OF_RECORDS, ids=wanted)] if wanted else []


def _kept(row: Any) -> Kept:
    key = Name(row.connection, row.name, row.epoch, row.external_id).key(row.part)
    statement = encoding.load(row.kind, encoding.unpack(row.body))
    return Kept(
        row.family, row.id, row.item_id, Member(key, statement, row.connection, said.loads(row.changes), row.name)
    )


_FAMILIES = (
    select(_interaction.c.family)
    .join_from(_mention, _interaction, _interaction.c.id == _mention.c.interaction_id)
    .where(among(_mention.c.identifier_id, "ids"))
    .distinct()
)


def families(tx: Tx, identifier_ids: Iterable[int]) -> set[int]:
    """The families of whatever one of these takes part in."""
    return {row[0] for row in tx.ask(_FAMILIES, ids=list(identifier_ids))}


# --- interactions ----------------------------------------------------------------------------------------------------

COLUMNS = tuple(column.name for column in _interaction.columns)
_LINES = select(_interaction).where(among(_interaction.c.family, "families"))
_TAKEN = select(_interaction.c.id).where(among(_interaction.c.id, "ids"))


def lines(tx: Tx, families: Iterable[int]) -> list[tuple[Any, ...]]:
    """The interactions of these families, as rows in the order of `COLUMNS`."""
    return [tuple(row) for row in tx.ask(_LINES, families=list(families))]


def taken(tx: Tx, ids: Iterable[int]) -> set[int]:
    return {row[0] for row in tx.ask(_TAKEN, ids=list(ids))}


def drop(tx: Tx, ids: Sequence[int]) -> set[int]:
    """Take interactions out of everything that is derived from them. Returns the identifiers they mentioned."""
    if not ids:
        return set()
    loose = {identifier for _, identifier, _, _ in mentions(tx, ids)}
    search.drop(tx, ids)
    for model in (History, Mention, Origin):
        tx.drop(model, "interaction_id", ids)
    tx.drop(Interaction, "id", ids)
    return loose


_MENTIONS = select(_mention.c.interaction_id, _mention.c.identifier_id, _mention.c.role, _mention.c.wrote).where(
    among(_mention.c.interaction_id, "ids")
)


def mentions(tx: Tx, ids: Iterable[int]) -> list[tuple[int, int, str, bool]]:
    return [tuple(row) for row in tx.ask(_MENTIONS, ids=list(ids))]


# --- places in histories ---------------------------------------------------------------------------------------------

_PLACES = select(
    _history.c.client_id, _history.c.interaction_id, _history.c.role, _history.c.reason, _history.c.signs
).where(among(_history.c.interaction_id, "ids"))


def replace_places(
    tx: Tx,
    ids: Sequence[int],
    rows: Collection[tuple[int, int, str, str]],
    bear: Mapping[int, str] | None = None,
    *,
    fresh: bool,
) -> None:
    """Make these the places of the interactions; `fresh` ones have none yet. `bear` are the signs of their tokens, where these
    are at hand; otherwise they are as they were.
    """
    before = set() if fresh else {tuple(row) for row in tx.ask(_PLACES, ids=ids)}
    if bear is None:
        bear = _signs_of(tx, {row[1] for row in rows}, before)
    now = {(*row, bear[row[1]]) for row in rows}
    if before == now:
        return
    gone = {row[1] for row in before - now}
    if gone:
        tx.drop(History, "interaction_id", gone)
    tx.keep(History, sorted(row for row in now if row not in before or row[1] in gone))


def _signs_of(tx: Tx, placed: Iterable[int], before: Iterable[tuple[Any, ...]]) -> dict[int, str]:
    """Of lines that stood somewhere before, the signs they bore there; of others, those of their tokens."""
    known = {row[1]: row[4] for row in before}
    new = [line for line in placed if line not in known]
    return known | {line: signs.signs(said) for line, said in search.of(tx, new)}


_SIGHTS = (
    select(_mention.c.interaction_id, _mention.c.identifier_id, _identifier.c.domain_id, _mention.c.role)
    .join_from(_mention, _identifier, _identifier.c.id == _mention.c.identifier_id)
    .where(among(_mention.c.interaction_id, "ids"))
)
_KEYS = select(_interaction.c.id, _interaction.c.key).where(among(_interaction.c.id, "ids"))


def sights(tx: Tx, ids: Iterable[int]) -> list[tuple[int, int, int, str]]:
    """(interaction, identifier, its domain, role) of every mention."""
    return [tuple(row) for row in tx.ask(_SIGHTS, ids=list(ids))]


def keys(tx: Tx, ids: Iterable[int]) -> dict[int, str]:
    return {row[0]: row[1] for row in tx.ask(_KEYS, ids=list(ids))}


_STALE = select(_stale.c.identifier_id, _stale.c.after).order_by(_stale.c.identifier_id)
_UNTOUCHED = select(_stale.c.identifier_id).where(_stale.c.after == 0).order_by(_stale.c.identifier_id)


def _behind(number: int, after: int, limit: int) -> tuple[Any, Any]:
    direct = (
        select(_mention.c.interaction_id)
        .where(_mention.c.identifier_id == number, _mention.c.interaction_id > after)
        .order_by(_mention.c.interaction_id)
        .limit(limit)
    )
    at_domain = (
        select(_mention.c.interaction_id)
        .join_from(_mention, _identifier, _identifier.c.id == _mention.c.identifier_id)
        .where(_identifier.c.domain_id == number, _identifier.c.domain_id != NOTHING, _mention.c.interaction_id > after)
        .order_by(_mention.c.interaction_id)
        .limit(limit)
    )
    return direct, at_domain


def stale(tx: Tx) -> tuple[int, int] | None:
    """An identifier that leads elsewhere now, and after which interaction its old ones are still to be placed anew."""
    rows = tx.rows(_STALE.limit(1))
    return (rows[0][0], rows[0][1]) if rows else None


def untouched(tx: Tx, limit: int) -> list[int]:
    """Identifiers that lead elsewhere now and none of whose interactions has been placed anew yet."""
    return [row[0] for row in tx.rows(_UNTOUCHED.limit(limit))]


def behind(tx: Tx, number: int, after: int, limit: int) -> list[int]:
    """The next interactions that an identifier, or an address at that domain, takes part in."""
    found = {row[0] for query in _behind(number, after, limit) for row in tx.rows(query)}
    return sorted(found)[:limit]


# --- threads ---------------------------------------------------------------------------------------------------------

_NODES = select(_thread.c.node, _thread.c.thread).where(among(_thread.c.node, "nodes"))


def threads(tx: Tx, nodes: Iterable[int]) -> dict[int, int]:
    return {row[0]: row[1] for row in tx.ask(_NODES, nodes=list(nodes))}


_MOVE_NODES = update(_thread).where(_thread.c.thread == bindparam("old")).values(thread=bindparam("new"))
_MOVE_LINES = (
    update(_interaction)
    .where(_interaction.c.thread == bindparam("old"), _interaction.c.thread != NOTHING)
    .values(thread=bindparam("new"))
)


def move_threads(tx: Tx, moved: dict[int, int]) -> None:
    """Threads that are part of another now."""
    for statement in (_MOVE_NODES, _MOVE_LINES):
        tx.each(statement, ("old", "new"), list(moved.items()))


_SET_THREAD = update(_interaction).where(_interaction.c.id == bindparam("line")).values(thread=bindparam("now"))


def set_threads(tx: Tx, rows: Sequence[tuple[int, int]]) -> None:
    """(interaction id, thread)."""
    tx.each(_SET_THREAD, ("line", "now"), rows)


_OF_THREADS = select(_interaction.c.id, _interaction.c.refs).where(
    among(_interaction.c.thread, "threads"), _interaction.c.thread != NOTHING
)


def thread_members(tx: Tx, numbers: Iterable[int]) -> list[tuple[int, list[int]]]:
    """Interactions of these threads: (id, own number and those it refers to)."""
    return [(row[0], [int(n) for n in row[1].split()]) for row in tx.ask(_OF_THREADS, threads=list(numbers))]


def _column(tx: Tx, query: Any, **parameters: Any) -> set[int]:
    return {row[0] for row in tx.rows(query, **parameters)}


def by_key(tx: Tx, key: str) -> int | None:
    """The id of the interaction with this key: its family's name, or that with what tells it apart after the last `~`."""
    families = [ids.number(key), ids.number(key.rpartition("~")[0])]
    query = select(_interaction.c.id).where(_interaction.c.family.in_(families), _interaction.c.key == key)
    number = tx.scalar(query)
    return int(number) if number is not None else None


_DIRECT = select(_mention.c.interaction_id).where(among(_mention.c.identifier_id, "ids"))
_AT_DOMAINS = (
    select(_mention.c.interaction_id)
    .join_from(_identifier, _mention, _mention.c.identifier_id == _identifier.c.id)
    .where(among(_identifier.c.domain_id, "ids"), _identifier.c.domain_id != NOTHING)
)


def of_identifiers(tx: Tx, numbers: Iterable[int], limit: int | None = None) -> set[int]:
    """Interactions in which one of these identifiers, or an address at one of these domains, takes part; of more than
    `limit`, some.
    """
    wanted = list(numbers)
    return _column(tx, _DIRECT.limit(limit), ids=wanted) | _column(tx, _AT_DOMAINS.limit(limit), ids=wanted)


def of_client(tx: Tx, client: int) -> set[int]:
    return _column(tx, select(_history.c.interaction_id).where(_history.c.client_id == client))


def items_of(tx: Tx, numbers: Iterable[int]) -> set[int]:
    """The items that interactions come from."""
    return _column(tx, select(_origin.c.item_id).where(among(_origin.c.interaction_id, "ids")), ids=list(numbers))


def shared(tx: Tx, numbers: Iterable[int], client: int | None) -> int:
    """How many of these interactions stand in another client's history, too."""
    query = select(_history.c.interaction_id).where(among(_history.c.interaction_id, "ids"), _history.c.client_id != (client or 0))  # fmt: skip
    return len(_column(tx, query.distinct(), ids=list(numbers)))


_SEEN = (
    select(_origin.c.interaction_id, _stream.c.connection, _stream.c.name, _stream.c.title, _stream.c.custodian,
           _item.c.external_id, _item.c.removed, _record.c.part, _record.c.frozen)
    .join_from(_origin, _item, _item.c.id == _origin.c.item_id)
    .join(_stream, _stream.c.id == _item.c.stream_id)
    .join(_record, _record.c.id == _origin.c.record_id)
    .where(among(_origin.c.interaction_id, "ids"))
    .order_by(_stream.c.connection, _stream.c.name, _item.c.external_id)
)  # fmt: skip


def origins(tx: Tx, numbers: Iterable[int]) -> dict[int, list[Any]]:
    """Interaction -> where it was seen: connection, name, title, custodian, external_id, removed, part, frozen."""
    found: dict[int, list[Any]] = {}
    for row in tx.rows(_SEEN, ids=list(numbers)):
        found.setdefault(row[0], []).append(row)
    return found


def statement(tx: Tx, record_id: int) -> Any:
    """The record that an interaction shows."""
    rows = tx.rows(select(_record.c.kind, _record.c.body).where(_record.c.id == record_id))
    return encoding.load(rows[0][0], encoding.unpack(rows[0][1])) if rows else None
