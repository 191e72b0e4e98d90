"""What contacts state of their companies: at which domains they write (`hub.core.lending`)."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Select, func, select

from hub.core.identity import GENERIC
from hub.core.lending import Stated
from hub.core.records import Identifier as Value
from hub.store.database import Tx, among, table
from hub.store.derived_tables import Claim, Identifier, Node

_node, _claim, _identifier = table(Node), table(Claim), table(Identifier)
_OF, _AT, _REF, _DOMAIN = _claim.alias(), _claim.alias(), _identifier.alias(), _identifier.alias()
_ASKED, _NEXT = _identifier.alias(), _claim.alias()

FIRST: Final = 64
"""So many contacts mostly show whether those of a company write from everywhere, or those at a domain work for everybody."""


def _stated(about: Any, other: Any, *, whole: bool) -> Select[Any]:
    """What contacts state, by `about`, all or the first of them; of each no more than shows that it is too much."""
    stating = (
        select(
            about.c.identifier_id.label("about"),
            _OF.c.identifier_id.label("ref"),
            _AT.c.identifier_id.label("domain"),
            func.count().label("contacts"),
            func.min(about.c.node_id).label("first"),
            func.row_number().over(partition_by=about.c.identifier_id, order_by=other.c.identifier_id).label("rank"),
        )
        .join_from(_ASKED, about, about.c.identifier_id == _ASKED.c.id + 0)  # so that it is known of each where to end
        .join(other, other.c.node_id == about.c.node_id)
        .where(_OF.c.role == "OF", _AT.c.role == "AT", among(_ASKED.c.id, "ids"))
        .group_by(about.c.identifier_id, other.c.identifier_id)
    )
    few = (stating if whole else stating.where(_is_first(about))).subquery("few")
    return (
        select(few.c.about, _REF.c.value, _DOMAIN.c.value, few.c.contacts, _node.c.key)
        .join_from(few, _REF, _REF.c.id == few.c.ref)
        .join(_DOMAIN, _DOMAIN.c.id == few.c.domain)
        .join(_node, _node.c.id == few.c.first)
        .where(few.c.rank <= GENERIC + 1)
    )


def _is_first(about: Any) -> Any:
    """A contact is one of the first. Where these end is looked up once for each that is asked about: nobody behind is gone through."""
    beyond = (
        select(_NEXT.c.node_id)
        .where(_NEXT.c.identifier_id == _ASKED.c.id, _NEXT.c.role == ("OF" if about is _OF else "AT"))
        .order_by(_NEXT.c.node_id)
        .offset(FIRST)
        .limit(1)
        .scalar_subquery()
        .correlate(_ASKED)
    )
    return about.c.node_id < func.coalesce(beyond, 2**63 - 1)


_FIRST_OF, _FIRST_AT = _stated(_OF, _AT, whole=False), _stated(_AT, _OF, whole=False)
_STATED_OF, _STATED_AT = _stated(_OF, _AT, whole=True), _stated(_AT, _OF, whole=True)


def stated(tx: Tx, refs: Iterable[int], domains: Iterable[int]) -> set[Stated]:
    """What contacts state about these companies, and what those at these domains state. Where the first contacts show that it
    is too much, the thousands behind them are not looked at: then less of them may be counted.
    """
    found: dict[tuple[str, str], Stated] = {}
    for first, whole, asked in ((_FIRST_OF, _STATED_OF, set(refs)), (_FIRST_AT, _STATED_AT, set(domains))):
        seen = tx.rows(first, ids=list(asked)) if asked else ()
        others = Counter(row.about for row in seen)
        rest = [number for number, few in others.items() if few <= GENERIC]
        told = [row for row in seen if others[row.about] > GENERIC]
        for _, ref, domain, contacts, by in (*told, *(tx.rows(whole, ids=rest) if rest else ())):
            known = found.get((ref, domain))
            if known is None or known.contacts < contacts:
                found[ref, domain] = Stated(Value("ref", ref), Value("domain", domain), contacts, by)
    return set(found.values())
