"""For how long pages hold the database: nobody else can write meanwhile."""

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

    def page(self, seconds: float) -> None:
        """A page was stored and held the database for so long."""
        self.pages += 1
        self.seconds += seconds
        self.slow += seconds > LONGEST_S
