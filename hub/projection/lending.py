"""Which nodes hang together through what contacts state of their companies (`hub.core.lending`).

    a company without a domain -> its contacts -> the domains they write from
    a domain that is no card's -> the contacts at it -> the companies they are stated to work for

What is beyond all bounds (a domain of many companies, a card whose contacts write from everywhere) lends nothing, so
nothing is followed through it.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from hub.core.identity import GENERIC, Node
from hub.core.lending import Stated, lacks_domain
from hub.core.records import Identifier
from hub.store import lending, parties
from hub.store.database import Tx
from hub.store.parties import Stored


@dataclass(slots=True)
class Statements:
    """What was stated of the nodes that were asked about so far."""

    tx: Tx
    stated: set[Stated] = field(default_factory=set)

    def beyond(self, nodes: Iterable[Stored]) -> set[int]:
        """The nodes that hang together with these, the other nodes of their clients included."""
        asked = _in_question(list(nodes))
        if not asked:
            return set()
        cards = _identifiers((stored.party for stored in asked if stored.party.kind == "company"), "ref")
        domains = _identifiers((stored.party for stored in asked if stored.party.kind == "domain"), "domain")
        stated = lending.stated(self.tx, cards, domains)
        self.stated |= stated
        written_from = _few((one for one in stated if parties.identifier_id(one.ref) in cards), lambda one: one.ref)
        working_for = _few(
            (one for one in stated if parties.identifier_id(one.domain) in domains), lambda one: one.domain
        )
        further = {parties.identifier_id(one.domain) for one in written_from}
        further |= {parties.identifier_id(one.ref) for one in working_for}
        found = {claimer.node_id for claimer in parties.claimers(self.tx, further) if claimer.kind != "contact"}
        return found | set(parties.nodes_of_clients(self.tx, {stored.client_id for stored in asked}))


def _in_question(nodes: Sequence[Stored]) -> list[Stored]:
    """The companies without a domain, and the domains that may be lent: not those that a card has for its own, unless they
    are still with another client, which then has to do without.
    """
    cards = [stored for stored in nodes if stored.party.kind == "company"]
    domains = [stored for stored in nodes if stored.party.kind == "domain"]
    owners: dict[Identifier, set[int]] = {}
    for card in cards:
        for claim in card.party.claims:
            if claim.kind == "domain":
                owners.setdefault(claim, {0}).add(card.client_id)
    lacking = [card for card in cards if lacks_domain(card.party)]
    return lacking + [one for one in domains if one.client_id not in owners.get(one.party.claims[0], ())]


def _identifiers(nodes: Iterable[Node], kind: str) -> set[int]:
    return {parties.identifier_id(claim) for node in nodes for claim in node.claims if claim.kind == kind}


def _few(stated: Iterable[Stated], about: Callable[[Stated], Hashable]) -> list[Stated]:
    """What is not said of more than can be."""
    grouped: dict[Hashable, list[Stated]] = {}
    for one in stated:
        grouped.setdefault(about(one), []).append(one)
    return [one for said in grouped.values() if len(said) <= GENERIC for one in said]
