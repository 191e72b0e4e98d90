"""Dying at any step of a sync, and starting over, ends in the same history; `HUB_CRASH_ALL=1` dies at every step.

    stage 0   the first pull of two folders, page by page
    stage 1   new mails, one is moved, one is gone
    stage 2   the server has renumbered a folder and lost a mail of it

A step is a commit, a connection, something sent or received: `hub.testing.faults` counts them in a child process.
"""

import json
import os
import random
import shutil
from functools import partialmethod

import pytest
from hub_email.imap.source import ImapMail

from hub.testing import faults

STAGES = (0, 1, 2)
SAMPLE = 2


@pytest.fixture
def life(dovecot, address, letter, world, tmp_path, monkeypatch):
    monkeypatch.setattr(ImapMail, "__init__", partialmethod(ImapMail.__init__, page=4))
    return Life(dovecot, address, letter, world(dovecot, address=address), tmp_path)


class Life:
    """A mailbox that changes from stage to stage, and a hub whose syncs may die."""

    def __init__(self, server, address, letter, hub, place):
        self.server, self.address, self.letter, self.hub, self.place = server, address, letter, hub, place

    def change(self, stage):
        if stage == 0:
            self.put("INBOX", *(f"a{number}" for number in range(10)))
            self.put("Sent", *(f"s{number}" for number in range(5)))
        elif stage == 1:
            self.put("INBOX", *(f"n{number}" for number in range(5)))
            self.doveadm("expunge", "mailbox", "INBOX", "uid", "3")
            self.doveadm("move", "Sent", "mailbox", "INBOX", "uid", "4")
        else:
            self.doveadm("expunge", "mailbox", "INBOX", "uid", "7")
            self.doveadm("mailbox update", "--uid-validity", "4242", "--min-next-uid", "1000", "INBOX")
            self.put("INBOX", "late")

    def put(self, folder, *names):
        for name in names:
            self.server.deliver(self.address, folder, self.letter(name))

    def doveadm(self, command, *words):
        self.server.doveadm(*command.split(), "-u", self.address, *words)

    def sync(self, **environ):
        """One sync in a child; returns how it ended, and how many steps it took."""
        report = self.place / "steps.json"
        child = os.fork()
        if child == 0:
            code = 70
            try:
                steps = faults.install({**environ, "HUB_STEPS_FILE": str(report)})
                code = 0 if all(one.state == "ok" for one in self.hub.sync()) else 1
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
        whole = life.hub.dump()
        life.keep(f"after{stage}")
        every = range(1, count + 1)
        for step in every if os.environ.get("HUB_CRASH_ALL") else sorted(chance.sample(every, SAMPLE)):
            life.restore(f"before{stage}")
            ended = life.sync(HUB_CRASH_AT=str(step))[0]
            assert ended in (faults.DIED, 0), f"stage {stage}, step {step}: {ended}"
            died += ended == faults.DIED  # answers come in more pieces or in fewer, so the last step may not be reached
            for again in ("first", "second"):
                assert life.sync()[0] == 0
                assert life.hub.dump() == whole, f"stage {stage}, died at step {step} of {count}, {again} sync after it"
        life.restore(f"after{stage}")
    assert died >= SAMPLE * len(STAGES) - 2
