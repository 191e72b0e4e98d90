"""What a list finds between moments and by numbers: the same as by a look at every row, and without it."""

import random

import pytest
from hub_crm_bitrix.simulator import World, moments

DEAL = 2
DAY = 86_400
NOW = 1_795_000_000


def moment(days):
    return moments.written(NOW - days * DAY)


def found(client, start=-1, **filter_):
    given = client.result("crm.item.list", entityTypeId=DEAL, filter=filter_, order={"id": "ASC"}, start=start)
    return [one["id"] for one in given["items"]]


def looked_for(table, holds):
    return [number for number in table.ids if holds(table.row(number))][:50]


@pytest.mark.parametrize("seed", range(2))
def test_deals_between_moments_are_those_that_a_look_at_every_row_finds_whatever_is_written(serve, seed):
    client, chance = serve(), random.Random(seed)
    table = client.portal.tables[DEAL]
    for _ in range(20):
        since, upto = moment(chance.randrange(100, 900)), moment(chance.randrange(-2, 300))
        expected = looked_for(table, lambda row: since < row["updatedTime"] <= upto)  # noqa: B023 - looked for at once
        assert found(client, **{">updatedTime": since, "<=updatedTime": upto}) == expected
        some = chance.sample(range(1, 140), 20)
        expected = looked_for(table, lambda row: row["id"] in some and row["createdTime"] >= since)  # noqa: B023 - as above
        assert found(client, **{"@id": [*map(str, some), 1.5, ""], ">=createdTime": since}) == expected
        number = chance.choice(table.ids)
        client.portal.clock.turn(chance.randrange(DAY))
        client.result("crm.item.update", entityTypeId=DEAL, id=number, fields={"title": "Насосы"})
        if chance.random() < 0.3:
            client.result("crm.item.delete", entityTypeId=DEAL, id=chance.choice(table.ids))


def test_the_next_window_and_other_numbers_take_no_look_at_every_row(serve, monkeypatch):
    client = serve(world=World(size=10_000))
    table, looked = client.portal.tables[DEAL], []
    value = table.value

    def counted(number, name):
        looked.append(number)
        return value(number, name)

    monkeypatch.setattr(table, "value", counted)
    found(client, **{">=updatedTime": moment(3)})
    assert len(looked) >= len(table), "the index is made"
    for days in (4, 5, 6):
        looked.clear()
        assert found(client, **{">=updatedTime": moment(days), "<updatedTime": moment(days - 1)})
        assert found(client, **{"@id": [days * 7, 5000 + days]}) == [days * 7]
        assert len(looked) < len(table) / 10
