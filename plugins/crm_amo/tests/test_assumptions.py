"""What is taken for granted of an account: the simulated one is as it says, and a question shows it where it is not."""

import re

import orjson
import pytest
from hub_crm_amo.assumptions import ASSUMPTIONS
from hub_crm_amo.plugin import CRM_AMOCRM
from hub_crm_amo.simulator import Account, Clock, World, running
from hub_crm_amo.simulator.methods import METHODS, found, reading
from hub_crm_amo.simulator.methods.answers import hal, nothing
from hub_crm_amo.simulator.refusals import not_there
from hub_crm_amo.simulator.world import CONTACTS, CUSTOMERS, LEADS, PURCHASES

from hub import plugins
from hub.doctor import signing
from hub.i18n import using
from tests.shared import crm

TRIED = {one.name: one.holds for one in ASSUMPTIONS if one.holds is not None}


@pytest.fixture(scope="module")
def served_account():
    account = Account(world=World(size=2_000, until=crm.NOW - 60), clock=Clock(crm.NOW), limits=None)
    account.delete(LEADS, 5)
    account.merge(CONTACTS, 5, 6)
    bought, customers = account.tables[PURCHASES].row(account.tables[PURCHASES].ids[0]), account.tables[CUSTOMERS]
    customers.put({**customers.row(bought["customer_id"]), "updated_at": bought["created_at"]})
    with running(account) as served, crm.sources(CRM_AMOCRM) as opens:
        yield opens({"account": served.url, "token": served.token, "calls_per_second": 1000}), account


@pytest.fixture
def asked(served_account):
    """The source, and the account as it was before the test."""
    source, account = served_account
    before, page, source.account.largest = dict(account.methods), account.events_a_page, 250
    yield source, account
    account.methods, account.events_a_page = before, page


def lies(account, path, lie):
    """The account answers otherwise: `lie(call, body)` changes what it would have said, or says something else."""
    honest = found(METHODS, "GET", tuple(path.split("/")))

    def answer(call):
        body = orjson.loads(honest(call).body or b"{}")
        return lie(call, body) or hal(body)

    account.methods["GET", path] = answer


def each(under, change):
    """Every row of a list is otherwise."""

    def lie(_call, body):
        for row in body.get("_embedded", {}).get(under, ()):
            change(row)

    return lie


def backwards(under):
    return lambda _call, body: body["_embedded"][under].reverse()


def none_in_a_range(call, body):
    if "filter" in call.query:
        body["_embedded"] = {LEADS: []}


def all_in_a_range(call, _body):
    return reading.many(reading.asking(call, {}), "tasks")


def as_many_as_asked(call, _body):
    return reading.many(reading.asking(call, {**call.query, "limit": "250"}), LEADS)


def missing(_call, _body):
    raise not_there()


def without_inn(row):
    for field in row["custom_fields_values"]:
        if field["field_type"] == "legal_entity":
            field["values"] = [{"value": {"name": "x"}}]


LIES = {
    "range-inclusive": (LEADS, none_in_a_range),
    "limit-too-large": (LEADS, as_many_as_asked),
    "default-order": (LEADS, backwards(LEADS)),
    "descending": ("leads/notes", backwards("notes")),
    "events-order": ("events", backwards("events")),
    "tasks-by-change": ("tasks", all_in_a_range),
    "past-the-end": (LEADS, missing),
    "clock": (LEADS, each(LEADS, lambda row: row.update(updated_at=int(crm.NOW) + 900))),
    "legal-entity": ("companies", each("companies", without_inn)),
    "invoice-fields": ("catalogs/*/custom_fields", each("custom_fields", lambda row: row.update(code=None))),
    "unsorted-clients": ("leads/unsorted", each("unsorted", lambda row: row.pop("_embedded"))),
    "only-deleted": (LEADS, each(LEADS, lambda row: row.update(is_deleted=False))),
    "merge": ("contacts/*", lambda _call, _body: nothing()),
    "purchases-change-customers": ("customers/*", lambda _call, body: body.update(updated_at=1)),
}


@pytest.mark.parametrize("name", [name for name in TRIED if name != "purchases-none"])
def test_the_simulated_account_is_as_it_is_said_to_be(asked, name):
    source, _account = asked
    assert TRIED[name](source) is True


@pytest.mark.parametrize("name", LIES)
def test_an_account_that_is_otherwise_is_found_out(asked, name):
    source, account = asked
    path, lie = LIES[name]
    lies(account, path, lie)
    assert TRIED[name](source) is False


def test_a_page_of_events_that_has_more_is_found_out(asked):
    source, account = asked
    account.events_a_page = 250
    assert TRIED["events-limit"](source) is False


def test_no_purchases_are_a_404_and_an_account_where_they_are_not_is_found_out(asked):
    source, account = asked
    assert TRIED["purchases-none"](source) is None, "there are some"
    lies(account, PURCHASES, missing)
    assert TRIED["purchases-none"](source) is True
    lies(account, PURCHASES, lambda _call, _body: nothing())
    assert TRIED["purchases-none"](source) is False


def test_an_admin_is_told_of_them_in_russian(served_account, world):
    _source, account = served_account
    with world(account).open() as opened, using("ru"):
        [connection] = opened.config.connections
        found = list(signing.assumptions(opened.config, plugins.load(["crm.amocrm"]), connection))
    assert {one.about for one in found} >= set(TRIED)
    assert not [one.says for one in found if not re.search("[а-я]", one.says.partition(": ")[2])]


def test_an_empty_account_shows_nothing_and_no_question_fails():
    account = Account(world=World(size=10), clock=Clock(crm.NOW), limits=None)
    for table in account.tables.values():
        for number in list(table.ids):
            table.remove(number)
    with running(account) as served, crm.sources(CRM_AMOCRM) as opens:
        source = opens({"account": served.url, "token": served.token, "calls_per_second": 1000})
        told = {name: holds(source) for name, holds in TRIED.items()}
    assert {name for name, is_so in told.items() if is_so is not None} <= {
        "past-the-end",
        "invoice-fields",
        "purchases-none",
    }
    assert False not in told.values()
