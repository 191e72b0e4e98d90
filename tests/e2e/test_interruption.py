"""A sync that is interrupted, and two syncs at once."""

import json
import signal
import sqlite3
import time
from datetime import UTC, datetime, timedelta

import pytest

import hub as door
from hub.store import derived
from hub.store.database import Store
from hub.testing.memory import Memory
from tests.e2e import held

MAILS, PAGE = 600, 60
CONFIG = """
[company]
name = "ООО «Мы»"
domains = ["my.example"]
timezone = "Europe/Moscow"
[connections.mail]
connector = "held"
path = "mail.json"
"""


def source():
    made = Memory("mail", page_size=PAGE)
    begin = datetime(2024, 1, 1, tzinfo=UTC)
    for number in range(MAILS):
        sides = ("anna@my.example", f"buyer{number % 7}@romashka.example")
        sender, to = sides if number % 3 else sides[::-1]
        people = (door.Participant("from", door.Identifier("email", sender)),
                  door.Participant("to", door.Identifier("email", to)))  # fmt: skip
        refs = (f"{number - 1}@x.example",) if number % 5 else ()
        made.add("INBOX", str(number), door.Email(
            at=door.moment(begin + timedelta(hours=number)), message_id=f"{number}@x.example", references=refs,
            subject=f"Письмо {number}", text=f"Текст письма {number}.", participants=people,
        ))  # fmt: skip
    return made


def found(folder):
    source().save(folder / "mail.json")
    (folder / "hub.toml").write_text(CONFIG, "utf-8")
    return folder / "hub.toml"


def committed(config):
    """How many items are committed, in whatever state."""
    try:
        with sqlite3.connect(f"file:{config.parent / 'data/hub.db'}?mode=ro", uri=True, timeout=1) as database:
            return database.execute("SELECT count(*) FROM item").fetchone()[0]
    except sqlite3.Error:
        return 0


def last_run(config):
    with sqlite3.connect(config.parent / "data/hub.db") as database:
        return database.execute("SELECT state FROM run ORDER BY id DESC LIMIT 1").fetchone()[0]


def dump(config):
    store = Store.open(config.parent / "data/hub.db", create=False)
    with store.read() as tx:
        lines = list(derived.dump(tx))
    store.close()
    return lines


def wait_for_more_than(count, config, process):
    deadline = time.monotonic() + 60
    while committed(config) <= count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture(scope="module", autouse=True)
def installed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    held.install(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder))
        yield


def interrupted_twice(started, hub, config, pages):
    """A sync that has stored a page or more, and can have no more than so many, and two Ctrl-C."""
    before = committed(config)
    held.hold(config, pages)
    process = started("sync", config=config)
    wait_for_more_than(before, config, process)
    process.send_signal(signal.SIGINT)
    heard = process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _out, err = process.communicate(timeout=100)
    held.let_go(config)
    [stream] = json.loads(hub("status", "--json", config=config).stdout)["streams"]
    return {
        "code": process.returncode, "heard": heard, "err": err,
        "before": before, "after": committed(config), "states": (last_run(config), stream["state"]),
    }  # fmt: skip


@pytest.fixture(scope="module")
def story(hub, started, tmp_path_factory):
    """A sync whose third page keeps us waiting; another one beside it; Ctrl-C; a sync with two of them in the midst of its
    pages, and one with two while it waits for a page that does not come; and one that runs to its end.
    """
    config = found(tmp_path_factory.mktemp("interrupted"))
    told = {"config": config}
    held.hold(config, 2)
    first = started("sync", config=config)
    wait_for_more_than(PAGE, config, first)
    told["beside"] = hub("sync", config=config)
    first.send_signal(signal.SIGINT)
    told["heard"] = first.stderr.readline()
    held.let_go(config)
    told["first"] = first, *first.communicate(timeout=100)
    told["after first"] = committed(config)
    told["busy"] = interrupted_twice(started, hub, config, pages=5)
    told["waiting"] = interrupted_twice(started, hub, config, pages=1)
    told["last"] = hub("sync", config=config)
    return told


def test_a_sync_beside_another_one_leaves_its_streams_and_says_who_has_them(story):
    beside = story["beside"]
    assert beside.returncode == 0
    assert f":{story['first'][0].pid}" in beside.stderr
    assert "busy elsewhere" in beside.stdout


def test_the_first_ctrl_c_finishes_the_page_and_keeps_what_was_done(story):
    process, out, _err = story["first"]
    assert process.returncode == 130
    assert "Finishing this page" in story["heard"]
    assert "stopped" in out
    assert story["after first"] == 3 * PAGE


@pytest.mark.parametrize("doing", ["busy", "waiting"])
def test_the_second_ctrl_c_stops_at_once_and_keeps_whole_pages(story, doing):
    told = story[doing]
    assert told["code"] == 130
    assert "Finishing this page" in told["heard"]
    assert "Traceback" not in told["err"]
    assert told["before"] < told["after"] < MAILS
    assert told["after"] % PAGE == 0
    assert told["states"] in {("stopped", "stopped"), ("running", "broken_off")}


def test_the_next_sync_goes_on_and_ends_in_the_history_of_one_that_was_never_interrupted(story, hub, tmp_path):
    assert story["last"].returncode == 0, story["last"].stderr
    assert committed(story["config"]) == MAILS
    listed = next(line for line in story["last"].stdout.splitlines() if line.startswith("mail"))
    assert int(listed.split()[3]) == MAILS - story["waiting"]["after"]
    whole = found(tmp_path)
    assert hub("sync", config=whole).returncode == 0
    assert dump(whole) == dump(story["config"])
