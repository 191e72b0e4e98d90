"""What a portal, a proxy or a network may answer instead of data, and what is made of it."""

import os
from datetime import UTC, datetime

import pytest
from hub_crm_bitrix import answers
from hub_crm_bitrix.client import LONGEST_CHAIN
from hub_crm_bitrix.simulator import Fault, Limits, Webhook
from hub_crm_bitrix.simulator.calls import Answer
from hub_crm_bitrix.simulator.fields import DEAL
from hub_crm_bitrix.simulator.refusals import Refusal

import hub
from hub.testing import Budgets


@pytest.mark.parametrize(
    ("fault", "error", "said"),
    [
        (Fault("html", status=200, times=9), hub.Unreachable, "something else than data (status 200)"),
        (Fault("html", status=502, times=9), hub.Unreachable, "status 502"),
        (Fault("cut", times=9), hub.Unreachable, ""),
        (Fault("lost", times=9), hub.Unreachable, ""),
        (Fault("error", status=401, error="NO_AUTH_FOUND"), hub.AuthFailed, "does not let us in: NO_AUTH_FOUND"),
        (Fault("error", status=401, error="expired_token"), hub.AuthFailed, "has expired"),
        (Fault("error", status=403, error="INVALID_CREDENTIALS"), hub.AuthFailed, "INVALID_CREDENTIALS"),
        (Fault("error", status=403, error="insufficient_scope"), hub.Misconfigured, "has not the right that scope needs"),
        (Fault("error", status=401, error="insufficient_scope"), hub.Misconfigured, "has not the right that scope needs"),
        (Fault("error", status=401, error="OVERLOAD_LIMIT"), hub.AskedToWait, ""),
        (Fault("error", status=403, error="ACCESS_DENIED", description="Тариф"), hub.Refused, "ACCESS_DENIED: Тариф"),
        (Fault("error", status=400, error="", description="Access denied."), hub.Refused, "Access denied."),
        (Fault("error", status=200, error="ERROR_CORE", description="Беда"), hub.Refused, "ERROR_CORE: Беда"),
        (Fault("error", status=500, error="INTERNAL_SERVER_ERROR"), hub.Unreachable, "not available"),
        (Fault("error", status=429, error="OPERATION_TIME_LIMIT"), hub.AskedToWait, "has given scope all the time"),
        (Fault("error", status=503, error="OVERLOAD_LIMIT"), hub.AskedToWait, ""),
        (Fault("redirect", location="https://other.example"), hub.Misconfigured, "has moved to https://other.example"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_told_by_what_to_do_next(reading, fault, error, said):
    one = reading()
    one.portal.faults.append(fault)
    with pytest.raises(error) as raised:
        one.source.check()
    assert isinstance(raised.value, hub.AskedToWait) == (error is hub.AskedToWait)
    assert said in str(raised.value)
    assert raised.value.fix
    assert "secret" not in f"{raised.value} {raised.value.fix}"


def test_somebody_who_uses_up_the_budget_is_given_way(reading):
    budgets = Budgets()
    one = reading(more={"limit": budgets.limit, "clock": lambda: datetime.now(UTC)})
    one.portal.faults.append(Fault("error", status=503, error="QUERY_LIMIT_EXCEEDED", method="scope"))
    one.source.check()
    assert one.calls("scope") == 2
    [first, second, *_] = budgets.taken
    assert second[0] - first[0] >= 1, "it was asked again at once"


def test_a_portal_that_was_renamed_is_followed_to_the_address_that_a_person_has_confirmed(reading, serve):
    elsewhere = reading()
    new = serve(elsewhere.portal)
    old = reading(also_at=[new.url])
    old.portal.faults.append(Fault("redirect", location=new.url, times=100))
    old.source.check()
    old.pull("companies")
    assert [one.method for one in old.portal.log] == ["scope"], "it is asked where the portal was only once"
    assert len(old.seen) == len(elsewhere.portal.tables[4].ids)


def test_a_webhook_that_may_not_see_the_crm_is_told_at_once(reading):
    one = reading()
    one.portal.webhooks[:] = [Webhook(user=1, code="secret", scopes=frozenset({"user"}))]
    with pytest.raises(hub.Misconfigured, match="right «CRM»"):
        one.source.check()


def test_without_a_right_its_stream_is_not_there_and_the_others_are(reading):
    one = reading()
    one.portal.webhooks[:] = [Webhook(user=1, code="secret", scopes=frozenset({"crm"}))]
    one.source.check()
    names = {stream.name for stream in one.source.streams()}
    assert names == {"companies", "contacts", "leads", "deals", "quotes", "invoices", "activities", "comments"}
    one.pull("activities")
    assert one.seen


def test_the_code_of_the_webhook_is_kept_nowhere(reading):
    one = reading()
    url = f"https://my.bitrix24.example/rest/1/{one.portal.webhooks[0].code}/crm.controller.item.getFile/?id=1"
    one.change(DEAL, 1, ufCrm_1700000001=url)
    one.pull("deals")
    assert b"/rest/1/***/" in one.seen["1"].body
    assert all(b"secret" not in raw.body for raw in one.seen.values())


# --- limits ----------------------------------------------------------------------------------------------------------


ALL = bool(os.environ.get("HUB_LIMITS_ALL"))
SHAPES = [(2, 50), (5, 25), (1, 1), (0.5, 10), (10, 3), (2, 49)]
"""Calls a second, and at once."""


@pytest.mark.parametrize(("leak", "burst"), SHAPES if ALL else SHAPES[:1])
def test_what_a_portal_allows_is_never_gone_beyond_and_hardly_anything_of_it_is_left(reading, leak, burst):
    """On the portal's clock, which goes on as the hub waits: every call but the last few is used."""
    seconds = Seconds()
    budgets = Budgets(seconds=seconds)
    one = reading(
        3_000,
        limits=Limits(operating=1e9, leak=leak, burst=burst),
        more={"limit": seconds.limit(budgets)},
        calls_per_second=leak,
        calls_at_once=burst,
    )
    seconds.portal = one.portal
    for stream in ("companies", "contacts", "deals", "activities"):
        one.cursor = None
        one.pull(stream)
    refused = [effect for effect in one.portal.log if effect.status in (429, 503)]
    assert not refused
    made = one.calls()
    assert made > 60, "too few to prove anything"
    allowed = burst + leak * seconds.passed
    assert made >= 0.95 * (allowed - 1)


SPENDING = [(2.0, 0), (2.0, 300), (5.0, 0), (30.0, 300)]
"""Seconds of its time that a method gets, and for how long one is shut out who takes more."""


@pytest.mark.parametrize(("operating", "banned"), SPENDING if ALL else SPENDING[:1])
def test_time_that_a_method_gets_bit_by_bit_is_enough_in_the_end(reading, operating, banned):
    one = read_bit_by_bit(reading, "deals", operating, banned)
    assert len(one.seen) == len(one.portal.tables[2].ids)


@pytest.mark.parametrize(("stream", "operating"), [("companies", 0.5), ("activities", 0.5), ("activities", 3.0)])
def test_a_first_batch_takes_no_more_time_than_there_is_though_nobody_knows_what_it_costs(reading, stream, operating):
    one = read_bit_by_bit(reading, stream, operating, pulls=4)
    assert one.calls() > 5


def test_what_is_asked_for_each_activity_alone_is_not_lost_with_that_of_a_thousand_others(reading):
    """Their bindings take more of a method's time than it gets at once."""
    whole = reading(2_000)
    whole.pull("activities")
    assert len(whole.seen) > 300
    assert read_bit_by_bit(reading, "activities", 30.0).seen.keys() == whole.seen.keys()


def read_bit_by_bit(reading, stream, operating, banned=0, pulls=200):
    """What so many pulls read, each of them when there is time again."""
    limits = Limits(leak=1e6, burst=1e6, operating=operating, banned=banned, cost=lambda _method, _rows: 0.1)
    one = reading(2_000, limits=limits, operating_seconds=operating)
    for _pull in range(pulls):
        try:
            for page in one.source.pull(stream, one.cursor):
                one.seen |= {raw.external_id: raw for raw in page.raws}
                one.cursor = page.cursor
            break
        except hub.AskedToWait as wait:
            one.portal.clock.turn(max(wait.until.timestamp() - one.portal.clock.now(), 0) + 1)
    assert not [effect for effect in one.portal.log if effect.status in (429, 503)]
    return one


class Seconds:
    """A clock that only goes on when somebody waits, and the portal's with it."""

    portal = None

    def __init__(self) -> None:
        self.passed = 0.0

    def __call__(self) -> float:
        return self.passed

    def limit(self, budgets):
        def limit(key, rate):
            return Waiting(self, budgets, key, rate)

        return limit


class Waiting:
    def __init__(self, seconds, budgets, key, rate):
        self.seconds, self.budgets, self.key, self.rate = seconds, budgets, key, rate

    def take(self, cost: float = 1) -> None:
        while wait := self.budgets.take(self.key, self.rate, cost):
            self.seconds.passed += wait
            if self.seconds.portal:
                self.seconds.portal.clock.turn(wait)

    def rest(self, until) -> None:
        raise AssertionError("the portal was asked too often")


def test_a_method_that_has_hardly_any_time_left_is_not_asked_any_more(reading):
    one = reading(
        3_000, limits=Limits(leak=1e6, burst=1e6, operating=2.0, cost=lambda _method, _rows: 0.5), operating_seconds=2
    )
    with pytest.raises(hub.AskedToWait) as raised:
        one.pull("deals")
    assert not [effect for effect in one.portal.log if effect.error == "OPERATION_TIME_LIMIT"]
    assert raised.value.until > datetime.fromtimestamp(one.portal.clock.now(), UTC)


def test_long_streams_are_asked_for_in_few_calls(reading):
    one = reading(12_000, recent_days=3_660)
    one.pull("quotes")
    pages, calls = one.calls("crm.item.list"), one.calls()
    one.pull("companies")
    assert one.calls("crm.item.list") > 20
    assert one.calls() - calls < one.calls("crm.item.list") - pages
    assert LONGEST_CHAIN * 50 == 1_250


def test_what_is_asked_of_each_activity_is_asked_together_where_calls_are_too_quick_to_be_counted(reading):
    one = reading(1_200, recent_days=3_660)
    one.pull("activities")
    asked = one.calls("crm.activity.binding.list") + one.calls("calendar.event.getbyid") + one.calls("disk.file.get")
    assert asked > 400
    assert one.calls("batch") < asked / 50 + 10


def test_a_method_that_refuses_everything_is_asked_of_no_further_activities(reading):
    def refused(_call):
        raise Refusal(403, "ACCESS_DENIED", "Access denied")

    one = reading(2_000, recent_days=3_660)
    one.portal.methods["calendar.event.getbyid"] = refused
    one.pull("activities")
    assert 0 < one.calls("calendar.event.getbyid") < one.calls("crm.activity.binding.list") / 20
    assert all(b'"event"' not in raw.body for raw in one.seen.values())
    assert sum(b'"bindings"' in raw.body for raw in one.seen.values()) > 500


@pytest.mark.parametrize("is_told", [True, False])
def test_a_page_that_is_refused_within_a_batch_is_asked_for_again(reading, monkeypatch, is_told):
    """As when a batch runs out of its minute: the pages behind are refused, or not even mentioned."""
    whole, refused = answers.batched, []

    def broken_off(who, result, commands, now):
        found = whole(who, result, commands, now)
        if not {"p0", "p1"} <= found.answers.keys() or refused:
            return found
        refused.extend(one for one in found.answers if one != "p0")
        no = {key: answers.declined(who, commands[key], {"error": "ERROR_CORE"}) for key in refused if is_told}
        return answers.Batch(answers={"p0": found.answers["p0"]}, refusals=no)

    expected = [one.external_id for page in reading(3_000, recent_days=3_660).pull("companies") for one in page.raws]
    monkeypatch.setattr(answers, "batched", broken_off)
    pages = reading(3_000, recent_days=3_660).pull("companies")
    assert refused
    assert [one.external_id for page in pages for one in page.raws] == expected


@pytest.mark.parametrize("said", [None, "", 0, True, {"items": None}, {"items": "x"}, {"items": [{"id": 2}, None]}])
def test_what_is_no_list_of_objects_is_not_taken_for_an_empty_page(reading, said):
    one = reading(400)
    one.portal.methods["crm.item.list"] = lambda _call: Answer(result=said)
    with pytest.raises(hub.Unreachable, match=r"answers crm\.item\.list with something else than a list of objects"):
        list(one.pull("companies"))


def test_an_empty_map_as_php_writes_it_is_an_empty_page(reading):
    one = reading(400)
    one.portal.methods["crm.item.list"] = lambda _call: Answer(result=[])
    assert [raw for page in one.pull("companies") for raw in page.raws] == []


def test_a_portal_that_is_slow_gets_short_batches(reading):
    one = reading(
        12_000,
        limits=Limits(leak=1e6, burst=1e6, operating=1e9, cost=lambda _method, _rows: 13.0),
        recent_days=3_660,
        operating_seconds=100_000,
    )
    one.pull("companies")
    assert one.source.portal._longest == 1
