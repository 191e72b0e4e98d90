"""What an update of parties reads, each once: nodes, who claims what, and what points to nobody."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import TypeAlias

from hub.core import normalize
from hub.core.identity import GENERIC
from hub.core.records import Identifier
from hub.store import parties
from hub.store.database import Tx
from hub.store.derived_tables import Identifier as IdentifierRow
from hub.store.parties import Stored

Claimer: TypeAlias = tuple[int, str, int, int]
"""A node, its kind, client and person."""


@dataclass(slots=True)
class Look:
    """What was read in this update, so that each is read once: nodes, with the clients and persons that they had before,
    who claims an identifier, and which identifiers are `pointless` or, more than that, `crowded`. Those of which that is
    news have `flipped`. What only one claims is `lone`, and needs no look where that node was read; what is `fresh` was
    named by nobody before, so that nothing led from it and nobody but the changed nodes claims it. Nodes that are
    `assigned` have another client and person from now on, which are written at the end.
    """

    tx: Tx
    nodes: dict[int, Stored] = field(default_factory=dict)
    assigned: dict[int, tuple[int, int]] = field(default_factory=dict)
    pointless: dict[int, Identifier] = field(default_factory=dict)
    crowded: set[int] = field(default_factory=set)
    flipped: set[int] = field(default_factory=set)
    lone: set[int] = field(default_factory=set)
    fresh: Set[int] = frozenset()
    _claims: dict[int, dict[int, Identifier]] = field(default_factory=dict)
    _bearer: dict[int, int] = field(default_factory=dict)
    _counted: set[int] = field(default_factory=set)
    _claimers: dict[int, list[Claimer]] = field(default_factory=dict)
    _changed: Set[int] = frozenset()
    _stood: dict[int, list[Claimer]] = field(default_factory=dict)

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

    def begin(self, changed: Set[int], before: Mapping[int, Stored], fresh: Set[int]) -> None:
        """Changed nodes were written, and others are gone, where these stood `before`; and with them identifiers were
        written that nobody had named before.
        """
        self.fresh = fresh
        self._changed = changed
        for node_id, stored in before.items():
            for claim in stored.party.claims:
                self._stood.setdefault(parties.identifier_id(claim), []).append(_claimer(node_id, stored))
        self._claimers = {number: [] for number in fresh}
        for node_id in changed:
            for number in self.claims([node_id]).keys() & fresh:
                self._claimers[number].append(_claimer(node_id, self.nodes[node_id]))

    def _counts(self, identifiers: Set[int]) -> Iterator[tuple[int, bool, int]]:
        yield from ((number, False, len(self._claimers[number])) for number in identifiers & self.fresh)
        yield from parties.claim_counts(self.tx, identifiers - self.fresh)

    def generic(self, identifiers: Mapping[int, Identifier]) -> dict[int, Identifier]:
        """Those of these identifiers that point to nobody."""
        for number, was, count in self._counts(identifiers.keys() - self._counted):
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

    def cards(self, identifier_ids: Set[int]) -> dict[int, set[int]]:
        """The companies' cards that claim each of these identifiers."""
        claiming = self._claiming(identifier_ids)
        return {number: {one[0] for one in claiming[number] if one[1] == "company"} for number in identifier_ids}

    def who(self, identifier_ids: Set[int]) -> Iterator[tuple[int, str, int, int]]:
        """Who claims these identifiers as their own: identifier, kind, client and person as they are assigned now."""
        claiming = self._claiming(identifier_ids)
        for number in identifier_ids:
            for node_id, kind, client, person in claiming[number]:
                yield number, kind, *self.assigned.get(node_id, (client, person))

    def who_before(self, identifier_ids: Set[int]) -> Iterator[tuple[int, str, int, int]]:
        """Who claimed these identifiers before, with the client and person they had then."""
        claiming = self._claiming(identifier_ids)
        for number in identifier_ids:
            unchanged = (claimer for claimer in claiming[number] if claimer[0] not in self._changed)
            for _, kind, client, person in (*unchanged, *self._stood.get(number, ())):
                yield number, kind, client, person

    def _claiming(self, identifier_ids: Set[int]) -> Mapping[int, Sequence[Claimer]]:
        fresh = identifier_ids - self._claimers.keys()
        known = fresh & self.lone & self._bearer.keys()
        for number in known:
            bearer = self._bearer[number]
            self._claimers[number] = [_claimer(bearer, self.nodes[bearer])]
        self._claimers.update((number, []) for number in fresh - known)
        for number, node_id, kind, client, person in parties.claimers(self.tx, fresh - known):
            self._claimers[number].append((node_id, kind, client, person))
        return self._claimers

    def assign(self, node_id: int, client: int, person: int) -> bool:
        """Say which client and person a node belongs to. Returns whether these are others than before."""
        stored = self.nodes[node_id]
        is_other = (stored.client_id, stored.person_id) != (client, person)
        if is_other:
            self.assigned[node_id] = client, person
        return is_other

    def person(self, node_id: int) -> int:
        """The person that a node belongs to now."""
        return self.assigned[node_id][1] if node_id in self.assigned else self.nodes[node_id].person_id

    def contacts(self, node_ids: Set[int]) -> set[int]:
        """Those of these nodes that are contacts."""
        self.read(node_ids)
        return {n for n in node_ids if n in self.nodes and self.nodes[n].party.kind == "contact"}


def _claimer(node_id: int, stored: Stored) -> Claimer:
    return node_id, stored.party.kind, stored.client_id, stored.person_id
