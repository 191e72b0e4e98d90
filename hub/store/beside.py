"""Threads that work on a database beside us.

No process is forked meanwhile: SQLite's locks would stay shut in it, with nobody there to open them.
"""

import os
import threading
from collections.abc import Callable
from typing import Final

_UNDER_WAY: Final[set[threading.Thread]] = set()
_TURN: Final = threading.Lock()


def start(work: Callable[[], None], name: str) -> threading.Thread:
    """Have this done by a thread of that name. It must not raise. Raises `RuntimeError` where the system gives no thread."""

    def done() -> None:
        try:
            work()
        finally:
            _UNDER_WAY.discard(thread)

    thread = threading.Thread(target=done, name=name, daemon=True)
    with _TURN:
        _UNDER_WAY.add(thread)
        try:
            thread.start()
        except RuntimeError:
            _UNDER_WAY.discard(thread)
            raise
    return thread


def _before_fork() -> None:
    while True:
        for thread in list(_UNDER_WAY):
            thread.join()  # without the lock: it may start another
        _TURN.acquire()
        if not _UNDER_WAY:
            return
        _TURN.release()


os.register_at_fork(before=_before_fork, after_in_parent=_TURN.release, after_in_child=_TURN.release)
