"""What a check found."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Level: TypeAlias = Literal["ok", "warning", "failed", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`check` is the permanent name of what was looked at, `of` the connection or host it was looked at for ("" for the
    hub itself); `says` and `fix` are for people, in their language. `about` names one of several things that a check looks at.
    """

    check: str
    level: Level
    says: str
    fix: str = ""
    of: str = ""
    about: str = ""
