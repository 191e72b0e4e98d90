"""How much there is: what every sync says at its end. The tables are only counted, and so only named."""

from sqlalchemy import func, select, table

from hub.store.database import Tx

_COUNT = select(
    *(select(func.count()).select_from(table(name)).scalar_subquery() for name in ("client", "interaction"))
)


def totals(tx: Tx) -> tuple[int, int]:
    """How many clients and interactions there are."""
    [(clients, interactions)] = tx.rows(_COUNT)
    return clients, interactions
