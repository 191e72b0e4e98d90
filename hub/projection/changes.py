"""One change of the records, carried through everything that is derived from them.

    parties put and dropped, domains written to   -> clients, persons             (`let_parties_follow`)
    statements put and dropped                    -> interactions and histories   (`let_statements_follow`)

In between, the caller knows whose client everybody is, and can still decide what of the statements to keep.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from hub.core import ids, parties
from hub.core.amend import Part
from hub.core.history import normalized
from hub.core.identity import Node
from hub.core.ids import Name
from hub.core.records import PARTIES, Company, Contact, Email, Gone, Identifier, Record, User
from hub.projection import interactions
from hub.projection import parties as resolving
from hub.projection.beforehand import Beforehand
from hub.projection.parties import Outcome
from hub.projection.weaving import Context, Line
from hub.store import items, lines
from hub.store import parties as stored
from hub.store.database import Tx
from hub.store.items import StoredRecord
from hub.store.lines import Kept

_RECIPIENTS = frozenset({"to", "cc", "bcc"})


@dataclass(slots=True)
class Change:
    """`nodes`: parties put (key -> node, record id). `dropped`: node keys. `domains`: domains to be looked at, since
    one of ours wrote to them, a contact sits at them, or neither may be true any more. `put` and `touched` are
    statements and families, `lines` those that statements are where they are alone, by their records.
    """

    nodes: dict[str, tuple[Node, int]] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    domains: set[str] = field(default_factory=set)
    written: set[str] = field(default_factory=set)
    put: list[Kept] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)
    lines: dict[int, Line] = field(default_factory=dict)
    outcome: Outcome = field(default_factory=Outcome)


def note(
    change: Change,
    item: int,
    name: Name,
    parts: Mapping[str, Part],
    before: Mapping[str, StoredRecord],
    made: Beforehand,
) -> None:
    """Note the parties of an item as it is now (`parts`) and as it was."""
    context = made.context
    for part, now in parts.items():
        if isinstance(now.record, PARTIES):
            _note_party(change, item, now.record, name, part, made)
        else:
            change.written |= written_to(now.record, name.connection, context)
    for part, stored_record in before.items():
        if stored_record.family == 0 and part not in parts:
            change.dropped.add(name.key(part))
        elif stored_record.kind == "mail":
            change.domains |= written_to(stored_record.record, name.connection, context)


def _note_party(change: Change, item: int, record: Record, name: Name, part: str, made: Beforehand) -> None:
    key = name.key(part)
    node = made.node(item, record, name, part)
    if node is None:
        change.dropped.add(key)
        return
    change.nodes[key] = (node, items.record_id(item, part))
    change.domains |= {claim.value for claim in node.at}


def note_statements(
    change: Change,
    item: int,
    name: Name,
    parts: Mapping[str, Part],
    before: Mapping[str, StoredRecord],
    words: Mapping[str, str],
    made: Beforehand,
) -> None:
    """Note the statements of an item as it is now, and the families it was part of. `words` are those of parts, where
    they are known.
    """
    change.touched |= {known.family for known in before.values() if known.family}
    for part, now in parts.items():
        if isinstance(now.record, Company | Contact | User | Gone):
            continue
        kept, line = made.statement(item, name, part, now.record, now.before, words.get(part))
        change.put.append(kept)
        if line is not None:
            change.lines[kept.record_id] = line


def note_joined(tx: Tx, change: Change, joined: Iterable[str], context: Context) -> None:
    """Note what else is to be said once these addresses are ours: cards that bear them are nobody's, what they took part
    in has another direction, and to whom they wrote may be a client.
    """
    numbers = [stored.identifier_id(Identifier("email", address)) for address in joined]
    bearers = stored.nodes(tx, (claimer.node_id for claimer in stored.claimers(tx, numbers)))
    change.dropped |= {one.party.key for one in bearers.values() if one.party.kind in ("company", "contact")}
    change.domains |= {address.rpartition("@")[2] for address in joined}
    families = lines.families(tx, numbers)
    change.touched |= families
    for kept in lines.members(tx, families):
        change.written |= written_to(kept.member.statement, kept.member.connection, context)


def written_to(record: Record, connection: str, context: Context) -> set[str]:
    """The domains that become clients since one of ours wrote this mail to them."""
    if not isinstance(record, Email) or not parties.is_personal(record):
        return set()
    ours = context.ours
    senders = (normalized(p.identifier, connection, ours) for p in record.participants if p.role == "from")
    if not any(sender is not None and ours.owns(sender) for sender in senders):
        return set()
    found = {
        parties.makes_client(identifier.value, ours)
        for p in record.participants
        if p.role in _RECIPIENTS
        and (identifier := normalized(p.identifier, connection, ours))
        and identifier.kind == "email"
        and not ours.owns(identifier)
    }
    return {domain for domain in found if domain is not None}


def let_parties_follow(tx: Tx, change: Change, context: Context, *, also: Iterable[str] = ()) -> Outcome:
    """Resolve clients and persons anew where the change touches them. Domains that may no longer be anybody's stay
    until the statements have followed: only then is it known whether one of ours has written to them.
    """
    before = stored.nodes(tx, (ids.number(key) for key in (*change.nodes, *change.dropped)))
    change.domains |= {claim.value for known in before.values() for claim in known.party.at}
    put = {ids.number(key): both for key, both in change.nodes.items()}
    put |= {ids.number(node.key): (node, 0) for node in (*_domains(change, context), *_promoted(context, also))}
    dropped = {ids.number(key) for key in change.dropped - change.nodes.keys()} - put.keys()
    return _resolved(tx, change, put, dropped, context, {ids.number(key) for key in also})


def _resolved(
    tx: Tx,
    change: Change,
    put: Mapping[int, tuple[Node, int]],
    dropped: set[int],
    context: Context,
    also: set[int],
) -> Outcome:
    outcome = resolving.update(tx, put, dropped, context.decisions, also)
    change.outcome.redirected |= outcome.redirected
    change.outcome.clients += outcome.clients
    change.outcome.loose |= outcome.loose
    return outcome


def _domains(change: Change, context: Context) -> Iterator[Node]:
    """A domain is a node when one of ours has written to it, or a contact sits at it."""
    at = {claim.value for node, _ in change.nodes.values() for claim in node.at}
    return (
        parties.domain_node(domain)
        for domain in sorted(change.written | at)
        if parties.is_corporate(domain, context.ours)
    )


def _promoted(context: Context, also: Iterable[str]) -> Iterator[Node]:
    """Nodes that exist because a person said so."""
    for key in also:
        kind, _, value = key.partition(":")
        if key in context.decisions.promoted and kind in ("domain", "address"):
            yield parties.domain_node(value) if kind == "domain" else parties.address_node(value)


def let_statements_follow(tx: Tx, change: Change, context: Context) -> None:
    """Weave what the change touches anew, and note what now leads elsewhere."""
    loose = interactions.update(tx, change.put, change.touched, change.lines, context)
    _leave_domains(tx, change, context)
    interactions.redirect(tx, change.outcome.redirected)
    stored.sweep(tx, loose | change.outcome.loose)


def _leave_domains(tx: Tx, change: Change, context: Context) -> None:
    """Drop domains to which nobody of ours has written any more, at which no contact sits, and of which nobody said
    that they are a client.
    """
    sure = change.written | {claim.value for node, _ in change.nodes.values() for claim in node.at}
    doubtful = {domain for domain in change.domains - sure if f"domain:{domain}" not in context.decisions.promoted}
    if not doubtful:
        return
    number_of = {ids.number(f"domain:{domain}"): domain for domain in doubtful}
    held = {number_of[claimer.identifier_id] for claimer in stored.pointers(tx, number_of)}
    held |= {
        parties.makes_client(address, context.ours) or "" for address in stored.addresses_written_to(tx, number_of)
    }
    if leaving := doubtful - held:
        _resolved(tx, change, {}, {ids.number(f"domain:{domain}") for domain in leaving}, context, set())


def settle(tx: Tx, context: Context) -> bool:
    """One bounded step of what is left to do. Returns whether there may be more."""
    return interactions.settle(tx, context)
