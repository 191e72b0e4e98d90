"""Forgetting: the one destructive path.

It removes raws, records, everything derived from them, quarantine and traces of whatever somebody takes part in. What
remains is a keyed hash for every address, in the journal, so that neither a new sync nor a rebuild brings it back.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from hub.core.decisions import Decision
from hub.core.records import Identifier
from hub.engine.hub import Hub
from hub.engine.withdraw import withdraw
from hub.store import clients, items, journal, lines, parties, search
from hub.store.database import Tx

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
        spoken_for = list(parties.speakers(tx, [claimer.person_id]).get(claimer.person_id, ()))
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
        hashes = hub.hashes(tx)
        hub.decide(tx, [Decision("forget", str(hashes.hash(value))) for value in sorted(wanted)], author=author)
        result = _remove(hub, tx, wanted, client)
    hub.settle()
    hub.store.compact()
    return result


def again(hub: Hub, tx: Tx) -> int:
    """Remove what has come back, in an older database, of those who are forgotten by the journal as it is now. Returns how
    many addresses, phones and numbers that were.
    """
    hashes, forgotten = hub.hashes(tx), hub.context(tx).decisions.forgotten
    back = {value for value in parties.every_value(tx) if hashes.forgotten([value], forgotten)}
    if back:
        _remove(hub, tx, back, None)
    return len(back)


def _remove(hub: Hub, tx: Tx, wanted: set[Identifier], client: int | None) -> Forgetting:
    result, gone = _plan(tx, wanted, client)
    anchors = {f"{_NODES[value.kind]}:{value.value}" for value in wanted if value.kind in _NODES}
    if client is not None:
        anchors |= {node.key for node in clients.nodes(tx, client)}
    numbers = {parties.identifier_id(value) for value in wanted}
    keys = lines.keys(tx, lines.of_identifiers(tx, numbers)).values()
    journal.strike(tx, sorted({*anchors, *keys}))
    withdraw(tx, sorted(gone), hub.context(tx), anchors)
    items.bury(tx, sorted(gone))
    search.optimize(tx)
    return result
