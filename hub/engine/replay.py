"""Mapping again what is stored: after a fix (quarantine), under a new version of a connector's mapping, or when the
horizon moves on. The source is not asked.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import groupby
from types import MappingProxyType
from typing import Any, TypeAlias

from hub.core.amend import Part, amend
from hub.core.pages import Counts
from hub.engine import again, page
from hub.engine.hub import Hub
from hub.engine.mapping import NO_BODY, Maker, Place, Prepared
from hub.engine.steps import TURN, Steps, finished
from hub.settings import Connection
from hub.store import encoding, items, journal, refetch
from hub.store.database import Tx

STEP = 200
NOTHING: Mapping[str, Part] = MappingProxyType({})

Raws: TypeAlias = Iterable[tuple[str, int, bytes]]
"""(revision, when we got it, bytes), oldest first."""
_Mapped: TypeAlias = tuple[Place, Any, Prepared | None]

Find: TypeAlias = Callable[[Tx, int], Sequence[int]]
"""The items to be mapped again after this one, by id; at most `STEP`."""


def chain(
    mapper: again.Mapper, maker: Maker, place: Place, external_id: str, raws: Raws, before: Mapping[str, Part] = NOTHING
) -> Steps[Prepared | None]:
    """All kept revisions of an item, mapped in turn, on top of what was `before` the first of them; None when none is
    kept or one cannot be read.
    """
    parts = dict(before)
    last: Prepared | None = None
    for revision, received, body in raws:
        last = yield from mapper.prepare(replace(maker, received=received), place, external_id, revision, body)
        if last.unreadable is not None:
            return None
        if last.records:
            parts = dict(amend(parts, last.records, received))
    return last._replace(replayed=parts) if last is not None and last.records else None


def quarantine(hub: Hub, wanted: Iterable[int] | None = None) -> Counts:
    """Map what is in quarantine again (all of it, or these items). Returns what became of it."""
    with hub.store.read() as tx:
        listed = [row for row in items.quarantined(tx) if wanted is None or row.item_id in set(wanted)]
    counts = Counts()
    with again.mapping(hub) as mapper:
        for connection in hub.config.connections:
            mine = [row.item_id for row in listed if row.connection == connection.id]
            for start in range(0, len(mine), STEP):
                found = list(_read_again(hub, connection, mapper, mine[start : start + STEP]))
                counts += _store(hub, connection, found)
    return counts


def _read_again(hub: Hub, connection: Connection, mapper: again.Mapper, numbers: Sequence[int]) -> Iterator[_Mapped]:
    with hub.store.read() as tx:
        maker, listed = hub.maker(tx, connection), list(places(tx, numbers))
    for place, row in listed:
        with hub.store.read() as tx:
            body = items.quarantined_body(tx, row.id)
        yield place, row, finished(mapper.prepare(maker, place, row.external_id, row.revision, body)) if body else None


def outdated(hub: Hub, connection: Connection) -> Steps[Counts]:
    """Map again what an older version of the connector's mapping made."""
    mapping = hub.connector(connection).mapping

    def older(tx: Tx, after: int) -> Sequence[int]:
        return items.mapped_before(tx, connection.id, mapping, after, STEP)

    with again.mapping(hub) as mapper:
        counts = yield from _in_steps(hub, connection, mapper, older)
        if mapper.ended:
            with hub.store.write() as tx:  # what ends a process does so whenever it is tried
                for item in sorted(mapper.ended):
                    items.set_item(tx, item, mapping=mapping)
    return counts


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
                now = hub.now.milliseconds()
                prepared = [_as_stored(row, parts.get(row.id, {}), known[row.id].digest, now) for _, row in rows]
                page.commit(tx, place, prepared, hub.terms(tx, connection, again=True, strict=True))
            items.keep_headers(tx, [number for number in numbers if known[number].state == "headers"])


def _as_stored(row: Any, parts: dict[str, Part], digest: int, received: int) -> Prepared:
    return Prepared(
        item=row.id,
        external_id=row.external_id,
        revision=row.revision,
        body=NO_BODY,
        digest=digest,
        received=received,
        records={part: now.record for part, now in parts.items()},
        packed={part: encoding.pack(encoding.dump(now.record)) for part, now in parts.items()},
        replayed=parts,
    )


def horizon(hub: Hub) -> Steps[Counts]:
    """Lay recurring things out up to a later horizon, if it is due. Who dies in the middle begins anew.

    Of what no bytes are kept the source is asked again. Where only the latest are, what is stored stays before them.
    """
    until = hub.horizon()
    with hub.store.read() as tx:
        facts = journal.installation(tx)
    if facts is None or facts.horizon >= until:
        return Counts()
    counts = Counts()
    with again.mapping(hub) as mapper:
        for connection in hub.config.connections:
            if connection.connector in hub.plugins.connectors:
                find = partial(_recurring, connection.id)
                counts += yield from _in_steps(hub, connection, mapper, find, until)
    with hub.store.write() as tx:
        journal.advance(tx, until, facts.settings)
        refetch.recurring(tx)
    return counts


def _recurring(connection: str, tx: Tx, after: int) -> list[int]:
    return items.recurring(tx, connection, after, STEP)


def _in_steps(
    hub: Hub, connection: Connection, mapper: again.Mapper, find: Find, until: date | None = None
) -> Steps[Counts]:
    counts, after = Counts(), 0
    while True:
        with hub.store.read() as tx:
            numbers = find(tx, after)
            if not numbers:
                return counts
            maker = hub.maker(tx, connection)
            only_latest = until is not None and connection.policy.keep_raw == "latest"
            before = stored_parts(tx, numbers) if only_latest else {}
            listed = list(places(tx, numbers))
        maker = replace(maker, horizon=until or maker.horizon)
        found: list[_Mapped] = []
        for place, row in listed:
            with hub.store.read() as tx:
                raws = items.raws(tx, row.id)
            made = yield from chain(mapper, maker, place, row.external_id, raws, before.get(row.id, NOTHING))
            found.append((place, row, made))
        counts += _store(hub, connection, found)
        after = numbers[-1]
        yield TURN


def _store(hub: Hub, connection: Connection, found: Iterable[_Mapped]) -> Counts:
    """Store what was mapped again, place by place."""
    batches: dict[Place, list[Prepared]] = {}
    for place, row, one in found:
        if one is not None:
            batches.setdefault(place, []).append(one._replace(revision=row.revision))
    counts = Counts()
    for place, prepared in batches.items():
        with hub.store.write() as tx:
            done = page.commit(tx, place, prepared, hub.terms(tx, connection, again=True))
        counts += done.counts
        hub.tell(done.clients)
    return counts


def places(tx: Tx, numbers: Sequence[int]) -> Iterator[tuple[Place, Any]]:
    """Where these items come from, with what is known of them."""
    for row in items.with_streams(tx, numbers):
        yield Place(row.stream_id, row.connection, row.name, row.title, row.epoch), row


def stored_parts(tx: Tx, numbers: Sequence[int]) -> dict[int, dict[str, Part]]:
    """The records of items as they are stored."""
    found = items.records(tx, numbers)
    return {item: {part: page.part_of(stored) for part, stored in parts.items()} for item, parts in found.items()}
