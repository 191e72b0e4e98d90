"""Ids: digests, and of what a source numbers, neighbours."""

import pytest

from hub.core import ids


def test_what_a_source_numbers_lies_side_by_side_in_its_order():
    numbers = [ids.number(f"7//deal/{n}") for n in (0, 1, 2, 999_999)]
    assert numbers == [numbers[0] + n for n in (0, 1, 2, 999_999)]
    assert ids.number("7//deal/2000001") - ids.number("7//deal/2000000") == 1


@pytest.mark.parametrize("name", ["007", "+7", "-7", "7.0", " 7", "٧", "²", "", "1073741824", "99999999999", "7a"])
def test_a_name_that_is_no_plain_number_is_scattered(name):
    assert ids.number(f"g/{name}") == ids.scattered(f"g/{name}")


def test_every_key_has_a_number_of_its_own():
    keys = [f"{group}/{n}" for group in ("1/", "1//deal", "1/7/deal", "", "7") for n in range(3_000)]
    keys += [f"{key}a" for key in keys] + [f"1//deal/{n << 20}" for n in range(1_024)]
    assert len({ids.number(key) for key in keys}) == len(set(keys))
    assert all(0 < ids.number(key) < 1 << 63 for key in keys)
