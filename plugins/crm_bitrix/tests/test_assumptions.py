"""What is taken for granted of a portal: the simulated one is as it says, and a question shows it where it is not."""

from dataclasses import replace

import orjson
import pytest
from hub_crm_bitrix.assumptions import ASSUMPTIONS
from hub_crm_bitrix.plugin import CRM_BITRIX24
from hub_crm_bitrix.simulator import Clock, Portal, World, running
from hub_crm_bitrix.simulator.calls import Answer
from hub_crm_bitrix.simulator.fields import DEAL
from hub_crm_bitrix.simulator.methods import METHODS
from hub_crm_bitrix.simulator.refusals import Refusal

from tests.shared import crm

TRIED = {one.name: one.holds for one in ASSUMPTIONS if one.holds is not None}
UNSEEN = {"status-of-refusals", "mail-headers"}
"""What a seeded portal has nothing to show for: a right that the webhook lacks, a mail that the portal sent itself."""


@pytest.fixture(scope="module")
def source():
    portal = Portal(world=World(size=600, ties=5, until=crm.NOW - 60), clock=Clock(crm.NOW), limits=None)
    for number in (1, 2, 3):
        portal.tables[DEAL].put({**portal.tables[DEAL].row(number), "closedate": None, "companyId": 0})
    with running(portal) as served, crm.sources(CRM_BITRIX24) as opens:
        yield opens({"webhook": served.webhook, "calls_per_second": 1000, "calls_at_once": 10_000}), portal


@pytest.fixture
def lying(source):
    """`lying(method, lie)`: the portal answers this method otherwise, until the test ends."""
    one, portal = source

    def lies(method, lie):
        portal.methods[method] = lambda call: lie(call, METHODS[method])
        return one

    yield lies
    portal.methods.clear()


def test_the_simulated_portal_is_as_it_is_taken_to_be(source):
    one, portal = source
    assert {name: holds(one) for name, holds in TRIED.items()} == {
        name: None if name in UNSEEN else True for name in TRIED
    }
    assert not any(effect.wrote for effect in portal.log)


# --- a portal that is otherwise ---


def asked(**params):
    """As if it had been asked for something else."""
    return lambda call, method: method(replace(call, params={**call.params, **params}))


def counted(total):
    return lambda call, method: replace(method(call), total=total)


def refused(call, _method):
    raise Refusal(400, "NOT_FOUND", "Could not find it")


def answered(result):
    return lambda _call, _method: Answer(result=result)


def rows(change):
    """With every row changed."""

    def lie(call, method):
        answer = method(call)
        found = answer.result["items"] if isinstance(answer.result, dict) else answer.result
        changed = [change(orjson.loads(orjson.dumps(one))) for one in found]
        return replace(answer, result={"items": changed} if isinstance(answer.result, dict) else changed)

    return lie


def only(test, lie):
    """The lie, where this is asked for."""
    return lambda call, method: lie(call, method) if test(call) else method(call)


def backwards(call, method):
    answer = method(call)
    return replace(answer, result={"items": answer.result["items"][::-1]})


def turned(call, method):
    ways = {"ASC": "DESC", "DESC": "ASC"}
    order = {name: ways.get(way, way) for name, way in (call.get("order") or {}).items()}
    return method(replace(call, params={**call.params, "order": order}))


def filtered(call, key):
    return key in (call.get("filter") or {})


