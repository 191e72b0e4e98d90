"""For how long pages hold the database: nobody else can write meanwhile."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

LONGEST_S: Final = 0.05
"""A page should not hold it for longer."""


@dataclass(slots=True)
class Held:
    """So many `pages` were stored, the database held for `seconds` in all, and `slow` times for longer than it should be."""

    pages: int = 0
    seconds: float = 0.0
    slow: int = 0

    @contextmanager
    def page(self) -> Iterator[Callable[[], None]]:
        """A page is stored in here; to be told when the database is held, which it is up to the end."""
        began = time.monotonic()

        def holds() -> None:
            nonlocal began
            began = time.monotonic()

        yield holds
        took = time.monotonic() - began
        self.pages += 1
        self.seconds += took
        self.slow += took > LONGEST_S
