"""When a connection is pulled next."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.core.pages import Counts
from hub.daemon import schedule
from hub.engine.runs import Report
from hub.errors import AskedToWait, AuthFailed, Inconsistent, Misconfigured, SuddenlyEmpty, Unreachable

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
EVERY = 300.0


def report(stream="inbox", error=None, state=None):
    return Report(
        connection="mail", stream=stream, state=state or ("failed" if error else "ok"), counts=Counts(), error=error
    )


def asked(seconds):
    return AskedToWait("later", until=NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("error", "failures", "luck", "seconds"),
    [
        (None, 0, 0.0, 270.0),
        (None, 0, 0.5, 300.0),
        (Unreachable("x"), 1, 0.0, 15.0),
        (Unreachable("x"), 1, 1.0, 30.0),
        (Unreachable("x"), 4, 1.0, 240.0),
        (Unreachable("x"), 1_000, 1.0, 3_600.0),
        (Inconsistent("x"), 2, 1.0, 60.0),
        (asked(90), 1, 0.0, 90.0),
        (asked(90), 9, 0.5, 105.0),
        (asked(-90), 1, 0.0, 1.0),
        (asked(10**9), 1, 0.0, 86_400.0),
        (AuthFailed("x"), 1, 0.5, None),
        (Misconfigured("x"), 1, 0.5, None),
    ],
)
def test_how_long_a_connection_waits(error, failures, luck, seconds):
    assert schedule.waits(error, failures, EVERY, NOW, luck) == seconds


def test_who_is_pulled_seldom_is_not_tried_more_often_when_it_fails_for_long():
    assert schedule.waits(Unreachable("x"), 50, 86_400.0, NOW, 1.0) == 86_400.0


AUTH, AWAY, EMPTY = AuthFailed("sign in"), Unreachable("away"), SuddenlyEmpty("empty")


@pytest.mark.parametrize(
    ("reports", "error"),
    [
        ([report()], None),
        ([], None),
        ([report("", AUTH)], AUTH),
        ([report(), report("sent", AUTH)], None),
        ([report("inbox", AUTH), report("sent", AUTH)], AUTH),
        ([report(), report("", AWAY)], AWAY),
        ([report(), report("sent", EMPTY)], None),
        ([report("inbox", AWAY, "skipped")], None),
    ],
)
def test_a_connection_fails_when_none_of_its_streams_can_be_pulled(reports, error):
    assert schedule.failure(reports) is error


def test_who_asks_us_to_wait_is_heard_whatever_else_went_well():
    late = asked(90)
    assert schedule.failure([report(), report("a", asked(10)), report("b", late)]) is late


def test_nobody_is_due_further_ahead_than_can_be():
    assert schedule.longest("", EVERY) == pytest.approx(3_960)
    assert schedule.longest("AskedToWait", EVERY) > 86_400
