"""Dies at every step of the scenario, goes on, and compares what is in the end with what should be.

    uv run python tests/crash/campaign.py --all                       every step, once and with a second death
    uv run python tests/crash/campaign.py --sample 40 --seed 7        some of them
    uv run python tests/crash/campaign.py --kills 2000                SIGKILL at any moment instead of at a step
    uv run python tests/crash/campaign.py --stops 200                 SIGSTOP for longer than a lease; another one goes on
    uv run python tests/crash/campaign.py --leaps 200                 the clock is set back a day, or forward a year
    uv run python tests/crash/campaign.py --faults --all              a full disk, an error of it, a lock at every step
    ...                                   --on postgresql             the same, the history on a server
    ...                                   --variant files             the same, from files of mail, calendars and lists
    ...                                   --resume done.txt           goes on where an earlier campaign was stopped
    HUB_CRASH_APART=1 ...                                             the same, sources in processes of their own

A child is forked from this process, with everything imported, for every command; `hub.testing.faults` counts its steps
and lets it die in place of one. The same command is then run again, and the next one where that is needed until
nothing is left to be done (or not, where another death has left the very same rows behind). Then

* the canonical dump, cursors included, is byte for byte that of a scenario nobody interrupted;
* so are the raws (but not the moments we got them), attached files, and people's decisions that are in force;
* nothing is left to be done, and what was forgotten is in no byte of the database;
* one more sync changes no row of any table but the report of the run itself.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2])]

from hub.engine import sync as syncing  # noqa: E402 - after the root has its place on the path
from hub.engine.hub import Clock  # noqa: E402
from hub.store import derived, journal  # noqa: E402
from hub.testing import faults  # noqa: E402
from tests.crash import grounds  # noqa: E402
from tests.crash.files import FILES  # noqa: E402
from tests.crash.scenario import COMMANDS, FORGOTTEN, MEMORY, Site, moment, run, scratch, sync  # noqa: E402

VARIANTS = {variant.name: variant for variant in (MEMORY, FILES)}

LeftOut = Mapping[str, tuple[str, ...]]
BOOKKEEPING: LeftOut = {"stream": ("lease_epoch", "lease_owner", "lease_until")}
"""What a sync may change although nothing is new, besides the reports of runs: columns of tables."""
CLOCKS: LeftOut = {"raw": ("id", "received"), "quarantine": ("at",)}
"""Moments at which we got things: later after a death."""
SECRETS: LeftOut = {"installation": ("hash_key", "epoch", "as_of"), "tombstone": ("hash",)}
"""What every installation has another of, and every restored one."""
LEAPS = (-86_400, 365 * 86_400)
"""A day back, and a year forward: seconds."""


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
        if through:
            return self._go_on(point.command, attempt, len(COMMANDS) - 1)
        state = (point.command, self._state())
        if state not in self.met:
            last = min(number for number in self.endings if number >= point.command)
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
                ending = Ending(tuple(derived.dump(tx)), ())
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


def _different(what: str, expected: Sequence[bytes], found: Sequence[bytes]) -> Iterator[str]:
    if expected == found:
        return
    missing, more = sorted(set(expected) - set(found)), sorted(set(found) - set(expected))
    lines = [b"- " + line[:200] for line in missing[:3]] + [b"+ " + line[:200] for line in more[:3]]
    yield f"{what} differs ({len(missing)} missing, {len(more)} more):\n" + b"\n".join(lines).decode("utf-8", "replace")


# --- what to try -----------------------------------------------------------------------------------------------------


def steps(campaign: Campaign) -> list[Point]:
    return [Point(c, step) for c, taken in enumerate(campaign.steps) for step in range(1, len(taken) + 1)]


def kills(_campaign: Campaign, count: int, chance: random.Random) -> list[Point]:
    found = (chance.randrange(len(COMMANDS)) for _ in range(count))
    return [Point(command, 0, after=chance.uniform(0.001, 1)) for command in found]


def stops(_campaign: Campaign, count: int, chance: random.Random) -> list[Point]:
    """Only what takes a lease can be overtaken."""
    syncs = [number for number, command in enumerate(COMMANDS) if command.act is sync]
    found = (chance.choice(syncs) for _ in range(count))
    return [Point(one, 0, after=chance.uniform(0.001, 1), stop=True) for one in found]


def leaps(campaign: Campaign, count: int, chance: random.Random) -> list[Point]:
    """Every second one dies, too, at a step after which its leases may stand far from any other clock."""
    found = []
    for _ in range(count):
        command = chance.randrange(len(COMMANDS))
        step = chance.choice((0, chance.randint(1, len(campaign.steps[command]))))
        found.append(Point(command, step, readings=chance.randint(0, 40), leap=chance.choice(LEAPS)))
    return found


def chosen(campaign: Campaign, options: argparse.Namespace) -> list[Point]:
    """The points to try: every one once, and once with a second death at some step of the next attempt."""
    chance = random.Random(options.seed)
    for make in (kills, stops, leaps):
        if count := getattr(options, make.__name__):
            return make(campaign, count, chance)
    once = steps(campaign)
    if options.faults:
        failing = [replace(point, fault=chance.choice(sorted(faults.FAULTS))) for point in once]
        return failing if options.all else chance.sample(failing, min(options.sample, len(failing)))
    twice = [Point(p.command, p.step, chance.randint(1, len(campaign.steps[p.command]))) for p in once]
    both = [*once, *twice]
    return both if options.all else sorted(chance.sample(both, min(options.sample, len(both))), key=both.index)


def conduct(campaign: Campaign, points: Iterable[Point], done: Path | None) -> list[tuple[Point, str]]:
    """Try the points, remembering in `done` which were; returns what is wrong."""
    known = set(done.read_text().split()) if done is not None and done.exists() else set()
    found: list[tuple[Point, str]] = []
    for point in points:
        if point.name in known:
            continue
        wrong = campaign.try_(point, through=not point.step)
        found += [(point, each) for each in wrong]
        for each in wrong:
            print(f"VIOLATION at {point.name} ({_step(campaign, point)}): {each[:2000]}", flush=True)
        if done is not None and not wrong:
            with done.open("a") as file:
                file.write(point.name + "\n")
    return found


def _step(campaign: Campaign, point: Point) -> str:
    return campaign.steps[point.command][point.step - 1] if point.step else "no step"


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--on", choices=grounds.KINDS, default="sqlite", help="the kind of database")
    parser.add_argument("--variant", choices=sorted(VARIANTS), default="memory")
    parser.add_argument("--all", action="store_true", help="every step, and every step with a second death")
    parser.add_argument("--sample", type=int, default=40, help="so many of them")
    parser.add_argument("--kills", type=int, default=0, help="so many SIGKILLs at random moments instead")
    parser.add_argument("--stops", type=int, default=0, help="so many SIGSTOPs for longer than a lease instead")
    parser.add_argument("--leaps", type=int, default=0, help="so many leaps of the clock instead")
    parser.add_argument("--faults", action="store_true", help="fail the steps instead of dying in place of them")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resume", type=Path, help="a file that says which points are done")
    parser.add_argument("--steps", action="store_true", help="print the steps and end")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    options, started = _asked(arguments), time.monotonic()
    root = Path(tempfile.mkdtemp(prefix="hub-crash-", dir=scratch()))
    try:
        with grounds.made(options.on, root) as ground:
            campaign = Campaign(Site.made(root / "site", VARIANTS[options.variant], ground), root)
            campaign.prepare()
            if options.steps:
                print("\n".join(f"{COMMANDS[p.command].name}:{p.step} {_step(campaign, p)}" for p in steps(campaign)))
                return 0
            found = conduct(campaign, chosen(campaign, options), options.resume)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    kinds = [name for name in ("kills", "stops", "leaps", "faults", "all") if getattr(options, name)]
    print(json.dumps({
        "campaign": kinds[0] if kinds else "sample", "on": options.on, "variant": options.variant,
        "runs": campaign.runs, "steps": len(steps(campaign)), "violations": len(found), "seed": options.seed,
        "seconds": round(time.monotonic() - started, 1),
    }))  # fmt: skip
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
