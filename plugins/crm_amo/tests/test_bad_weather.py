"""What an account, a proxy or a network may answer instead of data, and what is made of it."""

from datetime import UTC, datetime, timedelta

import pytest
from hub_crm_amo.simulator import Fault, Limits
from hub_crm_amo.simulator.methods.answers import hal

import hub
from hub.testing import Budgets


@pytest.mark.parametrize(
    ("fault", "error", "said"),
    [
        (Fault("html", status=200, times=9), hub.Unreachable, "something else than data (status 200)"),
        (Fault("html", status=502, times=9), hub.Unreachable, "status 502"),
        (Fault("cut", times=9), hub.Unreachable, ""),
        (Fault("lost", times=9), hub.Unreachable, ""),
        (Fault("html", status=403, times=9), hub.AskedToWait, "has shut it out"),
        (Fault("error", status=403, description="Нет прав"), hub.Refused, "refuses account: Нет прав"),
        (Fault("error", status=400, description="Плохо"), hub.Refused, "Плохо"),
        (Fault("error", status=401, times=9), hub.AuthFailed, "has expired or was withdrawn"),
        (Fault("error", status=402), hub.Unreachable, "is not paid for"),
        (Fault("error", status=404), hub.Misconfigured, "there is no account"),
        (Fault("error", status=429, times=9), hub.AskedToWait, "has shut it out"),
        (Fault("error", status=500), hub.Unreachable, "status 500"),
        (Fault("error", status=504, times=9), hub.Unreachable, "takes too long"),
    ],
)
def test_what_is_no_answer_is_told_by_what_to_do_next(reading, fault, error, said):
    one = reading(more={"limit": Freely})
    one.account.faults.append(fault)
    with pytest.raises(error) as raised:
        one.source.check()
    assert isinstance(raised.value, hub.AskedToWait) == (error is hub.AskedToWait)
    assert said in str(raised.value)
    assert raised.value.fix


@pytest.mark.parametrize(
    "body", [{}, {"_embedded": None}, {"_embedded": {"leads": None}}, {"_embedded": {"leads": [None]}}]
)
def test_what_is_no_list_of_objects_is_not_taken_for_an_empty_page(reading, body):
    one = reading()
    one.account.methods["GET", "leads"] = lambda _call: hal(body)
    with pytest.raises(hub.Unreachable, match="something else than data") as raised:
        one.pull("leads")
    assert "in a browser: is it still the account?" in raised.value.fix


def test_a_list_that_is_not_there_is_not_an_empty_one(reading):
    one = reading()
    one.account.faults.append(Fault("error", "GET /api/v4/leads", status=404, times=99, description="Нет такого пути"))
    with pytest.raises(hub.Refused, match="refuses leads: Нет такого пути"):
        one.pull("leads")


class Freely:
    """A limit that never waits, and remembers who was asked to rest."""

    rested: list[datetime]

    def __init__(self, key, rate):
        assert key == "amocrm", "one limit for all accounts: amoCRM counts addresses"
        assert rate == hub.Rate(1000)
        Freely.rested = []

    def take(self, cost=1):
        pass

    def rest(self, until):
        Freely.rested.append(until)


def test_who_is_asked_too_often_stops_within_three_calls_and_everybody_with_him(reading):
    one = reading(more={"limit": Freely})
    one.account.faults.append(Fault("error", status=429, times=99))
    with pytest.raises(hub.AskedToWait):
        one.source.check()
    assert one.calls() == 3
    assert len(Freely.rested) == 3
    assert Freely.rested[-1] > Freely.rested[0]


def test_a_ban_that_follows_a_refusal_stops_within_three_calls(reading):
    one = reading(more={"limit": Freely})
    one.account.faults += [Fault("error", status=429), Fault("html", status=403, times=99)]
    with pytest.raises(hub.AskedToWait):
        one.source.check()
    assert one.calls() == 2


