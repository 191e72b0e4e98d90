"""Dying at any step of a sync, and starting over, ends in the same history; `HUB_CRASH_ALL=1` dies at every step.

A step is a commit, a connection, something sent or received: `hub.testing.faults` counts them in a child process.
"""

import json
import os
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.testing import faults


@dataclass
class Life:
    """A hub whose syncs may die. `change(stage)` is what happens at the source before a stage."""

    hub: Any
    place: Path
    change: Callable[[int], None]

    def dies(self, stages: int, sample: int, *, exactly: bool = True) -> int:
        """Go through the stages, dying at so many steps of each; returns how many deaths there were.

        Not `exactly`: answers come in more pieces or in fewer, so the last steps may not be reached.
        """
        chance = random.Random(int(os.environ.get("HUB_SEED", "20261120")))
        with self.hub.open():
            pass
        died = 0
        for stage in range(stages):
            self.change(stage)
            self._keep(f"before{stage}")
            code, count = self._sync()
            assert code == 0
            whole = self.hub.dump()
            self._keep(f"after{stage}")
            every = range(1, count + 1)
            for step in every if os.environ.get("HUB_CRASH_ALL") else sorted(chance.sample(every, sample)):
                self._restore(f"before{stage}")
                ended = self._sync(HUB_CRASH_AT=str(step))[0]
                assert ended == faults.DIED or (ended == 0 and not exactly), f"stage {stage}, step {step}: {ended}"
                died += ended == faults.DIED
                for again in ("first", "second"):
                    assert self._sync()[0] == 0
                    assert self.hub.dump() == whole, f"stage {stage}, died at {step} of {count}, {again} sync after it"
            self._restore(f"after{stage}")
        return died

    def _sync(self, **environ: str) -> tuple[int, int]:
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

    def _keep(self, name: str) -> None:
        (self.place / name).mkdir()
        for file in self.place.glob("hub.db*"):
            shutil.copy(file, self.place / name)

    def _restore(self, name: str) -> None:
        for file in self.place.glob("hub.db*"):
            file.unlink()
        for file in (self.place / name).iterdir():
            shutil.copy(file, self.place)
