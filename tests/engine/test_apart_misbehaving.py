"""A source in a process of its own that dies, hangs, wants too much or reaches for what is ours."""

import os
import signal
import socket
import stat
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from hub.engine.apart import process
from hub.engine.apart.child import Order
from hub.engine.feed import Failed
from hub.errors import Inconsistent
from tests.engine.notes import MEMORY, alive, apart, choose, order, pulled

DEATHS = [
    (lambda *_: os._exit(7), "exit code 7"),
    (lambda *_: os.kill(os.getpid(), signal.SIGKILL), "SIGKILL"),
    (lambda *_: os.kill(os.getpid(), signal.SIGSEGV), "SIGSEGV"),
]


@pytest.mark.parametrize("where", ["open", "check"])
@pytest.mark.parametrize(("die", "says"), DEATHS)
def test_a_process_that_dies_at_the_door_is_told(where, die, says):
    with pytest.raises(Inconsistent, match=says), apart(order(**{where: die})):
        pass


@pytest.mark.parametrize(("die", "says"), DEATHS)
def test_a_process_that_dies_is_told_and_started_anew(die, says):
    made = order(pull=lambda number, _tools: die() if number == 1 else None)
    with apart(made) as feed:
        for _ in range(2):
            found = feed.pull("notes", None, choose(made))
            next(found)
            with pytest.raises(Inconsistent, match=says):
                next(found)
            assert feed.streams()  # of a new process
        assert pulled(feed, made, cursor="2")


def test_who_dies_again_and_again_is_left_alone():
    made = order(streams=lambda: os._exit(1))
    with apart(made) as feed:
        for _ in range(process.STARTS):
            with pytest.raises(Inconsistent, match="exit code 1"):
                feed.streams()
        with pytest.raises(Inconsistent, match="again and again"):
            feed.streams()


def test_who_hangs_is_stopped():
    made = order(pull=lambda number, _tools: time.sleep(60) if number == 1 else None)
    with apart(made, silence=1.0) as feed:
        found = feed.pull("notes", None, choose(made))
        next(found)
        number = feed.process.pid
        began = time.monotonic()
        with pytest.raises(Inconsistent, match="no sign of life"):
            next(found)
        assert time.monotonic() - began < 5
        assert not alive(number)
        assert feed.streams()


def test_who_dies_and_leaves_a_process_behind_is_told_at_once():
    left = []

    def leave(number, _tools):
        if number == 1:
            child = os.fork()
            if not child:
                time.sleep(30)
            else:
                os.write(left[1], str(child).encode())
            os._exit(9)

    left += os.pipe()
    made = order(pull=leave)
    began = time.monotonic()
    with apart(made) as feed, pytest.raises(Inconsistent, match="with exit code 9"):
        pulled(feed, made)
    assert time.monotonic() - began < 10
    os.kill(int(os.read(left[0], 20)), signal.SIGKILL)
    for number in left:
        os.close(number)


def test_who_begins_to_say_something_and_never_ends_is_stopped():
    def begin(number, _tools):
        if number == 1:
            for one in numbers():
                if _is_socket(one):
                    os.write(one, b"\x00\x01\x00\x00")
            time.sleep(60)

    made = order(pull=begin)
    with apart(made, silence=1.0) as feed:
        found = feed.pull("notes", None, choose(made))
        next(found)
        began = time.monotonic()
        with pytest.raises(Inconsistent, match="no sign of life"):
            next(found)
        assert time.monotonic() - began < 6
        assert feed.streams()


def test_a_plugin_cannot_reach_a_connection_of_the_hub():
    ours, theirs = socket.socketpair()

    def meddle(_number, _tools):
        for number in range(3, 60):
            with suppress(OSError):
                if number != spared[0] and not stat.S_ISFIFO(os.fstat(number).st_mode):  # one is the test run's own
                    os.write(number, b"DROP")

    spared = [-1]
    made = order(pull=meddle)
    original = made.connector.open

    @contextmanager
    def opened(settings, tools):
        sockets = [one for one in numbers() if _is_socket(one)]
        spared[0] = sockets[0] if len(sockets) == 1 else -1
        with original(settings, tools) as source:
            yield source

    connector = replace(made.connector, open=opened)
    made = Order(connector, made.settings, made.tools, MEMORY, made.desk)
    with apart(made) as feed:
        assert len(pulled(feed, made)) == 3
    theirs.setblocking(False)
    with pytest.raises(BlockingIOError):
        theirs.recv(10)
    ours.close()
    theirs.close()


def numbers():
    return [int(one.name) for one in Path("/dev/fd").iterdir()]


def _is_socket(number):
    try:
        return stat.S_ISSOCK(os.fstat(number).st_mode)
    except OSError:
        return False


def test_who_wants_too_much_memory_does_not_get_it():
    def devour(number, _tools):
        if number == 1:
            b"x" * (2 << 30)

    made = order(pull=devour)
    with apart(made) as feed:
        with pytest.raises(Failed) as raised:
            pulled(feed, made)
        assert raised.value.kind == "MemoryError"
        assert feed.streams()
