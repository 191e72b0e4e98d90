"""What a client is made of, and what made one of its parts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from hub.cli import plain as plainly
from hub.cli import terms
from hub.cli.card import readable
from hub.cli.drawing import Span
from hub.cli.reasons import facts
from hub.cli.reasons.facts import Decided
from hub.core import identity, ids, lending
from hub.core.identity import Join, Loan, Node
from hub.core.records import Identifier
from hub.i18n import _
from hub.store import clients, journal, overview, parties
from hub.store.clients import Found
from hub.store.database import Tx
from hub.store.lending import stated

if TYPE_CHECKING:
    from hub.engine.hub import Hub

_KINDS = ("company", "contact", "address", "domain")
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Joined:
    """Two parts and what made them one; `decided` where people did, `by` the contact through whom a domain is lent."""

    join: Join
    decided: Decided | None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a client. `written_to` are addresses of a domain that ours have written to; `decided` who made it one."""

    node: Node
    public_id: str
    written_to: tuple[str, ...] = ()
    decided: Decided | None = None


@dataclass(frozen=True, slots=True)
class Voice:
    """A person and why it speaks for the client: `proof` are the values that say so."""

    name: str
    reason: str
    contacts: tuple[Node, ...]
    proof: tuple[str, ...]
    joins: tuple[Joined, ...]
    decided: Decided | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """How a client came about."""

    client: Found
    parts: tuple[Part, ...]
    joins: tuple[Joined, ...]
    voices: tuple[Voice, ...]
    zone: ZoneInfo


def explain(hub: "Hub", tx: Tx, client: Found) -> Made:
    entries = facts.decided(tx)
    nodes = facts.nodes_of(tx, client.id)
    public = {part.key: part.public_id for part in clients.nodes(tx, client.id)}
    return Made(
        client=client,
        parts=tuple(_part(tx, node, public.get(node.key, ""), entries) for node in sorted(nodes, key=_rank)),
        joins=_joins(tx, nodes, entries),
        voices=tuple(_voices(tx, client, nodes, entries)),
        zone=hub.config.company.zone,
    )


def _rank(node: Node) -> tuple[int, str]:
    return _KINDS.index(node.kind), node.key


def _part(tx: Tx, node: Node, public_id: str, entries: Sequence[Decided]) -> Part:
    if node.kind not in ("domain", "address"):
        return Part(node, public_id)
    domain = [parties.identifier_id(claim) for claim in node.claims if claim.kind == "domain"]
    written = parties.addresses_written_to(tx, domain) if domain else []
    return Part(node, public_id, tuple(sorted(written)), facts.last(entries, ["client"], node.key))


def _joins(tx: Tx, nodes: Sequence[Node], entries: Sequence[Decided]) -> tuple[Joined, ...]:
    generic = facts.generic(tx, {claim for node in nodes for claim in node.claims})
    found = identity.cluster(nodes, generic, journal.decisions(tx), _loans(tx, nodes))
    return tuple(_joined(tx, join, entries) for one in found for join in one.joins)


def _loans(tx: Tx, nodes: Sequence[Node]) -> list[Loan]:
    refs = {parties.identifier_id(claim) for node in nodes for claim in node.claims if claim.kind == "ref"}
    return lending.apparent(nodes, stated(tx, refs, ()))


def _joined(tx: Tx, join: Join, entries: Sequence[Decided]) -> Joined:
    match join.reason:
        case "decision":
            return Joined(join, facts.last(entries, ["merge"], join.a, join.b))
        case "lent":
            [contact] = parties.nodes(tx, [ids.number(join.value)]).values()
            return Joined(join, None, contact.party.name or contact.party.key)
        case _:
            return Joined(join, None)


def _voices(tx: Tx, client: Found, parts: Sequence[Node], entries: Sequence[Decided]) -> Iterator[Voice]:
    persons = clients.persons(tx, client.id)
    cards = overview.cards(tx, [number for number, _name, _reason in persons])
    for number, name, reason in persons:
        known = parties.nodes(tx, [ids.number(key) for key, _record in cards.get(number, ())])
        contacts = tuple(sorted((stored.party for stored in known.values()), key=lambda node: node.key))
        decision = _decision(contacts, parts, entries) if reason == "decision" else None
        joins = _joins(tx, contacts, entries) if len(contacts) > 1 else ()
        yield Voice(name, reason, contacts, tuple(_proof(reason, contacts, parts)), joins, decision)


def _decision(contacts: Sequence[Node], parts: Sequence[Node], entries: Sequence[Decided]) -> Decided | None:
    pairs = [(a.key, b.key) for a in contacts for b in parts]
    found = [entry for a, b in pairs if (entry := facts.last(entries, ["merge"], a, b)) is not None]
    return max(found, key=lambda entry: entry.at, default=None)


