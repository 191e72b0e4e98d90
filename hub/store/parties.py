"""Nodes, claims, clients and persons, and where identifiers lead: reading what is known, writing what follows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import bindparam, exists, func, select, update

from hub.core import ids
from hub.core.history import Lead
from hub.core.identity import Node as Party
from hub.core.records import Identifier as Value
from hub.store.columns import NOTHING
from hub.store.database import Tx, among, table
from hub.store.derived_tables import (
    Claim,
    Client,
    Identifier,
    Interaction,
    Mention,
    Node,
    Person,
    Record,
    Speaker,
)
from hub.store.tables import Stale

_node, _claim, _identifier = table(Node), table(Claim), table(Identifier)
_speaker, _client, _person = table(Speaker), table(Client), table(Person)
_mention, _interaction, _stale = table(Mention), table(Interaction), table(Stale)
_record = table(Record)


Voices: TypeAlias = Mapping[int, Mapping[int, str]]
"""Person -> the clients they speak for -> the reason."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A node as it stands in the database."""

    party: Party
    record_id: int
    client_id: int
    person_id: int


@lru_cache(maxsize=1_024)
def identifier_id(value: Value) -> int:
    return ids.number(f"{value.kind}:{value.value}")


@lru_cache(maxsize=1_024)
def domain_id(value: Value) -> int:
    return ids.number(f"domain:{value.value.rpartition('@')[2]}") if value.kind == "email" else 0


_KNOWN = select(_identifier.c.id).where(among(_identifier.c.id, "ids"))


def unknown(tx: Tx, identifier_ids: Set[int]) -> set[int]:
    """Those of these identifiers that were never seen, or that nothing claims or mentions any more."""
    known = {row[0] for row in tx.ask(_KNOWN, ids=list(identifier_ids))}
    return {number for number in identifier_ids if number not in known}


def keep_identifiers(tx: Tx, identifiers: Iterable[tuple[int, str, str, int]]) -> None:
    """Keep these: (id, kind, value, id of its domain, 0 without)."""
    tx.keep(Identifier, sorted((number, kind, value, domain, False) for number, kind, value, domain in identifiers))


# --- reading ---------------------------------------------------------------------------------------------------------

_NODES = select(
    _node.c.id, _node.c.key, _node.c.kind, _node.c.name, _node.c.kpp, _node.c.record_id, _node.c.client_id,
    _node.c.person_id,
).where(among(_node.c.id, "ids"))  # fmt: skip
_CLAIMS = (
    select(_claim.c.node_id, _claim.c.role, _identifier.c.kind, _identifier.c.value)
    .join_from(_claim, _identifier, _identifier.c.id == _claim.c.identifier_id)
    .where(among(_claim.c.node_id, "ids"))
)


def nodes(tx: Tx, node_ids: Iterable[int]) -> dict[int, Stored]:
    wanted = list(node_ids)
    if not wanted:
        return {}
    rows = {row.id: row for row in tx.ask(_NODES, ids=wanted)}
    claims: dict[tuple[int, str], list[Value]] = {}
    for node_id, role, kind, value in tx.ask(_CLAIMS, ids=list(rows)) if rows else ():
        claims.setdefault((node_id, role.lower()), []).append(Value(kind, value))
    return {
        number: Stored(
            Party(
                row.key,
                row.kind,
                row.name,
                tuple(sorted(claims.get((number, "is"), ()))),
                row.kpp,
                tuple(sorted(claims.get((number, "of"), ()))),
                tuple(sorted(claims.get((number, "at"), ()))),
            ),
            row.record_id,
            row.client_id,
            row.person_id,
        )
        for number, row in rows.items()
    }


