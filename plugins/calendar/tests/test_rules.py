# ruff: noqa: DTZ001 - rules are laid out on a wall, and walls have no zone
"""Rules against the examples of RFC 5545, a naive oracle, and dateutil on rules that end."""

import time
from datetime import date, datetime, timedelta

import pytest
from dateutil.rrule import rrulestr
from hub_calendar.rules import MOST_AFTER, MOST_BEFORE, Refusal, rule, starts
from hypothesis import given, settings
from hypothesis import strategies as st

FIRST = datetime(1997, 9, 2, 9)
FAR = datetime(2030, 1, 1)


def laid_out(text: str, first: datetime = FIRST, last: datetime = FAR) -> list[datetime]:
    parsed = rule(text)
    assert not isinstance(parsed, Refusal), parsed
    if parsed.until is not None:
        until = parsed.until.wall
        last = until if isinstance(until, datetime) else datetime.combine(until, datetime.max.time())
    return starts(parsed, first, first, last).walls


# RFC 5545, section 3.8.5.3, the examples in its order; days as the text lists them, "..." left out.
EXAMPLES = [
    ("FREQ=DAILY;COUNT=10", "9/2-11"),
    ("FREQ=DAILY;UNTIL=19970905T130000Z", "9/2-5"),
    ("FREQ=DAILY;INTERVAL=10;COUNT=5", "9/2 9/12 9/22 10/2 10/12"),
    ("FREQ=WEEKLY;COUNT=10", "9/2 9/9 9/16 9/23 9/30 10/7 10/14 10/21 10/28 11/4"),
    ("FREQ=WEEKLY;INTERVAL=2;COUNT=5;WKST=SU", "9/2 9/16 9/30 10/14 10/28"),
    ("FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH", "9/2 9/4 9/9 9/11 9/16 9/18 9/23 9/25 9/30 10/2"),
    ("FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", "9/2 9/4 9/16 9/18 9/30 10/2 10/14 10/16"),
    ("FREQ=MONTHLY;COUNT=3;BYDAY=-2MO", "9/22 10/20 11/17"),
    ("FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=3", "9/28 10/29 11/28"),
    ("FREQ=MONTHLY;COUNT=4;BYMONTHDAY=2,15", "9/2 9/15 10/2 10/15"),
    ("FREQ=MONTHLY;COUNT=4;BYMONTHDAY=1,-1", "9/30 10/1 10/31 11/1"),
    ("FREQ=MONTHLY;INTERVAL=2;BYDAY=TU;COUNT=6", "9/2 9/9 9/16 9/23 9/30 11/4"),
    ("FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13;COUNT=3", "9/13 10/11 11/8"),
    ("FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "9/4 10/7 11/6"),
    ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2;COUNT=3", "9/29 10/30 11/27"),
]
YEARS = [
    ("FREQ=YEARLY;COUNT=4;BYMONTH=6,7", datetime(1997, 6, 10, 9), "1997-06-10 1997-07-10 1998-06-10 1998-07-10"),
    (
        "FREQ=YEARLY;INTERVAL=3;COUNT=4;BYYEARDAY=1,100,200",
        datetime(1997, 1, 1, 9),
        "1997-01-01 1997-04-10 1997-07-19 2000-01-01",
    ),
    ("FREQ=YEARLY;BYDAY=20MO;COUNT=3", datetime(1997, 5, 19, 9), "1997-05-19 1998-05-18 1999-05-17"),
    ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;COUNT=3", datetime(1997, 5, 12, 9), "1997-05-12 1998-05-11 1999-05-17"),
    ("FREQ=YEARLY;BYMONTH=3;BYDAY=TH;COUNT=4", datetime(1997, 3, 13, 9), "1997-03-13 1997-03-20 1997-03-27 1998-03-05"),
    ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=3", FIRST, "1998-02-13 1998-03-13 1998-11-13"),
    (
        "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8;COUNT=3",
        datetime(1996, 11, 5, 9),
        "1996-11-05 2000-11-07 2004-11-02",
    ),
    ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", datetime(1997, 8, 5, 9), "1997-08-05 1997-08-10 1997-08-19 1997-08-24"),
    ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", datetime(1997, 8, 5, 9), "1997-08-05 1997-08-17 1997-08-19 1997-08-31"),
    ("FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", datetime(2007, 1, 15, 9), "2007-01-15 2007-01-30 2007-02-15 2007-03-15 2007-03-30"),
]  # fmt: skip


def _days(text: str) -> list[datetime]:
    if text == "9/2-11":
        return [FIRST + timedelta(days=day) for day in range(10)]
    if text == "9/2-5":
        return [FIRST + timedelta(days=day) for day in range(4)]
    return [datetime(1997, *map(int, day.split("/")), 9) for day in text.split()]


@pytest.mark.parametrize(("text", "days"), EXAMPLES)
def test_the_examples_of_the_standard_are_laid_out_as_it_says(text, days):
    assert laid_out(text) == _days(days)


@pytest.mark.parametrize(("text", "first", "days"), YEARS)
def test_the_examples_of_the_standard_that_span_years_are_laid_out_as_it_says(text, first, days):
    assert laid_out(text, first) == [datetime.fromisoformat(f"{day}T09:00") for day in days.split()]


def test_plain_weekdays_and_numbered_ones_stand_beside_one_another():
    found = laid_out("FREQ=MONTHLY;BYDAY=1MO,FR;COUNT=6", datetime(2026, 1, 1, 9))
    assert [day.day for day in found] == [2, 5, 9, 16, 23, 30]


def test_a_leap_day_comes_only_in_leap_years():
    found = laid_out("FREQ=YEARLY;COUNT=3", datetime(2016, 2, 29, 9))
    assert [day.year for day in found] == [2016, 2020, 2024]


def test_days_of_the_year_are_counted_from_its_end_in_leap_years_too():
    found = laid_out("FREQ=YEARLY;BYYEARDAY=-1,60;COUNT=6", datetime(2027, 1, 1, 9))
    assert [f"{day:%m-%d}" for day in found] == ["03-01", "12-31", "02-29", "12-31", "03-01", "12-31"]


def test_several_times_of_a_day_are_several_meetings():
    found = laid_out("FREQ=DAILY;BYHOUR=9,17;COUNT=3", datetime(2026, 1, 1, 9))
    assert found == [datetime(2026, 1, 1, 9), datetime(2026, 1, 1, 17), datetime(2026, 1, 2, 9)]


def test_a_negative_count_means_no_end():
    assert len(laid_out("FREQ=WEEKLY;COUNT=-1", datetime(2026, 1, 1), datetime(2026, 2, 1))) == 5


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=HOURLY;COUNT=100000000",
        "FREQ=DAILY;BYHOUR=0,1,2,3;BYMINUTE=0,10,20,30,40,50,55",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=WEEKLY;INTERVAL=-1",
        "FREQ=FORTNIGHTLY",
        "FREQ=MONTHLY;BYDAY=XX",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=WEEKLY;UNTIL=tomorrow",
        "FREQ=YEARLY;RSCALE=CHINESE",
        "W1 MO #0",
        "",
    ],
)
def test_what_repeats_within_a_day_or_cannot_be_read_is_refused(text):
    assert isinstance(rule(text), Refusal)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", datetime(1970, 1, 1)),
        ("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30", datetime(1970, 1, 1)),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", datetime(1970, 1, 1)),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=TU", datetime(1970, 1, 1)),
        ("FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29", datetime(1973, 2, 28)),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=300", datetime(1970, 1, 1)),
        ("FREQ=MONTHLY;BYDAY=+9MO", datetime(1970, 1, 1)),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", datetime(1, 1, 1)),
        ("FREQ=DAILY;BYMONTHDAY=30;BYMONTH=2", datetime(1, 1, 1)),
    ],
)
def test_a_rule_that_never_matches_costs_no_more_than_the_days_to_the_horizon(text, first):
    began = time.process_time()
    assert laid_out(text, first) == []
    assert time.process_time() - began < 0.2


