"""Parties become clients and persons, incrementally: only the components that a change touches are resolved again.

    changed nodes -> everything that shares a claim with them (closed under sharing) -> clusters -> clients
                  -> the contacts that depend on them -> persons -> whom they speak for -> links of identifiers

The result is the same as resolving everything at once: a component is always taken whole.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import TypeAlias

from hub.core import ids, names, normalize
from hub.core.decisions import Decisions
from hub.core.identity import GENERIC, Cluster, Known, Node, best_inn, best_kind, best_name, cluster, speaks_for
from hub.core.lending import Stated, lent
from hub.core.records import Identifier
from hub.projection.lending import Statements
from hub.store import parties
from hub.store.database import Tx
from hub.store.derived_tables import Client, Person
from hub.store.derived_tables import Identifier as IdentifierRow
from hub.store.parties import Stored

Claimer: TypeAlias = tuple[int, str, int, int]
"""A node, its kind, client and person."""


@dataclass(slots=True)
class Outcome:
    """What a change of parties led to: identifiers that lead elsewhere now, clients before and after (public ids), and
    `loose` identifiers that nobody may claim any more.
    """

    redirected: set[int] = field(default_factory=set)
    loose: set[int] = field(default_factory=set)
    clients: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Look:
    """What was read in this update, so that each is read once: nodes, who claims an identifier and whose these have become,
    and which identifiers are `pointless` or, more than that, `crowded`. Those that were not so before have `flipped`. What
    only one claims is `lone`, and needs no look where that node was read.
    """

    tx: Tx
    nodes: dict[int, Stored] = field(default_factory=dict)
    pointless: dict[int, Identifier] = field(default_factory=dict)
    crowded: set[int] = field(default_factory=set)
    flipped: set[int] = field(default_factory=set)
    lone: set[int] = field(default_factory=set)
    _claims: dict[int, dict[int, Identifier]] = field(default_factory=dict)
    _bearer: dict[int, int] = field(default_factory=dict)
    _counted: set[int] = field(default_factory=set)
    _claimers: dict[int, list[Claimer]] = field(default_factory=dict)
    _assigned: dict[int, tuple[int, int]] = field(default_factory=dict)

    def read(self, node_ids: Iterable[int]) -> None:
        self.nodes.update(parties.nodes(self.tx, set(node_ids) - self.nodes.keys()))

    def claims(self, node_ids: Iterable[int]) -> dict[int, Identifier]:
        """What these nodes claim as their own."""
        found: dict[int, Identifier] = {}
        for node_id in node_ids:
            claims = self._claims.get(node_id)
            if claims is None:
                own = self.nodes[node_id].party.claims
                claims = self._claims[node_id] = {parties.identifier_id(claim): claim for claim in own}
                self._bearer.update(dict.fromkeys(claims, node_id))
            found |= claims
        return found

    def generic(self, identifiers: Mapping[int, Identifier]) -> dict[int, Identifier]:
        """Those of these identifiers that point to nobody."""
        for number, was, count in parties.claim_counts(self.tx, identifiers.keys() - self._counted):
            value = identifiers[number]
            if count == 1:
                self.lone.add(number)
            if count > GENERIC:
                self.crowded.add(number)
            if count > GENERIC or normalize.is_generic(value):
                self.pointless[number] = value
            if (count > GENERIC) != was:
                self.flipped.add(number)
                row = (number, value.kind, value.value, parties.domain_id(value), count > GENERIC)
                self.tx.put(IdentifierRow, [row])
        self._counted |= identifiers.keys()
        return {number: self.pointless[number] for number in identifiers.keys() & self.pointless.keys()}

    def claimers(self, identifier_ids: Set[int]) -> set[int]:
        """The nodes that claim these identifiers as their own."""
        claiming = self._claiming(identifier_ids)
        return {claimer[0] for number in identifier_ids for claimer in claiming[number]}

    def who(self, identifier_ids: Set[int]) -> Iterator[tuple[int, str, int, int]]:
        """Who claims these identifiers as their own: identifier, kind, client and person as they are assigned now."""
        claiming = self._claiming(identifier_ids)
        for number in identifier_ids:
            for node_id, kind, client, person in claiming[number]:
                yield number, kind, *self._assigned.get(node_id, (client, person))

    def _claiming(self, identifier_ids: Set[int]) -> Mapping[int, Sequence[Claimer]]:
        fresh = identifier_ids - self._claimers.keys()
        known = fresh & self.lone & self._bearer.keys()
        self._claimers.update((number, [self._claimer(self._bearer[number])]) for number in known)
        self._claimers.update((number, []) for number in fresh - known)
        for number, node_id, kind, client, person in parties.claimers(self.tx, fresh - known):
            self._claimers[number].append((node_id, kind, client, person))
        return self._claimers

    def _claimer(self, node_id: int) -> Claimer:
        stored = self.nodes[node_id]
        return node_id, stored.party.kind, stored.client_id, stored.person_id

    def assign(self, rows: Sequence[tuple[int, int, int]]) -> None:
        """Say which client and person nodes belong to: (node, client, person)."""
        parties.assign(self.tx, rows)
        self._assigned.update((node_id, (client, person)) for node_id, client, person in rows)

    def contacts(self, node_ids: Set[int]) -> set[int]:
        """Those of these nodes that are contacts."""
        self.read(node_ids)
        return {n for n in node_ids if n in self.nodes and self.nodes[n].party.kind == "contact"}


def update(
    tx: Tx,
    put: Mapping[int, tuple[Node, int]],
    dropped: Set[int],
    decisions: Decisions,
    also: Set[int] = frozenset(),
) -> Outcome:
    """Write changed nodes (id -> node, record), drop others, and let clients, persons and links follow.

    `also` are nodes to be resolved again although they did not change: a decision was made about them.
    """
    before = parties.nodes(tx, {*put, *dropped, *also})
    changed = {n: p for n, p in put.items() if n not in before or (before[n].party, before[n].record_id) != p}
    gone = [node_id for node_id in dropped if node_id in before]
    again = [node_id for node_id in also if node_id in before]
    if not changed and not gone and not again:
        return Outcome()
    parties.put_nodes(tx, changed, before)
    parties.drop_nodes(tx, gone)
    look = _Look(tx, {n: one for n, one in before.items() if n not in dropped})
    look.nodes |= {n: _standing(*both, before.get(n)) for n, both in changed.items()}
    stood = [before[n].party for n in (*changed, *gone, *again) if n in before]
    claims = look.claims(changed)
    own = claims.keys() | {parties.identifier_id(claim) for party in stood for claim in party.claims}
    named = claims | _numbered(claim for party, _ in changed.values() for claim in (*party.of, *party.at))
    touched = named | _numbered(claim for party in stood for claim in _all(party))
    outcome = _resolve(look, before, {*changed, *again}, touched, own, decisions)
    outcome.loose |= touched.keys() - named.keys()
    return outcome


def _standing(party: Node, record: int, before: Stored | None) -> Stored:
    return Stored(party, record, before.client_id if before else 0, before.person_id if before else 0)


def _numbered(claims: Iterable[Identifier]) -> dict[int, Identifier]:
    return {parties.identifier_id(claim): claim for claim in claims}


def _all(party: Node) -> tuple[Identifier, ...]:
    return (*party.claims, *party.of, *party.at)


def _resolve(
    look: _Look,
    before: Mapping[int, Stored],
    seeds: set[int],
    touched: Mapping[int, Identifier],
    own: set[int],
    decisions: Decisions,
) -> Outcome:
    """`touched` are all identifiers that changed nodes name or named, `own` those of them that they claim as theirs."""
    tx, outcome = look.tx, Outcome()
    generic = look.generic(touched)
    old_clients = {stored.client_id for stored in before.values()} - {0}
    old_persons = {stored.person_id for stored in before.values()} - {0}
    around = look.claimers(touched.keys() - generic.keys() | look.flipped)
    seeds |= around | set(parties.nodes_of_clients(tx, old_clients)) | set(parties.nodes_of_persons(tx, old_persons))
    statements = Statements(tx)
    seeds = _close_clients(look, statements, seeds, generic, decisions)
    moved, companies = _clients(look, statements.stated, seeds, old_clients, generic, decisions, outcome)
    contacts = _depending(look, seeds, moved, own, decisions)
    contacts = _close(look, contacts, generic, decisions)
    persons = _persons(look, contacts, old_persons, companies, generic, decisions, outcome)
    outcome.redirected = _link(look, {**touched, **look.claims(moved | persons)})
    return outcome


def _close(look: _Look, seeds: Iterable[int], generic: dict[int, Identifier], decisions: Decisions) -> set[int]:
    """The seeds with all nodes of the same graph that share a claim that counts, or that people spoke of together."""
    closed: set[int] = set()
    checked: set[int] = set(generic)
    frontier = set(seeds)
    while frontier:
        look.read(frontier)
        frontier = {n for n in frontier if n in look.nodes}
        closed |= frontier
        fresh = {number: claim for number, claim in look.claims(frontier).items() if number not in checked}
        checked |= fresh.keys()
        generic.update(look.generic(fresh))
        found = look.claimers(fresh.keys() - generic.keys() - look.lone)
        for node_id in frontier:
            found |= {ids.number(key) for key in decisions.partners.get(look.nodes[node_id].party.key, ())}
        frontier = found - closed
    return closed


def _close_clients(
    look: _Look, statements: Statements, seeds: set[int], generic: dict[int, Identifier], decisions: Decisions
) -> set[int]:
    """The seeds closed as above, and under what is stated: whether a domain is lent depends on everybody at it."""
    closed: set[int] = set()
    fresh = seeds
    while fresh:
        fresh = _close(look, fresh, generic, decisions) - closed
        closed |= fresh
        fresh = statements.beyond(look.nodes[n] for n in fresh) - closed
    return closed


# --- clients ---------------------------------------------------------------------------------------------------------


def _clients(
    look: _Look,
    stated: Set[Stated],
    seeds: set[int],
    old: set[int],
    generic: Mapping[int, Identifier],
    decisions: Decisions,
    outcome: Outcome,
) -> tuple[set[int], dict[str, int]]:
    """Resolve the companies among the seeds. Returns those that moved, and node key -> client id."""
    members = {n: look.nodes[n] for n in seeds if look.nodes[n].party.kind != "contact"}
    nodes, crowd = [stored.party for stored in members.values()], set(generic.values())
    clusters = cluster(nodes, crowd, decisions, lent(nodes, crowd, stated))
    number_of = {stored.party.key: number for number, stored in members.items()}
    rows, assigned, moved = [], [], set()
    client_of: dict[str, int] = {}
    for found in clusters:
        client = client_id(found.key)
        rows.append(_client_row(client, found))
        for node in found.nodes:
            client_of[node.key] = client
            number = number_of[node.key]
            if members[number].client_id != client:
                assigned.append((number, client, 0))
                moved.add(number)
    old = old | {stored.client_id for stored in members.values()} - {0}
    _replace_clients(look.tx, rows, old, outcome, persons=False)
    look.assign(assigned)
    return moved, client_of


def client_id(key: str) -> int:
    """The id of the client whose canonical key this is."""
    return ids.number(f"client:{key}")


def person_id(key: str) -> int:
    return ids.number(f"person:{key}")


def _client_row(client: int, found: Cluster) -> tuple[int, str, str, str, str, str, str]:
    name = best_name(found.nodes)
    kind = best_kind(found.nodes)
    return (client, found.key, ids.public(found.key), "person" if kind == "contact" else kind, name,
            names.fold_company(name), best_inn(found.nodes))  # fmt: skip


def _replace_clients(
    tx: Tx, rows: Sequence[tuple[int, str, str, str, str, str, str]], old: set[int], outcome: Outcome, *, persons: bool
) -> None:
    """Write these clients; those of the old ones (of the same family) that are no longer, drop."""
    now = {row[0] for row in rows}
    known = parties.public_ids(tx, old | now)
    gone = {c: public for c, (public, kind) in known.items() if c not in now and (kind == "person") is persons}
    tx.put(Client, rows)
    tx.drop(Client, "id", gone)
    outcome.clients += [("", row[2]) for row in rows if row[0] not in known]
    outcome.clients += [(public, "") for public in gone.values()]


# --- persons ---------------------------------------------------------------------------------------------------------


def _depending(look: _Look, seeds: set[int], moved: set[int], own: set[int], decisions: Decisions) -> set[int]:
    """Contacts whose clients may have changed: seeds themselves, and whoever names, shares or sits at what moved. That
    somebody else sits there, too, changes nothing for the others: a large company has thousands of contacts.
    """
    claims = own | look.claims(moved).keys()
    pointers = {c.node_id for c in parties.pointers(look.tx, claims)}
    partners = {ids.number(k) for n in moved for k in decisions.partners.get(look.nodes[n].party.key, ())}
    contacts = look.contacts(seeds | pointers | look.claimers(claims) | partners)
    mates = parties.nodes_of_persons(look.tx, {look.nodes[n].person_id for n in contacts})
    return contacts | set(mates)


def _persons(
    look: _Look,
    contacts: set[int],
    old: set[int],
    companies: Mapping[str, int],
    generic: Mapping[int, Identifier],
    decisions: Decisions,
    outcome: Outcome,
) -> set[int]:
    """Resolve contacts into persons and the clients they speak for. Returns the contacts resolved."""
    numbers = {n for n in contacts if look.nodes[n].party.kind == "contact"}
    if not numbers and not old:
        return set()
    members = [look.nodes[n] for n in numbers]
    known = _known(look, numbers, companies, decisions)
    number_of = {look.nodes[n].party.key: n for n in numbers}
    crowd = set(generic.values())
    people, speakers, private, assigned = [], [], [], []
    for found in cluster((stored.party for stored in members), crowd, decisions):
        person = person_id(found.key)
        people.append((person, found.key, best_name(found.nodes)))
        clients = speaks_for(found.nodes, known, crowd, decisions)
        own = 0 if clients else client_id(found.key)
        if own:
            private.append(_client_row(own, found))
        speakers += [(person, int(client), reason) for client, reason in clients.items()] or [(person, own, "self")]
        mine = (number_of[node.key] for node in found.nodes)
        assigned += [
            (n, own, person) for n in mine if (look.nodes[n].client_id, look.nodes[n].person_id) != (own, person)
        ]
    old = old | {stored.person_id for stored in members} - {0}
    now = {row[0] for row in people}
    was_private = {stored.client_id for stored in members} - {0} | parties.private_clients(look.tx, old)
    _replace_clients(look.tx, private, was_private, outcome, persons=True)
    look.tx.put(Person, people)
    look.tx.drop(Person, "id", old - now)
    parties.replace_speakers(look.tx, old | now, speakers)
    look.assign(assigned)
    return numbers


def _known(look: _Look, contacts: Set[int], companies: Mapping[str, int], decisions: Decisions) -> Known:
    """Which clients claim what these contacts name, share or sit at. Clients stand as their ids in text."""
    members = [look.nodes[n] for n in contacts]
    values = look.claims(contacts) | _numbered(c for one in members for c in (*one.party.of, *one.party.at))
    claimed: dict[Identifier, set[str]] = {}
    for number, kind, client, _person in look.who(values.keys()):
        if kind != "contact":
            claimed.setdefault(values[number], set()).add(str(client))
    partners = {key for stored in members for key in decisions.partners.get(stored.party.key, ())}
    client_of = {key: str(companies[key]) for key in partners if key in companies}
    look.read({ids.number(key) for key in partners - companies.keys()})
    for key in partners - companies.keys():
        stored = look.nodes.get(ids.number(key))
        if stored is not None and stored.party.kind != "contact":
            client_of[key] = str(stored.client_id)
    return Known({value: frozenset(clients) for value, clients in claimed.items()}, client_of)


# --- links -----------------------------------------------------------------------------------------------------------


def _link(look: _Look, identifiers: Mapping[int, Identifier]) -> set[int]:
    """Say anew where identifiers lead. An address claimed by too many leads nowhere; a role address leads to those
    who claim it, since attaching a mail joins nobody.
    """
    look.generic(identifiers)
    found = list(look.who(identifiers.keys() - look.crowded))
    spoken = parties.speakers(look.tx, {person for _, kind, _, person in found if kind == "contact"})
    rows: set[tuple[int, int, int, str]] = set()
    for number, kind, client, person in found:
        if kind != "contact":
            rows.add((number, client, 0, kind))
            continue
        rows.update((number, spoken_for, person, reason) for spoken_for, reason in spoken.get(person, ()))
    best = {(row[0], row[1], row[2]): row for row in sorted(rows, reverse=True)}
    return parties.replace_links(look.tx, identifiers, best.values())
