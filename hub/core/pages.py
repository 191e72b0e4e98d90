"""What a page asks for: which of its items are new, which are known, and whether its counts add up."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

QUARANTINE_LIMIT = 0.05
"""A run with a larger part of unreadable items fails: the source or the plugin is broken, not the items."""
QUARANTINE_FLOOR = 10
"""...but never for fewer unreadable items than this."""


class Named(Protocol):
    @property
    def external_id(self) -> str: ...
    @property
    def revision(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Counts:
    """How the listed items of a page or run were dealt with. `gone` items were known and are no longer there."""

    listed: int = 0
    stored: int = 0
    unchanged: int = 0
    quarantined: int = 0
    excluded: int = 0
    gone: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.listed + other.listed,
            self.stored + other.stored,
            self.unchanged + other.unchanged,
            self.quarantined + other.quarantined,
            self.excluded + other.excluded,
            self.gone + other.gone,
        )

    def again(self, more: "Counts") -> "Counts":
        """With items dealt with once more: what was excluded or unchanged so far is stored now, and is listed once."""
        settled = more.stored + more.quarantined
        excluded = min(self.excluded, settled)
        unchanged = min(self.unchanged, settled - excluded)
        return replace(
            self,
            listed=self.listed + settled - excluded - unchanged,
            stored=self.stored + more.stored,
            quarantined=self.quarantined + more.quarantined,
            excluded=self.excluded - excluded,
            unchanged=self.unchanged - unchanged,
        )

    def opened(self, more: "Counts") -> "Counts":
        """With items dealt with that could not be opened so far: they are listed once, and no longer in quarantine."""
        before = min(self.quarantined, more.listed)
        return replace(self, listed=self.listed - before, quarantined=self.quarantined - before) + more

    @property
    def adds_up(self) -> bool:
        """Conservation: nothing that the source named is unaccounted for."""
        return self.listed == self.stored + self.unchanged + self.quarantined + self.excluded

    @property
    def too_many_unreadable(self) -> bool:
        read = self.stored + self.quarantined
        return self.quarantined > max(QUARANTINE_FLOOR, QUARANTINE_LIMIT * read)

    @classmethod
    def of(cls, outcomes: Sequence[str]) -> "Counts":
        """So many items were listed, and this became of each."""
        return cls(listed=len(outcomes), **Counter(outcomes))


@dataclass(frozen=True, slots=True)
class Plan:
    """`fresh` are to be read and stored (by external id), `known` need nothing, repeats on the page included;
    `missing` were listed and not brought, so that the counts cannot add up.
    """

    fresh: Mapping[str, Named]
    known: int
    missing: int


def plan(listed: int, raws: Sequence[Named], stored: Mapping[str, str]) -> Plan:
    """Divide a page's raws by what is stored already (external id -> revision). Of repeats, the last counts."""
    last = {raw.external_id: raw for raw in raws}
    fresh = {key: raw for key, raw in last.items() if stored.get(key) != raw.revision}
    return Plan(fresh, len(raws) - len(fresh), max(0, listed - len(raws)))
