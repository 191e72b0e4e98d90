"""A limit under the HTTP client: every attempt takes, the server's word lets everybody rest."""

import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

import hub
from hub.limits import Shared
from hub.testing import Budgets

FREE = hub.Rate(1000, burst=1000)


def later(seconds):
    return datetime.now(UTC) + timedelta(seconds=seconds)


@pytest.fixture
def budgets():
    return Budgets()


def test_every_attempt_takes_before_it_goes_out(network, serve, reply, budgets):
    answers = iter([503, 502])
    server = serve(lambda _head, _body: reply(status=f"{next(answers, 200)} X"))
    with network("localhost").client(server.url(), limit=budgets.limit("crm", FREE)) as client:
        client.get("/", extensions={"hub": {"cost": 5}})
    assert [(key, cost) for _at, key, cost in budgets.taken] == [("crm", 5)] * 3
    assert len(server.heads) == 3


def test_calls_wait_for_their_turn_and_no_deadline_runs_meanwhile(network, serve, budgets):
    server = serve()
    limit = budgets.limit("crm", hub.Rate(10))
    with network("localhost").client(server.url(), limit=limit, deadline=0.09) as client:
        for _ in range(4):
            client.get("/")
    moments = [at for at, _key, _cost in budgets.taken]
    assert all(after - before >= 0.1 for before, after in pairwise(moments))


@pytest.mark.parametrize(
    ("status", "header", "expect", "rests"),
    [
        (429, {"Retry-After": "7"}, (), True),
        (429, {}, (), True),
        (503, {"Retry-After": "7"}, (), True),
        (503, {"Retry-After": "7"}, (503,), True),
        (503, {}, (503,), False),
        (429, {}, (429,), False),
        (200, {"Retry-After": "7"}, (), False),
    ],
)
def test_a_server_that_asks_for_peace_gets_it_from_everybody(network, serve, reply, budgets, status, header, expect, rests):  # fmt: skip
    server = serve(reply(status=f"{status} X", **{name.replace("-", "_"): value for name, value in header.items()}))
    ours = network("localhost")
    budgets.clock = ours.now
    limit = budgets.limit("crm", FREE)
    with ours.client(server.url(), limit=limit, expect=expect) as client, suppress(hub.AskedToWait):
        client.get("/")
    assert budgets.resting("crm") == rests
    assert not budgets.resting("another")


def test_a_turn_that_is_far_off_is_told_and_not_waited_for(budgets):
    limit = budgets.limit("crm", FREE)
    limit.rest(later(3600))
    began = time.monotonic()
    with pytest.raises(hub.AskedToWait, match="crm") as asked:
        limit.take()
    assert abs(asked.value.until - later(3600)) < timedelta(seconds=5)
    assert time.monotonic() - began < 1


def test_a_rest_is_a_day_at_most_and_one_that_is_over_is_none(budgets):
    limit = budgets.limit("crm", FREE)
    limit.rest(later(-5))
    limit.take()
    limit.rest(later(10 * 365 * 86_400))
    with pytest.raises(hub.AskedToWait) as asked:
        limit.take()
    assert asked.value.until <= later(86_400)


def test_who_is_told_to_stop_waits_no_longer():
    stopping = iter([False, False, True])
    budgets = Budgets()
    limit = Shared(budgets, "crm", FREE, lambda: datetime.now(UTC), lambda: next(stopping, True))
    limit.rest(later(30))
    began = time.monotonic()
    with pytest.raises(hub.AskedToWait):
        limit.take()
    assert time.monotonic() - began < 2


def test_a_post_that_only_reads_is_asked_again_and_a_get_that_does_more_is_not(network, serve, reply):
    def busy_once(*_request):
        return reply(status=f"{next(answers, 200)} X")

    answers = iter([503])
    server = serve(busy_once)
    with network("localhost").client(server.url()) as client:
        assert client.post("/", extensions={"hub": {"read": True}}).status_code == 200
        assert len(server.heads) == 2
        answers = iter([503])
        with pytest.raises(hub.Unreachable):
            client.get("/", extensions={"hub": {"read": False}})
    assert len(server.heads) == 3