_CLAIMERS = select(
    _claim.c.identifier_id, _claim.c.node_id, _node.c.kind, _node.c.client_id, _node.c.person_id
).join_from(_claim, _node, _node.c.id == _claim.c.node_id)
_CLAIMERS_IS = _CLAIMERS.where(_claim.c.role == "is", among(_claim.c.identifier_id, "ids"))
_CLAIMERS_OF = _CLAIMERS.where(_claim.c.role != "is", among(_claim.c.identifier_id, "ids"))


def claimers(tx: Tx, identifier_ids: Iterable[int]) -> Sequence[Any]:
    """Who claims these identifiers as their own: identifier_id, node_id, kind, client_id, person_id."""
    wanted = list(identifier_ids)
    return tx.ask(_CLAIMERS_IS, ids=wanted) if wanted else ()


def pointers(tx: Tx, identifier_ids: Iterable[int]) -> Sequence[Any]:
    """Contacts that name these refs as their company, or have an address at these domains, as `claimers` has them."""
    wanted = list(identifier_ids)
    return tx.ask(_CLAIMERS_OF, ids=wanted) if wanted else ()


_CLAIMED = select(func.count()).where(_claim.c.identifier_id == _identifier.c.id, _claim.c.role == "is")
_COUNTS = select(_identifier.c.id, _identifier.c.generic, _CLAIMED.scalar_subquery()).where(
    among(_identifier.c.id, "ids")
)


def claim_counts(tx: Tx, identifier_ids: Iterable[int]) -> Sequence[Any]:
    """(id, whether it counted as generic so far, how many claim it as their own)."""
    wanted = list(identifier_ids)
    return tx.ask(_COUNTS, ids=wanted) if wanted else ()


_OF_CLIENTS = select(_node.c.id).where(
    among(_node.c.client_id, "ids"), _node.c.client_id != NOTHING, _node.c.kind != "contact"
)
_OF_PERSONS = select(_node.c.id).where(among(_node.c.person_id, "ids"), _node.c.person_id != NOTHING)


def nodes_of_clients(tx: Tx, client_ids: Iterable[int]) -> list[int]:
    wanted = [number for number in client_ids if number]
    return [row[0] for row in tx.ask(_OF_CLIENTS, ids=wanted)] if wanted else []


def nodes_of_persons(tx: Tx, person_ids: Iterable[int]) -> list[int]:
    wanted = [number for number in person_ids if number]
    return [row[0] for row in tx.ask(_OF_PERSONS, ids=wanted)] if wanted else []


_LEADING = (
    select(_identifier.c.id)
    .join_from(_identifier, _claim, (_claim.c.identifier_id == _identifier.c.id) & (_claim.c.role == "is"))
    .where(among(_identifier.c.id, "ids"), ~_identifier.c.generic)
)
"""That of too many leads nowhere, and its claims, which may be thousands, are not gone through."""
_LEADS = (
    _LEADING.join(_node, _node.c.id == _claim.c.node_id)
    .join(_speaker, (_speaker.c.person_id == _node.c.person_id) & (_node.c.kind == "contact"), isouter=True)
    .with_only_columns(
        _identifier.c.id,
        func.coalesce(_speaker.c.client_id, _node.c.client_id),
        func.coalesce(_speaker.c.person_id, 0),
        func.coalesce(_speaker.c.reason, _node.c.kind),
    )
)


def leads(tx: Tx, identifier_ids: Iterable[int]) -> dict[int, list[Lead]]:
    """Where identifiers lead: to the clients of those who claim them as their own, through contacts to whom these speak
    for. An address of too many leads nowhere; a role address leads to those who claim it, since attaching a mail joins
    nobody.
    """
    wanted = list(identifier_ids)
    rows = tx.ask(_LEADS, ids=wanted) if wanted else ()
    return {
        number: [Lead(client, person, reason) for (client, person), reason in ways.items()]
        for number, ways in least(rows).items()
    }


