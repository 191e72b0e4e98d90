"""Dying at any step of a sync of an account.

stage 0   the first pull: companies, leads, notes, events
stage 1   what is new, changed, deleted, one by one; a stage has another name
stage 2   a company is gone that had been merged into another
"""

import pytest
from hub_crm_amo import client
from hub_crm_amo.simulator import Account, Clock, World
from hub_crm_amo.simulator.world import COMPANIES, LEADS, NOTES

NOW = 1_795_000_000.0
STAGES, SAMPLE = 3, 1


@pytest.fixture
def life(world, module, tmp_path, monkeypatch):
    monkeypatch.setattr(client, "RAWS", 4)
    account = Account(world=World(size=25, until=NOW - 60), clock=Clock(NOW), limits=None)

    def amend(kind, number, **fields):
        table = account.tables[kind]
        account.put(kind, {**table.row(number), "updated_at": int(account.clock.now()), **fields})

    def change(stage):
        account.clock.turn(3_600)
        if stage == 1:
            amend(LEADS, 1, name="Иначе", price=5)
            amend(COMPANIES, 2, name="ООО «Иначе»")
            notes = account.tables[NOTES[LEADS]]
            amend(NOTES[LEADS], 1, params={"text": "Иначе"}, note_type="common")
            notes.put({**notes.row(2), "id": notes.next_id(), "updated_at": int(account.clock.now())})
            account.delete(LEADS, 3)
            account.pipelines[0]["_embedded"]["statuses"][1]["name"] = "Только что"
        elif stage == 2:
            account.merge(COMPANIES, 2, 1)

    more = {"streams": ["companies", "leads", "notes", "events"]}
    return module("tests/shared/dying.py").Life(world(account, more), tmp_path, change)


def test_dying_at_any_step_and_starting_over_ends_in_the_same_history(life):
    assert life.dies(STAGES, SAMPLE, exactly=False) >= SAMPLE
