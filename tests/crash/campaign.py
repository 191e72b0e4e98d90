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
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2])]

from hub.testing import faults  # noqa: E402 - after the root has its place on the path
from tests.crash import grounds  # noqa: E402
from tests.crash.dying import Campaign, Point  # noqa: E402
from tests.crash.files import FILES  # noqa: E402
from tests.crash.scenario import COMMANDS, MEMORY, Site, scratch, sync  # noqa: E402

VARIANTS = {variant.name: variant for variant in (MEMORY, FILES)}

LEAPS = (-86_400, 365 * 86_400)
"""A day back, and a year forward: seconds."""


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


def conduct(
    campaign: Campaign, points: Iterable[Point], done: Path | None, *, through: bool = False
) -> list[tuple[Point, str]]:
    """Try the points, remembering in `done` which were; returns what is wrong."""
    known = set(done.read_text().split()) if done is not None and done.exists() else set()
    found: list[tuple[Point, str]] = []
    for point in points:
        if point.name in known:
            continue
        wrong = campaign.try_(point, through=through)
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
    parser.add_argument("--through", action="store_true", help="run the whole rest of the scenario after every one")
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
            found = conduct(campaign, chosen(campaign, options), options.resume, through=options.through)
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
