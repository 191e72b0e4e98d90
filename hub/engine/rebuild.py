"""The derived tables from nothing: dropped, and made again from raws, journal and settings, in one transaction.

Whoever reads meanwhile sees the old ones; whoever kills it in the middle finds them untouched. It writes nothing to
any other system and fires no rule.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hub.core.amend import Part
from hub.engine import again, page, replay
from hub.engine.hub import Hub
from hub.engine.mapping import Maker, Place
from hub.engine.steps import finished
from hub.projection import changes
from hub.projection.beforehand import Beforehand
from hub.projection.changes import Change
from hub.projection.weaving import Context
from hub.store import derived, employees, items, journal, refetch
from hub.store.database import Tx

STEP = 500


def rebuild(hub: Hub, progress: Callable[[int], None] = lambda _done: None, *, from_raw: bool = True) -> int:
    """Rebuild everything that is derived; returns how many items went in. `from_raw=False` trusts the records."""
    with again.mapping(hub) as mapper, hub.store.write() as tx:
        makers = _makers(hub, tx) if from_raw else {}
        derived.clear(tx)
        _employ(tx, mapper, makers)
        context = hub.context(tx)
        change = Change()
        changes.let_parties_follow(tx, change, context, also=context.decisions.promoted)
        done, after = 0, -1
        while numbers := items.readable(tx, after, STEP):
            _step(tx, numbers, mapper, makers, context)
            done, after = done + len(numbers), numbers[-1]
            progress(done)
        while changes.settle(tx, context):
            pass
        facts = journal.installation(tx)
        assert facts is not None
        journal.advance(tx, facts.horizon, hub.settings_digest())
    return done


def follow_settings(hub: Hub) -> bool:
    """Rebuild when own domains, employees or the rules for clients changed. Returns whether they had."""
    if not hub.is_outdated():
        return False
    rebuild(hub, from_raw=False)
    with hub.store.write() as tx:
        refetch.excluded(tx, None)
    return True


def _makers(hub: Hub, tx: Tx) -> Mapping[str, Maker]:
    usable = [c for c in hub.config.connections if c.connector in hub.plugins.connectors and c.policy.keep_raw == "all"]
    return {connection.id: hub.maker(tx, connection) for connection in usable}


def _employ(tx: Tx, mapper: again.Mapper, makers: Mapping[str, Maker]) -> None:
    """Find out who is ours, before anything else is derived."""
    numbers = employees.items(tx)
    for start in range(0, len(numbers), STEP):
        some = numbers[start : start + STEP]
        stored = replay.stored_parts(tx, some)
        for place, row in replay.places(tx, some):
            parts = _parts(tx, place, row, mapper, makers.get(place.connection)) or stored.get(row.id, {})
            employees.replace(tx, (), page.employed(row.id, parts))


def _step(tx: Tx, numbers: Sequence[int], mapper: again.Mapper, makers: Mapping[str, Maker], context: Context) -> None:
    stored = replay.stored_parts(tx, numbers)
    change, nothing = Change(), Beforehand(context)
    rows: list[tuple[Any, dict[str, Part]]] = []
    for place, row in replay.places(tx, numbers):
        parts = _parts(tx, place, row, mapper, makers.get(place.connection)) or stored.get(row.id, {})
        rows.append((row, parts))
        name = place.name(row.external_id)
        changes.note(change, row.id, name, parts, {}, nothing)
        changes.note_statements(change, row.id, name, parts, {}, {}, nothing)
        derived.replace_records(tx, row.id, name, parts)
    changes.let_parties_follow(tx, change, context)
    changes.let_statements_follow(tx, change, context)


def _parts(tx: Tx, place: Place, row: Any, mapper: again.Mapper, maker: Maker | None) -> dict[str, Part] | None:
    if maker is None or row.state != "stored":
        return None
    made = finished(replay.chain(mapper, maker, place, row.external_id, items.raws(tx, row.id)))
    return dict(made.replayed) if made is not None and made.replayed is not None else None