def least(rows: Iterable[tuple[int, int, int, str]]) -> dict[int, dict[tuple[int, int], str]]:
    """Of ways that lead from an identifier to the same client through the same person, the one with the least reason:
    identifier -> (client, person) -> reason.
    """
    found: dict[int, dict[tuple[int, int], str]] = {}
    for number, client, person, reason in rows:
        ways = found.setdefault(number, {})
        ways[client, person] = min(reason, ways.get((client, person), reason))
    return found


def clients_people(tx: Tx, people: Iterable[Value]) -> set[Value]:
    """Those of these who lead to a client, themselves or by their domain."""
    numbers = {value: {identifier_id(value), domain_id(value)} for value in people}
    wanted = set().union(*numbers.values()) - {0}
    leading = {row[0] for row in tx.ask(_LEADING, ids=list(wanted))} if wanted else set()
    return {value for value, both in numbers.items() if not leading.isdisjoint(both)}


_WROTE = (
    select(_identifier.c.value)
    .join_from(_identifier, _mention, _mention.c.identifier_id == _identifier.c.id)
    .where(among(_identifier.c.domain_id, "ids"), _identifier.c.domain_id != NOTHING, _mention.c.wrote)
    .distinct()
)


def addresses_written_to(tx: Tx, domain_ids: Iterable[int]) -> list[str]:
    """Addresses at these domains that one of ours has written to."""
    return [row[0] for row in tx.ask(_WROTE, ids=list(domain_ids))]


_MENTIONED = select(_mention.c.identifier_id).where(among(_mention.c.identifier_id, "ids")).distinct()
_DOMAINS = (
    select(_identifier.c.domain_id)
    .where(
        among(_identifier.c.domain_id, "ids"),
        _identifier.c.domain_id != NOTHING,
        exists().where(_mention.c.identifier_id == _identifier.c.id),
    )
    .distinct()
)


def mentioned(tx: Tx, identifier_ids: Iterable[int]) -> set[int]:
    """Those identifiers that take part in an interaction, domains by their addresses."""
    wanted = list(identifier_ids)
    if not wanted:
        return set()
    found = {row[0] for row in tx.ask(_MENTIONED, ids=wanted)}
    return found | {row[0] for row in tx.ask(_DOMAINS, ids=wanted)}


# --- writing ---------------------------------------------------------------------------------------------------------


def put_nodes(tx: Tx, put: Mapping[int, tuple[Party, int]], before: Mapping[int, Stored]) -> set[int]:
    """Write nodes with their claims; clients and persons are assigned later. Returns the identifiers that were unknown."""
    rows = []
    for node_id, (party, record_id) in put.items():
        known = before.get(node_id)
        client, person = (known.client_id, known.person_id) if known else (0, 0)
        rows.append((node_id, party.key, ids.public(party.key), party.kind, party.name, party.kpp, record_id, client, person))  # fmt: skip
    tx.put(Node, rows)
    tx.drop(Claim, "node_id", [node_id for node_id in put if node_id in before])
    said = [(claim, role, node_id) for node_id, (party, _) in put.items() for role, claim in _roles(party)]
    number_of = {claim: identifier_id(claim) for claim, _, _ in said}
    fresh = unknown(tx, set(number_of.values()))
    keep_identifiers(
        tx, [(n, claim.kind, claim.value, domain_id(claim)) for claim, n in number_of.items() if n in fresh]
    )
    tx.keep(Claim, sorted((number_of[claim], role, node_id) for claim, role, node_id in said))
    return fresh


def _roles(party: Party) -> Iterator[tuple[str, Value]]:
    of, at = ("OF", "AT") if party.of and party.at else ("of", "at")
    for role, claims in (("is", party.claims), (of, party.of), (at, party.at)):
        for claim in claims:
            yield role, claim


def drop_nodes(tx: Tx, node_ids: Iterable[int]) -> None:
    listed = list(node_ids)
    tx.drop(Claim, "node_id", listed)
    tx.drop(Node, "id", listed)