@pytest.mark.parametrize("text", ["FREQ=DAILY;COUNT=100000000", "FREQ=DAILY;UNTIL=99991231", "FREQ=DAILY;BYHOUR=1,2,3"])
def test_of_more_than_enough_starts_those_around_a_day_are_laid_out_and_it_is_said(text):
    parsed = rule(text)
    assert not isinstance(parsed, Refusal)
    around = datetime(2010, 1, 1)
    found = starts(parsed, datetime(1990, 1, 1), around, FAR)
    assert sum(wall < around for wall in found.walls) == MOST_BEFORE
    assert found.since == found.walls[0]
    assert sum(wall >= around for wall in found.walls) == min(
        MOST_AFTER, sum(_all_to(text, wall) for wall in found.walls)
    )
    far = starts(parsed, datetime(1990, 1, 1), around, datetime(2090, 1, 1))
    assert found.walls == far.walls[: len(found.walls)], "a later horizon only adds"
    assert len(far.walls) == MOST_BEFORE + MOST_AFTER
    assert far.until == far.walls[-1]


def _all_to(_text: str, wall: datetime) -> bool:
    return datetime(2010, 1, 1) <= wall <= FAR


@pytest.mark.parametrize("count", [1, 3, 2000, 12_000])
def test_a_rule_that_ends_after_so_many_is_counted_from_its_start(count):
    parsed = rule(f"FREQ=DAILY;COUNT={count}")
    assert not isinstance(parsed, Refusal)
    first, around = datetime(1990, 1, 1), datetime(2024, 1, 1)
    whole = [first + timedelta(days=day) for day in range(count) if first + timedelta(days=day) <= FAR]
    found = starts(parsed, first, around, FAR)
    assert found.walls == [wall for wall in whole if wall < around][-MOST_BEFORE:] + [
        wall for wall in whole if wall >= around
    ]
    assert (found.since is None, found.until) == (count <= MOST_BEFORE, None)


