"""A simulated account of amoCRM all the way into records, clients and histories, beside two that only copy it.

amocrm-api downloads the leads, contacts, companies, tasks and events into memory; dlt's `rest_api` copies these and the notes into
tables of SQLite, page by page. Both run in environments of their own, against the same account, which has no limits here and a
process of its own; its time is part of every wall. What stands at a lead we read with the lead's clients, which they do not. dlt
loads with one worker: SQLite has one writer, and what waits too long for its lock ends the whole load.

Under limits, on an account whose clock goes on only as the hub waits: what of seven calls a second is used, and how many are refused.

    ./run python bench/amo.py --count 200000

prints a line for each of `amo.first` (rows a second into records and clients), `amo.again` (the same sync, nothing new),
`amo.amocrm-api`, `amo.dlt` (their rows a second), `amo.ratio` (ours to each of theirs) and `amo.limits` (what of the calls that an
account allows was used, and how many it refused). `--no-peers`, `--limited 0` leave parts out.
"""

import argparse
import tempfile
import time
from pathlib import Path

import crm
from measure import say

from hub import plugins

STREAMS = ["companies", "contacts", "leads", "tasks", "notes", "events"]
PEER = """
import sys
from amocrm.v2 import Company, Contact, Event, Lead, Task, tokens
from amocrm.v2.interaction import BaseInteraction

BaseInteraction._get_url = lambda _self, path: sys.argv[1] + "/api/v4/" + path
storage = tokens.MemoryTokensStorage()
storage.save_tokens(sys.argv[2], "none")
tokens.default_token_manager("id", "secret", "my", "http://127.0.0.1/", storage=storage)
print(sum(len(list(model.objects.all())) for model in (Lead, Contact, Company, Task, Event)))
"""


DLT = """
import sys
import dlt
from dlt.sources.rest_api import rest_api_resources

def resource(path):
    pages = {"type": "json_link", "next_url_path": "_links.next.href"}
    params = {"limit": 100 if path == "events" else 250}
    if path == "leads":
        params["with"] = "contacts,loss_reason"
    endpoint = {"path": path, "data_selector": "_embedded." + path.rpartition("/")[2], "params": params, "paginator": pages}
    return {"name": path.replace("/", "_"), "endpoint": endpoint}

paths = ["leads", "contacts", "companies", "tasks", "events", "leads/notes", "contacts/notes", "companies/notes"]
client = {"base_url": sys.argv[1] + "/api/v4/", "auth": {"type": "bearer", "token": sys.argv[2]}}
dlt.config["load.workers"] = 1
pipeline = dlt.pipeline("bench", destination=dlt.destinations.sqlalchemy("sqlite:///" + sys.argv[3]), dataset_name="bench",
                        pipelines_dir=sys.argv[3] + ".d")
pipeline.run(rest_api_resources({"client": client, "resources": list(map(resource, paths))}))
print(sum(count for name, count in pipeline.last_trace.last_normalize_info.row_counts.items() if "__" not in name and not name.startswith("_")))
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--limited", type=int, default=20_000, help="size of the account with limits; 0 for none")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="hub-bench-") as place,
        crm.simulator("hub_crm_amo.simulator", given.count) as said,
    ):
        url, token = next(said), next(said)
        settings = plugins.load(["crm.amocrm"]).connectors["crm.amocrm"].settings
        chosen = settings(account=url, token=token, streams=STREAMS, calls_per_second=1000)
        mine = crm.ours("amo", Path(place), ("amo", "crm.amocrm", chosen))
        if not given.no_peers:
            api = crm.peer("amo", "amocrm-api", "amocrm-api==2.6.1", PEER, url, token)
            dlt = crm.peer("amo", "dlt", "dlt[sqlalchemy]==1.18.2", DLT, url, token, f"{place}/dlt.db")
            crm.ratio("amo", mine, dlt=dlt, amocrm_api=api)
    if given.limited:
        under_limits(given.limited)


def under_limits(count: int) -> None:
    from hub_crm_amo.plugin import CRM_AMOCRM, open_account
    from hub_crm_amo.settings import hosts
    from hub_crm_amo.simulator import Account, Clock, Limits, World, running

    account = Account(world=World(size=count), clock=Clock(time.time()), limits=Limits())
    with running(account) as served:
        chosen = CRM_AMOCRM.settings(account=served.url, token=served.token, streams=STREAMS)
        rows, seconds = crm.under_limits(open_account, chosen, hosts(chosen), account.clock.turn)
    calls, refused = len(account.log), sum(effect.status in (403, 429) for effect in account.log)
    say("amo.limits", rows=rows, calls=calls, refused=refused, account_seconds=seconds,
        of_what_is_allowed=calls / (1 + 7 * seconds), rows_per_call=rows / calls)  # fmt: skip


if __name__ == "__main__":
    main()