def test_who_goes_on_at_a_real_limit_is_not_banned_by_it(reading):
    """Somebody else at our address has used up the budget: we stop long before the account bans the address."""
    limits = Limits(per_second=0)
    one = reading(more={"limit": Freely}, limits=limits)
    with pytest.raises(hub.AskedToWait):
        one.source.check()
    limits.per_second = 7
    one.source.check()
    assert [effect.status for effect in one.account.log] == [429, 429, 429, 200]


def test_somebody_who_uses_up_the_budget_is_given_way(reading):
    budgets = Budgets()
    one = reading(more={"limit": budgets.limit, "clock": lambda: datetime.now(UTC)})
    one.account.faults.append(Fault("error", status=429))
    one.source.check()
    [first, second] = budgets.taken
    assert second[0] - first[0] >= 1.9, "it was asked again at once"


def test_a_ban_stops_everybody_at_once_and_for_an_hour(reading):
    now = datetime(2026, 11, 22, 9, tzinfo=UTC)
    one = reading(more={"limit": Freely, "clock": lambda: now})
    one.account.faults.append(Fault("html", status=403, times=99))
    with pytest.raises(hub.AskedToWait) as raised:
        one.source.check()
    assert (one.calls(), raised.value.until, Freely.rested) == (1, now + timedelta(hours=1), [now + timedelta(hours=1)])


@pytest.mark.parametrize("stream", ["leads", "tasks", "users"])
def test_what_takes_too_long_is_asked_for_in_smaller_pages(reading, stream):
    one = reading(700, ties=500)
    one.source.streams()
    path = "GET /api/v4/" + stream
    one.account.faults += [
        Fault("error", method=path, status=504, times=2),
        Fault("error", method=path, status=504, skip=1),
    ]
    one.pull(stream)
    there = one.account.users if stream == "users" else one.account.tables[stream].ids
    assert len(one.seen) == len(there)
    assert one.source.account.largest <= 62


def test_an_empty_account_is_no_error(reading):
    one = reading(100)
    for table in one.account.tables.values():
        for number in list(table.ids):
            table.remove(number)
    one.source.check()
    for stream in one.source.streams():
        one.cursor = None
        pages = one.pull(stream.name)
        assert stream.name == "users" or not [raw for page in pages for raw in page.raws]


def test_an_account_without_catalogs_has_no_invoices(reading):
    one = reading()
    one.account.faults.append(Fault("error", method="GET /api/v4/catalogs", status=404))
    names = {stream.name for stream in one.source.streams()}
    assert "invoices" not in names
    assert {"users", "companies", "contacts", "leads", "tasks", "notes", "events"} <= names


def test_what_an_account_allows_is_never_gone_beyond(reading):
    """On the account's clock, which goes on as the hub waits."""
    seconds = Seconds()
    one = reading(2_000, limits=Limits(), more={"limit": seconds.limit}, calls_per_second=7)
    seconds.account = one.account
    for stream in ("companies", "contacts", "leads", "notes", "tasks"):
        one.cursor = None
        one.pull(stream)
    assert not [effect for effect in one.account.log if effect.status in (403, 429)]
    made = one.calls()
    assert made > 40, "too few to prove anything"
    assert made >= 0.95 * 7 * seconds.passed


class Seconds:
    """A clock that only goes on when somebody waits, and the account's with it."""

    account = None

    def __init__(self):
        self.passed = 0.0
        self.budgets = Budgets(seconds=lambda: self.passed)

    def limit(self, key, rate):
        return Waiting(self, key, rate)


class Waiting:
    def __init__(self, seconds, key, rate):
        self.seconds, self.key, self.rate = seconds, key, rate

    def take(self, cost=1):
        while wait := self.seconds.budgets.take(self.key, self.rate, cost):
            self.seconds.passed += wait
            if self.seconds.account:
                self.seconds.account.clock.turn(wait)

    def rest(self, until):
        raise AssertionError("the account was asked too often")
