"""When a company is lent the domain of its contacts: nodes and statements in, loans and clusters out."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.decisions import Decision, read
from hub.core.identity import GENERIC, Loan, Node, cluster
from hub.core.lending import Stated, lent
from hub.core.parties import domain_node
from hub.core.records import Identifier

NOBODY = read([])


def card(key, *, inn="", domain="", name=""):
    claims = [Identifier("ref", key)]
    claims += [Identifier("inn", inn)] if inn else []
    claims += [Identifier("domain", domain)] if domain else []
    return Node(key, "company", name, tuple(sorted(claims)))


def contact(key, at, *of):
    """(key, domains, refs of companies)."""
    return key, at.split(), of


def stated(*contacts):
    rows: dict[tuple[str, str], list[str]] = {}
    for key, domains, refs in contacts:
        for domain in domains:
            for ref in refs:
                rows.setdefault((ref, domain), []).append(key)
    return [
        Stated(Identifier("ref", ref), Identifier("domain", domain), len(keys), min(keys))
        for (ref, domain), keys in rows.items()
    ]


def world(cards, contacts):
    """The nodes there are then: the cards, and every domain that a contact sits at."""
    domains = sorted({domain for _key, at, _of in contacts for domain in at})
    return [*cards, *map(domain_node, domains)], stated(*contacts)


def loans(cards, *contacts, generic=frozenset()):
    nodes, said = world(cards, contacts)
    return {loan.domain.removeprefix("domain:"): loan.cards for loan in lent(nodes, generic, said)}


def together(cards, *contacts, journal=()):
    nodes, said = world(cards, contacts)
    found = cluster(nodes, frozenset(), read(journal), lent(nodes, frozenset(), said))
    return sorted(tuple(node.key for node in one.nodes) for one in found)


def test_a_card_without_an_address_is_lent_the_domain_of_its_contacts():
    nodes, said = world([card("r")], [contact("p1", "r.test", "r"), contact("p2", "r.test", "r")])
    assert lent(nodes, frozenset(), said) == [Loan("domain:r.test", ("r",), "p1")]
    (found,) = cluster(nodes, frozenset(), NOBODY, lent(nodes, frozenset(), said))
    assert [(join.a, join.b, join.reason, join.value) for join in found.joins] == [("domain:r.test", "r", "lent", "p1")]


@pytest.mark.parametrize(
    ("cards", "contacts"),
    [
        pytest.param([card("r", domain="own.test")], [contact("p", "r.test", "r")], id="it has a domain of its own"),
        pytest.param([card("r"), card("l", domain="r.test")], [contact("p", "r.test", "r")], id="another card has it"),
        pytest.param([card("r"), card("l")], [contact("p", "r.test", "r", "l")], id="one contact of two companies"),
        pytest.param([card("r"), card("l")], [contact("p", "r.test", "r"), contact("q", "r.test", "l")],
                     id="a holding with one domain"),
        pytest.param([card("r")], [contact("p", "r.test", "r"), contact("q", "r.test", "unknown")],
                     id="somebody there works for a company we do not know"),
        pytest.param([card("r")], [contact("p", "r.test", "r"), contact("q", "a.test", "r")], id="two domains alike"),
        pytest.param([card("r")], [contact("p", "r.test old.test", "r")], id="a contact who moved keeps both"),
        pytest.param([card("r", inn="7707083893"), card("s", inn="7707083893", domain="own.test")],
                     [contact("p", "r.test", "r")], id="another card of the same company has one"),
        pytest.param([card("r", inn="7707083893"), card("s", inn="7736050003")],
                     [contact("p", "r.test", "r"), contact("q", "r.test", "s")], id="two companies by their INN"),
        pytest.param([card("r")], [contact("p", "r.test", "r"), contact("q", "r.test", "r"),
                                   *(contact(f"x{n}", f"x{n}.test", "r") for n in range(GENERIC))],
                     id="a drawer for everybody"),
        pytest.param([card(str(n)) for n in range(GENERIC + 1)],
                     [contact(f"p{n}", "r.test", str(n)) for n in range(GENERIC + 1)], id="a domain of everybody"),
    ],
)  # fmt: skip
def test_nothing_is_lent_where_there_is_doubt(cards, contacts):
    assert loans(cards, *contacts) == {}


def test_a_generic_domain_is_not_lent():
    assert loans([card("r")], contact("p", "r.test", "r"), generic={Identifier("domain", "r.test")}) == {}


def test_an_accountant_of_two_companies_takes_neither_and_hinders_neither():
    accountant = (contact("b1", "buh.test", "r"), contact("b2", "buh.test", "l"))
    assert loans(
        [card("r"), card("l")], *accountant, contact("p", "r.test", "r"), contact("q", "l.test", "l")
    ) == {"r.test": ("r",), "l.test": ("l",)}  # fmt: skip


def test_an_accountant_of_one_company_weighs_less_than_its_own_people():
    assert loans(
        [card("r")], contact("b", "buh.test", "r"), contact("p", "r.test", "r"), contact("q", "r.test", "r")
    ) == {"r.test": ("r",)}  # fmt: skip


def test_cards_of_one_inn_are_one_company():
    cards = [card("crm", inn="7707083893"), card("list", inn="7707083893")]
    people = (contact("p", "r.test", "crm"), contact("q", "r.test", "list"))
    assert together(cards, *people) == [("crm", "domain:r.test", "list")]


def test_who_states_no_company_is_no_obstacle():
    assert together([card("r")], contact("p", "r.test", "r"), contact("q", "r.test")) == [("domain:r.test", "r")]


def test_people_part_a_lent_domain_and_join_it_elsewhere():
    said = [Decision("split", "domain:r.test", "r")]
    assert together([card("r")], contact("p", "r.test", "r"), journal=said) == [("domain:r.test",), ("r",)]
    said.append(Decision("merge", "domain:r.test", "l"))
    assert together([card("r"), card("l")], contact("p", "r.test", "r"), journal=said) == [
        ("domain:r.test", "l"),
        ("r",),
    ]


def test_cards_that_people_parted_are_not_lent_one_domain():
    cards = [card("crm", inn="7707083893"), card("list", inn="7707083893")]
    people = (contact("p", "r.test", "crm"), contact("q", "r.test", "list"))
    parted = together(cards, *people, journal=[Decision("split", "crm", "list")])
    assert parted == [("crm",), ("domain:r.test",), ("list",)]


DOMAINS = ("r.test", "l.test", "m.test")
CARDS = st.lists(
    st.builds(card, st.sampled_from("abcd"), inn=st.sampled_from(("", "", "7707083893", "7736050003")),
              domain=st.sampled_from(("", "", "", "m.test"))),
    max_size=4, unique_by=lambda node: node.key,
)  # fmt: skip
PEOPLE = st.lists(
    st.builds(lambda key, at, of: contact(key, " ".join(at), *of), st.integers(0, 99).map(str),
              st.lists(st.sampled_from(DOMAINS), unique=True, max_size=2),
              st.lists(st.sampled_from("abcd"), unique=True, max_size=2)),
    max_size=8, unique_by=lambda one: one[0],
)  # fmt: skip


@given(CARDS, PEOPLE, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(cards, people, order: random.Random):
    nodes, said = world(cards, people)
    shuffled, otherwise = nodes[:], said[:]
    order.shuffle(shuffled)
    order.shuffle(otherwise)
    assert lent(nodes, frozenset(), said) == lent(shuffled, frozenset(), otherwise)


@given(CARDS, PEOPLE)
def test_no_domain_is_lent_twice_and_nobody_is_lent_two(cards, people):
    nodes, said = world(cards, people)
    found = lent(nodes, frozenset(), said)
    assert len({loan.domain for loan in found}) == len(found)
    assert len({card for loan in found for card in loan.cards}) == sum(len(loan.cards) for loan in found)


@given(CARDS, PEOPLE)
def test_what_is_lent_joins_no_two_companies(cards, people):
    nodes, said = world(cards, people)
    before = cluster(nodes, frozenset(), NOBODY)
    after = cluster(nodes, frozenset(), NOBODY, lent(nodes, frozenset(), said))
    companies = [{node.key for node in one.nodes if node.kind == "company"} for one in before]
    for one in after:
        keys = {node.key for node in one.nodes if node.kind == "company"}
        assert keys in [*companies, set()]
