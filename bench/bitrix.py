"""A simulated portal of Bitrix24 all the way into records, clients and histories, beside two that only copy it.

fast-bitrix24 downloads the same objects into memory; dlt's `rest_api` copies them into tables of SQLite, page by page. Both run
in environments of their own, against the same portal, which has no limits here and a process of its own; its time is part of
every wall. Of an activity we ask more than they do: all that it is bound to.

Under limits, on a portal whose clock goes on only as the hub waits: what of the calls it allows is used, and how many it refuses.

    ./run python bench/bitrix.py --count 200000

prints a line for each of `bitrix.first` (rows a second into records and clients), `bitrix.again` (the same sync, nothing new),
`bitrix.fast-bitrix24`, `bitrix.dlt` (their rows a second), `bitrix.ratio` (ours to each of theirs) and `bitrix.limits` (what of the
calls that a portal allows was used, and how many it refused). `--no-peers`, `--limited 0` leave parts out.
"""

import argparse
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from measure import Cost, child, say
from world import sync

from hub import plugins
from hub.store.database import Store

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]
from tests.servers.referees import python_with  # noqa: E402 - lies beside the tests

STREAMS = ["companies", "contacts", "leads", "deals", "quotes", "invoices", "activities"]
KINDS = {"companies": 4, "contacts": 3, "leads": 1, "deals": 2, "quotes": 7, "invoices": 31}
FAST = """
import asyncio, json, sys
from fast_bitrix24 import BitrixAsync

async def main():
    portal = BitrixAsync(sys.argv[1], verbose=False, request_pool_size=100_000, requests_per_second=100_000.0)
    count = 0
    for kind in json.loads(sys.argv[2]).values():
        count += len(await portal.get_all("crm.item.list", {"entityTypeId": kind, "select": ["*"]}))
    if "activities" in sys.argv:
        count += len(await portal.get_all("crm.activity.list", {"select": ["*", "COMMUNICATIONS"]}))
    print(count)

asyncio.run(main())
"""
DLT = """
import json, sys
import dlt
from dlt.sources.rest_api import rest_api_resources

def resource(name, path, selector, params):
    pages = {"type": "offset", "limit": 50, "limit_param": "page", "offset_param": "start", "total_path": "total"}
    return {"name": name, "endpoint": {"path": path, "data_selector": selector, "params": params, "paginator": pages}}

kinds = json.loads(sys.argv[2])
wanted = [resource(name, "crm.item.list", "result.items", {"entityTypeId": kind, "order[id]": "ASC"}) for name, kind in kinds.items()]
wanted.append(resource("activities", "crm.activity.list", "result", {"order[ID]": "ASC", "select[0]": "*", "select[1]": "COMMUNICATIONS"}))
pipeline = dlt.pipeline("bench", destination=dlt.destinations.sqlalchemy("sqlite:///" + sys.argv[3]), dataset_name="bench",
                        pipelines_dir=sys.argv[3] + ".d")
pipeline.run(rest_api_resources({"client": {"base_url": sys.argv[1]}, "resources": wanted}))
print(sum(count for name, count in pipeline.last_trace.last_normalize_info.row_counts.items() if "__" not in name and not name.startswith("_")))
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--limited", type=int, default=20_000, help="size of the portal with limits; 0 for none")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as place, portal(given.count) as webhook:
        mine = ours(Path(place), webhook)
        if not given.no_peers:
            fast = peer("fast-bitrix24", "fast-bitrix24==1.8.14", FAST, webhook, "activities")
            dlt = peer("dlt", "dlt[sqlalchemy]==1.18.2", DLT, webhook, str(Path(place) / "dlt.db"))
            say("bitrix.ratio", to_dlt=mine / dlt if dlt else None, to_fast_bitrix24=mine / fast if fast else None)
    if given.limited:
        under_limits(given.limited)


@contextmanager
def portal(count: int) -> Iterator[str]:
    """A portal in a process of its own; gives its webhook."""
    command = [sys.executable, "-m", "hub_crm_bitrix.simulator", "--port", "0", "--size", str(count), "--unlimited"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().partition("= ")[2].strip()
        finally:
            process.terminate()


def ours(folder: Path, webhook: str) -> float:
    """First sync into an empty database, and again without a change. Returns the rows a second of the first."""
    settings = plugins.load(["crm.bitrix24"]).connectors["crm.bitrix24"].settings
    chosen = settings(webhook=webhook, streams=STREAMS, calls_per_second=1000, calls_at_once=10_000)
    connections = [("portal", "crm.bitrix24", chosen)]
    Store.open(folder / "hub.db").close()
    first = child(lambda: sync(folder, connections, "clients"))
    again = child(lambda: sync(folder, connections, "clients"))
    listed = first.result["listed"]
    megabytes = (folder / "hub.db").stat().st_size / 1e6
    say("bitrix.first", per_s=listed / first.wall, **_figures(first), database_mb=megabytes)
    say("bitrix.again", **_figures(again))
    return float(listed / first.wall)


def _figures(cost: Cost) -> dict[str, object]:
    return {"wall": cost.wall, "cpu": cost.cpu, "peak_mb": cost.peak_mb, "counts": cost.result}


def peer(name: str, package: str, script: str, webhook: str, *more: str) -> float:
    """Somebody else's download of the same objects. Returns its rows a second, 0 where it failed."""
    command = [str(python_with(name, package)), "-c", script, webhook, json.dumps(KINDS), *more]
    before, begun = os.times(), time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - begun, os.times()
    if done.returncode:
        say(f"bitrix.{name}", failed=done.stderr.strip().splitlines()[-1:])
        return 0.0
    rows = int(done.stdout.split()[-1])
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    say(f"bitrix.{name}", rows=rows, per_s=rows / wall, wall=wall, cpu=cpu)
    return rows / wall


