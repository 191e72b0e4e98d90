"""Interrupting one life of a hub at a point, going on, and looking: what the campaigns are made of (`campaign.py`)."""

import hashlib
import json
import os
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from hub.engine import sync as syncing
from hub.engine.hub import Clock
from hub.store import derived, journal
from hub.testing import faults
from tests.crash.scenario import COMMANDS, FORGOTTEN, Site, moment, run

LeftOut = Mapping[str, tuple[str, ...]]
BOOKKEEPING: LeftOut = {"stream": ("lease_epoch", "lease_owner", "lease_until")}
"""What a sync may change although nothing is new, besides the reports of runs: columns of tables."""
CLOCKS: LeftOut = {"raw": ("id", "received"), "quarantine": ("at",)}
"""Moments at which we got things: later after a death."""
SECRETS: LeftOut = {"installation": ("hash_key", "epoch", "as_of"), "tombstone": ("hash",)}
"""What every installation has another of, and every restored one."""


@dataclass(frozen=True)
class Point:
    """Where to die: at this step of this command, and once more at a step of the attempt after it (0: not).

    `after` is the part of the time it takes after which a SIGKILL comes, in place of a step, or (`stop`) a SIGSTOP; `fault`
    fails the step in place of a death; the clock leaps so many seconds after so many `readings`.
    """

    command: int
    step: int
    again: int = 0
    after: float = 0.0
    fault: str = ""
    stop: bool = False
    readings: int = 0
    leap: int = 0

    @property
    def name(self) -> str:
        where = f"{COMMANDS[self.command].name}:{self.step or round(self.after, 6)}"
        where += f"@{self.readings}:{self.leap}" if self.leap else ""
        return f"{where}+{self.again}" if self.again else f"{where}{self.fault}"


@dataclass(frozen=True)
class Ending:
    """What there is in the end, as lines to be compared."""

    dump: tuple[bytes, ...]
    kept: tuple[bytes, ...]


