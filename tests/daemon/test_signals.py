"""What the service manager asks for while the daemon is still beginning."""

import os
import signal
from contextlib import contextmanager

import pytest

from hub.cli import serve
from hub.cli.main import run


class Opened(BaseException):
    pass


@pytest.fixture
def heard():
    """How often the default of SIGHUP, which ends a process, would have had its way."""
    found = []
    before = signal.signal(signal.SIGHUP, lambda *_: found.append(1))
    yield found
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
    signal.signal(signal.SIGHUP, before)


def test_a_reload_that_is_asked_for_before_anybody_listens_ends_nothing_and_is_heard_then(heard, monkeypatch, tmp_path):
    @contextmanager
    def opening(*_, **__):
        os.kill(os.getpid(), signal.SIGHUP)
        raise Opened
        yield

    monkeypatch.setattr(serve, "working", opening)
    with pytest.raises(Opened):
        run(["--config", str(tmp_path / "hub.toml"), "serve"])
    assert heard == []
    with serve._signals() as asked:
        assert asked.reload
    assert heard == []
