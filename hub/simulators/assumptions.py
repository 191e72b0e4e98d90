"""What no page of a vendor says, and how a simulator has it: a table in each, so that a real account can be asked."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """`ask` is a read-only request that would show it, "" where only a write or an accident would. `knob` is what of the
    simulated account makes it the other way round.
    """

    name: str
    text: str
    ask: str = ""
    knob: str = ""
