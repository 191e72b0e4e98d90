"""Clients and persons that follow page by page are those that follow from all parties at once, whatever comes, changes and goes,
in whatever order, and of every page it is known exactly which identifiers lead elsewhere by it. Few names and addresses stand
for many: everything meets everything here, and what more than `crowd` claim points to nobody.

    HUB_EXAMPLES=2000 uv run pytest tests/engine/test_parties_in_any_order.py     the long campaign
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import hypothesis.strategies as st
import pytest
from hypothesis import example, given, settings
from sqlalchemy import select

from hub.core import decisions, identity
from hub.core.clients import Ours
from hub.core.decisions import Decision
from hub.core.history import Lead
from hub.core.ids import Name
from hub.core.parties import node
from hub.core.records import Company, Contact, Identifier
from hub.projection import changes, look
from hub.projection.changes import Change
from hub.projection.weaving import Context
from hub.store import derived, parties
from hub.store.database import Store, Tx, table
from hub.store.derived_tables import Identifier as IdentifierRow

EXAMPLES = int(os.environ.get("HUB_EXAMPLES", "40"))
OURS = Ours(domains=frozenset({"my.example"}))

Key: TypeAlias = tuple[str, int]
Party: TypeAlias = Company | Contact
Page: TypeAlias = Mapping[Key, Party | None]
"""What is known of parties from now on; None of those that are gone."""

domains = st.sampled_from(("a.test", "b.test", "c.test"))
emails = st.builds("{}@{}".format, st.sampled_from("xyz"), st.one_of(domains, st.just("gmail.com")))
identifiers = st.one_of(
    st.builds(Identifier, st.just("email"), emails),
    st.builds(Identifier, st.just("domain"), domains),
    st.builds(Identifier, st.just("phone"), st.sampled_from(("+74951234560", "+74951234561"))),
    st.builds(Identifier, st.just("inn"), st.sampled_from(("7707083893", "7736050003"))),
)
some = st.one_of(st.just(()), st.lists(identifiers, max_size=3).map(tuple))
numbers = st.integers(1, 5)
companies = st.builds(
    Company, name=st.sampled_from(("Ромашка", "Лотос")), identifiers=some, kpp=st.sampled_from(("", "770701001"))
)
contacts = st.builds(
    Contact,
    name=st.sampled_from(("Иван Петров", "Пётр Иванов")),
    identifiers=some,
    companies=st.lists(st.builds("crm/{}".format, numbers), max_size=2).map(tuple),
)
pages = st.dictionaries(
    st.tuples(st.just("crm"), numbers), st.one_of(st.none(), companies), max_size=4
).flatmap(
    lambda cards: st.dictionaries(
        st.tuples(st.just("people"), numbers), st.one_of(st.none(), contacts, companies), max_size=4
    ).map(lambda people: cards | people)
)  # fmt: skip
keys = st.one_of(
    st.builds("src/{}/{}".format, st.sampled_from(("crm", "people")), numbers), domains.map("domain:{}".format)
)
journals = st.lists(
    st.tuples(st.sampled_from(("merge", "split")), keys, keys).filter(lambda said: said[1] != said[2]), max_size=3
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = Store.open(Path(tmp_path_factory.mktemp("parties")) / "hub.db")
    yield store
    store.close()


CARD = Company(name="Ромашка")
IVAN = Contact(name="Иван Петров", identifiers=(Identifier("email", "x@a.test"),))
OWNER = Company(name="Лотос", identifiers=(Identifier("domain", "a.test"),))
OLGA = Contact(name="Ольга Петрова")
PETR = Contact(name="Пётр Иванов", identifiers=(Identifier("email", "y@a.test"),), companies=("crm/1",))


@pytest.mark.parametrize("crowd", [1, 10])
@settings(max_examples=EXAMPLES, deadline=None)
@example(given=[{("people", 1): IVAN, ("crm", 1): CARD}, {("people", 2): PETR}], journal=[])
@example(given=[{("people", 2): PETR, ("crm", 1): CARD}, {("people", 1): PETR}, {("people", 2): None}], journal=[])
@example(given=[{("people", 2): PETR, ("crm", 1): CARD}, {("crm", 2): OWNER}], journal=[])
@example(
    given=[{("people", 1): IVAN, ("people", 2): OLGA}, {("people", 1): None}],
    journal=[("merge", "src/people/2", "domain:a.test")],
)
@given(given=st.lists(pages, min_size=2, max_size=6), journal=journals)
def test_parties_that_come_page_by_page_lead_where_they_lead_all_at_once(
    store: Store, crowd: int, given: Sequence[Page], journal: Sequence[tuple[str, str, str]]
) -> None:
    made = decisions.read(Decision(action, a, b) for action, a, b in journal)  # type: ignore[arg-type]
    context = Context(OURS, made)
    with pytest.MonkeyPatch.context() as patch, store.write() as tx:
        for module in (identity, look):
            patch.setattr(module, "GENERIC", crowd)
        derived.clear(tx)
        known: dict[Key, Party | None] = {}
        for page in given:
            _follow(tx, page, context)
            known |= page
        by_pages = list(derived.dump(tx))
        derived.clear(tx)
        _follow(tx, {key: party for key, party in known.items() if party is not None}, context)
        at_once = list(derived.dump(tx))
    assert by_pages == at_once


def _follow(tx: Tx, page: Page, context: Context) -> None:
    change = Change()
    for (stream, number), party in page.items():
        name = Name("src", stream, "", str(number))
        one = node(party, name, "", OURS) if party is not None else None
        if one is None:
            change.dropped.add(name.key(""))
        else:
            change.nodes[name.key("")] = (one, number)
            change.domains |= {claim.value for claim in one.at}
    before = _leads(tx)
    redirected = set(changes.let_parties_follow(tx, change, context).redirected)
    between = _leads(tx)
    assert redirected == _differing(before, between)
    changes.let_statements_follow(tx, change, context)
    assert change.outcome.redirected == redirected | _differing(between, _leads(tx))


def _leads(tx: Tx) -> dict[int, set[Lead]]:
    """Where every identifier that there is leads."""
    every = [row[0] for row in tx.rows(select(table(IdentifierRow).c.id))]
    return {number: set(leads) for number, leads in parties.leads(tx, every).items()}


def _differing(before: Mapping[int, set[Lead]], now: Mapping[int, set[Lead]]) -> set[int]:
    return {number for number in before.keys() | now.keys() if before.get(number) != now.get(number)}
