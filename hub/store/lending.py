"""What contacts state of their companies: at which domains they write (`hub.core.lending`)."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, func, select

from hub.core.identity import GENERIC
from hub.core.lending import Stated
from hub.core.records import Identifier as Value
from hub.store.database import Tx, among, table
from hub.store.derived_tables import Claim, Identifier, Node

_node, _claim, _identifier = table(Node), table(Claim), table(Identifier)
_AT, _REF, _DOMAIN = _claim.alias(), _identifier.alias(), _identifier.alias()


def _stated(about: Any, other: Any) -> Select[Any]:
    """What contacts state, by `about`; of each no more than shows that it is too much."""
    few = (
        select(
            _claim.c.identifier_id.label("ref"),
            _AT.c.identifier_id.label("domain"),
            func.count().label("contacts"),
            func.min(_claim.c.node_id).label("first"),
            func.row_number().over(partition_by=about, order_by=other).label("rank"),
        )
        .join_from(_claim, _AT, (_AT.c.node_id == _claim.c.node_id) & (_AT.c.role == "at"))
        .where(_claim.c.role == "of", among(about, "ids"))
        .group_by(_claim.c.identifier_id, _AT.c.identifier_id)
        .subquery("few")
    )
    return (
        select(_REF.c.value, _DOMAIN.c.value, few.c.contacts, _node.c.key)
        .join_from(few, _REF, _REF.c.id == few.c.ref)
        .join(_DOMAIN, _DOMAIN.c.id == few.c.domain)
        .join(_node, _node.c.id == few.c.first)
        .where(few.c.rank <= GENERIC + 1)
    )


_STATED_OF = _stated(_claim.c.identifier_id, _AT.c.identifier_id)
_STATED_AT = _stated(_AT.c.identifier_id, _claim.c.identifier_id)


def stated(tx: Tx, refs: Iterable[int], domains: Iterable[int]) -> set[Stated]:
    """What contacts state about these companies, and what those at these domains state."""
    found: set[Stated] = set()
    for query, wanted in ((_STATED_OF, list(refs)), (_STATED_AT, list(domains))):
        for ref, domain, count, first in tx.rows(query, ids=wanted) if wanted else ():
            found.add(Stated(Value("ref", ref), Value("domain", domain), count, first))
    return found
