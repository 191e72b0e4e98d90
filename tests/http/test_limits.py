"""A limit under the HTTP client: every attempt takes, the server's word lets everybody rest."""

import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

import hub
from hub import limits
from hub.limits import Shared
from hub.testing import Budgets

FREE = hub.Rate(9, burst=1000)
MUCH = hub.Rate(40, burst=58)


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


@dataclass
class Turned:
    """A clock that goes on only as somebody sleeps."""

    now: float = 0.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def turned(monkeypatch):
    clock = Turned()
    monkeypatch.setattr(limits, "time", clock)
    return clock


def test_where_much_is_allowed_the_budget_is_asked_seldom(turned):
    budgets = Budgets(seconds=turned.monotonic)
    limit = budgets.limit("crm", MUCH)
    for _ in range(60):
        limit.take()
        turned.sleep(1 / 60)
    assert sum(cost for _at, _key, cost in budgets.taken) in range(60, 76)
    assert len(budgets.taken) <= 5


@pytest.mark.parametrize("late", [0.0, 0.2, 0.34, 0.6, 2.0])
def test_however_late_shares_are_used_the_server_never_counts_more_than_it_allows(turned, late):
    """It counts a call when that goes out, and not when it was taken."""
    budgets = Budgets(seconds=turned.monotonic)
    processes = [budgets.limit("crm", MUCH) for _ in range(4)]
    level, at = 0.0, 0.0
    for number in (one for _ in range(3) for one in range(100)):
        processes[number if number < 4 else (number - 4) // 13 % 4].take()
        level, at = max(level - (turned.now - at) * MUCH.per_second, 0) + 1, turned.now
        assert level <= MUCH.burst
        turned.sleep(late if number == 3 else 10.0 if number == 99 else 0)


def test_after_the_server_asked_for_peace_nothing_is_left_of_a_share(turned):
    budgets = Budgets(seconds=turned.monotonic)
    limit = budgets.limit("crm", MUCH)
    limit.take()
    limit.rest(later(3600))
    with pytest.raises(hub.AskedToWait):
        limit.take()


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
