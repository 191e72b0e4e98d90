"""What is asked of the portal, written as PHP and as a batch want it."""

from urllib.parse import parse_qsl

import pytest
from hub_crm_bitrix.questions import Command, Walk, query


def test_parameters_are_nested_as_php_nests_them():
    given = {"filter": {">ID": 5, "@stageId": ["NEW", "C1:WON"]}, "select": ["ID"], "start": -1}
    assert dict(parse_qsl("&".join(query(given)))) == {
        "filter[>ID]": "5", "filter[@stageId][0]": "NEW", "filter[@stageId][1]": "C1:WON", "select[0]": "ID", "start": "-1",
    }  # fmt: skip


@pytest.mark.parametrize("value", ["а&б", "x=y", "100%", "a+b", "строка с пробелом", "2026-11-22T00:00:00+00:00"])
def test_whatever_stands_in_a_value_arrives(value):
    assert dict(parse_qsl("&".join(query({"filter": {"title": value}})))) == {"filter[title]": value}


def test_pages_of_a_batch_begin_after_the_last_id_of_the_one_before():
    walk = Walk(method="crm.item.list", under="items", more={"entityTypeId": 2}, filter={"<updatedTime": "T"})
    first, second, third = walk.chain(700, 3).values()
    assert first.params["filter"] == {"<updatedTime": "T", "<id": 700}
    assert second.params["filter"]["<id"] == "$result[p0][items][49][id]"
    assert third.params["filter"]["<id"] == "$result[p1][items][49][id]"
    assert first.params["order"] == {"id": "DESC"}
    assert first.params["start"] == -1


def test_methods_that_sort_by_texts_are_asked_in_their_way():
    page = Walk(method="user.get", id="ID", dialect="flat", newest_first=False).page(7)
    assert page == Command("user.get", {"FILTER": {">ID": 7}, "SORT": "ID", "ORDER": "ASC", "start": -1})


def test_a_reference_goes_into_a_batch_as_it_is():
    assert Command("crm.item.list", {"filter": {"<id": "$result[p0][items][49][id]"}}).line == (
        "crm.item.list?filter[%3Cid]=$result[p0][items][49][id]"
    )
