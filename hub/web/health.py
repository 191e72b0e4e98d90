"""Whether the hub can do its work: what an orchestrator asks."""

from dataclasses import asdict, dataclass
from typing import Any

from hub.errors import StoreUnusable
from hub.store import running
from hub.web.served import Served


@dataclass(frozen=True, slots=True)
class Readiness:
    """`database`: ok or unusable. `daemon`: ok, silent, absent, or unknown where the database cannot be asked."""

    database: str
    daemon: str

    @property
    def is_ready(self) -> bool:
        return self.database == self.daemon == "ok"

    def as_json(self) -> dict[str, Any]:
        return {"ready": self.is_ready, **asdict(self)}


def readiness(served: Served) -> Readiness:
    try:
        with served.store() as store, store.read() as tx:
            beat = running.pulse(tx)
    except StoreUnusable:
        return Readiness("unusable", "unknown")
    if beat is None:
        return Readiness("ok", "absent")
    age = served.now.milliseconds() - beat.ticked
    return Readiness("ok", "ok" if age < running.SILENT_MS else "silent")
