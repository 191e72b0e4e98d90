"""What happened, for tests to look at: every call, and whether it changed the portal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A call as it was made. `status` and `error` are those of its own answer (200 and "" where it went well).

    `batched` calls came inside a batch, which has an effect of its own; `lost` ones were answered by a fault.
    """

    at: float
    method: str
    params: Mapping[str, Any] = field(repr=False)
    user: int = 0
    application: str = ""
    status: int = 200
    error: str | int = ""
    wrote: bool = False
    batched: bool = False
    lost: str = ""
    rows: int = 0
