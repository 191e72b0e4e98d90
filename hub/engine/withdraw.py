"""Taking back what items said: records, raws and traces go, and everything derived follows. Their rows stay."""

from collections.abc import Iterable, Sequence

from hub.engine import replay
from hub.projection import changes, interactions
from hub.projection.beforehand import Beforehand
from hub.projection.changes import Change
from hub.projection.weaving import Context
from hub.store import derived, items
from hub.store.database import Tx

STEP = 200


def withdraw(tx: Tx, gone: Sequence[int], context: Context, anchors: Iterable[str] = ()) -> Change:
    """Take back what these items said; nodes with the keys `anchors` go, too. Returns what changed."""
    change = Change(dropped=set(anchors))
    for start in range(0, len(gone), STEP):
        numbers = gone[start : start + STEP]
        before = items.records(tx, numbers)
        for place, row in replay.places(tx, numbers):
            old = before.get(row.id, {})
            changes.note(change, row.id, place.name(row.external_id), {}, old, Beforehand(context))
            change.touched |= {record.family for record in old.values() if record.family}
            change.domains |= {
                domain
                for record in old.values()
                for domain in changes.written_to(record.record, place.connection, context)
            }
        derived.drop_records(tx, numbers)
        items.drop_traces(tx, numbers, raws=True)
    loose = interactions.update(tx, [], change.touched, {}, context)
    change.touched.clear()
    changes.let_parties_follow(tx, change, context)
    change.outcome.loose |= loose
    changes.let_statements_follow(tx, change, context)
    return change
