"""Who is who, as tables: nodes in, clusters out."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.decisions import Decision, Part, read, to_merge, to_split
from hub.core.identity import GENERIC, Known, Node, cluster, speaks_for
from hub.core.records import Identifier

NOBODY = read([])


def node(key, name="", *, inn="", kpp="", emails=(), phones=(), domain="", kind="company", of=(), at=()):
    claims = [Identifier("email", one) for one in emails] + [Identifier("phone", one) for one in phones]
    claims += [Identifier("inn", inn)] if inn else []
    claims += [Identifier("domain", domain)] if domain else []
    return Node(key, kind, name, tuple(sorted(claims)), kpp, tuple(Identifier("ref", r) for r in of),
                tuple(Identifier("domain", d) for d in at))  # fmt: skip


def keys(nodes, generic=frozenset(), decisions=NOBODY):
    return [tuple(n.key for n in found.nodes) for found in cluster(nodes, generic, decisions)]


@pytest.mark.parametrize(
    ("a", "b", "one"),
    [
        (node("a", inn="7707083893"), node("b", inn="7707083893"), True),
        (node("a", inn="7707083893", kpp="770701001"), node("b", inn="7707083893", kpp="540601001"), False),
        (node("a", inn="7707083893", kpp="770701001"), node("b", inn="7707083893"), True),
        (node("a", emails=("x@r.test",)), node("b", emails=("x@r.test",)), True),
        (node("a", emails=("x@r.test",), inn="7707083893"), node("b", emails=("x@r.test",), inn="7736050003"), False),
        (node("a", domain="r.test"), node("b", domain="r.test"), True),
        (node("a", "ООО Ромашка", phones=("+74951234567",)), node("b", "Ромашка", phones=("+74951234567",)), True),
        (node("a", "ООО Ромашка", phones=("+74951234567",)), node("b", "АО Лотос", phones=("+74951234567",)), False),
        (node("a", "Иван Петров", phones=("+79161234567",), kind="contact"),
         node("b", "Петров Иван", phones=("+79161234567",), kind="contact"), True),
        (node("a", "Иван Петров", phones=("+79161234567",), kind="contact"),
         node("b", "Ольга Котова", phones=("+79161234567",), kind="contact"), False),
    ],
)  # fmt: skip
def test_two_nodes_are_one_or_not(a, b, one):
    assert (keys([a, b]) == [("a", "b")]) is one


def test_a_generic_value_joins_nobody():
    info = Identifier("email", "info@host.test")
    nodes = [node(str(n), emails=(info.value,)) for n in range(GENERIC + 1)]
    assert len(keys(nodes, {info})) == len(nodes)


@pytest.mark.parametrize("card", ["amo/companies/5", "portal/companies/5"])
def test_a_domain_that_turns_up_leaves_a_company_its_key(card):
    company, domain = node(card, domain="a.test"), node("domain:a.test", kind="domain", domain="a.test")
    for nodes in ([company], [company, domain]):
        assert [found.key for found in cluster(nodes, frozenset(), NOBODY)] == [card]


def test_without_a_card_a_client_bears_the_key_of_an_address_before_that_of_a_domain():
    domain = node("domain:a.test", kind="domain", domain="a.test")
    address = node("address:x@b.test", kind="address", emails=("x@b.test",))
    together = read([Decision("merge", domain.key, address.key)])
    assert [found.key for found in cluster([domain, address], frozenset(), together)] == [address.key]


def test_a_bridge_does_not_join_two_valid_inns():
    nodes = [
        node("a", inn="7707083893", emails=("x@r.test",)),
        node("b", emails=("x@r.test", "y@l.test")),
        node("c", inn="7736050003", emails=("y@l.test",)),
    ]
    assert keys(nodes) == [("a", "b"), ("c",)]


def test_people_overrule_the_machine_and_one_another():
    nodes = [node("a", inn="7707083893"), node("b", inn="7736050003")]
    merged = [Decision("merge", "a", "b")]
    assert keys(nodes, decisions=read(merged)) == [("a", "b")]
    assert keys(nodes, decisions=read([*merged, Decision("split", "b", "a")])) == [("a",), ("b",)]


def test_merging_overrules_every_split_between_the_two():
    nodes = [node("a", domain="r.test"), node("b", domain="r.test"), node("c", domain="l.test")]
    said = to_split([Part("b")], [Part("a")], NOBODY)
    assert keys(nodes, decisions=read(said)) == [("a",), ("b",), ("c",)]
    said += to_merge(["a", "c"], ["b"], read(said))
    assert ("a", "b") in [found[:2] for found in keys(nodes, decisions=read(said))]


def test_a_contact_speaks_for_the_company_it_names_before_its_domain():
    contact = node("p", "Иван", kind="contact", of=("crm/1",), at=("r.test",))
    known = Known(
        {Identifier("ref", "crm/1"): frozenset({"one"}), Identifier("domain", "r.test"): frozenset({"two"})}, {}
    )
    assert speaks_for([contact], known, frozenset(), NOBODY) == {"one": "ref"}


def test_a_contact_of_nobody_is_a_client_of_its_own():
    assert speaks_for([node("p", kind="contact")], Known({}, {}), frozenset(), NOBODY) == {}


NODES = st.lists(
    st.builds(
        node,
        st.integers(0, 99).map(str),
        st.sampled_from(["ООО Ромашка", "АО Лотос", ""]),
        inn=st.sampled_from(["", "", "7707083893", "7736050003"]),
        kpp=st.sampled_from(["", "770701001", "540601001"]),
        emails=st.lists(st.sampled_from(["a@r.test", "b@r.test", "c@l.test"]), max_size=2, unique=True),
        phones=st.lists(st.sampled_from(["+74951234567", "+79161234567"]), max_size=1),
        domain=st.sampled_from(["", "r.test", "l.test"]),
    ),
    max_size=12,
    unique_by=lambda one: one.key,
)


@given(NODES, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(nodes, order: random.Random):
    shuffled = nodes[:]
    order.shuffle(shuffled)
    assert cluster(nodes, frozenset(), NOBODY) == cluster(shuffled, frozenset(), NOBODY)


@given(NODES)
def test_two_valid_inns_never_share_a_cluster(nodes):
    for found in cluster(nodes, frozenset(), NOBODY):
        assert len({one.inn for one in found.nodes} - {""}) <= 1
