"""`python -m hub.web`, as the daemon starts it."""

import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from hub.web.__main__ import reload
from tests.web.conftest import SECRET, TOML, Site


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as one:
        return one.getsockname()[1]


def configured(home, port):
    listen = f'[web]\nlisten = "127.0.0.1:{port}"'
    (home / "hub.toml").write_text(TOML.replace("[web]", listen), "utf-8")


@contextmanager
def started(home):
    words = [sys.executable, "-m", "hub.web", "--config", home / "hub.toml"]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def until_it_answers(site):
    for _ in range(200):
        try:
            return site.ask("GET", "/healthz")
        except OSError:
            time.sleep(0.05)
    return pytest.fail("it does not answer")


def test_it_answers_until_it_is_told_to_end_and_takes_a_new_configuration(served, home):
    site = Site(served, free_port())
    configured(home, site.port)
    with started(home) as process:
        assert until_it_answers(site).status == 200
        assert site.ring().status in {200, 202}
        text = (home / "hub.toml").read_text("utf-8")
        (home / "hub.toml").write_text(text.replace(SECRET, "another-secret-of-it"), "utf-8")
        process.send_signal(signal.SIGHUP)
        for _ in range(100):
            if site.ring().status == 404:
                break
            time.sleep(0.05)
        assert site.ring(secret="another-secret-of-it").status in {200, 202}
        process.terminate()
        _out, said = process.communicate(timeout=15)
        assert process.returncode in {-signal.SIGTERM, 0}
        assert SECRET not in said


def test_a_configuration_with_mistakes_is_not_taken_into_force(served, home, caplog):
    before = served.config
    (home / "hub.toml").write_text(TOML.replace("timezone", "timezome"), "utf-8")
    reload(served)
    assert served.config is before
    assert "stays as it was" in caplog.text


def test_a_port_that_is_taken_is_said_in_words(served, home):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        configured(home, taken.getsockname()[1])
        words = [sys.executable, "-m", "hub.web", "--config", home / "hub.toml"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert str(taken) not in done.stderr
    assert "listen" in done.stderr