@dataclass
class Campaign:
    """A site, and what an uninterrupted scenario came to: steps, seconds and the ending of every command."""

    site: Site
    work: Path
    steps: list[list[str]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    endings: dict[int, Ending] = field(default_factory=dict)
    runs: int = 0
    met: dict[tuple[int, str], list[str]] = field(default_factory=dict)

    # --- running ---

    def prepare(self) -> None:
        """Run the scenario uninterrupted, keeping the database as it was before every command. Once before that in this
        process, so that no child has to import anything.
        """
        ground = self.site.ground
        ground.clear()
        for number, command in enumerate(COMMANDS):
            self.site.place(command.stage)
            run(self.site, number, 0)
        ground.clear()
        for number, command in enumerate(COMMANDS):
            ground.keep(f"before{number}")
            report, started = self.work / "steps.json", time.monotonic()
            code = self.run(number, report=report)
            self.seconds.append(time.monotonic() - started)
            assert code == 0, f"{command.name} fails by itself: {self._said()}"
            self.steps.append(json.loads(report.read_text())["taken"])
            if command.settled:
                problems, self.endings[number] = self.look(number)
                assert not problems, problems

    def try_(self, point: Point, *, through: bool = False) -> list[str]:
        """Die there, go on until nothing is left to be done (`through`: to the last command), and look.

        Returns what is wrong.
        """
        self.runs += 1
        self.site.place(COMMANDS[point.command].stage)
        self.site.ground.restore(f"before{point.command}")
        if point.stop:
            return self._overtaken(point)
        code = self._die(point, 0, point.step)
        if code not in (0, 1 if point.fault else 0, faults.DIED, -signal.SIGKILL):
            return [f"the dying one ended with {code}: {self._said()}"]
        attempt = 1
        if point.again:
            self._die(replace(point, after=0.0), attempt, point.again)
            attempt += 1
        last = len(COMMANDS) - 1 if through else min(number for number in self.endings if number >= point.command)
        if through or point.leap:  # what a leap leaves behind are leases and moments, which a state does not tell
            return self._go_on(point.command, attempt, last)
        state = (point.command, self._state())
        if state not in self.met:
            self.met[state] = self._go_on(point.command, attempt, last)
        return self.met[state]

    def _go_on(self, command: int, attempt: int, last: int) -> list[str]:
        """Run the rest, up to the command `last`, and look."""
        for number in range(command, last + 1):
            if self.run(number, attempt if number == command else 0):
                return [f"{COMMANDS[number].name} fails after it: {self._said()}"]
        return self.compare(last)

    def _overtaken(self, point: Point) -> list[str]:
        """Stop a command between two of its transactions; another one does it meanwhile, when its leases have run out; then
        the first one goes on, and what it still believes to hold must change nothing.
        """
        child = self._fork(point, 0)
        time.sleep(point.after * self.seconds[point.command])
        is_stopped = self._stop(child)
        second = self.run(point.command, 1)
        said = self._said()
        if is_stopped:
            os.kill(child, signal.SIGCONT)
            self._wait(child)
        if second:
            return [f"{COMMANDS[point.command].name} fails beside a stopped one: {said}"]
        return self._go_on(point.command, 2, min(n for n in self.endings if n >= point.command))

    def _stop(self, child: int) -> bool:
        """Stop a process where it holds up nobody; False when it has come to its end."""
        while True:
            os.kill(child, signal.SIGSTOP)
            if not os.WIFSTOPPED(os.waitpid(child, os.WUNTRACED)[1]):
                return False
            if self.site.ground.is_free():
                return True
            os.kill(child, signal.SIGCONT)
            time.sleep(0.002)

    def run(self, number: int, attempt: int = 0, report: Path | None = None) -> int:
        """Run a command to its end in a child. Returns its exit code."""
        self.site.place(COMMANDS[number].stage)
        environ = {"HUB_STEPS_FILE": str(report)} if report else {}
        return self._wait(self._fork(Point(number, 0), attempt, **environ))

    def compare(self, number: int) -> list[str]:
        """What is wrong with the database after this command."""
        problems, found = self.look(number)
        expected = self.endings[number]
        return [*problems, *_different("dump", expected.dump, found.dump),
                *_different("kept", expected.kept, found.kept)]  # fmt: skip

    def _die(self, point: Point, attempt: int, step: int) -> int:
        if point.fault:
            child = self._fork(point, attempt, HUB_FAULT_AT=f"{step}:{point.fault}")
        else:
            child = self._fork(point, attempt, HUB_CRASH_AT=str(step))
        if point.after:
            time.sleep(point.after * self.seconds[point.command])
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        return self._wait(child)

    def _fork(self, point: Point, attempt: int, **environ: str) -> int:
        leap = point.readings, point.leap
        return forked(
            lambda: run(self.site, point.command, attempt, leap), self.site.root, self.work / "said", **environ
        )

    def _wait(self, child: int) -> int:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def _said(self) -> str:
        with suppress(FileNotFoundError):
            return (self.work / "said").read_text()
        return ""

    # --- looking ---

    def _state(self) -> str:
        """What a death has left behind, in short: two that are equal go on alike."""
        found = hashlib.sha256()
        for table, rows in sorted(self.site.ground.rows(CLOCKS | BOOKKEEPING | SECRETS, untouched=True).items()):
            found.update(table.encode())
            found.update(b"\n".join(rows))
        found.update(repr(sorted(path.name for path in self.site.ground.folder.glob("*.zip"))).encode())
        return found.hexdigest()

    def look(self, number: int) -> tuple[list[str], Ending]:
        """What is wrong after a command that leaves nothing to be done, and what there is."""
        ground = self.site.ground
        problems = list(ground.wrong())
        if any(command.name == "forget" for command in COMMANDS[: number + 1]):
            for said in (FORGOTTEN, FORGOTTEN.partition("@")[0]):
                problems += [f"{place} still says {said}" for place in ground.saying(said.encode())]
        before, clockless = ground.rows(BOOKKEEPING), ground.rows(CLOCKS)
        with self.site.open(Clock(fixed=moment(number, 5))) as opened:
            reports = syncing.sync(opened, syncing.Wish())
            problems += [f"a sync too many: {report}" for report in reports if report.state != "ok"]
            with opened.store.read() as tx:
                ending = Ending(tuple(map(_clockless, derived.dump(tx))), ())
                decisions = journal.decisions(tx)
        after = ground.rows(BOOKKEEPING)
        problems += [f"a sync too many {line}" for table in before
                     for line in _different(table, before[table], after[table])]  # fmt: skip
        said = (decisions.merged, decisions.split, decisions.promoted, len(decisions.forgotten))
        people = (repr(sorted(one) if isinstance(one, frozenset) else one).encode() for one in said)
        kept = [line for table in ("raw", "blob", "attachment", "quarantine") for line in clockless[table]]
        return problems, Ending(ending.dump, (*kept, *people))


def forked(act: Callable[[], None], root: Path, said: Path, **environ: str) -> int:
    """A child that acts, counting steps below `root`, with what is to happen at which; it leaves its last words in `said`.
    Returns its number.
    """
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        steps = faults.install({"HUB_STEPS_ROOTS": str(root), **environ})
        act()
        steps.write()
        code = 0
    except BaseException:
        said.write_text(traceback.format_exc())
    finally:
        os._exit(code)


def _clockless(line: bytes) -> bytes:
    """A line of the dump without the moments at which we heard that a meeting was another one: later after a death."""
    if b'"table":"record"' not in line or b'"changes":""' in line:
        return line
    row = json.loads(line)
    row["changes"] = [[*said[:3], *said[4:]] for said in json.loads(row["changes"])]
    return json.dumps(row, sort_keys=True).encode()


def _different(what: str, expected: Sequence[bytes], found: Sequence[bytes]) -> Iterator[str]:
    if expected == found:
        return
    missing, more = sorted(set(expected) - set(found)), sorted(set(found) - set(expected))
    lines = [b"- " + line[:200] for line in missing[:3]] + [b"+ " + line[:200] for line in more[:3]]
    yield f"{what} differs ({len(missing)} missing, {len(more)} more):\n" + b"\n".join(lines).decode("utf-8", "replace")
