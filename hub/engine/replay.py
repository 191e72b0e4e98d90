"""Mapping again what is stored: after a fix (quarantine), under a new version of a connector's mapping, or when the
horizon moves on. The source is not asked.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from hub.core.amend import Part, amend
from hub.core.pages import Counts
from hub.engine import page
from hub.engine.hub import Hub
from hub.engine.mapping import Maker, Place, Prepared
from hub.settings import Connection
from hub.store import encoding, items, journal
from hub.store.database import Tx

STEP = 200


def chain(tx: Tx, place: Place, maker: Maker, item: int, external_id: str) -> Prepared | None:
    """All kept revisions of an item, mapped in turn; None when none is kept or one cannot be read."""
    parts: dict[str, Part] = {}
    last: Prepared | None = None
    for revision, received, body in items.raws(tx, item):
        last = maker.prepare(place, external_id, revision, body)
        if last.unreadable is not None:
            return None
        if last.records:
            parts = dict(amend(parts, last.records, received))
    return replace(last, replayed=parts) if last is not None and last.records else None


def quarantine(hub: Hub, wanted: Iterable[int] | None = None) -> Counts:
    """Map what is in quarantine again (all of it, or these items). Returns what became of it."""
    with hub.store.read() as tx:
        listed = [row for row in items.quarantined(tx) if wanted is None or row.item_id in set(wanted)]
    counts = Counts()
    for connection in hub.config.connections:
        mine = [row for row in listed if row.connection == connection.id]
        for start in range(0, len(mine), STEP):
            counts += _replay(
                hub, connection, [row.item_id for row in mine[start : start + STEP]], from_quarantine=True
            )
    return counts


def outdated(hub: Hub, connection: Connection) -> Counts:
    """Map again what an older version of the connector's mapping made."""
    mapping = hub.connector(connection).mapping
    return _in_steps(hub, connection, lambda tx, after: items.mapped_before(tx, connection.id, mapping, after, STEP))


def judge(hub: Hub, connection: Connection, stream: int) -> None:
    """Judge what is stored of a stream by a policy that has changed: what it no longer allows is dropped."""
    after = -1
    while True:
        with hub.store.write() as tx:
            numbers = items.stored_of(tx, stream, after, STEP)
            if not numbers:
                return
            after = numbers[-1]
            parts, known = stored_parts(tx, numbers), items.known(tx, numbers)
            for place, rows in groupby(places(tx, numbers), key=lambda pair: pair[0]):
                prepared = [_as_stored(row, parts.get(row.id, {}), known[row.id].digest) for _, row in rows]
                page.commit(tx, place, prepared, hub.terms(tx, connection, again=True, strict=True))
            items.keep_headers(tx, [number for number in numbers if known[number].state == "headers"])


def _as_stored(row: Any, parts: dict[str, Part], digest: int) -> Prepared:
    return Prepared(
        item=row.id,
        external_id=row.external_id,
        revision=row.revision,
        body=b"",
        digest=digest,
        records={part: now.record for part, now in parts.items()},
        encoded={part: encoding.dump(now.record) for part, now in parts.items()},
        replayed=parts,
    )


def horizon(hub: Hub) -> Counts:
    """Lay recurring things out up to a later horizon, if it is due."""
    until = hub.horizon()
    with hub.store.write() as tx:
        facts = journal.installation(tx)
        if facts is None or facts.horizon >= until:
            return Counts()
        journal.advance(tx, until, facts.settings)
    counts = Counts()
    for connection in hub.config.connections:
        counts += _in_steps(hub, connection, lambda tx, after, of=connection.id: items.recurring(tx, of, after, STEP))
    return counts


def _in_steps(hub: Hub, connection: Connection, find: Any) -> Counts:
    counts, after = Counts(), 0
    while True:
        with hub.store.read() as tx:
            numbers: Sequence[int] = find(tx, after)
        if not numbers:
            return counts
        counts += _replay(hub, connection, numbers, from_quarantine=False)
        after = numbers[-1]


def _replay(hub: Hub, connection: Connection, numbers: Sequence[int], *, from_quarantine: bool) -> Counts:
    counts = Counts()
    with hub.store.read() as tx:
        maker = hub.maker(tx, connection)
        batches = _prepared(tx, maker, numbers, from_quarantine=from_quarantine)
    for place, prepared in batches:
        with hub.store.write() as tx:
            done = page.commit(tx, place, prepared, hub.terms(tx, connection, again=True))
        counts += done.counts
        hub.tell(done.clients)
    return counts


def _prepared(
    tx: Tx, maker: Maker, numbers: Sequence[int], *, from_quarantine: bool
) -> list[tuple[Place, list[Prepared]]]:
    batches: dict[Place, list[Prepared]] = {}
    for place, row in places(tx, numbers):
        if from_quarantine:
            body = items.quarantined_body(tx, row.id)
            one = maker.prepare(place, row.external_id, row.revision, body) if body else None
        else:
            one = chain(tx, place, maker, row.id, row.external_id)
        if one is not None:
            batches.setdefault(place, []).append(replace(one, revision=row.revision))
    return list(batches.items())


def places(tx: Tx, numbers: Sequence[int]) -> Iterator[tuple[Place, Any]]:
    """Where these items come from, with what is known of them."""
    for row in items.with_streams(tx, numbers):
        yield Place(row.stream_id, row.connection, row.name, row.title, row.epoch), row


def stored_parts(tx: Tx, numbers: Sequence[int]) -> dict[int, dict[str, Part]]:
    """The records of items as they are stored."""
    found = items.records(tx, numbers)
    return {item: {part: page.part_of(stored) for part, stored in parts.items()} for item, parts in found.items()}
