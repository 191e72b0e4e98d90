"""A sample of the campaign `races.py`, and what is done ahead of the end of a refresh token."""

import json
import random

import pytest

from tests.servers import postgresql as servers
from tests.servers.required import need
from tests.tokens import races

pytestmark = pytest.mark.campaign


@pytest.mark.parametrize(
    ("kind", "system"),
    [("sqlite", "oauth"), ("postgresql", "oauth"), ("sqlite", "crm.amocrm"), ("sqlite", "crm.bitrix24")],
)
def test_whoever_dies_where_nobody_asks_twice_and_nobody_loses_a_token(kind, system):
    if kind == "postgresql":
        need("postgresql", is_there=servers.binaries() is not None, how=servers.HOW)
    with races.place(kind) as (folder, server), races.field_of(3, folder, server, system) as field:
        wrong = []
        for number, window in enumerate(races.WINDOWS):
            chance = random.Random(number)
            chance.choices = lambda _windows, _weights, chosen=window: [chosen]
            wrong += field.race(chance)
    assert wrong == []
    assert field.windows.keys() == set(races.WINDOWS)
    assert field.deaths >= len(races.DEATHS)


def test_a_campaign_goes_on_where_it_was_stopped(tmp_path):
    done = tmp_path / "done.jsonl"
    done.write_text(json.dumps(["earlier"]) + "\n" + json.dumps([]) + "\n")
    with races.place("sqlite") as (folder, server), races.field_of(2, folder, server) as field:
        assert races.conduct(field, 4, 7, done) == ["earlier"]
    assert sum(field.windows.values()) == 2
    assert len(done.read_text().splitlines()) == 4
