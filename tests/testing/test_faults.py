"""Dying and failing at a chosen step: the steps are the same from run to run, and each of them can be the last."""

import json
import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import pytest

WORK = """
import json, os, sys
from pathlib import Path
from sqlalchemy import create_engine, text
from hub.testing import faults

def work(data):
    Path(data, "../ignored.txt").write_text("nobody counts this")
    engine = create_engine(f"sqlite:///{data}/work.db")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS done (name)"))
    for file in sorted(Path(data, "in").iterdir()):
        content = file.read_bytes()
        with open(Path(data, "new"), "wb") as new:
            new.write(content)
            new.flush()
            os.fsync(new.fileno())
        os.replace(Path(data, "new"), Path(data, "out", file.name))
        with engine.begin() as connection:
            connection.execute(text("INSERT INTO done VALUES (:name)"), {"name": file.name})
    file.unlink()

def child(place, asked):
    os.environ.update(asked, HUB_STEPS_ROOTS=f"{place}/data", HUB_STEPS_FILE=f"{place}/steps.json")
    faults.install()
    try:
        work(f"{place}/data")
    except Exception as error:
        Path(place, "said").write_text(f"{type(error).__name__} {getattr(error, 'orig', error)}")
        sys.exit(1)
    sys.exit(0)

codes = {}
for place, asked in json.load(sys.stdin).items():
    if not (forked := os.fork()):
        child(place, asked)
    codes[place] = os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1])
print(json.dumps(codes))
"""
STEPS = [
    "commit",
    "listdir data/in",
    *("read data/in/a", "write data/new", "fsync data/new", "rename data/new", "commit"),
    *("read data/in/b", "write data/new", "fsync data/new", "rename data/new", "commit"),
    "remove data/in/b",
]


CRASHES = (1, 4, 5, 6, 7, 13, 14)
FAULTS = {
    "4:enospc": "OSError [Errno 28] No space left on device",
    "5:eio": "OSError [Errno 5] Input/output error",
    "3:locked": "PermissionError [Errno 13] Permission denied",
    "7:locked": "OperationalError database is locked",
    "1:enospc": "OperationalError database or disk is full",
}
ASKED = {
    "once": {},
    "again": {},
    **{f"crash{at}": {"HUB_CRASH_AT": str(at)} for at in CRASHES},
    **{fault.replace(":", "-"): {"HUB_FAULT_AT": fault} for fault in FAULTS},
}


@dataclass
class Done:
    code: int
    taken: list[str]
    place: Path


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """What came of the work, by how it was asked for; each in a child of one process, which imports only once."""
    place = tmp_path_factory.mktemp("faults")
    for asked in ASKED:
        for folder in ("in", "out"):
            (place / asked / "data" / folder).mkdir(parents=True)
        for name in "ab":
            (place / asked / "data/in" / name).write_text(name)
    orders = json.dumps({str(place / name): asked for name, asked in ASKED.items()})
    run = [sys.executable, "-c", WORK]
    ended = subprocess.run(run, input=orders, capture_output=True, text=True, timeout=60, check=False)
    assert not ended.stderr, ended.stderr
    codes = json.loads(ended.stdout)
    steps = {name: json.loads((place / name / "steps.json").read_text())["taken"] for name in ASKED}
    return {name: Done(codes[str(place / name)], steps[name], place / name) for name in ASKED}


def test_the_same_work_takes_the_same_steps(done):
    assert done["once"].taken == done["again"].taken == STEPS


@pytest.mark.parametrize("at", CRASHES[:-1])
def test_dying_at_a_step_is_dying_after_the_one_before(done, at):
    died = done[f"crash{at}"]
    assert died.code == 137
    assert died.taken == STEPS[:at]
    assert (died.place / "data/new").exists() == (at in (5, 6))
    assert (died.place / "data/out/a").exists() == (at > 6)
    assert (died.place / "data/in/b").exists()


def test_a_step_more_than_there_are_is_no_death(done):
    assert len(STEPS) == CRASHES[-1] - 1
    assert done[f"crash{CRASHES[-1]}"].code == 0


@pytest.mark.parametrize("fault", FAULTS)
def test_a_step_fails_as_it_is_told_to(done, fault):
    failed = done[fault.replace(":", "-")]
    assert (failed.place / "said").read_text().startswith(FAULTS[fault])
    assert failed.code == 1
    assert failed.taken == STEPS[: int(fault[0])]


TALK = """
import socket, sys
from hub.testing import faults
steps = faults.install()
try:
    with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as line:
        line.sendall(b"hello")
        print(line.recv(10))
except OSError as error:
    print(type(error).__name__)
"""


@pytest.mark.parametrize(
    ("fault", "says", "taken"),
    [
        ("", "b'hello'", ["connect", "sendall", "recv"]),
        ("1:locked", "TimeoutError", ["connect"]),
        ("3:eio", "BrokenPipeError", ["connect", "sendall", "recv"]),
    ],
)
def test_calls_over_the_network_are_steps(tmp_path, fault, says, taken):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        answering = Thread(target=answer, args=(server,))
        answering.start()
        done = subprocess.run(
            [sys.executable, "-c", TALK, str(server.getsockname()[1])],
            env={**os.environ, "HUB_FAULT_AT": fault, "HUB_STEPS_FILE": str(tmp_path / "steps.json")},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        if taken == ["connect"]:
            socket.create_connection(server.getsockname()).close()
        answering.join()
    assert done.stdout.strip() == says
    assert json.loads((tmp_path / "steps.json").read_text())["taken"] == taken


def answer(server):
    line, _ = server.accept()
    with line:
        if heard := line.recv(10):
            line.sendall(heard)
