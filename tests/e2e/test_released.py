"""A database that an earlier version made goes on: `tests/store/released/` has one of the demo from each released schema.

hub demo FOLDER && gzip -9n < FOLDER/data/hub.db > tests/store/released/SCHEMA.db.gz
"""

import gzip
import json
import shutil
from pathlib import Path

import pytest

from hub.cli.demo import SAMPLES

RELEASED = sorted((Path(__file__).parents[1] / "store" / "released").glob("*.db.gz"))
READ_AGAIN = ("clients", "anna", "boris", "archive")
QUESTIONS = (("history", "ООО Ромашка"), ("search", "договор"))


@pytest.fixture(params=RELEASED, ids=lambda path: path.name[:4])
def older(request, tmp_path):
    """The configuration of a demo whose database an earlier version has filled."""
    shutil.copytree(SAMPLES, tmp_path / "older")
    database = tmp_path / "older" / "data" / "hub.db"
    database.parent.mkdir(exist_ok=True)
    database.write_bytes(gzip.decompress(request.param.read_bytes()))
    database.chmod(0o600)
    return tmp_path / "older" / "hub.toml"


@pytest.fixture(scope="module")
def today(hub, tmp_path_factory):
    """What the same demo shows when this version has filled it."""
    folder = tmp_path_factory.mktemp("today") / "demo"
    assert hub("demo", folder).returncode == 0
    return {words: shown(hub, folder / "hub.toml", words) for words in QUESTIONS}


def said(hub, config, *words):
    done = hub(*words, config=config)
    assert done.returncode == 0, done.stderr
    return done.stdout


def shown(hub, config, words):
    seen = ("at", "kind", "direction", "title", "status", "participants", "thread")
    lines = json.loads(said(hub, config, *words, "--json"))["interactions"]
    assert lines
    return [{name: line.get(name) for name in seen} for line in lines]


def test_its_history_can_be_read_and_searched_at_once(hub, older, today):
    assert {words: shown(hub, older, words) for words in QUESTIONS} == today


def test_its_next_syncs_lose_and_double_nothing_and_all_it_kept_can_be_mapped_again(hub, older, today):
    for _again in range(2):
        said(hub, older, "sync", *READ_AGAIN)
        assert {words: shown(hub, older, words) for words in QUESTIONS} == today
    before = said(hub, older, "dump", "--canonical")
    said(hub, older, "rebuild")
    assert said(hub, older, "dump", "--canonical") == before
