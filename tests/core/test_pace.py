"""The bucket against one that is kept by hand, call by call."""

import math
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.core import pace
from hub.core.pace import SCALE, Bucket, Rate

RATES = st.builds(Rate, st.sampled_from([0.5, 1 / 3, 1.0, 2.0, 7.0, 250.0]), st.sampled_from([1.0, 2.5, 7.0, 50.0]))


def test_a_burst_goes_at_once_and_the_rest_at_the_pace():
    rate, bucket, gone = Rate(2, burst=3), Bucket(), []
    at = last = 0
    while len(gone) < 7:
        found = pace.taken(pace.later(bucket, rate, at - last), rate, 1)
        if isinstance(found, int):
            at += found
        else:
            bucket, last = found, at
            gone.append(at / SCALE)
    assert gone == [0, 0, 0, 0.5, 1, 1.5, 2]


@given(RATES, st.lists(st.tuples(st.integers(0, 3_000_000), st.sampled_from([0.5, 1.0])), max_size=30))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_what_goes_out_never_overflows_the_servers_own_bucket(rate, calls):
    """The server counts exactly, in fractions; a call that goes out must fit there too."""
    bucket, level, last, now = Bucket(), Fraction(0), 0, 0
    for pause, cost in calls:
        now += pause
        found = pace.taken(pace.later(bucket, rate, now - last), rate, cost)
        if isinstance(found, Bucket):
            level = max(level - Fraction(now - last) * Fraction(rate.per_second) / SCALE, Fraction(0)) + Fraction(cost)
            assert level <= Fraction(rate.burst) + Fraction(1, SCALE)
            bucket, last = found, now


@given(RATES, st.integers(1, 80))
def test_who_waits_as_long_as_told_gets_a_turn_at_once(rate, calls):
    bucket = Bucket()
    for _ in range(calls):
        found = pace.taken(bucket, rate, 1)
        if isinstance(found, int):
            assert found <= math.ceil(SCALE / rate.per_second)
            bucket = pace.later(bucket, rate, found)
            found = pace.taken(bucket, rate, 1)
        assert isinstance(found, Bucket)
        bucket = found


def test_a_clock_that_goes_back_neither_fills_nor_empties_the_bucket():
    rate, full = Rate(1, burst=5), Bucket(5 * SCALE, 30 * SCALE)
    assert pace.later(full, rate, -3600 * SCALE) == full


def test_who_rests_takes_nothing_and_a_shorter_rest_does_not_shorten_it():
    rate = Rate(10, burst=10)
    bucket = pace.rested(pace.rested(Bucket(), 5 * SCALE), 2 * SCALE)
    assert pace.taken(bucket, rate, 1) == 5 * SCALE
    assert pace.taken(pace.later(bucket, rate, 4 * SCALE), rate, 1) == SCALE
    assert pace.taken(pace.later(bucket, rate, 5 * SCALE), rate, 1) == Bucket(SCALE)


@pytest.mark.parametrize("cost", [0, -1, 2.01, math.inf, math.nan])
def test_a_call_that_never_fits_is_refused_at_once(cost):
    with pytest.raises(ValueError, match="never fits"):
        pace.taken(Bucket(), Rate(1, burst=2), cost)


@pytest.mark.parametrize("rate", [(0, 1), (-1, 1), (1, 0), (math.inf, 1), (math.nan, 1), (1, math.inf)])
def test_a_rate_of_nothing_is_refused(rate):
    with pytest.raises(ValueError, match="more than nothing"):
        Rate(*rate)
