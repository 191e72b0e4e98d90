"""A sample of the campaigns; the whole ones are run by command (`campaign.py`)."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest

from tests.crash import scenario
from tests.crash.campaign import COMMANDS, Campaign, Point, Site

ROOT = Path(__file__).resolve().parents[2]
SEED = int(os.environ.get("HUB_SEED", "20261120"))
CHILD = "import sys; sys.path[:0] = [sys.argv[1]]\nfrom tests.crash.scenario import main\nmain(*sys.argv[2:])"


@pytest.fixture(scope="module")
def campaign() -> Iterator[Campaign]:
    root = Path(mkdtemp(prefix="hub-crash-", dir=scenario.scratch()))
    try:
        found = Campaign(Site.made(root / "site", scenario.MEMORY), root)
        found.prepare()
        yield found
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _sample(campaign: Campaign) -> list[Point]:
    """A step of every command, every second of them with another death in the attempt after it."""
    chance = random.Random(SEED)
    steps = [(number, len(taken)) for number, taken in enumerate(campaign.steps)]
    return [
        Point(number, chance.randint(3, count), chance.choice((0, chance.randint(1, count)))) for number, count in steps
    ]


@pytest.mark.campaign
def test_dying_at_a_step_and_going_on_ends_in_the_same_history(campaign):
    violations = {point.name: wrong for point in _sample(campaign) if (wrong := campaign.try_(point))}
    assert not violations


@pytest.mark.campaign
def test_a_kill_at_any_moment_ends_in_the_same_history(campaign):
    chance = random.Random(SEED)
    violations = {
        point.name: wrong for point in campaign.kills(3, chance) if (wrong := campaign.try_(point, through=True))
    }
    assert not violations


@pytest.mark.campaign
def test_a_process_that_is_killed_over_and_over_comes_to_the_end_at_last(campaign):
    chance = random.Random(SEED)
    campaign.site.clear()
    campaign.site.place(COMMANDS[0].stage)
    for attempt in range(2):
        _killed_after(campaign.site, attempt, chance.uniform(0.02, 0.4))
    assert campaign.run(0, 2) == campaign.run(1) == 0
    assert campaign.compare(1) == []


def _killed_after(site: Site, attempt: int, seconds: float) -> None:
    """Start the first sync in an interpreter of its own, and kill it so long after it has begun."""
    command = [sys.executable, "-c", CHILD, str(ROOT), str(site.root), site.variant.name, "0", str(attempt)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"go\n"
        time.sleep(seconds)
        child.send_signal(signal.SIGKILL)
