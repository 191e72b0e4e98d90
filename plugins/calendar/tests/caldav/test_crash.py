"""Dying at any step of a sync, and starting over, ends in the same history; `HUB_CRASH_ALL=1` dies at every step.

    stage 0   the first pull of a calendar, page by page
    stage 1   what is new, changed, private now, deleted one by one
    stage 2   the server has forgotten how far we had read, and two events are gone

A step is a commit, a connection, something sent or received: `hub.testing.faults` counts them in a child process.
"""

import json
import os
import random
import shutil

import pytest
from hub_calendar.caldav import source

from hub.store import derived
from hub.testing import faults

STAGES = (0, 1, 2)
SAMPLE = 3


@pytest.fixture
def server(scripted, event):
    return scripted()


@pytest.fixture
def life(server, world, event, tmp_path, monkeypatch):
    monkeypatch.setattr(source, "PAGE", 4)
    return Life(server, world(calendars=server.settings), event, tmp_path)


class Life:
    """A calendar that changes from stage to stage, and a hub whose syncs may die."""

    def __init__(self, server, hub_of, event, place):
        self.server, self.hub, self.event, self.place = server, hub_of, event, place

    def change(self, stage):
        put = lambda name, *args, **more: self.server.put(f"{name}.ics", self.event(name, *args, **more))  # noqa: E731
        if stage == 0:
            for number in range(11):
                put(f"e{number:02}", f"Встреча {number}", start=f"202{number % 7}0601T100000")
            put("series", "Планёрка", more="RRULE:FREQ=WEEKLY;COUNT=5\n")
            put("private", "Тайна", more="CLASS:PRIVATE\n")
        elif stage == 1:
            put("e01", "Встреча перенесена", start="20260701T100000")
            put("e02", "Стала личной", more="CLASS:PRIVATE\n")
            put("series", "Планёрка", more="RRULE:FREQ=WEEKLY;COUNT=4\n")
            for number in range(5):
                put(f"n{number}", f"Новая {number}")
            self.server.delete("e03.ics")
        else:
            put("e04", "Ещё раз перенесена")
            self.server.delete("e05.ics")
            self.server.delete("e06.ics")
            lost = '<D:error xmlns:D="DAV:"><D:valid-sync-token/></D:error>'
            self.server.answers["REPORT", "sync-collection"] = lambda _path, _body: (412, lost)

    def sync(self, **environ):
        """One sync in a child; returns how it ended."""
        report = self.place / "steps.json"
        child = os.fork()
        if child == 0:
            code = 70
            try:
                steps = faults.install({**environ, "HUB_STEPS_FILE": str(report)})
                reports = self.hub.sync()
                code = 0 if all(one.state == "ok" for one in reports) else 1
                steps.write()
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status), json.loads(report.read_text())["steps"] if report.exists() else 0

    def keep(self, name):
        (self.place / name).mkdir()
        for file in self.place.glob("hub.db*"):
            shutil.copy(file, self.place / name)

    def restore(self, name):
        for file in self.place.glob("hub.db*"):
            file.unlink()
        for file in (self.place / name).iterdir():
            shutil.copy(file, self.place)

    def dump(self):
        with self.hub.open() as opened, opened.store.read() as tx:
            return list(derived.dump(tx))


def test_dying_at_any_step_and_starting_over_ends_in_the_same_history(life):
    chance = random.Random(int(os.environ.get("HUB_SEED", "20261120")))
    died = 0
    with life.hub.open():
        pass
    for stage in STAGES:
        life.change(stage)
        life.keep(f"before{stage}")
        code, count = life.sync()
        assert code == 0
        whole = life.dump()
        life.keep(f"after{stage}")
        every = range(1, count + 1)
        for step in every if os.environ.get("HUB_CRASH_ALL") else sorted(chance.sample(every, SAMPLE)):
            life.restore(f"before{stage}")
            assert life.sync(HUB_CRASH_AT=str(step))[0] == faults.DIED, f"stage {stage} did not die at step {step}"
            died += 1
            assert life.sync()[0] == 0
            assert life.dump() == whole, f"stage {stage}, dying at step {step} of {count}"
            assert life.sync()[0] == 0
            assert life.dump() == whole, f"stage {stage}, after dying at step {step}, a further sync changes something"
        life.restore(f"after{stage}")
    assert died >= SAMPLE * len(STAGES)
