"""Forgetting: the one destructive path.

It removes raws, records, everything derived from them, quarantine and traces of whatever somebody takes part in. What
remains is a keyed hash for every address, in the journal, so that neither a new sync nor a rebuild brings it back.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from hub.core.decisions import Decision
from hub.core.records import Identifier
from hub.engine import replay
from hub.engine.hub import Hub
from hub.projection import changes, interactions
from hub.projection.changes import Change
from hub.store import clients, derived, items, journal, lines, parties, search
from hub.store.database import Tx

STEP = 200
_NODES = {"email": "address", "domain": "domain"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """What would be, or was, forgotten. `shared` of the interactions also belong to other clients' histories."""

    identifiers: tuple[Identifier, ...]
    interactions: int
    shared: int
    items: int


def of_client(hub: Hub, client: int) -> set[Identifier]:
    """The addresses, phones and numbers of a client and of the persons who speak for nobody else; not those that
    somebody else has, too.
    """
    with hub.store.read() as tx:
        return {one for one in clients.identifiers(tx, client) if not _is_shared(tx, one, client)}


def _is_shared(tx: Tx, identifier: Identifier, client: int) -> bool:
    for claimer in parties.claimers(tx, [parties.identifier_id(identifier)]):
        spoken_for = [number for number, _ in parties.speakers(tx, [claimer.person_id]).get(claimer.person_id, ())]
        if claimer.client_id != client and spoken_for != [client]:
            return True
    return False


def plan(hub: Hub, identifiers: Iterable[Identifier], client: int | None = None) -> Forgetting:
    """What forgetting these would remove."""
    with hub.store.read() as tx:
        return _plan(tx, set(identifiers), client)[0]


def _plan(tx: Tx, identifiers: set[Identifier], client: int | None) -> tuple[Forgetting, set[int]]:
    numbers = {parties.identifier_id(value) for value in identifiers}
    found = lines.of_identifiers(tx, numbers)
    if client is not None:
        found |= lines.of_client(tx, client)
    gone = lines.items_of(tx, found) | parties.items_of(tx, numbers)
    if client is not None:
        gone |= clients.items(tx, client)
    shared = lines.shared(tx, found, client)
    return Forgetting(
        identifiers=tuple(sorted(identifiers)), interactions=len(found), shared=shared, items=len(gone)
    ), gone


def forget(hub: Hub, identifiers: Iterable[Identifier], client: int | None = None, *, author: str) -> Forgetting:
    """Remove all of it, in one transaction, and then from the free pages of the database file."""
    wanted = set(identifiers)
    with hub.store.write() as tx:
        result, gone = _plan(tx, wanted, client)
        hashes = hub.hashes(tx)
        anchors = {f"{_NODES[value.kind]}:{value.value}" for value in wanted if value.kind in _NODES}
        if client is not None:
            anchors |= {node.key for node in clients.nodes(tx, client)}
        numbers = {parties.identifier_id(value) for value in wanted}
        keys = lines.keys(tx, lines.of_identifiers(tx, numbers)).values()
        journal.strike(tx, sorted({*anchors, *keys}))
        hub.decide(tx, [Decision("forget", str(hashes.hash(value))) for value in sorted(wanted)], author=author)
        _remove(hub, tx, sorted(gone), anchors)
        search.optimize(tx)
    hub.settle()
    hub.store.compact()
    return result


def _remove(hub: Hub, tx: Tx, gone: list[int], anchors: Iterable[str]) -> None:
    context, change = hub.context(tx), Change(dropped=set(anchors))
    for start in range(0, len(gone), STEP):
        numbers = gone[start : start + STEP]
        before = items.records(tx, numbers)
        for place, row in replay.places(tx, numbers):
            old = before.get(row.id, {})
            changes.note(change, row.id, place.name(row.external_id), {}, old, context)
            change.touched |= {record.family for record in old.values() if record.family}
            change.domains |= {
                domain
                for record in old.values()
                for domain in changes.written_to(record.record, place.connection, context)
            }
        derived.drop_records(tx, numbers)
        items.drop_traces(tx, numbers, raws=True)
        items.bury(tx, numbers)
    loose = interactions.update(tx, [], change.touched, {}, context)
    change.touched.clear()
    changes.let_parties_follow(tx, change, context)
    change.outcome.loose |= loose
    changes.let_statements_follow(tx, change, context)