# --- under limits ----------------------------------------------------------------------------------------------------


class Waiting:
    """A limit that waits by turning the portal's clock; `passed` is how long that was."""

    def __init__(self, take: Callable[[], float], turn: Callable[[float], None]) -> None:
        self._take, self._turn, self.passed = take, turn, 0.0

    def take(self, cost: float = 1) -> None:  # noqa: ARG002 - every call costs one
        while wait := self._take():
            self.passed += wait
            self._turn(wait)

    def rest(self, until: datetime) -> None:
        raise AssertionError(f"asked to wait until {until}")


def under_limits(count: int) -> None:
    from hub_crm_bitrix.plugin import CRM_BITRIX24, open_portal
    from hub_crm_bitrix.settings import hosts
    from hub_crm_bitrix.simulator import Clock, Limits, Portal, World, running

    import hub
    from hub.http.network import internet
    from hub.testing import Budgets

    portal = Portal(world=World(size=count), clock=Clock(time.time()), limits=Limits(operating=1e9))
    with running(portal) as served:
        chosen = CRM_BITRIX24.settings(webhook=served.webhook, streams=STREAMS)
        waiting: list[Waiting] = []
        budgets = Budgets(seconds=lambda: waiting[0].passed if waiting else 0.0)

        def limit(key: str, rate: hub.Rate) -> Waiting:
            waiting.append(Waiting(lambda: budgets.take(key, rate, 1), portal.clock.turn))
            return waiting[0]

        clock = lambda: datetime.now(UTC)  # noqa: E731 - as short as it can be
        tools = hub.Tools(
            clock=clock, log=logging.LoggerAdapter(logging.getLogger("bench")), stopping=lambda: False, limit=limit,
            network=internet(hosts(chosen), now=clock, stopping=lambda: False),
        )  # fmt: skip
        with open_portal(chosen, tools) as source:
            rows = sum(len(page.raws) for stream in source.streams() for page in source.pull(stream.name, None))
        calls = sum(not one.batched for one in portal.log)
        refused = sum(one.status in (429, 503) for one in portal.log)
        seconds = waiting[0].passed
    say("bitrix.limits", rows=rows, calls=calls, refused=refused, portal_seconds=seconds,
        of_what_is_allowed=calls / (50 + 2 * seconds), rows_per_call=rows / calls)  # fmt: skip


if __name__ == "__main__":
    main()