LIES = {
    "old-start-is-a-page": ("crm.deal.list", only(lambda call: call.number("start") == 70, asked(start=100))),
    "item-start-is-a-row": ("crm.item.list", only(lambda call: call.number("start") == 70, asked(start=50))),
    "uncounted-total": ("crm.item.list", counted(400)),
    "no-order": ("crm.item.list", asked(order={"id": "ASC"})),
    "ties-keep-ids": ("crm.item.list", backwards),
    "nothing-comes-first": ("crm.item.list", turned),
    "names-in-capitals": ("crm.item.list", refused),
    "unknown-old-filter": ("crm.deal.list", only(lambda call: filtered(call, "NONSENSE"), refused)),
    "old-filter-no-moment": ("crm.deal.list", asked(filter={})),
    "naive-moment": ("crm.item.list", only(lambda call: filtered(call, ">=updatedTime"), counted(0))),
    "empty-value": ("crm.item.list", only(lambda call: call.get("filter") == {"companyId": ""}, counted(0))),
    "no-moment-is-in-no-range": ("crm.item.list", only(lambda call: filtered(call, "<closedate"), counted(7))),
    "case": ("crm.company.list", only(lambda call: call.get("filter")["%TITLE"].isupper(), counted(0))),
    "unresolved-reference": ("crm.item.list", only(lambda call: filtered(call, ">id"), refused)),
    "id-always": ("crm.item.list", rows(lambda one: {"title": one["title"]})),
    "date-shift": ("crm.item.list", rows(lambda one: {**one, "begindate": "2026-11-01T00:00:00+03:00"})),
    "absent-link": ("crm.item.list", rows(lambda one: {**one, "companyId": None})),
    "amounts": ("crm.item.list", rows(lambda one: {**one, "opportunity": str(one["opportunity"])})),
    "mail-meta": ("crm.activity.list", rows(lambda one: {**one, "SETTINGS": []})),
    "mail-headers": ("crm.activity.list", rows(lambda one: {**one, "SETTINGS": {"MESSAGE_HEADERS": {"Message-Id": "7"}}})),
    "open-line": ("imopenlines.session.history.get", answered({"message": []})),
    "task-activity": ("crm.activity.list", rows(lambda one: {**one, "ASSOCIATED_ENTITY_ID": "0"})),
    "meeting-event": ("calendar.event.getbyid", answered({"DAV_XML_ID": ""})),
    "own-flags": ("crm.item.list", rows(lambda one: dict.fromkeys(one, 1))),
    "activity-file": ("disk.file.get", refused),
    "recording": ("voximplant.statistic.get", rows(lambda one: {**one, "RECORD_FILE_ID": 7})),
    "comment-file": ("disk.file.get", refused),
    "comment-touches": ("crm.timeline.comment.list", rows(lambda one: {**one, "CREATED": "2099-01-01T00:00:00+03:00"})),
    "files-by-webhook": ("crm.activity.list", rows(lambda one: {**one, "FILES": [{"id": 1, "url": "https://x/?auth=let-in"}]})),
    "empty-code": ("crm.deal.get", refused),
    "wrong-auth-type": ("event.get", answered([])),
    "missing-comment-filter": ("crm.timeline.comment.list", answered([])),
    "batch-error-has-no-time": ("crm.deal.get", answered({})),
}  # fmt: skip


@pytest.mark.parametrize("name", LIES)
def test_a_portal_that_is_otherwise_is_found_out(lying, name):
    assert TRIED[name](lying(*LIES[name])) is False


def test_commands_too_many_that_fail_alone_are_found_out(source):
    one, portal = source
    portal.refuses_each_command_too_many = True
    assert TRIED["batch-too-long"](one) is False
    portal.refuses_each_command_too_many = False


def test_a_right_that_is_missing_is_seen_where_one_is(source):
    one, portal = source
    before = portal.webhooks[0]
    portal.webhooks[0] = replace(before, scopes=frozenset({"crm"}))
    assert TRIED["status-of-refusals"](one) is True
    portal.webhooks[0] = before


def test_what_is_not_there_shows_nothing():
    """An empty portal proves nothing about its rows."""
    portal = Portal(world=World(size=10, until=crm.NOW - 60), clock=Clock(crm.NOW), limits=None)
    for table in portal.tables.values():
        for number in list(table.ids):
            table.remove(number)
    with running(portal) as served, crm.sources(CRM_BITRIX24) as opens:
        one = opens({"webhook": served.webhook, "calls_per_second": 1000, "calls_at_once": 10_000})
        said = {name: holds(one) for name, holds in TRIED.items() if name in LIES and name not in ANYWHERE}
    assert set(said.values()) == {None}, said


ANYWHERE = {"empty-code", "wrong-auth-type", "missing-comment-filter", "batch-error-has-no-time"}
"""What even an empty portal shows."""
