"""Why two clients are not one."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from hub.cli import plain as plainly
from hub.cli import terms
from hub.cli.card import readable, written
from hub.cli.drawing import Span
from hub.cli.reasons import facts
from hub.cli.reasons.facts import Decided
from hub.core import lending, names
from hub.core.identity import STRENGTH, Node
from hub.core.records import Identifier
from hub.i18n import N_, _
from hub.store import journal, parties
from hub.store.clients import Found
from hub.store.database import Tx
from hub.store.lending import stated

if TYPE_CHECKING:
    from hub.engine.hub import Hub

Verdict: TypeAlias = Literal["generic", "names", "branches", "counts"]
_VERDICTS: Final = {
    "generic": N_("it points to nobody: too many have it, or it is nobody's own"),
    "names": N_("a phone joins only what bears a similar name"),
    "branches": N_("branches with different KPP stay apart"),
    "counts": N_("it would join them"),
}


_DOUBTS: Final = {
    "others": N_("contacts of other companies do, too"),
    "own": N_("that company has a domain of its own"),
    "taken": N_("another card has that domain"),
    "elsewhere": N_("no fewer of them write from elsewhere"),
}


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a company is not lent the domain that contacts of it write from."""

    company: str
    domain: Identifier
    why: Literal["others", "own", "taken", "elsewhere"]


@dataclass(frozen=True, slots=True)
class Shared:
    """Something that both have, and why it does or does not join them."""

    identifier: Identifier
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """Two clients. `inns` and `kpps` are those that differ; `kinds`: a private customer and a company never meet by
    themselves; `doubts` why one is not lent the other's domain; `decided` who keeps them apart.
    """

    a: Found
    b: Found
    shared: tuple[Shared, ...]
    doubts: tuple[Doubt, ...]
    inns: tuple[str, ...]
    kpps: tuple[str, ...]
    kinds: bool
    decided: Decided | None
    zone: ZoneInfo

    @property
    def same(self) -> bool:
        return self.a.id == self.b.id


def explain(hub: "Hub", tx: Tx, a: Found, b: Found) -> Apart:
    left, right = facts.nodes_of(tx, a.id), facts.nodes_of(tx, b.id)
    common = {claim for node in left for claim in node.claims} & {claim for node in right for claim in node.claims}
    generic = facts.generic(tx, common)
    inns = _differing({node.inn for node in left}, {node.inn for node in right})
    return Apart(
        a=a,
        b=b,
        shared=tuple(
            Shared(one, _verdict(one, left, right, one in generic)) for one in sorted(common) if one.kind in STRENGTH
        ),
        doubts=tuple(doubt for one, other in ((left, right), (right, left)) for doubt in _doubts(tx, one, other)),
        inns=inns,
        kpps=() if inns else _differing({node.kpp for node in left}, {node.kpp for node in right}),
        kinds=(a.kind == "person") is not (b.kind == "person"),
        decided=_split(tx, left, right),
        zone=hub.config.company.zone,
    )


def _doubts(tx: Tx, companies: Sequence[Node], others: Sequence[Node]) -> Iterator[Doubt]:
    """Why these companies are not lent domains of others that their contacts write from."""
    cards = [node for node in companies if node.kind == "company"]
    refs = {claim for card in cards for claim in card.claims if claim.kind == "ref"}
    own = stated(tx, map(parties.identifier_id, refs), ())
    weight = Counter[Identifier]()
    for one in own:
        weight[one.domain] += one.contacts
    for domain in sorted({claim for node in others if node.kind == "domain" for claim in node.claims} & weight.keys()):
        there = stated(tx, (), [parties.identifier_id(domain)])
        if not {one.ref for one in there} <= refs:
            why: Literal["others", "own", "taken", "elsewhere"] = "others"
        elif not all(map(lending.lacks_domain, cards)):
            why = "own"
        elif any(domain in node.claims for node in others if node.kind == "company"):
            why = "taken"
        elif max((n for other, n in weight.items() if other != domain), default=0) >= weight[domain]:
            why = "elsewhere"
        else:
            continue
        yield Doubt(cards[0].name or cards[0].key, domain, why)