def _proof(reason: str, contacts: Sequence[Node], parts: Sequence[Node]) -> Iterator[str]:
    own = {claim for part in parts for claim in part.claims}
    for contact in contacts:
        given: tuple[Identifier, ...] = {"ref": contact.of, "domain": contact.at}.get(reason, contact.claims)
        yield from (readable(one) for one in given if one in own)


# --- shown -----------------------------------------------------------------------------------------------------------


def plain(made: Made) -> dict[str, Any]:
    return {
        "what": "client",
        "client": plainly.client(made.client),
        "parts": [
            {
                "key": part.node.key,
                "id": part.public_id,
                "kind": part.node.kind,
                "name": part.node.name,
                "kpp": part.node.kpp or None,
                "identifiers": plainly.identifiers(part.node.claims),
                "written_to": list(part.written_to),
                "decision": facts.plain(part.decided, made.zone),
            }
            for part in made.parts
        ],
        "joins": [_plain_join(one, made.zone) for one in made.joins],
        "persons": [
            {
                "name": voice.name,
                "reason": voice.reason,
                "proof": list(voice.proof),
                "contacts": [node.key for node in voice.contacts],
                "joins": [_plain_join(one, made.zone) for one in voice.joins],
                "decision": facts.plain(voice.decided, made.zone),
            }
            for voice in made.voices
        ],
    }


def _plain_join(one: Joined, zone: ZoneInfo) -> dict[str, Any]:
    join = one.join
    return {
        "a": join.a,
        "b": join.b,
        "reason": join.reason,
        "value": join.value or None,
        "decision": facts.plain(one.decided, zone),
    }


def drawn(made: Made) -> Iterator[list[Span]]:
    names = {part.node.key: part.node.name or part.node.key for part in made.parts}
    order = list(names)
    yield [(made.client.name, "bold"), ("  ", ""), (made.client.public_id, "dim")]
    yield [(_("Parts"), "bold")]
    for part in made.parts:
        yield from _drawn_part(part, made.zone)
    if made.joins:
        yield [(_("What made them one"), "bold")]
        for one in made.joins:
            a, b = sorted((one.join.a, one.join.b), key=order.index)
            yield [("  ", ""), (f"{names[a]} = {names[b]}: {_because(one, made.zone)}", "")]
    if made.voices:
        yield [(_("Who speaks for it"), "bold")]
        for voice in made.voices:
            yield from _drawn_voice(voice, made.zone)


def _drawn_part(part: Part, zone: ZoneInfo) -> Iterator[list[Span]]:
    node = part.node
    kind = terms.called(terms.CLIENTS, node.kind)
    own = ", ".join(readable(claim) for claim in node.claims if claim.kind != "ref")
    yield [("  ", ""), (part.public_id, "dim"), ("  ", ""), (node.name or node.key, ""), (f" ({kind})", "dim"),
           (f"  {own}" if own and own != node.name else "", "")]  # fmt: skip
    if node.kind in ("company", "contact"):
        yield [(" " * 12, ""), (_("from {key}").format(key=node.key), "dim")]
    if part.decided is not None:
        text = _("a client by decision: {who}").format(who=facts.by_whom(part.decided, zone))
        yield [(" " * 12, ""), (text, "dim")]
    if part.written_to:
        text = _("ours wrote to {addresses}").format(addresses=_listed(part.written_to))
        yield [(" " * 12, ""), (text, "dim")]


def _because(one: Joined, zone: ZoneInfo) -> str:
    if one.decided is not None:
        return _("decided by {who}").format(who=facts.by_whom(one.decided, zone))
    if one.by:
        text = _("only contacts of this company write from there: {name} (from {key})")
        return text.format(name=one.by, key=one.join.value)
    kind = terms.called(terms.IDENTIFIERS, one.join.reason)
    return _("the same {kind}: {value}").format(kind=kind, value=one.join.value)


def _drawn_voice(voice: Voice, zone: ZoneInfo) -> Iterator[list[Span]]:
    reason = terms.called(terms.REASONS, voice.reason)
    if voice.decided is not None:
        reason = _("decided by {who}").format(who=facts.by_whom(voice.decided, zone))
    proof = f" ({_listed(voice.proof)})" if voice.proof else ""
    yield [("  ", ""), (voice.name, ""), (f": {reason}{proof}", "")]
    for node in voice.contacts:
        yield [(" " * 4, ""), (_("from {key}").format(key=node.key), "dim")]
    for one in voice.joins:
        yield [(" " * 4, ""), (f"{one.join.a} = {one.join.b}: {_because(one, zone)}", "dim")]


def _listed(words: Sequence[str]) -> str:
    more = f" +{len(words) - _SHOWN}" if len(words) > _SHOWN else ""
    return ", ".join(words[:_SHOWN]) + more