@pytest.mark.parametrize("first", [1975, 1997, 2023])
@pytest.mark.parametrize(
    "text",
    [
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=3;BYDAY=MO,TU,WE,TH,FR",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU",
        "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYHOUR=9,15",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=31",
        "FREQ=YEARLY;BYWEEKNO=1,53;BYDAY=TH",
        "FREQ=YEARLY;INTERVAL=3;BYDAY=20MO",
    ],
)
def test_a_rule_laid_out_around_a_day_is_a_part_of_the_whole(text, first):
    """The whole is laid out in pieces that begin where the last one ended."""
    parsed = rule(text)
    assert not isinstance(parsed, Refusal)
    begin = datetime(first, 3, 5, 9)
    whole = sorted(
        {wall for year in range(first, 2031) for wall in starts(parsed, begin, datetime(year, 1, 1), FAR).walls}
    )
    theirs = list(rrulestr(text, dtstart=begin).between(begin, FAR, inc=True))
    assert whole == theirs


# --- oracles ---------------------------------------------------------------------------------------------------------

_FIRSTS = st.datetimes(datetime(1995, 1, 1), datetime(2035, 1, 1)).map(lambda at: at.replace(second=0, microsecond=0))
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@settings(max_examples=150, deadline=None)
@given(_FIRSTS, st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]), st.integers(1, 5), st.data())
def test_simple_rules_agree_with_an_oracle_that_looks_at_every_day(first, frequency, interval, data):
    weekdays = data.draw(st.sets(st.sampled_from(_WEEKDAYS))) if frequency in ("DAILY", "WEEKLY") else set()
    by_day = f";BYDAY={','.join(sorted(weekdays))}" if weekdays else ""
    last = first + timedelta(days=800)
    expected = [at for at in _every_day(first, last) if _recurs(first, at, frequency, interval, weekdays)]
    assert laid_out(f"FREQ={frequency};INTERVAL={interval}{by_day}", first, last) == expected


def _every_day(first: datetime, last: datetime) -> list[datetime]:
    return [first + timedelta(days=day) for day in range((last - first).days + 1)]


