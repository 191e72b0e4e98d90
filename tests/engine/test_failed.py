"""What a plugin raised is told once: in the log of the process it ran in."""

import logging
from types import SimpleNamespace

import pytest

from hub.engine import sync
from hub.engine.feed import Failed


@pytest.mark.parametrize(("raised", "with_traceback"), [(Failed("KeyError", "'at'"), False), (KeyError("at"), True)])
def test_a_traceback_that_the_plugins_process_has_logged_is_not_logged_again(caplog, raised, with_traceback):
    caplog.set_level(logging.INFO)
    assert "failed with KeyError: 'at'" in str(
        sync.defect(SimpleNamespace(connector="acme.help", name="help", settings=None), raised)
    )
    [said] = caplog.records
    assert bool(said.exc_info and said.exc_info[0]) == with_traceback
    assert (said.levelno == logging.ERROR) == with_traceback, "a command says it once"
