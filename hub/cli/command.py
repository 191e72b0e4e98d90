"""The process of a command: how it begins and how it ends.

A start makes some two hundred thousand values that live as long as the process does. Python's collector would go through
them again and again while they come, and once more when all is over: a seventh of the time of a short command.
"""

import gc
import os
import sys


def command() -> int:
    """The command line as a process of its own. Returns the exit code."""
    gc.disable()
    _results_apart()
    from hub.cli.main import run

    try:
        return run()
    finally:
        gc.freeze()


def _results_apart() -> None:
    """Results go a way of their own: standard output itself, which plugins and the programs they call may write to, becomes
    standard error.
    """
    if sys.stdout is None or sys.stderr is None:  # closed by whoever called us
        return
    own = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = sys.__stdout__ = open(  # type: ignore[misc]  # noqa: SIM115 - as long as the process
        own, "w", encoding=sys.stdout.encoding, errors=sys.stdout.errors, closefd=False
    )


def started() -> None:
    """What a command needs is there: from now on garbage is collected as ever, and only in what comes."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
