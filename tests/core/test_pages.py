"""Counts add up, and items dealt with twice are listed once."""

import pytest

from hub.core.pages import Counts


@pytest.mark.parametrize(
    ("so_far", "more", "then"),
    [
        (Counts(listed=12, stored=5, excluded=7), Counts(listed=4, stored=4), Counts(listed=12, stored=9, excluded=3)),
        (Counts(listed=12, unchanged=12), Counts(listed=2, stored=2), Counts(listed=12, stored=2, unchanged=10)),
        (Counts(), Counts(listed=3, stored=2, excluded=1), Counts(listed=2, stored=2)),
        (Counts(listed=1, excluded=1), Counts(listed=1, quarantined=1), Counts(listed=1, quarantined=1)),
        (Counts(listed=3, excluded=1, stored=2), Counts(listed=1, excluded=1), Counts(listed=3, excluded=1, stored=2)),
    ],
)
def test_what_is_fetched_again_is_listed_once(so_far, more, then):
    assert so_far.again(more) == then
    assert then.adds_up


def test_what_could_be_opened_after_all_is_listed_once_and_no_longer_in_quarantine():
    so_far, more = Counts(listed=9, stored=7, quarantined=2), Counts(listed=3, stored=2, excluded=1)
    assert so_far.opened(more) == Counts(listed=10, stored=9, excluded=1)
    assert so_far.opened(more).adds_up
