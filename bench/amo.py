"""A simulated account of amoCRM all the way into records, clients and histories, beside two that only copy it.

amocrm-api downloads the leads, contacts, companies, tasks and events into memory; dlt's `rest_api` copies these and the notes into
tables of SQLite, page by page. Both run in environments of their own, against the same account, which has no limits here and a
process of its own; its time is part of every wall. What stands at a lead we read with the lead's clients, which they do not.

Under limits, on an account whose clock goes on only as the hub waits: what of seven calls a second is used, and how many are refused.

    ./run python bench/amo.py --count 200000
"""

import argparse
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bitrix import Waiting
from measure import Cost, child, say
from world import sync

from hub import plugins
from hub.store.database import Store

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]
from tests.servers.referees import python_with  # noqa: E402 - lies beside the tests

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
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as place, account(given.count) as (url, token):
        ours(Path(place), url, token)
        if not given.no_peers:
            peer("amocrm-api", "amocrm-api==2.6.1", PEER, url, token)
            peer("dlt", "dlt[sqlalchemy]==1.18.2", DLT, url, token, str(Path(place) / "dlt.db"))
    if given.limited:
        under_limits(given.limited)


@contextmanager
def account(count: int) -> Iterator[tuple[str, str]]:
    """An account in a process of its own; gives its address and a token."""
    command = [sys.executable, "-m", "hub_crm_amo.simulator", "--port", "0", "--size", str(count), "--unlimited"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            url, token = (process.stdout.readline().partition("= ")[2].strip() for _ in range(2))
            yield url, token
        finally:
            process.terminate()


def ours(folder: Path, url: str, token: str) -> None:
    """First sync into an empty database, and again without a change."""
    settings = plugins.load(["crm.amocrm"]).connectors["crm.amocrm"].settings
    connections = [("amo", "crm.amocrm", settings(account=url, token=token, streams=STREAMS, calls_per_second=1000))]
    Store.open(folder / "hub.db").close()
    first = child(lambda: sync(folder, connections, "clients"))
    again = child(lambda: sync(folder, connections, "clients"))
    listed = first.result["listed"]
    megabytes = (folder / "hub.db").stat().st_size / 1e6
    say("amo.first", per_s=listed / first.wall, **_figures(first), database_mb=megabytes)
    say("amo.again", **_figures(again))


def _figures(cost: Cost) -> dict[str, object]:
    return {"wall": cost.wall, "cpu": cost.cpu, "peak_mb": cost.peak_mb, "counts": cost.result}


def peer(name: str, package: str, script: str, *words: str) -> None:
    """Somebody else's copy of the same objects."""
    command = [str(python_with(name, package)), "-c", script, *words]
    before, begun = os.times(), time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - begun, os.times()
    if done.returncode:
        say(f"amo.{name}", failed=done.stderr.strip().splitlines()[-1:])
        return
    rows = int(done.stdout.split()[-1])
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    say(f"amo.{name}", rows=rows, per_s=rows / wall, wall=wall, cpu=cpu)


def under_limits(count: int) -> None:
    from hub_crm_amo.plugin import CRM_AMOCRM, open_account
    from hub_crm_amo.settings import hosts
    from hub_crm_amo.simulator import Account, Clock, Limits, World, running

    import hub
    from hub.http.network import internet
    from hub.testing import Budgets

    one = Account(world=World(size=count), clock=Clock(time.time()), limits=Limits())
    with running(one) as served:
        chosen = CRM_AMOCRM.settings(account=served.url, token=served.token, streams=STREAMS)
        waiting: list[Waiting] = []
        budgets = Budgets(seconds=lambda: waiting[0].passed if waiting else 0.0)

        def limit(key: str, rate: hub.Rate) -> Waiting:
            waiting.append(Waiting(lambda: budgets.take(key, rate, 1), one.clock.turn))
            return waiting[0]

        clock = lambda: datetime.now(UTC)  # noqa: E731 - as short as it can be
        tools = hub.Tools(
            clock=clock, log=logging.LoggerAdapter(logging.getLogger("bench")), stopping=lambda: False, limit=limit,
            network=internet(hosts(chosen), now=clock, stopping=lambda: False),
        )  # fmt: skip
        with open_account(chosen, tools) as source:
            rows = sum(len(page.raws) for stream in source.streams() for page in source.pull(stream.name, None))
        calls, refused = len(one.log), sum(effect.status in (403, 429) for effect in one.log)
        seconds = waiting[0].passed
    say("amo.limits", rows=rows, calls=calls, refused=refused, account_seconds=seconds,
        of_what_is_allowed=calls / (1 + 7 * seconds), rows_per_call=rows / calls)  # fmt: skip


if __name__ == "__main__":
    main()
