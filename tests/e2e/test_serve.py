"""`hub serve` as a service manager runs it: it says how it stands, follows signals, and is the only one."""

import json
import os
import signal
import socket
import sqlite3
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest

import hub as door
from hub.testing.memory import Memory

CONFIG = """
[company]
name = "ООО «Мы»"
domains = ["my.example"]
timezone = "Europe/Moscow"
[sync]
every = "10s"
[web]
listen = "127.0.0.1:{port}"
[connections.mail]
connector = "memory"
path = "mail.json"
store = "all"
hook_secret = "{secret}"
"""
SECRET = "k3-Wq9_secret-of-the-crm"


def source(count):
    made = Memory("mail", page_size=20)
    people = (door.Participant("from", door.Identifier("email", "ivan@romashka.example")),
              door.Participant("to", door.Identifier("email", "anna@my.example")))  # fmt: skip
    for number in range(count):
        made.add("INBOX", str(number), door.Email(
            at=door.moment(datetime(2026, 11, 1, tzinfo=UTC)), message_id=f"{number}@x.example", participants=people,
            subject=f"Письмо {number}", text=f"Текст {number}",
        ))  # fmt: skip
    return made


def free_port():
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return line.getsockname()[1]


class Service:
    """A folder with a configuration, and the daemon that works on it."""

    def __init__(self, folder, started):
        self.folder, self.started, self.port = folder, started, free_port()
        self.config = folder / "hub.toml"
        self.config.write_text(CONFIG.format(port=self.port, secret=SECRET), "utf-8")
        self.log = folder / "log"
        self.line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.line.bind(str(folder / "notify"))
        self.line.settimeout(60)

    def start(self):
        environ = {"NOTIFY_SOCKET": str(self.folder / "notify")}
        self.process = self.started("serve", config=self.config, environ=environ)
        self.told(b"READY=1")
        return self.process

    def told(self, word):
        while word not in self.line.recv(4_096):
            pass

    def ask(self, query):
        with sqlite3.connect(f"file:{self.folder / 'data/hub.db'}?mode=ro", uri=True, timeout=5) as database:
            return database.execute(query).fetchall()

    def until(self, is_so, seconds=60):
        deadline = time.monotonic() + seconds
        while not is_so():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.1)

    def stored(self):
        return self.ask("SELECT count(*) FROM item WHERE state = 'stored'")[0][0]

    def web(self):
        """The number of the process that answers HTTP."""
        return next((pid for pid in children(self.process.pid) if b"hub.web" in started_with(pid)), None)

    def rung(self):
        """What somebody gets who rings; None where nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/hooks/mail/{SECRET}", b"", timeout=5) as answer:
                return answer.status
        except OSError:
            return None

    def ready(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return json.loads(answer.read())["ready"]
        except OSError:
            return False


def started_with(pid):
    """Arguments and environment of a process; nothing where it is gone."""
    try:
        return b"".join(Path(f"/proc/{pid}/{what}").read_bytes() for what in ("cmdline", "environ"))
    except OSError:
        return b""


def until(found, seconds=30):
    """The first thing that is found; None where nothing is."""
    deadline = time.monotonic() + seconds
    while not (it := found()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return it


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:  # noqa: PTH123
        return [int(one) for one in file.read().split()]


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(scope="module")
def story(hub, started, tmp_path_factory):
    """It serves; a second one is refused; a wrong configuration comes, and the web server is killed meanwhile; then SIGTERM;
    the next one is killed; a last one.
    """
    folder = tmp_path_factory.mktemp("served")
    source(30).save(folder / "mail.json")
    service, told = Service(folder, started), {}
    with service.line:
        yield from _told(service, told, hub)


def _told(service, told, hub):
    folder = service.folder
    first = service.start()
    service.until(lambda: service.stored() == 30)
    service.until(service.ready)
    told["second"] = hub("serve", config=service.config)
    service.config.write_text(service.config.read_text("utf-8").replace('"10s"', '"often"'), "utf-8")
    first.send_signal(signal.SIGHUP)
    service.told(b"RELOADING=1")
    service.told(b"READY=1")
    told["mistake"] = service.ask("SELECT mistake FROM pulse")[0][0]
    web = service.web()
    told["seen"] = started_with(web)
    os.kill(web, signal.SIGKILL)
    service.until(lambda: service.web() not in {web, None})
    told["again"] = until(service.rung)
    service.config.write_text(CONFIG.format(port=service.port, secret=SECRET), "utf-8")
    first.send_signal(signal.SIGTERM)
    began = time.monotonic()
    told["first"] = first, *first.communicate(timeout=60)
    told["took"] = time.monotonic() - began
    told["pulse"] = service.ask("SELECT * FROM pulse")
    told["leases"] = service.ask("SELECT lease_owner FROM stream WHERE lease_owner <> ''")
    source(600).save(folder / "mail.json")
    killed = service.start()
    service.until(lambda: service.stored() > 40)
    told["children"] = children(killed.pid)
    killed.kill()
    killed.communicate(timeout=60)
    told["stored"] = service.stored()
    last = service.start()
    service.until(lambda: service.stored() == 600, seconds=90)
    last.send_signal(signal.SIGINT)
    told["last"] = last, *last.communicate(timeout=60)
    yield told


def test_a_second_one_is_refused_and_says_why(story):
    second = story["second"]
    assert second.returncode == 1
    assert "another `hub serve` works on" in second.stderr


def test_a_configuration_with_mistakes_is_reported_and_leaves_it_as_it_is(story):
    assert "mistakes" in story["mistake"]
    assert "the new configuration is not taken" in story["first"][2]


def test_a_web_server_that_dies_meanwhile_answers_again_with_what_is_in_force(story):
    assert story["again"] in {200, 202}


def test_nobody_reads_secrets_in_what_the_web_server_is_started_with(story):
    assert b"hub.web" in story["seen"]
    assert SECRET.encode() not in story["seen"]


def test_who_is_told_to_stop_stops_soon_and_leaves_nothing_behind(story):
    process, out, err = story["first"]
    assert (process.returncode, out) == (0, "")
    assert story["took"] < 30
    assert "Traceback" not in err
    assert (story["pulse"], story["leases"]) == ([], [])


def test_a_daemon_that_is_killed_takes_its_processes_along_and_the_next_goes_on(story):
    assert story["children"]
    deadline = time.monotonic() + 10
    while any(alive(pid) for pid in story["children"]):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert 40 < story["stored"] <= 600
    assert story["last"][0].returncode == 0
