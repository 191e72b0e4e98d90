"""What people join stays whole, whatever numbers its parts bear."""

from itertools import permutations

from hub.core.decisions import Decision, read
from hub.core.identity import Node, best_inn, best_name, cluster
from hub.core.records import Identifier


def company(key, inn="", *more, kpp=""):
    claims = [Identifier("inn", inn)] if inn else []
    return Node(key, "company", key, tuple(sorted([*claims, *more])), kpp=kpp)


SITE = Identifier("domain", "romashka.example")
NODES = [
    company("crm/1", "7707083893", SITE, kpp="770701001"),
    company("list/1", "7707083893", kpp="770701001"),
    company("crm/2", "7736050003", kpp="773601001"),
    Node("domain:romashka.example", "domain", "romashka.example", (SITE,)),
]


def keys(nodes, *said):
    return [[node.key for node in found.nodes] for found in cluster(nodes, set(), read(said))]


def test_two_inns_that_people_joined_keep_all_that_either_had():
    for nodes in permutations(NODES):
        assert keys(nodes, Decision("merge", "crm/1", "crm/2")) == [
            [node.key for node in sorted(NODES, key=lambda n: n.key)]
        ]


def test_two_inns_that_nobody_joined_stay_apart():
    assert keys([*NODES, company("crm/3", "7736050003", SITE)]) == [
        ["crm/1", "domain:romashka.example", "list/1"], ["crm/2", "crm/3"],
    ]  # fmt: skip


def test_the_name_shown_stands_beside_its_own_inn():
    long, short = company("ООО «Василёк и сыновья»", "7736050003"), company("ООО «Роза»", "7707083893")
    nameless = Node("list/3", "company", "", (Identifier("inn", "5001000001"),))
    for nodes in permutations((long, short, nameless)):
        assert (best_name(nodes), best_inn(nodes)) == ("ООО «Василёк и сыновья»", "7736050003")
    assert best_inn((company("ООО «Василёк и сыновья»"), short, nameless)) == "5001000001"
    assert best_inn((company("ООО «Роза»"),)) == ""
