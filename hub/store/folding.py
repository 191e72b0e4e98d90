"""SQLite's log is folded back into the file beside whoever writes, who would have to wait for the disk otherwise.

    who writes    commit, commit, commit, commit, commit, commit, commit, the last few pages: the log begins anew
    beside it                     |--- fold ---|- fold -|fold|

The log begins anew only where all of it is in the file when a unit of work begins. While others write there is always
something left, less at each turn: when it is little, who writes does it himself, between two units of work.
"""

import sqlite3
import threading
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, event

from hub.store import beside

ROWS: Final = 24_000
"""So many rows are changed until the next fold begins: up to as many pages are in the log by then, 100 MB at most."""
MOST: Final = 60_000
"""Who has changed so many while one lasts, waits for it: a log does not grow without end where the disk is slow."""
_FEW: Final = 4_000
"""So many pages are left to who writes."""
_TURNS: Final = 8
_SEEN: Final = "hub_changes"


class Folding:
    """Folds the log of one file: `of` says through which connections it is written, `end` waits for what is under way."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changed = 0
        self._fold: threading.Thread | None = None
        self._turn = threading.Lock()

    def of(self, engine: Engine) -> None:
        """Whatever is written through these connections."""
        event.listen(engine, "checkin", self._returned)
        event.listen(engine, "engine_disposed", lambda _engine: self.end())

    def _returned(self, driver: Any, record: Any) -> None:
        """A connection is given back: what it did is committed by now, or taken back."""
        if driver is None:
            return
        changed = driver.total_changes - record.info.get(_SEEN, 0)
        if changed:
            record.info[_SEEN] = driver.total_changes
            with self._turn:
                self._written(driver, changed)

    def _written(self, driver: Any, changed: int) -> None:
        self._changed += changed
        if self._fold is None:
            if self._changed >= ROWS:
                self._changed = 0
                with suppress(RuntimeError):  # where the system gives no thread, SQLite folds the log by its own bound
                    self._fold = beside.start(partial(_fold, self._path), "fold")
            return
        if self._changed >= MOST:
            self._fold.join()
        if not self._fold.is_alive():
            self._fold = None
            with suppress(sqlite3.DatabaseError):  # whoever commits next hears of it
                driver.execute(_COPY).fetchone()

    def end(self) -> None:
        fold = self._fold
        if fold is not None:
            fold.join()


_COPY: Final = "PRAGMA wal_checkpoint(PASSIVE)"


def _fold(path: Path) -> None:
    """Fold what is in the log, and what came meanwhile, until little is left."""
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(path, isolation_level=None)) as connection:
        done = 0
        for _ in range(_TURNS):
            busy, pages, _copied = connection.execute(_COPY).fetchone()
            if busy or pages - done <= _FEW:
                return
            done = pages
