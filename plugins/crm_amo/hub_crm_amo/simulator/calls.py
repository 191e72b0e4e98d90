"""A call, and what the log keeps of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hub.simulators.serving import Reply

if TYPE_CHECKING:
    from hub_crm_amo.simulator.account import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is asked of the account: `way` are the parts of the path behind /api/v4, `query` as PHP nests it, `body` JSON.

    `base` is the origin that links are made with, `since` the If-Modified-Since in seconds.
    """

    account: "Account"
    method: str
    way: tuple[str, ...]
    query: Mapping[str, Any] = field(repr=False)
    body: Any = field(repr=False)
    user: int
    base: str
    since: float | None = None

    @property
    def wanted_with(self) -> frozenset[str]:
        """https://developers.kommo.com/reference: `with` is one text with commas."""
        return frozenset(part.strip() for part in str(self.query.get("with", "")).split(",") if part.strip())


Method = Callable[[Call], Reply]
Methods = Mapping[tuple[str, str], Method]
"""By the method of HTTP and the path behind /api/v4, `*` for an id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a call came to. `lost` ones were answered by a fault; `wrote` how many entities it changed."""

    at: float
    method: str
    path: str
    query: str = field(default="", repr=False)
    status: int = 200
    wrote: int = 0
    lost: str = ""
