"""What an audit asks: what was decided about every item of a stream, and on which days it said something."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from sqlalchemy import select

from hub.core import ids
from hub.store.database import Tx, table
from hub.store.derived_tables import Interaction, Origin
from hub.store.tables import Item, Run

_DAY_MS: Final = 86_400_000
_EPOCH: Final = date(1970, 1, 1)
_interaction, _origin, _item, _run = table(Interaction), table(Origin), table(Item), table(Run)


def spoken(tx: Tx, since: int, until: int, offset: int) -> dict[int, set[date]]:
    """Stream -> the days between two moments on which something of it happened, or came to us as new. Moments and the
    offset of the local clock are milliseconds.
    """
    day = (_interaction.c.at + offset) // _DAY_MS
    happened = (
        select(_item.c.stream_id, day)
        .join_from(_interaction, _origin, _origin.c.interaction_id == _interaction.c.id)
        .join(_item, _item.c.id == _origin.c.item_id)
        .where(_interaction.c.id >= ids.first_at(since), _interaction.c.id < ids.first_at(until))
    )
    came = select(_run.c.stream_id, (_run.c.started + offset) // _DAY_MS).where(
        _run.c.started >= since, _run.c.started < until, _run.c.stored + _run.c.excluded + _run.c.quarantined > 0
    )
    found: dict[int, set[date]] = defaultdict(set)
    for query in (happened, came):
        for stream, number in tx.rows(query.distinct()):
            found[stream].add(_EPOCH + timedelta(days=int(number)))
    return dict(found)


def of(tx: Tx, number: int) -> Iterator[tuple[int, str, bool]]:
    """(id, state, removed) of every item of a stream, whatever was decided about it."""
    query = select(_item.c.id, _item.c.state, _item.c.removed).where(_item.c.stream_id == number)
    for row in tx.stream(query, 2000):
        yield row[0], row[1], bool(row[2])
