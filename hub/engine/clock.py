"""The only clock of an open hub."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Clock:
    """The time, in the shapes the engine needs. Tests hand in a still one."""

    def __init__(self, read: "type[datetime] | None" = None, fixed: datetime | None = None) -> None:
        self._fixed = fixed
        self._read = read or datetime

    def __call__(self) -> datetime:
        return self._fixed or self._read.now(UTC)

    def date(self) -> date:
        return self().date()

    def milliseconds(self) -> int:
        return (self() - _EPOCH) // timedelta(milliseconds=1)
