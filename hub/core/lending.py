"""A company that no card gives an address is lent the domain that its contacts write from.

A card often has a name and nothing else, while the contacts that are stated to work there have addresses. Their domain
is the company's, too, when the statements leave no doubt:

* every contact at the domain that states a company states this one (its cards may be several: one INN, one address);
* no card of a company has the domain for its own, and this company has none of its own;
* of such domains it is the one that most of the company's contacts write from.

What people decided takes no part in it, so that a decision adds to what statements say and never takes it away; it has
the last word where the loans are carried out (`identity.cluster`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from hub.core.decisions import Decisions
from hub.core.identity import GENERIC, Loan, Node, cluster
from hub.core.records import Identifier

_NOBODY = Decisions()


@dataclass(frozen=True, slots=True)
class Stated:
    """So many contacts at `domain` are stated to work for the company `ref`; `first` is the key of one of them."""

    ref: Identifier
    domain: Identifier
    contacts: int
    first: str


def lacks_domain(node: Node) -> bool:
    """Whether a node is a company's card without an address or domain of its own."""
    return node.kind == "company" and not any(claim.kind == "domain" for claim in node.claims)


def lent(nodes: Iterable[Node], generic: Set[Identifier], stated: Iterable[Stated]) -> list[Loan]:
    """The loans in a closed set of nodes, by domain. `stated` is everything that is stated about companies without a
    domain, and about domains that are no card's.
    """
    said = set(stated)
    if not said:
        return []
    companies, domains = _companies_and_domains(nodes)
    taken = {claim for node in companies for claim in node.claims} | generic
    firms = _Firms(companies, generic, said)
    found: dict[str, list[tuple[int, Loan]]] = {}
    for domain, about in _grouped(said):
        firm = firms.named(about) if domain.value in domains and domain not in taken else ""
        if firm and not firms.has_its_own(firm):
            contacts = sum(one.contacts for one in about)
            found.setdefault(firm, []).append((contacts, _loan(domain, about, firms.cards)))
    return sorted(loan for loans in found.values() for loan in _heaviest(loans))


def apparent(nodes: Iterable[Node], stated: Iterable[Stated]) -> list[Loan]:
    """The loans that may have made one client of these nodes, which are one."""
    companies, domains = _companies_and_domains(nodes)
    cards = _cards(companies)
    about = _grouped(one for one in stated if one.ref in cards and one.domain.value in domains)
    return sorted(_loan(domain, said, cards) for domain, said in about)


def _companies_and_domains(nodes: Iterable[Node]) -> tuple[list[Node], set[str]]:
    listed = list(nodes)
    return [node for node in listed if node.kind == "company"], {node.name for node in listed if node.kind == "domain"}


def _grouped(stated: Iterable[Stated]) -> Iterable[tuple[Identifier, list[Stated]]]:
    grouped: dict[Identifier, list[Stated]] = {}
    for one in stated:
        grouped.setdefault(one.domain, []).append(one)
    return grouped.items()


def _cards(companies: Iterable[Node]) -> dict[Identifier, list[str]]:
    """The keys of the cards by their refs."""
    found: dict[Identifier, list[str]] = {}
    for node in companies:
        for claim in node.claims:
            if claim.kind == "ref":
                found.setdefault(claim, []).append(node.key)
    return found


def _loan(domain: Identifier, about: Sequence[Stated], cards: Mapping[Identifier, list[str]]) -> Loan:
    named = {card for one in about for card in cards[one.ref]}
    return Loan(f"domain:{domain.value}", tuple(sorted(named)), min(one.first for one in about))


def _heaviest(loans: Iterable[tuple[int, Loan]]) -> Iterator[Loan]:
    first, *others = sorted(loans, key=lambda pair: -pair[0])
    if not others or others[0][0] < first[0]:
        yield first[1]


class _Firms:
    """The companies that the cards are of, whatever people decided."""

    def __init__(self, companies: Sequence[Node], generic: Set[Identifier], stated: Iterable[Stated]) -> None:
        self.cards = _cards(companies)
        self._of = {found.key: found.nodes for found in cluster(companies, generic, _NOBODY)}
        self._firm = {node.key: key for key, nodes in self._of.items() for node in nodes}
        self._domains: dict[str, set[Identifier]] = {}
        for one in stated:
            for card in self.cards.get(one.ref, ()):
                self._domains.setdefault(self._firm[card], set()).add(one.domain)

    def named(self, about: Iterable[Stated]) -> str:
        """The one company that all of this is about, "" if there is none, or a card is not known to us."""
        refs = {one.ref for one in about}
        if len(refs) > GENERIC or not refs <= self.cards.keys():
            return ""
        firms = {self._firm[card] for ref in refs for card in self.cards[ref]}
        return firms.pop() if len(firms) == 1 else ""

    def has_its_own(self, firm: str) -> bool:
        """Whether a company has a domain, or is none: a card whose contacts write from everywhere is but a drawer."""
        return len(self._domains[firm]) > GENERIC or not all(map(lacks_domain, self._of[firm]))
