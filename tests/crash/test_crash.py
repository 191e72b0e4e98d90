"""A sample of the campaigns; the whole ones are run by command (`campaign.py`)."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp

import pytest

from hub.engine.hub import Clock
from hub.store import clients
from tests.crash import campaign as campaigns
from tests.crash import files, grounds, scenario
from tests.crash.campaign import VARIANTS
from tests.crash.dying import Campaign, Point
from tests.crash.scenario import COMMANDS, Site

ROOT = Path(__file__).resolve().parents[2]
SEED = int(os.environ.get("HUB_SEED", "20261120"))
CHILD = "import sys; sys.path[:0] = [sys.argv[1]]\nfrom tests.crash.scenario import main\nmain(*sys.argv[2:])"

Lived = Callable[[str], Campaign]
pytestmark = pytest.mark.campaign


@pytest.fixture(scope="module")
def lived() -> Iterator[Lived]:
    """The campaign of a variant, whose scenario has been run once without an interruption."""
    root = Path(mkdtemp(prefix="hub-crash-", dir=scenario.scratch()))
    sizes = {module: vars(module)["PAGE"] for module in files.paged()}
    known: dict[str, Campaign] = {}

    def campaign(variant: str) -> Campaign:
        if variant not in known:
            ground = grounds.OnDisk(root / variant / "site" / "data", root / variant / "aside")
            site = Site.made(root / variant / "site", VARIANTS[variant], ground)
            known[variant] = Campaign(site, root / variant)
            known[variant].prepare()
        return known[variant]

    yield campaign
    for module, size in sizes.items():
        vars(module)["PAGE"] = size
    shutil.rmtree(root, ignore_errors=True)


def _violations(campaign: Campaign, points: list[Point]) -> dict[str, list[str]]:
    return {point.name: wrong for point in points if (wrong := campaign.try_(point))}


def _sample(campaign: Campaign, count: int) -> list[Point]:
    """A step of so many commands, every second of them with another death in the attempt after it."""
    chance = random.Random(SEED)
    steps = [(number, len(campaign.steps[number])) for number in sorted(chance.sample(range(len(COMMANDS)), count))]
    return [
        Point(number, chance.randint(min(3, n), n), chance.choice((0, chance.randint(1, n)))) for number, n in steps
    ]


def test_the_same_life_in_memory_and_in_files_gives_the_same_histories(lived):
    memory, on_disk = _histories(lived("memory")), _histories(lived("files"))
    assert memory == on_disk
    assert [len(lines) for lines in memory.values()] == [6, 3, 10]


def _histories(campaign: Campaign) -> dict[str, list[str]]:
    with campaign.site.open(Clock(fixed=scenario.NOW)) as opened, opened.store.read() as tx:
        return {
            one.name: [
                f"{row.at} {row.kind} {row.direction} {row.title}" for row in clients.history(tx, one.id, limit=99)
            ]
            for one, _, _ in clients.overview(tx, 99)
        }


def test_dying_at_a_step_and_going_on_ends_in_the_same_history(lived):
    campaign = lived("memory")
    assert not _violations(campaign, _sample(campaign, 6))


def test_dying_while_files_are_read_and_going_on_ends_in_the_same_history(lived):
    campaign = lived("files")
    assert not _violations(campaign, _sample(campaign, 3))


def test_a_fault_of_the_disk_at_a_step_ends_in_the_same_history_too(lived):
    campaign = lived("memory")
    points = zip(_sample(campaign, 3), ("enospc", "eio", "locked"), strict=True)
    assert not _violations(campaign, [replace(point, again=0, fault=fault) for point, fault in points])


def test_a_kill_at_any_moment_ends_in_the_same_history(lived):
    campaign = lived("memory")
    assert not _violations(campaign, campaigns.kills(campaign, 3, random.Random(SEED)))


def test_a_process_that_stood_still_for_longer_than_its_lease_changes_nothing_when_it_goes_on(lived):
    campaign = lived("memory")
    assert not _violations(campaign, campaigns.stops(campaign, 2, random.Random(SEED)))


def test_a_clock_that_leaps_loses_and_doubles_nothing(lived):
    campaign = lived("memory")
    assert not _violations(campaign, campaigns.leaps(campaign, 2, random.Random(SEED)))


def test_a_history_on_a_server_survives_the_same(postgresql, tmp_path):
    ground = grounds.OnServer(tmp_path / "site" / "data", tmp_path / "aside", postgresql)
    campaign = Campaign(Site.made(tmp_path / "site", VARIANTS["memory"], ground), tmp_path)
    campaign.prepare()
    chance = random.Random(SEED)
    points = [*_sample(campaign, 2), *campaigns.kills(campaign, 1, chance), *campaigns.stops(campaign, 1, chance)]
    assert not _violations(campaign, points)


def test_an_interpreter_that_is_killed_in_its_first_sync_leaves_nothing_that_hinders_the_next(lived):
    campaign, chance = lived("memory"), random.Random(SEED)
    campaign.site.ground.clear()
    campaign.site.place(COMMANDS[0].stage)
    _killed_after(campaign.site, 0, chance.uniform(0.02, 0.4))
    assert campaign.run(0, 1) == campaign.run(1) == 0
    assert campaign.compare(1) == []


def _killed_after(site: Site, attempt: int, seconds: float) -> None:
    """Start the first sync in an interpreter of its own, and kill it so long after it has begun."""
    command = [sys.executable, "-c", CHILD, str(ROOT), str(site.root), "0", str(attempt)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"go\n"
        time.sleep(seconds)
        child.send_signal(signal.SIGKILL)