def _differing(left: set[str], right: set[str]) -> tuple[str, ...]:
    left, right = left - {""}, right - {""}
    return tuple(sorted(left | right)) if left and right and left != right else ()


def _verdict(one: Identifier, left: Sequence[Node], right: Sequence[Node], crowded: bool) -> Verdict:
    if crowded:
        return "generic"
    pairs = [(a, b) for a, b in product(left, right) if one in a.claims and one in b.claims]
    if one.kind == "phone" and not any(_alike(a, b) for a, b in pairs):
        return "names"
    if one.kind == "inn" and all(a.kpp and b.kpp and a.kpp != b.kpp for a, b in pairs):
        return "branches"
    return "counts"


def _alike(a: Node, b: Node) -> bool:
    compatible = names.compatible_persons if a.kind == "contact" else names.compatible_companies
    return compatible(a.name, b.name)


def _split(tx: Tx, left: Sequence[Node], right: Sequence[Node]) -> Decided | None:
    split = journal.decisions(tx).split
    entries = facts.decided(tx)
    found = [
        entry
        for a, b in product(left, right)
        if (min(a.key, b.key), max(a.key, b.key)) in split
        and (entry := facts.last(entries, ["split"], a.key, b.key)) is not None
    ]
    return max(found, key=lambda entry: entry.at, default=None)


# --- shown -----------------------------------------------------------------------------------------------------------


def plain(both: Apart) -> dict[str, Any]:
    return {
        "what": "two_clients",
        "a": plainly.client(both.a),
        "b": plainly.client(both.b),
        "same": both.same,
        "shared": [
            {"kind": one.identifier.kind, "value": one.identifier.value, "verdict": one.verdict} for one in both.shared
        ],
        "not_lent": [{"company": one.company, "domain": one.domain.value, "why": one.why} for one in both.doubts],
        "different_inn": list(both.inns),
        "different_kpp": list(both.kpps),
        "person_and_company": both.kinds,
        "decision": facts.plain(both.decided, both.zone),
    }


def drawn(both: Apart) -> Iterator[list[Span]]:
    if both.same:
        text = _("{a} and {b} are one client; hub why {id} says why.")
        yield [(text.format(a=both.a.name, b=both.b.name, id=both.a.public_id), "")]
        return
    text = _("{a} and {b} are two clients:")
    yield [(text.format(a=both.a.name, b=both.b.name), "bold")]
    for reason in _reasons(both):
        yield [("  ", ""), (reason, "")]
    yield [(_("To make them one: hub clients merge {a} {b}").format(a=both.a.public_id, b=both.b.public_id), "dim")]


def _reasons(both: Apart) -> Iterator[str]:
    if both.decided is not None:
        yield _("kept apart by decision: {who}").format(who=facts.by_whom(both.decided, both.zone))
    if both.inns:
        yield _("different INN: {values}").format(values=", ".join(both.inns))
    if both.kpps:
        yield _("different KPP: {values}").format(values=", ".join(both.kpps))
    if both.kinds:
        yield _("one is a private customer, the other a company: these never become one by themselves")
    yield from shared_told(both.shared)
    for doubt in both.doubts:
        text = _("contacts of {company} write from {domain}, but {why}")
        yield text.format(company=doubt.company, domain=readable(doubt.domain), why=_(_DOUBTS[doubt.why]))
    if not both.shared:
        yield _("they share no INN, OGRN, e-mail address, domain or phone")


def shared_told(shared: Iterable[Shared]) -> Iterator[str]:
    """What two clients both have, and why that does or does not join them, one line each."""
    for one in shared:
        kind = terms.called(terms.IDENTIFIERS, one.identifier.kind)
        text = _("both have the {kind} {value}, but {verdict}") if one.verdict != "counts" else _("both have the {kind} {value}")  # fmt: skip
        yield text.format(kind=kind, value=written(one.identifier), verdict=_(_VERDICTS[one.verdict]))
