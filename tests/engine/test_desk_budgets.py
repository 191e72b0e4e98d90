"""Budgets in the database: one for all processes and machines, whatever the clocks do."""

import json
import multiprocessing
import os
import time
from dataclasses import replace
from fractions import Fraction

import pytest

import hub
from hub.core.pace import SCALE
from hub.engine.desk import Desk
from hub.store import budgets
from hub.store.budgets import Instant
from hub.store.database import Store

RATE = hub.Rate(2, burst=3)


class Machine:
    """Clocks of a machine: one that counts since its start, one that people set."""

    def __init__(self, boot="one"):
        self.now = Instant(boot, 1_000 * SCALE, 1_700_000_000 * SCALE)

    def __call__(self, _tx):
        return self.now

    def goes_on(self, seconds):
        self.now = replace(
            self.now, ticks=self.now.ticks + round(seconds * SCALE), moment=self.now.moment + round(seconds * SCALE)
        )

    def is_set(self, seconds):
        self.now = replace(self.now, moment=self.now.moment + seconds * SCALE)

    def starts_anew(self):
        self.now = replace(self.now, boot=self.now.boot + "+", ticks=0)


@pytest.fixture
def opened(world):
    with world.open() as found:
        yield found


@pytest.fixture
def machine():
    return Machine()


@pytest.fixture
def desk(opened, machine):
    return Desk(opened, opened.config.connections[0], machine)


def spent(desk):
    """Take until there is nothing left; returns how many."""
    taken = 0
    while not desk.take("crm", RATE, 1):
        taken += 1
    return taken


def test_two_desks_share_a_budget_and_two_keys_do_not(opened, machine, desk):
    other = Desk(opened, replace(opened.config.connections[0], id="other"), machine)
    assert [desk.take("crm", RATE, 1), other.take("crm", RATE, 1), desk.take("crm", RATE, 1)] == [0, 0, 0]
    assert other.take("crm", RATE, 1) == 0.5
    assert other.take("elsewhere", RATE, 3) == 0
    machine.goes_on(0.5)
    assert other.take("crm", RATE, 1) == 0


@pytest.mark.parametrize("jump", [3600, -3600, 86_400 * 3650, -86_400 * 3650])
def test_a_clock_that_is_set_neither_locks_the_budget_nor_bursts_it(desk, machine, jump):
    assert spent(desk) == 3
    machine.is_set(jump)
    assert desk.take("crm", RATE, 1) == 0.5
    machine.goes_on(0.5)
    assert desk.take("crm", RATE, 1) == 0


@pytest.mark.parametrize("jump", [0, -3600, -86_400 * 3650])
def test_after_a_start_of_the_machine_a_clock_that_went_back_locks_nothing(desk, machine, jump):
    assert spent(desk) == 3
    machine.starts_anew()
    machine.is_set(jump)
    assert 0 < desk.take("crm", RATE, 1) <= 0.5
    machine.goes_on(1.5)
    assert spent(desk) == 3


def test_a_rest_is_for_all_and_ends_by_time_whatever_the_clock_is_set_to(desk, machine):
    desk.rest("crm", 30)
    desk.rest("crm", 10)
    machine.is_set(-3600)
    assert desk.take("crm", RATE, 1) == 30
    machine.goes_on(29)
    assert desk.take("crm", RATE, 1) == 1
    machine.goes_on(1)
    assert spent(desk) == 3


def test_a_rest_begins_when_it_is_asked_for(desk, machine):
    spent(desk)
    machine.goes_on(20)
    desk.rest("crm", 30)
    assert desk.take("crm", RATE, 1) == 30


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_key_has_a_length(desk, key):
    with pytest.raises(ValueError, match="key"):
        desk.take(key, RATE, 1)


def test_the_clock_that_counts_is_read_behind_the_lock_and_only_goes_on(opened):
    found = []
    for _ in range(20):
        with opened.store.write() as tx:
            found.append(budgets.now(tx))
    assert [one.ticks for one in found] == sorted({one.ticks for one in found})
    assert {one.boot for one in found} == {found[0].boot}
    assert abs(found[0].moment / SCALE - time.time()) < 60


# --- many processes --------------------------------------------------------------------------------------------------

FAST = hub.Rate(40, burst=5)  # less than a busy machine manages


def _takes(place, out, seconds):
    """Take as fast as may be, in a process of its own; keep the instants that were counted."""
    store, taken, refused, until = Store.open(place), [], 0, time.monotonic() + seconds
    while time.monotonic() < until:
        with store.write() as tx:
            now = budgets.now(tx)
            wait = budgets.take(tx, "crm", FAST, 1, now)
        if wait:
            refused += 1
            time.sleep(wait)
        else:
            taken.append(now.ticks)
    out.write_text(json.dumps([taken, refused]))
    os._exit(0)


def test_many_processes_never_take_one_call_too_many(place, tmp_path):
    Store.open(place).close()
    context = multiprocessing.get_context("fork")
    files = [tmp_path / f"{number}.json" for number in range(4)]
    processes = [context.Process(target=_takes, args=(place, file, 1.5), daemon=True) for file in files]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    counted = [json.loads(file.read_text()) for file in files]
    moments = sorted(moment for taken, _ in counted for moment in taken)
    assert sum(refused for _, refused in counted) > 0
    level, last = Fraction(0), moments[0]
    for moment in moments:
        level = max(level - Fraction(moment - last) * 40 / SCALE, Fraction(0)) + 1
        assert level <= 5 + Fraction(1, 1000)
        last = moment
    assert len(moments) > 20
