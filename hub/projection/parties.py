"""Parties become clients and persons, incrementally: only the components that a change touches are resolved again.

    changed nodes -> everything that shares a claim with them (closed under sharing) -> clusters -> clients
                  -> the contacts that depend on them -> persons -> whom they speak for -> what leads elsewhere now

The result is the same as resolving everything at once: a component is always taken whole.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from hub.core import ids, names
from hub.core.decisions import Decisions
from hub.core.identity import Cluster, Known, Node, best_inn, best_kind, best_name, cluster, speaks_for
from hub.core.lending import Stated, lent
from hub.core.records import Identifier
from hub.projection.lending import Statements
from hub.projection.look import Look
from hub.store import parties
from hub.store.database import Tx
from hub.store.derived_tables import Client, Person
from hub.store.parties import Stored, Voices


@dataclass(slots=True)
class Outcome:
    """What a change of parties led to: identifiers that lead elsewhere now, clients before and after (public ids), and
    `loose` identifiers that nobody may claim any more.
    """

    redirected: set[int] = field(default_factory=set)
    loose: set[int] = field(default_factory=set)
    clients: list[tuple[str, str]] = field(default_factory=list)


def update(
    tx: Tx,
    put: Mapping[int, tuple[Node, int]],
    dropped: Set[int],
    decisions: Decisions,
    also: Set[int] = frozenset(),
) -> Outcome:
    """Write changed nodes (id -> node, record), drop others, and let clients and persons follow.

    `also` are nodes to be resolved again although they did not change: a decision was made about them.
    """
    before = parties.nodes(tx, {*put, *dropped, *also})
    changed = {n: p for n, p in put.items() if n not in before or (before[n].party, before[n].record_id) != p}
    gone = [node_id for node_id in dropped if node_id in before]
    again = [node_id for node_id in also if node_id in before]
    if not changed and not gone and not again:
        return Outcome()
    look = Look(tx, {n: one for n, one in before.items() if n not in dropped})
    look.nodes |= {n: _standing(*both, before.get(n)) for n, both in changed.items()}
    fresh = parties.put_nodes(tx, changed, before)
    parties.drop_nodes(tx, gone)
    look.begin(changed.keys(), {n: before[n] for n in (*changed, *gone) if n in before}, fresh)
    before = {n: before[n] for n in (*changed, *gone, *again) if n in before}
    stood = [stored.party for stored in before.values()]
    own = look.claims(changed) | _numbered(claim for party in stood for claim in party.claims)
    said = [*(party for party, _ in changed.values()), *stood]
    left = {ids.number(key) for n in gone for key in decisions.partners.get(before[n].party.key, ())}
    outcome = _resolve(look, before, {*changed, *again, *left}, own, said, decisions)
    named = _numbered(claim for party, _ in changed.values() for claim in _all(party)).keys()
    outcome.loose |= _numbered(claim for party in stood for claim in _all(party)).keys() - named
    return outcome


def _standing(party: Node, record: int, before: Stored | None) -> Stored:
    return Stored(party, record, before.client_id if before else 0, before.person_id if before else 0)


def _numbered(claims: Iterable[Identifier]) -> dict[int, Identifier]:
    return {parties.identifier_id(claim): claim for claim in claims}


def _all(party: Node) -> tuple[Identifier, ...]:
    return (*party.claims, *party.of, *party.at)


def _resolve(
    look: Look,
    before: Mapping[int, Stored],
    seeds: set[int],
    own: Mapping[int, Identifier],
    said: Iterable[Node],
    decisions: Decisions,
) -> Outcome:
    """`own` are all identifiers that changed nodes claim or claimed as theirs, `said` these nodes as they are and were."""
    tx, outcome = look.tx, Outcome()
    generic = look.generic(own)
    old_clients = {stored.client_id for stored in before.values()} - {0}
    old_persons = {stored.person_id for stored in before.values()} - {0}
    around = look.claimers(own.keys() - generic.keys() | look.flipped) | _spoken_of(look, said, generic)
    seeds |= around | set(parties.nodes_of_clients(tx, old_clients)) | set(parties.nodes_of_persons(tx, old_persons))
    statements = Statements(tx)
    seeds = _close_clients(look, statements, seeds, generic, decisions)
    moved, companies = _clients(look, statements.stated, seeds, old_clients, generic, decisions, outcome)
    contacts = _depending(look, seeds, moved, own, decisions)
    contacts = _close(look, contacts, generic, decisions)
    spoke, speak = _persons(look, contacts, old_persons, companies, generic, decisions, outcome)
    others = parties.replace_speakers(tx, spoke, speak)
    turned = {n for n in contacts if look.person(n) in others}
    outcome.redirected = _redirected(look, {**own, **look.claims(look.assigned.keys() | turned)}, spoke, speak)
    parties.assign(tx, [(number, *whose) for number, whose in look.assigned.items()])
    return outcome


def _spoken_of(look: Look, said: Iterable[Node], generic: dict[int, Identifier]) -> set[int]:
    """The companies and domains of which contacts say something that may lend one the other. That somebody at its own
    domain works for a company, which is what most say, does not.
    """
    stating = [(_numbered(node.of), _numbered(node.at)) for node in said if node.of and node.at]
    cards = look.cards({number for of, at in stating for number in (*of, *at)})
    found: dict[int, Identifier] = {}
    for of, at in stating:
        at_home = set().union(*(cards[domain] for domain in at))
        if not all(cards[domain] for domain in at) or not all(cards[ref] <= at_home for ref in of):
            found |= of | at
    generic |= look.generic(found)
    return look.claimers(found.keys() - generic.keys())


def _close(look: Look, seeds: Iterable[int], generic: dict[int, Identifier], decisions: Decisions) -> set[int]:
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
    look: Look, statements: Statements, seeds: set[int], generic: dict[int, Identifier], decisions: Decisions
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
    look: Look,
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
    rows, moved = [], set()
    client_of: dict[str, int] = {}
    for found in clusters:
        client = client_id(found.key)
        rows.append(_client_row(client, found))
        for node in found.nodes:
            client_of[node.key] = client
            number = number_of[node.key]
            if look.assign(number, client, 0):
                moved.add(number)
    old = old | {stored.client_id for stored in members.values()} - {0}
    _replace_clients(look.tx, rows, old, outcome, persons=False)
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


def _depending(
    look: Look, seeds: set[int], moved: set[int], own: Mapping[int, Identifier], decisions: Decisions
) -> set[int]:
    """Contacts whose clients may have changed: seeds themselves, and whoever names, shares or sits at what moved. That
    somebody else sits there, too, changes nothing for the others: a large company has thousands of contacts.
    """
    claims = {**own, **look.claims(moved)}
    pointed = {number for number, claim in claims.items() if claim.kind in ("ref", "domain")} - look.fresh
    pointers = {c.node_id for c in parties.pointers(look.tx, pointed)}
    partners = {ids.number(k) for n in moved for k in decisions.partners.get(look.nodes[n].party.key, ())}
    contacts = look.contacts(seeds | pointers | look.claimers(claims.keys()) | partners)
    mates = parties.nodes_of_persons(look.tx, {look.nodes[n].person_id for n in contacts})
    return contacts | set(mates)


def _persons(
    look: Look,
    contacts: set[int],
    old: set[int],
    companies: Mapping[str, int],
    generic: Mapping[int, Identifier],
    decisions: Decisions,
    outcome: Outcome,
) -> tuple[Voices, Voices]:
    """Resolve contacts into persons and the clients they speak for. Returns for whom these persons spoke, and do now."""
    numbers = {n for n in contacts if look.nodes[n].party.kind == "contact"}
    if not numbers and not old:
        return {}, {}
    members = [look.nodes[n] for n in numbers]
    known = _known(look, numbers, companies, decisions)
    number_of = {look.nodes[n].party.key: n for n in numbers}
    crowd = set(generic.values())
    people, private = [], []
    speak: dict[int, dict[int, str]] = {}
    for found in cluster((stored.party for stored in members), crowd, decisions):
        person = person_id(found.key)
        people.append((person, found.key, best_name(found.nodes)))
        clients = speaks_for(found.nodes, known, crowd, decisions)
        own = 0 if clients else client_id(found.key)
        if own:
            private.append(_client_row(own, found))
        speak[person] = {int(client): reason for client, reason in clients.items()} or {own: "self"}
        for node in found.nodes:
            look.assign(number_of[node.key], own, person)
    old = old | {stored.person_id for stored in members} - {0}
    spoke = parties.speakers(look.tx, old | speak.keys())
    was_private = {stored.client_id for stored in members} - {0}
    was_private |= {client for clients in spoke.values() for client, reason in clients.items() if reason == "self"}
    _replace_clients(look.tx, private, was_private, outcome, persons=True)
    look.tx.put(Person, people)
    look.tx.drop(Person, "id", old - speak.keys())
    return spoke, speak


def _known(look: Look, contacts: Set[int], companies: Mapping[str, int], decisions: Decisions) -> Known:
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


# --- where identifiers lead -------------------------------------------------------------------------------------------


def _redirected(look: Look, identifiers: Mapping[int, Identifier], spoke: Voices, speak: Voices) -> set[int]:
    """Which of these identifiers lead elsewhere than they led: see `parties.leads`, which reads what is written here."""
    look.generic(identifiers)
    before = list(look.who_before(identifiers.keys() - (look.crowded ^ look.flipped)))
    now = list(look.who(identifiers.keys() - look.crowded))
    persons = {person for _, kind, _, person in (*before, *now) if kind == "contact"}
    others = parties.speakers(look.tx, persons - spoke.keys() - speak.keys())
    led, lead = parties.least(_ways(before, {**others, **spoke})), parties.least(_ways(now, {**others, **speak}))
    return {number for number in identifiers if led.get(number) != lead.get(number)}


def _ways(who: Iterable[tuple[int, str, int, int]], voices: Voices) -> Iterator[tuple[int, int, int, str]]:
    for number, kind, client, person in who:
        if kind != "contact":
            yield number, client, 0, kind
        else:
            for spoken_for, reason in voices.get(person, {}).items():
                yield number, spoken_for, person, reason
