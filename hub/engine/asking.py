"""The desk of a connection (`hub.engine.desk`) as it is seen from where one can only ask."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from hub.connectors import Known
from hub.core.pace import Rate
from hub.grants import Grant
from hub.tokens import Kept

Ask: TypeAlias = Callable[..., Any]
"""`ask(question, *said)`: one of `hub.engine.desk.QUESTIONS`."""


@dataclass(frozen=True, slots=True)
class Asking:
    """The desk as it is seen from where one can only ask."""

    ask: Ask

    def take(self, key: str, rate: Rate, cost: float) -> float:
        return float(self.ask("take", key, rate, cost))

    def rest(self, key: str, seconds: float) -> None:
        self.ask("rest", key, seconds)

    def look(self) -> Kept | None:
        found: Kept | None = self.ask("look")
        return found

    def claim(self, version: int, process: int) -> int | None:
        found: int | None = self.ask("claim", version, process)
        return found

    def save(self, version: int, grant: Grant) -> bool:
        return bool(self.ask("save", version, grant))

    def refuse(self, version: int, epoch: int) -> None:
        self.ask("refuse", version, epoch)

    def release(self, epoch: int) -> None:
        self.ask("release", epoch)

    def known(self) -> dict[str, Known]:
        found: dict[str, Known] = self.ask("known")
        return found
