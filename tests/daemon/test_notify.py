"""What the service manager is told."""

import os
import socket

import pytest

from hub.daemon.notify import Manager


@pytest.fixture
def told(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "notify"))
        line.settimeout(5)
        yield line


def test_every_word_arrives(told):
    manager = Manager.of({"NOTIFY_SOCKET": told.getsockname(), "WATCHDOG_USEC": "30000000"})
    assert manager.watchdog == 30
    for say, word in (
        (manager.ready, b"READY=1"), (manager.stopping, b"STOPPING=1"), (manager.alive, b"WATCHDOG=1"),
        (lambda: manager.says("3 connections"), b"STATUS=3 connections"),
        (lambda: manager.busy(3_600), b"WATCHDOG_USEC=3600000000\nWATCHDOG=1"),
    ):  # fmt: skip
        say()
        assert told.recv(1_000) == word
    manager.reloading()
    assert told.recv(1_000).startswith(b"RELOADING=1\nMONOTONIC_USEC=")


def test_a_name_without_a_file_is_understood():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(f"\0hub-test-{os.getpid()}")
        line.settimeout(5)
        Manager(f"@hub-test-{os.getpid()}").ready()
        assert line.recv(100) == b"READY=1"


def test_without_a_manager_nothing_is_said(tmp_path):
    Manager.of({}).ready()
    Manager.of({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).ready()


def test_a_manager_that_does_not_listen_does_not_stop_us(told):
    manager = Manager(told.getsockname())
    for _ in range(1_000):
        manager.alive()


def test_the_watchdog_of_another_process_is_none_of_ours():
    assert Manager.of({"WATCHDOG_USEC": "5000000", "WATCHDOG_PID": "1"}).watchdog == 0
