"""Dying at any step of a sync of a portal.

stage 0   the first pull: companies, deals and their stages, activities
stage 1   what is new, changed, deleted, one by one; a stage has another name
stage 2   a company is gone that had been merged into another
"""

import pytest
from hub_crm_bitrix import source
from hub_crm_bitrix.simulator import Clock, Portal, World
from hub_crm_bitrix.simulator.fields import COMPANY, DEAL
from hub_crm_bitrix.simulator.moments import written

NOW = 1_795_000_000.0
STAGES, SAMPLE = 3, 1


@pytest.fixture
def life(world, module, tmp_path, monkeypatch):
    monkeypatch.setattr(source, "RAWS", 4)
    portal = Portal(world=World(size=25, until=NOW - 60), clock=Clock(NOW), limits=None)

    def amend(kind, number, **fields):
        table = portal.tables[kind]
        table.put({**table.row(number), "updatedTime": written(portal.clock.now()), **fields})

    def change(stage):
        portal.clock.turn(3_600)
        deals, companies = portal.tables[DEAL], portal.tables[COMPANY]
        if stage == 1:
            amend(DEAL, 1, title="Иначе", opportunity=5.5)
            amend(COMPANY, 2, title="ООО «Иначе»")
            deals.put({**deals.row(2), "id": deals.next_id(), "updatedTime": written(portal.clock.now())})
            deals.remove(3)
            one = portal.tables["statuses"]
            first = next(one.row(number) for number in one.ids if one.row(number)["STATUS_ID"] == "NEW")
            one.put({**first, "NAME": "Только что"})
        elif stage == 2:
            amend(COMPANY, 1, title="ООО «Вместе»")
            companies.remove(2)

    more = {"streams": ["companies", "deals", "activities"]}
    return module("tests/shared/dying.py").Life(world(portal, more), tmp_path, change)


def test_dying_at_any_step_and_starting_over_ends_in_the_same_history(life):
    assert life.dies(STAGES, SAMPLE, exactly=False) >= SAMPLE