_ASSIGN = (
    update(_node)
    .where(_node.c.id == bindparam("node"))
    .values(client_id=bindparam("client"), person_id=bindparam("person"))
)


def assign(tx: Tx, rows: Sequence[tuple[int, int, int]]) -> None:
    """Say which client and person nodes belong to: (node, client, person)."""
    tx.each(_ASSIGN, ("node", "client", "person"), rows)


def replace_speakers(tx: Tx, before: Voices, now: Voices) -> set[int]:
    """Let these persons speak for others than `before`. Returns those who do."""
    others = {person for person in before.keys() | now.keys() if before.get(person) != now.get(person)}
    tx.drop(Speaker, "person_id", others & before.keys())
    tx.keep(Speaker, [(person, *way) for person in sorted(others & now.keys()) for way in now[person].items()])
    return others


_PUBLIC = select(_client.c.id, _client.c.public_id, _client.c.kind).where(among(_client.c.id, "ids"))
_SPEAKERS = select(_speaker.c.person_id, _speaker.c.client_id, _speaker.c.reason).where(
    among(_speaker.c.person_id, "ids")
)


def public_ids(tx: Tx, client_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Those of the clients that exist: id -> (public id, kind)."""
    return {row[0]: (row[1], row[2]) for row in tx.ask(_PUBLIC, ids=list(client_ids))}


def speakers(tx: Tx, person_ids: Iterable[int]) -> dict[int, dict[int, str]]:
    """For whom these persons speak, as `Voices` has it."""
    wanted = list(person_ids)
    found: dict[int, dict[int, str]] = {}
    for person, client, reason in tx.ask(_SPEAKERS, ids=wanted) if wanted else ():
        found.setdefault(person, {})[client] = reason
    return found


_CLIENTS_OF = select(_node.c.key, _node.c.client_id, _node.c.person_id).where(among(_node.c.id, "ids"))


def clients_of(tx: Tx, keys: Iterable[str]) -> dict[str, int]:
    """Node key -> client; of a contact that speaks for exactly one client, that one."""
    found: dict[str, int] = {}
    for key, client, person in tx.ask(_CLIENTS_OF, ids=[ids.number(key) for key in keys]):
        spoken = list(speakers(tx, [person]).get(person, ())) if not client else []
        if client or len(spoken) == 1:
            found[key] = client or spoken[0]
    return found


_VALUES = select(_identifier.c.kind, _identifier.c.value).where(among(_identifier.c.id, "ids"))


def values(tx: Tx, identifier_ids: Iterable[int]) -> list[Value]:
    wanted = list(identifier_ids)
    return [Value(row[0], row[1]) for row in tx.ask(_VALUES, ids=wanted)] if wanted else []


def every_value(tx: Tx) -> Iterator[Value]:
    for row in tx.stream(select(_identifier.c.kind, _identifier.c.value), 2000):
        yield Value(row[0], row[1])


def items_of(tx: Tx, identifier_ids: Iterable[int]) -> set[int]:
    """The items of the parties that claim these identifiers as their own."""
    query = (
        select(_record.c.item_id)
        .join_from(_claim, _node, _node.c.id == _claim.c.node_id)
        .join(_record, _record.c.id == _node.c.record_id)
        .where(_claim.c.role == "is", among(_claim.c.identifier_id, "ids"))
    )
    return {row[0] for row in tx.rows(query, ids=list(identifier_ids))}


_USED = (
    select(_claim.c.identifier_id).where(among(_claim.c.identifier_id, "ids")),
    select(_mention.c.identifier_id).where(among(_mention.c.identifier_id, "ids")),
)


def sweep(tx: Tx, identifier_ids: Iterable[int]) -> None:
    """Drop those identifiers that nothing claims or mentions any more."""
    loose = set(identifier_ids)
    for query in _USED:
        if loose:
            loose -= {row[0] for row in tx.rows(query, ids=list(loose))}
    tx.drop(Identifier, "id", sorted(loose))
