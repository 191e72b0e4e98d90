"""What of a stream is still there, and what others tell again of what is not."""

from collections.abc import Iterable

from sqlalchemy import func, select

from hub.store.database import Tx, among, table
from hub.store.derived_tables import Record
from hub.store.tables import STORED, Item

_item, _record = table(Item), table(Record)


def there(tx: Tx, number: int, epoch: str) -> int:
    """How many stored items of a stream are not marked as gone."""
    mine = (_item.c.stream_id == number, _item.c.epoch == epoch, _item.c.state.in_(STORED), _item.c.removed.is_(False))
    return int(tx.scalar(select(func.count()).where(*mine)))


_SAME, _OTHER = _record.alias(), _item.alias()
_TOLD_AGAIN = (
    select(_record.c.item_id)
    .join_from(_record, _SAME, (_SAME.c.family == _record.c.family) & (_SAME.c.item_id != _record.c.item_id))
    .join(_item, _item.c.id == _SAME.c.item_id)
    .where(among(_record.c.id, "ids"), _record.c.family != 0)
    .distinct()
)


def told_again(tx: Tx, numbers: Iterable[int], stream: int, epoch: str) -> set[int]:
    """Those of these items of which items of an epoch tell again, if in other bytes."""
    query = _TOLD_AGAIN.where(_item.c.stream_id == stream, _item.c.epoch == epoch)
    return {row[0] for row in tx.rows(query, ids=list(numbers))}


_ELSEWHERE = (
    select(1)
    .select_from(_record)
    .join(_SAME, (_SAME.c.family == _record.c.family) & (_SAME.c.item_id != _record.c.item_id))
    .join(_OTHER, _OTHER.c.id == _SAME.c.item_id)
    .where(_record.c.id == _item.c.id, _record.c.family != 0)
    .where(_OTHER.c.stream_id != _item.c.stream_id, _OTHER.c.removed.is_(False))
    .correlate(_item)
    .exists()
)


def all_told(tx: Tx, number: int) -> bool:
    """Whether other streams tell of everything that is stored of a stream and not marked as gone."""
    mine = (_item.c.stream_id == number, _item.c.state.in_(STORED), _item.c.removed.is_(False))
    return tx.scalar(select(_item.c.id).where(*mine, ~_ELSEWHERE).limit(1)) is None
