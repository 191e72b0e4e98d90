"""Portals made from a seed: the same again, of any size, with what belongs together agreeing."""

import ast
from pathlib import Path

import hub_crm_bitrix
import pytest
from hub_crm_bitrix.simulator import Portal, World
from stdnum.ru import inn, ogrn

COMPANY, CONTACT, DEAL = 4, 3, 2


@pytest.fixture(scope="module")
def portal():
    return Portal(world=World(size=3000))


def test_the_same_seed_is_the_same_portal_and_another_is_another():
    def rows(seed):
        portal = Portal(world=World(seed=seed, size=500))
        return [portal.tables[kind].row(number) for kind in (COMPANY, CONTACT, DEAL) for number in (1, 2, 9)]

    assert rows(1) == rows(1)
    assert rows(1) != rows(2)


@pytest.mark.parametrize("size", [10, 1000, 1_000_000])
def test_a_portal_has_as_many_objects_as_it_is_told(size):
    counts = World(size=size).counts
    assert sum(counts.values()) - counts[0] == size


def test_a_row_of_a_million_costs_no_more_than_one_of_ten():
    tables = Portal(world=World(size=1_000_000)).tables
    assert tables[DEAL].row(199_999)["title"].endswith("№ 199999")


def test_every_inn_and_ogrn_has_the_right_check_digits(portal):
    rows = [portal.tables["requisites"].row(number) for number in portal.tables["requisites"].ids]
    assert len(rows) > 300
    assert all(inn.is_valid(row["RQ_INN"]) for row in rows)
    assert all(ogrn.is_valid(row["RQ_OGRN"]) for row in rows if row["RQ_OGRN"])
    soles = [row["RQ_OGRNIP"] for row in rows if row["RQ_OGRNIP"]]
    assert all(int(one[:-1]) % 13 % 10 == int(one[-1]) for one in soles)  # stdnum forgets that 13 leaves 10, 11 and 12
    assert {len(row["RQ_INN"]) for row in rows} == {10, 12}
    assert all((row["RQ_KPP"] is None) == (len(row["RQ_INN"]) == 12) for row in rows)


def test_some_companies_stand_there_twice_with_the_same_inn(portal):
    first, again = (portal.tables[COMPANY].row(number) for number in (43, 50))
    assert first["title"] != again["title"]
    assert {portal.world.society.inn(number) for number in (43, 50)} == {portal.world.society.inn(43)}


def test_the_contact_of_a_deal_works_at_its_company_and_the_company_knows(portal):
    for number in portal.tables[DEAL].ids[:200]:
        deal = portal.tables[DEAL].row(number)
        contact = portal.tables[CONTACT].get(deal["contactId"])
        assert contact
        assert contact["companyId"] == deal["companyId"]
        if deal["companyId"]:
            assert contact["id"] in portal.tables[COMPANY].row(deal["companyId"])["contactIds"]


def test_every_call_has_its_statistics_and_the_telephone_of_who_was_called(portal):
    for number in portal.tables["statistics"].ids[:100]:
        call = portal.tables["statistics"].row(number)
        activity = portal.tables["activities"].row(int(call["CRM_ACTIVITY_ID"]))
        assert activity["PROVIDER_ID"] == "VOXIMPLANT_CALL"
        digits = "".join(filter(str.isdecimal, activity["COMMUNICATIONS"][0]["VALUE"]))
        assert call["PHONE_NUMBER"][2:] in digits


def test_neighbours_share_their_moments_where_ties_are_wanted():
    world = World(size=1000, ties=50)
    assert len({world.updated(DEAL, number) for number in range(50, 100)}) == 1
    assert len({world.updated(DEAL, number) for number in range(50, 150)}) == 2


def test_the_simulator_and_the_plugin_know_nothing_of_each_other():
    root = Path(hub_crm_bitrix.__file__).parent
    for path in root.rglob("*.py"):
        named = [
            name for node in ast.walk(ast.parse(path.read_text("utf-8")))
            for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else
                         [one.name for one in node.names] if isinstance(node, ast.Import) else [])
        ]  # fmt: skip
        within = "simulator" in path.relative_to(root).parts
        own = [name for name in named if name.startswith("hub_crm_bitrix")]
        assert all(name.startswith("hub_crm_bitrix.simulator") == within for name in own), path
