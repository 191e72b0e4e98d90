"""What the account's calls tell: which streams have news, and nothing that anybody must believe."""

import pytest
from hub_crm_amo.plugin import CRM_AMOCRM
from hub_crm_amo.settings import Settings
from hub_crm_amo.simulator import Account, Clock, World

import hub

SETTINGS = Settings.model_validate(
    {"account": "my.amocrm.ru", "token": "x", "streams": ["leads", "companies", "contacts", "notes"]}
)


def rung(body):
    return CRM_AMOCRM.doorbell(SETTINGS, hub.Ring(headers={}, query=(), body=body))


@pytest.mark.parametrize(
    ("body", "streams"),
    [
        (b"leads[status][0][id]=25399013&leads[status][0][status_id]=142&account[id]=7", {"leads", "notes"}),
        (b"leads%5Bnote%5D%5B0%5D%5Bnote%5D%5Bnote_type%5D=4", {"leads", "notes"}),
        (b"contacts[update][0][type]=company&contacts[update][0][id]=9", {"contacts", "companies", "notes"}),
        (b"task[add][0][id]=1", set()),
        (b"", set()),
        (b"\xff\x00&&&=", set()),
        (b"a=1&" * 20_000, set()),
    ],
)
def test_a_call_says_which_streams_that_we_read_have_news(body, streams):
    assert set(rung(body)) == streams


def test_what_a_simulated_account_sends_is_understood():
    account = Account(world=World(size=60), clock=Clock(1_795_000_000.0))
    account.subscribe("http://127.0.0.1:1/", ["add_lead", "update_lead", "status_lead"], 1)
    account.put("leads", {**account.tables["leads"].row(1), "status_id": 142, "name": "Иначе"})
    sent = [one.form for one in account.post.waiting]
    assert sent
    assert all(set(rung(form.encode())) == {"leads", "notes"} for form in sent)
