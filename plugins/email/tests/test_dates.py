"""Dates as mailers write them."""

from datetime import UTC, datetime

import pytest
from hub_email import dates


@pytest.mark.parametrize(
    ("value", "zone"),
    [
        ("Mon, 16 Nov 2026 10:05:00 +0300", "+03:00"),
        ("Mon,16 Nov 2026 10:05 +0300", "+03:00"),
        ("16 Nov 26 10:05:00 +0300 (MSK)", "+03:00"),
        ("Monday, 16 November 2026 10.05.00 MSK", "+03:00"),
        ("Mon, 16-Nov-2026 10:05:00 +03:00", "+03:00"),
        ("Mon, 16 Nov 2026 07:05:00 GMT", "UTC"),
        ("Mon, 16 Nov 2026 07:05:00 -0000", "UTC"),
        ("Mon, 16 Nov 2026 07:05:00", "UTC"),
        ("Mon, 16 Nov 2026 07:05:00 +9900", "UTC"),
        ("Mon, 16 Nov 2026 02:05:00 EST", "-05:00"),
        ("Mon Nov 16 07:05:00 2026", "UTC"),
        ("Mon Nov 16 10:05:00 MSK 2026", "+03:00"),
        ("2026-11-16T10:05:00+03:00", "+03:00"),
        ("2026-11-16 07:05:00Z", "UTC"),
    ],
)
def test_a_date_is_read_and_its_zone_kept(value: str, zone: str) -> None:
    moment = dates.parse(value)
    assert moment is not None
    assert (moment.utc, moment.zone) == (datetime(2026, 11, 16, 7, 5, tzinfo=UTC), zone)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        "Mon, 32 Nov 2026 10:05:00 +0300",
        "Mon, 16 Foo 2026 10:05:00",
        "Thu, 1 Jan 1970 00:00:00 +0000",
        "Mon, 16 Nov 2126 10:05:00",
        "Mon, 16 Nov 2026 25:05:00",
        "9" * 100,
        "٣١ Nov 2026 10:00",
    ],
)
def test_what_is_no_date_or_an_absurd_one_is_none(value: str) -> None:
    assert dates.parse(value) is None
