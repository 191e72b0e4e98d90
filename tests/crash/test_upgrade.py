"""An upgrade that dies at any step leaves a database that the next command upgrades, and a backup of it before."""

import gzip
import json
import os
import random
import zipfile
from pathlib import Path

import pytest

from hub import plugins
from hub.engine import hub as opening
from hub.engine.hub import Clock
from hub.settings import Company, Config
from hub.store import derived, schema
from hub.testing import faults
from tests.crash.dying import forked
from tests.crash.scenario import NOW, OURS

RELEASED = [
    path
    for path in sorted((Path(__file__).parents[1] / "store" / "released").glob("*.db.gz"))
    if path.name[:4] < schema.HEAD  # of today's nothing has to be upgraded
]
ALL = os.environ.get("HUB_CRASH_ALL") == "1"
SEED = int(os.environ.get("HUB_SEED", "20261120"))
pytestmark = pytest.mark.campaign


def _config(folder):
    company = Company(name="ООО «Мы»", timezone="Europe/Moscow", language="ru", ours=OURS)
    return Config(path=folder / "hub.toml", home=folder, company=company, store_path=folder / "hub.db")


def _dump(folder):
    with opening.opened(_config(folder), plugins.load(()), Clock(fixed=NOW)) as opened, opened.store.read() as tx:
        return list(derived.dump(tx))


def _old(folder, released):
    folder.mkdir()
    (folder / "hub.db").write_bytes(gzip.decompress(released.read_bytes()))
    return folder


def _upgraded(folder, said, **environ):
    child = forked(lambda: _dump(folder), folder, said, **environ)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("released", RELEASED, ids=lambda path: path.name[:4])
def test_dying_at_a_step_of_an_upgrade_loses_nothing(released, tmp_path):
    report, said = tmp_path / "steps.json", tmp_path / "said"
    whole = _old(tmp_path / "whole", released)
    assert _upgraded(whole, said, HUB_STEPS_FILE=str(report)) == 0, said.read_text()
    taken, expected = json.loads(report.read_text())["taken"], _dump(whole)
    assert expected
    assert "commit" in taken
    steps = range(1, len(taken) + 1)
    for step in steps if ALL else sorted(random.Random(SEED).sample(steps, 5)):
        folder = _old(tmp_path / f"{step}", released)
        assert _upgraded(folder, said, HUB_CRASH_AT=str(step)) == faults.DIED, step
        assert _dump(folder) == expected, taken[step - 1]
        with zipfile.ZipFile(folder / f"hub-before-{schema.HEAD}.zip") as kept:
            assert json.loads(kept.read("backup.json"))["schema"] == released.name[:4]
        assert list(folder.glob(".hub-backup-*")) == [], taken[step - 1]
