"""Which streams have gone quiet, by the company's clock."""

from datetime import datetime, time, timedelta
from typing import Any, Final

from hub.core.silence import Silence, listen
from hub.engine.hub import Hub
from hub.store import pulls, standing
from hub.store.database import Tx

LOOKS_BACK: Final = timedelta(days=182)
"""The rhythm of a stream is that of so many days."""
FRESH: Final = timedelta(days=2)


def quiet(hub: Hub, tx: Tx) -> dict[int, Silence]:
    """Streams (by number) that have gone quiet against their own rhythm."""
    now = hub.now().astimezone(hub.config.company.zone)
    offset = int((now.utcoffset() or timedelta()).total_seconds() * 1000)
    midnight = datetime.combine(now.date(), time(), now.tzinfo)
    until, since = (int(moment.timestamp() * 1000) for moment in (midnight, midnight - LOOKS_BACK))
    found = listen(standing.spoken(tx, since, until, offset), now.date())
    read = pulls.last_runs(tx)
    return {number: one for number, one in found.items() if _is_fresh(read.get(number), hub.now.milliseconds())}


def _is_fresh(run: Any | None, now: int) -> bool:
    """Whether a stream was read well of late: who does not listen does not know who is silent."""
    return run is not None and run.state == "ok" and now - (run.finished or 0) < FRESH / timedelta(milliseconds=1)
