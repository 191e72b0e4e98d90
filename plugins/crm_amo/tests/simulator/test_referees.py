"""amocrm-api, a client that others wrote, reads and writes the account. It runs in an environment of its own."""

import json
import subprocess
from pathlib import Path

import pytest
from hub_crm_amo.simulator import Limits, World

from tests.servers.referees import python_with

PROGRAM = Path(__file__).parent / "amocrm_api.py"


@pytest.fixture(scope="module")
def amocrm_api():
    return python_with("amocrm-api", "amocrm-api==2.6.1")


def asked(python, client, *words):
    own = client.account.tokens.integration
    given = {
        "url": client.served.url,
        "token": client.served.token,
        "id": own.id,
        "secret": own.secret,
        "redirect": own.redirect,
    }
    run = [python, PROGRAM, *words]
    done = subprocess.run(run, input=json.dumps(given), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_it_reads_every_list_whole(amocrm_api, serve):
    client = serve(world=World(size=3000))
    tables = client.account.tables
    read = asked(amocrm_api, client, "read")
    assert read == {
        "leads": len(tables["leads"]), "contacts": len(tables["contacts"]), "companies": len(tables["companies"]),
        "tasks": len(tables["tasks"]), "events": len(tables["events"]), "users": len(client.account.users), "pipelines": 2,
        "stages": [7, 5], "filtered": 3, "contact": client.get("contacts/3").json["name"],
    }  # fmt: skip


def test_it_writes_leads_notes_calls_and_meets_refusals(amocrm_api, client):
    wrote = asked(amocrm_api, client, "write")
    lead = client.get(f"leads/{wrote['lead']}").json
    assert (lead["name"], lead["price"], lead["status_id"]) == ("Насосы", 700, 142)
    assert [note["params"]["text"] for note in client.all(f"leads/{wrote['lead']}/notes")] == ["Просят скидку"]
    assert wrote["call"] == 3
    assert wrote["refused"] == "ValidationError"


def test_it_signs_in_with_a_code_and_refreshes(amocrm_api, client):
    said = asked(amocrm_api, client, "sign-in", client.account.tokens.code(client.account.clock.now()))
    assert said["leads"] == len(client.account.tables["leads"])
    assert client.account.tokens.answered == {"authorization_code": 1, "refresh_token": 1}


def test_it_is_told_when_it_asks_too_much(amocrm_api, serve):
    client = serve(limits=Limits(per_second=2))
    assert asked(amocrm_api, client, "hurry") == {"answered": 2, "refused": "AmoApiException"}
