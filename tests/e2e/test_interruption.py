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

MAILS, PAGE = 1_800, 60
CONFIG = """
[company]
name = "ООО «Мы»"
domains = ["my.example"]
timezone = "Europe/Moscow"
[connections.mail]
connector = "memory"
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


def suspend(process, config):
    """Stop a process between two of its transactions, so that others can write."""
    while True:
        process.send_signal(signal.SIGSTOP)
        try:
            with sqlite3.connect(config.parent / "data/hub.db", timeout=0.1, isolation_level=None) as database:
                database.execute("BEGIN IMMEDIATE")
                database.execute("ROLLBACK")
        except sqlite3.OperationalError:
            process.send_signal(signal.SIGCONT)
            time.sleep(0.005)
        else:
            return


def resume(process):
    process.send_signal(signal.SIGCONT)


@pytest.fixture(scope="module")
def story(hub, started, tmp_path_factory):
    """A sync; another one beside it; Ctrl-C; the next sync with two of them; and one that runs to its end."""
    config = found(tmp_path_factory.mktemp("interrupted"))
    told = {"config": config}
    first = started("sync", config=config)
    wait_for_more_than(0, config, first)
    suspend(first, config)
    told["beside"] = hub("sync", config=config)
    first.send_signal(signal.SIGINT)
    resume(first)
    told["first"] = first, *first.communicate(timeout=100)
    told["after first"] = committed(config)
    second = started("sync", config=config)
    wait_for_more_than(told["after first"], config, second)
    second.send_signal(signal.SIGINT)
    told["heard"] = second.stderr.readline()
    second.send_signal(signal.SIGINT)
    told["second"] = second, *second.communicate(timeout=100)
    told["after second"] = committed(config)
    told["run"] = last_run(config)
    told["status"] = json.loads(hub("status", "--json", config=config).stdout)
    told["last"] = hub("sync", config=config)
    return told


def test_a_sync_beside_another_one_leaves_its_streams_and_says_who_has_them(story):
    beside = story["beside"]
    assert beside.returncode == 0
    assert f":{story['first'][0].pid}" in beside.stderr
    assert "busy elsewhere" in beside.stdout


def test_the_first_ctrl_c_finishes_the_page_and_keeps_what_was_done(story):
    process, out, err = story["first"]
    assert process.returncode == 130
    assert "Finishing this page" in err
    assert "stopped" in out
    assert 0 < story["after first"] < MAILS
    assert story["after first"] % PAGE == 0


def test_the_second_ctrl_c_stops_at_once_and_keeps_whole_pages(story):
    process, _out, err = story["second"]
    assert process.returncode == 130
    assert "Finishing this page" in story["heard"]
    assert "Traceback" not in err
    assert story["after first"] < story["after second"] < MAILS
    assert story["after second"] % PAGE == 0
    assert (story["run"], story["status"]["streams"][0]["state"]) in {("stopped", "stopped"), ("running", "broken_off")}


def test_the_next_sync_goes_on_and_ends_in_the_history_of_one_that_was_never_interrupted(story, hub, tmp_path):
    assert story["last"].returncode == 0, story["last"].stderr
    assert committed(story["config"]) == MAILS
    listed = next(line for line in story["last"].stdout.splitlines() if line.startswith("mail"))
    assert int(listed.split()[3]) == MAILS - story["after second"]
    whole = found(tmp_path)
    assert hub("sync", config=whole).returncode == 0
    assert dump(whole) == dump(story["config"])
