"""The process of a command: how it begins and how it ends.

A start makes some two hundred thousand values that live as long as the process does. Python's collector would go through
them again and again while they come, and once more when all is over: a seventh of the time of a short command.
"""

import gc


def command() -> int:
    """The command line as a process of its own. Returns the exit code."""
    gc.disable()
    from hub.cli.main import run

    try:
        return run()
    finally:
        gc.freeze()


def started() -> None:
    """What a command needs is there: from now on garbage is collected as ever, and only in what comes."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
