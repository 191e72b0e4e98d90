"""A simulated portal of Bitrix24 all the way into records, clients and histories, beside two that only copy it.

fast-bitrix24 downloads the same objects into memory; dlt's `rest_api` copies them into tables of SQLite, page by page. Both run
in environments of their own, against the same portal, which has no limits here and a process of its own; its time is part of
every wall. Of an activity we ask more than they do: all that it is bound to. dlt loads with one worker, as whoever loads much into
SQLite has to: its twenty wait for one another's locks, gain nothing, and at 200,000 objects give up ("database is locked").

Under limits, on a portal whose clock goes on only as the hub waits: what of the calls it allows is used, and how many it refuses.

    ./run python bench/bitrix.py --count 200000

prints a line for each of `bitrix.first` (rows a second into records and clients), `bitrix.again` (the same sync, nothing new),
`bitrix.fast-bitrix24`, `bitrix.dlt` (their rows a second), `bitrix.ratio` (ours to each of theirs) and `bitrix.limits` (what of the
calls that a portal allows was used, and how many it refused). `--no-peers`, `--limited 0` leave parts out.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import crm
from measure import say

from hub import plugins

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
dlt.config["load.workers"] = 1
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
    with (
        tempfile.TemporaryDirectory(prefix="hub-bench-") as place,
        crm.simulator("hub_crm_bitrix.simulator", given.count) as said,
    ):
        webhook, kinds = next(said), json.dumps(KINDS)
        settings = plugins.load(["crm.bitrix24"]).connectors["crm.bitrix24"].settings
        chosen = settings(webhook=webhook, streams=STREAMS, calls_per_second=1000, calls_at_once=10_000)
        mine = crm.ours("bitrix", Path(place), ("portal", "crm.bitrix24", chosen))
        if not given.no_peers:
            fast = crm.peer("bitrix", "fast-bitrix24", "fast-bitrix24==1.8.14", FAST, webhook, kinds, "activities")
            dlt = crm.peer("bitrix", "dlt", "dlt[sqlalchemy]==1.18.2", DLT, webhook, kinds, f"{place}/dlt.db")
            crm.ratio("bitrix", mine, dlt=dlt, fast_bitrix24=fast)
    if given.limited:
        under_limits(given.limited)


def under_limits(count: int) -> None:
    from hub_crm_bitrix.plugin import CRM_BITRIX24, open_portal
    from hub_crm_bitrix.settings import hosts
    from hub_crm_bitrix.simulator import Clock, Limits, Portal, World, running

    portal = Portal(world=World(size=count), clock=Clock(time.time()), limits=Limits(operating=1e9))
    with running(portal) as served:
        chosen = CRM_BITRIX24.settings(webhook=served.webhook, streams=STREAMS)
        rows, seconds = crm.under_limits(open_portal, chosen, hosts(chosen), portal.clock.turn)
    calls = sum(not one.batched for one in portal.log)
    refused = sum(one.status in (429, 503) for one in portal.log)
    say("bitrix.limits", rows=rows, calls=calls, refused=refused, portal_seconds=seconds,
        of_what_is_allowed=calls / (50 + 2 * seconds), rows_per_call=rows / calls)  # fmt: skip


if __name__ == "__main__":
    main()
