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
    signal.signal(signal.SIGHUP, before)


def test_a_reload_that_is_asked_for_before_anybody_listens_ends_nothing(heard, monkeypatch, tmp_path):
    @contextmanager
    def opening(*_, **__):
        os.kill(os.getpid(), signal.SIGHUP)
        raise Opened
        yield

    monkeypatch.setattr(serve, "working", opening)
    with pytest.raises(Opened):
        run(["--config", str(tmp_path / "hub.toml"), "serve"])
    assert heard == []


@pytest.mark.parametrize("early", [[], [signal.SIGHUP]])
def test_what_was_asked_for_early_is_heard_once_somebody_listens(heard, early):
    with serve._signals(early) as asked:
        assert asked.reload == bool(early)
