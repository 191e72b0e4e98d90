"""So many calls, and so much time, on a clock that the test turns."""

import pytest
from hub_crm_bitrix.simulator import Clock, Limits


@pytest.fixture
def limited(serve):
    return serve(limits=Limits(), clock=Clock(1_795_000_000))


def asked(client, times, method="server.time", **params):
    return [client.ask(method, **params)[0] for _ in range(times)]


def test_fifty_calls_may_come_at_once_and_two_a_second_after_that(limited):
    assert asked(limited, 51) == [200] * 50 + [503]
    limited.portal.clock.turn(3)
    assert asked(limited, 7) == [200] * 6 + [503]


def test_who_asks_twice_a_second_is_never_refused(limited):
    statuses = set()
    for _ in range(120):
        limited.portal.clock.turn(0.5)
        statuses.add(limited.ask("server.time")[0])
    assert statuses == {200}


def test_too_many_calls_are_told_as_the_vendor_tells_them(limited):
    limited.portal.limits.burst = 0
    assert limited.ask("profile") == (
        503, {"error": "QUERY_LIMIT_EXCEEDED", "error_description": "Too many requests"},
    )  # fmt: skip


def test_a_batch_is_one_call_and_its_methods_spend_their_own_time(limited):
    limited.portal.limits.cost = lambda method, rows: 10
    for _ in range(4):
        found = limited.batch([f"crm.deal.list?start=-1&n={at}" for at in range(10)])
    assert found["result_time"][9]["operating"] == 400
    assert sum(not effect.batched for effect in limited.portal.log) == 4


def test_a_method_that_took_too_long_is_blocked_alone_until_some_of_it_has_passed(limited):
    limited.portal.limits.cost = lambda method, rows: 250 if method == "crm.deal.list" else 0
    _, body = limited.ask("crm.deal.list")
    assert body["time"]["operating"] == 250
    reset = body["time"]["operating_reset_at"]
    assert 540 <= reset - limited.portal.clock.now() <= 600
    assert asked(limited, 2, "crm.deal.list") == [200, 429]
    assert asked(limited, 1, "crm.contact.list") == [200]
    assert limited.ask("crm.deal.list")[1]["error"] == "OPERATION_TIME_LIMIT"
    limited.portal.clock.turn(reset - limited.portal.clock.now())
    assert asked(limited, 1, "crm.deal.list") == [200]


def test_a_blocked_method_fails_alone_in_a_batch(limited):
    limited.portal.limits.cost = lambda method, rows: 500 if method == "crm.deal.list" else 0
    limited.ask("crm.deal.list")
    found = limited.batch({"a": "crm.deal.list", "b": "crm.contact.list"})
    assert found["result_error"]["a"]["error"] == "OPERATION_TIME_LIMIT"
    assert found["result"].keys() == {"b"}


def test_a_portal_of_the_newer_kind_shuts_out_for_a_fixed_time(limited):
    limited.portal.limits.banned = 300
    limited.portal.limits.cost = lambda method, rows: 500
    assert asked(limited, 2, "crm.deal.list") == [200, 429]
    limited.portal.clock.turn(299)
    assert asked(limited, 1, "crm.deal.list") == [429]
    limited.portal.clock.turn(2)
    assert asked(limited, 1, "crm.deal.list") == [200]
