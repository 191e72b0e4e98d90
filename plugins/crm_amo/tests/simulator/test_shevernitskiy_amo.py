"""@shevernitskiy/amo, a client for Node that others wrote, reads the account over TLS and sets it up."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from hub_crm_amo.simulator import Account, Clock, World, running

from hub.simulators.certificates import context
from tests.servers.referees import node_with

NOW = 1_795_000_000.0


@pytest.fixture(scope="module")
def account():
    return Account(world=World(size=1500), clock=Clock(NOW), limits=None)


@pytest.fixture(scope="module")
def told(account, tmp_path_factory):
    node = node_with("shevernitskiy-amo", "@shevernitskiy/amo@0.1.12")
    tls, trusted = context(tmp_path_factory.mktemp("tls"))
    own = account.tokens.integration
    with running(account, tls=tls) as served:
        given = {
            "host": served.host, "token": served.token, "id": own.id, "secret": own.secret, "redirect": own.redirect,
        }  # fmt: skip
        done = subprocess.run(
            ["node", Path(__file__).with_name("shevernitskiy_amo.cjs")], input=json.dumps(given), capture_output=True,
            text=True, timeout=90, check=False,
            env={"PATH": os.environ.get("PATH", ""), "NODE_EXTRA_CA_CERTS": str(trusted), **node},
        )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_it_reads_a_list_to_its_end_and_what_it_filters(told, account):
    assert told["leads"] == len(account.tables["leads"].ids) - 1, "one came later"
    assert told["chosen"] == [3, 2, 1]
    asked, found = told["events"]
    assert asked == found


def test_what_it_sets_up_it_uses_at_once(told):
    lead, made = told["lead"], told["made"]
    assert (lead["pipeline_id"], lead["status_id"]) == (made["pipeline"], made["stage"])
    assert lead["custom_fields_values"][0]["values"][0]["enum_id"] == made["field"]
    assert [tag["name"] for tag in lead["_embedded"]["tags"]] == ["Срочно"]
    assert [one["id"] for one in lead["_embedded"]["contacts"]] == [made["contact"]]
    assert told["links"] == ["companies", "contacts"]


def test_notes_tasks_and_calls_of_its_own_stand_where_they_belong(told):
    assert told["notes"] == ["Просят скидку"]
    assert (told["task"]["is_completed"], told["task"]["result"]["text"]) == (True, "готово")
    assert told["made"]["called"] == told["made"]["contact"]


def test_it_tells_nothing_there_from_what_is_wrong(told):
    assert told["nothing"]["text"].startswith("204 No Content")
    [wrong] = told["wrong"]["said"]["validation-errors"]
    assert (wrong["request_id"], wrong["errors"][0]["code"], wrong["errors"][0]["path"]) == ("q", "InvalidType", "name")
    assert told["held"]["said"]["status"] == 400