def _recurs(first: datetime, at: datetime, frequency: str, interval: int, weekdays: set[str]) -> bool:
    weekday = _WEEKDAYS[at.weekday()]
    match frequency:
        case "DAILY":
            return (at - first).days % interval == 0 and (not weekdays or weekday in weekdays)
        case "WEEKLY":
            weeks = (_monday(at) - _monday(first)).days // 7
            return weeks % interval == 0 and (weekday in weekdays if weekdays else at.weekday() == first.weekday())
        case "MONTHLY":
            months = (at.year - first.year) * 12 + at.month - first.month
            return at.day == first.day and months % interval == 0
        case _:
            return (at.month, at.day) == (first.month, first.day) and (at.year - first.year) % interval == 0


def _monday(at: datetime) -> date:
    return at.date() - timedelta(days=at.weekday())


_RULES = st.builds(
    lambda *parts: ";".join(part for part in parts if part),
    st.sampled_from(["FREQ=YEARLY", "FREQ=MONTHLY", "FREQ=WEEKLY", "FREQ=DAILY"]),
    st.integers(1, 4).map("INTERVAL={}".format),
    st.sampled_from(["", "WKST=SU", "WKST=MO", "WKST=WE"]),
    st.one_of(st.just(""), st.sets(st.integers(1, 12), min_size=1, max_size=3).map(lambda s: f"BYMONTH={_join(s)}")),
    st.one_of(
        st.just(""),
        st.sets(st.sampled_from(_WEEKDAYS), min_size=1, max_size=3).map(lambda s: f"BYDAY={_join(s)}"),
        st.sets(st.integers(-31, 31).filter(bool), min_size=1, max_size=4).map(lambda s: f"BYMONTHDAY={_join(s)}"),
    ),
    st.sampled_from(["", "BYHOUR=9", "BYHOUR=8,20", "BYMINUTE=15"]),
)


def _join(values) -> str:
    return ",".join(map(str, sorted(values)))


@settings(max_examples=200, deadline=None)
@given(_FIRSTS, _RULES)
def test_rules_agree_with_dateutil(first, text):
    last = first + timedelta(days=900)
    found = laid_out(text, first, last)
    # dateutil must find something beyond `last`, or it goes on to the year 9999
    theirs = rrulestr(f"{text};UNTIL={last:%Y%m%dT%H%M%S}", dtstart=first) if found else []
    assert found == list(theirs)


@settings(max_examples=100, deadline=None)
@given(_FIRSTS, st.sampled_from([1, 2, 3, -1, -2]), st.sampled_from(["MO", "TU,TH", "MO,TU,WE,TH,FR"]))
def test_positions_in_a_month_agree_with_dateutil(first, position, weekdays):
    text = f"FREQ=MONTHLY;BYDAY={weekdays};BYSETPOS={position}"
    last = first + timedelta(days=500)
    assert laid_out(text, first, last) == list(rrulestr(f"{text};UNTIL={last:%Y%m%dT%H%M%S}", dtstart=first))


@settings(max_examples=60, deadline=None)
@given(_FIRSTS, st.integers(2, 51), st.sampled_from(_WEEKDAYS), st.sampled_from(["MO", "SU", "TH"]))
def test_week_numbers_agree_with_dateutil(first, week, weekday, week_start):
    """Not at the turn of the year, where dateutil gives the last weeks to the wrong year."""
    text = f"FREQ=YEARLY;BYWEEKNO={week};BYDAY={weekday};WKST={week_start}"
    last = first + timedelta(days=1500)
    assert laid_out(text, first, last) == list(rrulestr(f"{text};UNTIL={last:%Y%m%dT%H%M%S}", dtstart=first))


@pytest.mark.parametrize("week", [1, 2, 30, 51, 52, 53])
def test_week_numbers_are_those_of_the_iso_calendar(week):
    first = datetime(1999, 1, 1)
    found = laid_out(f"FREQ=YEARLY;BYWEEKNO={week};BYDAY=MO,TU,WE,TH,FR,SA,SU", first)
    assert found == [at for at in _every_day(first, FAR) if at.isocalendar().week == week]
