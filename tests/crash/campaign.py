"""Dies at every step of the scenario, goes on, and compares what is in the end with what should be.

    uv run python tests/crash/campaign.py --all                       every step, once and with a second death
    uv run python tests/crash/campaign.py --sample 40 --seed 7        some of them
    uv run python tests/crash/campaign.py --kills 200                 SIGKILL at any moment instead of at a step
    HUB_CRASH_APART=1 uv run python tests/crash/campaign.py --kills 200     the same, sources in processes of their own
    uv run python tests/crash/campaign.py --faults --all              a full disk, an error of it, a lock at every step
    uv run python tests/crash/campaign.py --all --resume done.jsonl   goes on where an earlier campaign was stopped

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
import sqlite3
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2])]

from hub.engine import sync as syncing  # noqa: E402 - after the root has its place on the path
from hub.store import derived, journal  # noqa: E402
from hub.testing import faults  # noqa: E402
from tests.crash.files import FILES  # noqa: E402
from tests.crash.scenario import COMMANDS, FORGOTTEN, MEMORY, Site, moment, run, scratch  # noqa: E402

VARIANTS = {variant.name: variant for variant in (MEMORY, FILES)}

LeftOut = Mapping[str, tuple[str, ...]]
BOOKKEEPING: LeftOut = {"stream": ("lease_epoch", "lease_owner", "lease_until")}
"""What a sync may change although nothing is new, besides the reports of runs: columns of tables."""
CLOCKS: LeftOut = {"raw": ("id", "received"), "quarantine": ("at",)}
"""Moments at which we got things: later after a death."""
SECRETS: LeftOut = {"installation": ("hash_key",), "tombstone": ("hash",)}
"""What every installation has another of."""
MISCOUNTED = (
    "SELECT count(*) FROM blob WHERE uses <> (SELECT count(*) FROM raw WHERE raw.sha256 = blob.sha256)"
    " + (SELECT count(*) FROM attachment WHERE attachment.sha256 = blob.sha256)"
)


@dataclass(frozen=True)
class Point:
    """Where to die: at this step of this command, and once more at a step of the attempt after it (0: not).

    `after` are the seconds after which a SIGKILL comes, in place of a step; `fault` fails the step in place of a death.
    """

    command: int
    step: int
    again: int = 0
    after: float = 0.0
    fault: str = ""

    @property
    def name(self) -> str:
        where = f"{COMMANDS[self.command].name}:{self.step or round(self.after, 4)}"
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
        self.site.clear()
        for number, command in enumerate(COMMANDS):
            self.site.place(command.stage)
            run(self.site, number, 0)
        self.site.clear()
        for number, command in enumerate(COMMANDS):
            self.site.keep(self.work / f"before{number}")
            report, started = self.work / "steps.json", time.monotonic()
            code = self.run(number, report=report)
            self.seconds.append(time.monotonic() - started)
            assert code == 0, f"{command.name} fails by itself: {self._said()}"
            self.steps.append(json.loads(report.read_text())["taken"])
            if command.settled:
                problems, self.endings[number] = self.look(number)
                assert not problems, problems

    def points(self) -> list[Point]:
        return [Point(c, step) for c, taken in enumerate(self.steps) for step in range(1, len(taken) + 1)]

    def kills(self, count: int, chance: random.Random) -> list[Point]:
        found = []
        for _ in range(count):
            command = chance.randrange(len(COMMANDS))
            found.append(Point(command, 0, after=chance.uniform(0, self.seconds[command])))
        return found

    def try_(self, point: Point, *, through: bool = False) -> list[str]:
        """Die there, go on until nothing is left to be done (`through`: to the last command), and look.

        Returns what is wrong.
        """
        self.runs += 1
        self.site.place(COMMANDS[point.command].stage)
        self.site.restore(self.work / f"before{point.command}")
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

    def run(self, number: int, attempt: int = 0, report: Path | None = None) -> int:
        """Run a command to its end in a child. Returns its exit code."""
        self.site.place(COMMANDS[number].stage)
        return self._wait(self._fork(number, attempt, **({"HUB_STEPS_FILE": str(report)} if report else {})))

    def compare(self, number: int) -> list[str]:
        """What is wrong with the database after this command."""
        problems, found = self.look(number)
        expected = self.endings[number]
        return [*problems, *_different("dump", expected.dump, found.dump),
                *_different("kept", expected.kept, found.kept)]  # fmt: skip

    def _die(self, point: Point, attempt: int, step: int) -> int:
        if point.fault:
            child = self._fork(point.command, attempt, HUB_FAULT_AT=f"{step}:{point.fault}")
        else:
            child = self._fork(point.command, attempt, HUB_CRASH_AT=str(step))
        if point.after:
            time.sleep(point.after)
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        return self._wait(child)

    def _fork(self, number: int, attempt: int, **environ: str) -> int:
        child = os.fork()
        if child:
            return child
        code = 1
        try:
            steps = faults.install({"HUB_STEPS_ROOTS": str(self.site.root), **environ})
            run(self.site, number, attempt)
            steps.write()
            code = 0
        except BaseException:
            (self.work / "said").write_text(traceback.format_exc())
        finally:
            os._exit(code)

    def _wait(self, child: int) -> int:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def _said(self) -> str:
        with suppress(FileNotFoundError):
            return (self.work / "said").read_text()
        return ""

    # --- looking ---

    def _state(self) -> str:
        """What a death has left behind, in short: two that are equal go on alike. Read from a copy, since whoever opens
        a database first recovers it.
        """
        if not self.site.database.exists() or not self.site.database.stat().st_size:
            return ""
        self.site.keep(self.work / "left")
        found = hashlib.sha256()
        for table, rows in sorted(self._rows(CLOCKS | BOOKKEEPING | SECRETS, self.work / "left" / "hub.db").items()):
            found.update(table.encode())
            found.update(b"\n".join(rows))
        return found.hexdigest()

    def look(self, number: int) -> tuple[list[str], Ending]:
        """What is wrong after a command that leaves nothing to be done, and what there is."""
        problems = [f"{what} is not what it should be: {count}" for what, count in self._left()]
        if any(command.name == "forget" for command in COMMANDS[: number + 1]):
            problems += [f"{path.name} still says {FORGOTTEN}" for path in self._remembering()]
        before, clockless = self._rows(), self._rows(CLOCKS)
        with self.site.open(moment(number, 5)) as opened:
            reports = syncing.sync(opened, syncing.Wish())
            problems += [f"a sync too many: {report}" for report in reports if report.state != "ok"]
            with opened.store.read() as tx:
                ending = Ending(tuple(derived.dump(tx)), ())
                decisions = journal.decisions(tx)
        after = self._rows()
        problems += [f"a sync too many {line}" for table in before
                     for line in _different(table, before[table], after[table])]  # fmt: skip
        said = (decisions.merged, decisions.split, decisions.promoted, len(decisions.forgotten))
        people = (repr(sorted(one) if isinstance(one, frozenset) else one).encode() for one in said)
        kept = [line for table in ("raw", "blob", "attachment", "quarantine") for line in clockless[table]]
        return problems, Ending(ending.dump, (*kept, *people))

    def _left(self) -> Iterator[tuple[str, int]]:
        with closing(sqlite3.connect(self.site.database)) as database:
            for table in ("stale", "refetch", "wanted"):
                count = database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                if count:
                    yield table, count
            if count := database.execute(MISCOUNTED).fetchone()[0]:
                yield "the number of blobs whose uses are miscounted", count
            if (found := database.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
                yield found, 0

    def _remembering(self) -> Iterator[Path]:
        for path in self.site.database.parent.iterdir():
            content = path.read_bytes().lower()
            if FORGOTTEN.encode() in content or FORGOTTEN.partition("@")[0].encode() in content:
                yield path

    def _rows(self, without: LeftOut = BOOKKEEPING, path: Path | None = None) -> dict[str, tuple[bytes, ...]]:
        """Every row of every table, as text, without what may differ."""
        found = {}
        with closing(sqlite3.connect(path or self.site.database)) as database:
            tables = database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%VIRTUAL%'"
            )
            for (table,) in tables.fetchall():
                columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
                shown = [name for name in columns if name not in without.get(table, ())]
                rows = database.execute(f"SELECT {', '.join(shown)} FROM {table}") if table != "run" else ()
                found[table] = tuple(sorted(repr(row).encode() for row in rows))
        return found


def _different(what: str, expected: Sequence[bytes], found: Sequence[bytes]) -> Iterator[str]:
    if expected == found:
        return
    missing, more = sorted(set(expected) - set(found)), sorted(set(found) - set(expected))
    lines = [b"- " + line[:200] for line in missing[:3]] + [b"+ " + line[:200] for line in more[:3]]
    yield f"{what} differs ({len(missing)} missing, {len(more)} more):\n" + b"\n".join(lines).decode("utf-8", "replace")


# --- the command -----------------------------------------------------------------------------------------------------


def chosen(campaign: Campaign, options: argparse.Namespace) -> list[Point]:
    """The points to try: every one once, and once with a second death at some step of the next attempt."""
    chance = random.Random(options.seed)
    if options.kills:
        return campaign.kills(options.kills, chance)
    once = campaign.points()
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
    return campaign.steps[point.command][point.step - 1] if point.step else "SIGKILL"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variant", choices=sorted(VARIANTS), default="memory")
    parser.add_argument("--all", action="store_true", help="every step, and every step with a second death")
    parser.add_argument("--sample", type=int, default=40, help="so many of them")
    parser.add_argument("--kills", type=int, default=0, help="so many SIGKILLs at random moments instead")
    parser.add_argument("--faults", action="store_true", help="fail the steps instead of dying in place of them")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resume", type=Path, help="a file that says which points are done")
    parser.add_argument("--steps", action="store_true", help="print the steps and end")
    options = parser.parse_args(arguments)
    started, root = time.monotonic(), Path(tempfile.mkdtemp(prefix="hub-crash-", dir=scratch()))
    try:
        campaign = Campaign(Site.made(root / "site", VARIANTS[options.variant]), root)
        campaign.prepare()
        if options.steps:
            print("\n".join(f"{COMMANDS[p.command].name}:{p.step} {_step(campaign, p)}" for p in campaign.points()))
            return 0
        found = conduct(campaign, chosen(campaign, options), options.resume)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    print(json.dumps({
        "campaign": "kills" if options.kills else "faults" if options.faults else "all" if options.all else "sample", "variant": options.variant,
        "runs": campaign.runs, "steps": len(campaign.points()), "violations": len(found), "seed": options.seed,
        "seconds": round(time.monotonic() - started, 1),
    }))  # fmt: skip
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
