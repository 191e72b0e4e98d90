"""Employees whom CRMs know: the addresses of their users, as the records say them."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import select

from hub.store.database import Tx, table
from hub.store.derived_tables import Employee, Record

_employee, _record = table(Employee), table(Record)
_KNOWN = select(_employee.c.email, _employee.c.name).order_by(_employee.c.email, _employee.c.record_id.desc())
_USERS = select(_record.c.item_id).where(_record.c.kind == "user").distinct().order_by(_record.c.item_id)

Row = tuple[int, str, str]
"""Record, address, name."""


def known(tx: Tx) -> dict[str, str]:
    """Addresses -> names. Where two CRMs know one address, always the same of them is believed."""
    return dict(map(tuple, tx.ask(_KNOWN)))


def replace(tx: Tx, records: Collection[int], rows: Iterable[Row]) -> None:
    """Make these the addresses of these records."""
    tx.drop(Employee, "record_id", records)
    tx.put(Employee, sorted(rows))


def items(tx: Tx) -> Sequence[int]:
    """The items that are users."""
    return [row[0] for row in tx.rows(_USERS)]
