"""Bad weather that a test orders: what the network, a proxy or an overloaded system answers."""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal


@dataclass
class Fault:
    """For calls by name (`crm.*` for many, `*` for all), after the first `skip` of them, `times` times.

    - `error`: `status` with `error` and `description`, and the call is not carried out.
    - `html`: `status` with a page of HTML; not carried out.
    - `redirect`: 302 to `location` and the rest of the path; not carried out.
    - `lost`: carried out, and the connection closed without an answer.
    - `cut`: carried out, and half of the answer sent.
    - `stall`: carried out, and answered `seconds` later.
    """

    answer: Literal["error", "html", "redirect", "lost", "cut", "stall"]
    method: str = "*"
    times: int = 1
    skip: int = 0
    status: int = 502
    error: str = ""
    description: str = ""
    location: str = ""
    seconds: float = 0
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def is_carried_out(self) -> bool:
        return self.answer in ("lost", "cut", "stall")

    def meets(self, method: str) -> bool:
        """Whether it is this call's turn; counts it."""
        if not self.times or not fnmatchcase(method, self.method):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.times -= 1
        return True
